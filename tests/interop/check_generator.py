#!/usr/bin/env python3
"""Tries generate.py on services that we don't call yet, since it must cope with their shapes, too.

usage: check_generator.py BUILD_FOLDER

For each service some of its operations are listed, with all their parameters and results. The generated tables are
compiled, compared with the models by check_operations.py, and asked to serialize calls with made-up parameters, whose
requests botocore's own serializers judge.
"""

import base64
import datetime
import glob
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree

try:
    import botocore.loaders
    import botocore.model
    import botocore.serialize
except ImportError:
    print("skipped: botocore is not installed")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SERVICES = """accessanalyzer account acm apigateway athena autoscaling backup cloudfront cloudtrail cloudwatch config
    dynamodb ec2 ecr ecs efs eks elbv2 guardduty iam inspector2 kms lambda logs macie2 opensearch organizations
    rds redshift resource-groups route53 s3 s3control secretsmanager securityhub sns sqs ssm stepfunctions sts
    wafv2""".split()
OPERATIONS = 10      # of each service
CALLS = 4            # of each operation
EPOCH = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.timezone.utc)
# The refusals of the generator that are known, by their reason.
KNOWN_REFUSALS = ("event stream", "which one counts", "is a document, which")
passed = 0
failed = 0


def expect(where, ours, theirs):
    global passed, failed
    if ours == theirs:
        passed += 1
    else:
        failed += 1
        print(f"{where}: we have {str(ours)[:300]!r}, botocore {str(theirs)[:300]!r}")


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- the list ---

def toml_of(generate, loader):
    """Returns the text of the list, and the operations that are left out because their models need an option in the list."""
    lines, refused, count = [], [], 0
    actions = {}
    with open(os.path.join(HERE, "iam_actions.tsv"), encoding="utf-8") as file:
        for line in file:
            service, name, action, _ = line.split("\t")
            actions[service, name] = action
    for service_id in SERVICES:
        raw = loader.load_service_model(service_id, "service-2")
        model = botocore.model.ServiceModel(raw, service_id)
        lines.append(f'["{service_id}"]\n')
        names = model.operation_names
        for name in names[::max(1, len(names) // OPERATIONS)][:OPERATIONS]:
            operation = model.operation_model(name)
            row = {"action": actions.get((service_id, name), f"{service_id}:{name}")}
            if operation.output_shape is not None and operation.output_shape.members:
                row["reads"] = list(operation.output_shape.members)
            if operation.http.get("method") == "GET":
                row["mutating"] = False
            try:
                generate.service_file(service_id, {name: row}, loader)
            except generate.Refused as why:
                refused.append(f"{service_id}.{name}: {why}")
                continue
            count += 1
            lines.append(f'["{service_id}".{name}]')
            lines += [f"{key} = {json.dumps(value)}" for key, value in row.items()]
            lines.append("")
    return "\n".join(lines), refused, count


# --- made-up parameters, for both sides ---

class Parameters:
    """Makes values for a shape: ours (those of JSON) and botocore's (bytes, times) side by side."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def of(self, shape, depth=0):
        return getattr(self, "of_" + shape.type_name, self.of_string)(shape, depth)

    def of_structure(self, shape, depth):
        if shape.is_document_type:
            value = {"a": [1, "two", None, {"b": True}]}
            return value, value
        names = list(shape.members)
        if getattr(shape, "is_tagged_union", False):
            names = [self.random.choice(names)]
        ours, theirs = {}, {}
        for name in names:
            required = name in shape.required_members or len(names) == 1
            chance = min(0.7, 12 / len(names)) if depth == 0 else 0.5 / depth    # some operations of S3 have more headers than we can send
            if not required and (self.random.random() > chance or depth > 5):
                continue
            ours[name], theirs[name] = self.of(shape.members[name], depth + 1)
        return ours, theirs

    def of_list(self, shape, depth):
        pairs = [self.of(shape.member, depth + 1) for _ in range(self.random.randint(1, 2))] if depth < 7 else []
        return [one for one, _ in pairs], [other for _, other in pairs]

    def of_map(self, shape, depth):
        pairs = [(f"key{i}", self.of(shape.value, depth + 1)) for i in range(self.random.randint(1, 2))]
        return {key: one for key, (one, _) in pairs}, {key: other for key, (_, other) in pairs}

    def of_string(self, shape, depth):
        value = self.random.choice(shape.enum) if getattr(shape, "enum", None) else \
            self.random.choice(["plain", "a b&c=d", "ü<>\"'", "x/y"])
        location = shape.serialization.get("location")
        if location in ("header", "headers", "uri") or shape.serialization.get("hostLabel"):
            value = "value1"
        if shape.serialization.get("jsonvalue"):
            return '{"a": 1}', {"a": 1}
        return value, value

    def of_boolean(self, shape, depth):
        value = self.random.random() < 0.5
        return value, value

    def of_integer(self, shape, depth):
        value = self.random.randint(0, 100000)
        return value, value

    of_long = of_integer

    def of_double(self, shape, depth):
        value = self.random.randint(1, 1000) + 0.5
        return value, value

    of_float = of_double

    def of_timestamp(self, shape, depth):
        when = EPOCH + datetime.timedelta(days=self.random.randint(0, 1000))
        return int(when.timestamp()), when

    def of_blob(self, shape, depth):
        text = self.random.choice([b"bytes", b"\x00\xff\x10"])
        if shape.serialization.get("streaming"):
            return "streamed", b"streamed"
        return base64.b64encode(text).decode(), text


# --- requests ---

def pairs(query):
    return sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))


def tree(text):
    return xml.etree.ElementTree.canonicalize(text) if text else ""


def body_of(protocol, content_type, body):
    if isinstance(body, dict):
        return sorted((str(key), str(value)) for key, value in body.items())
    if not isinstance(body, str):
        body = body.decode("utf-8", "surrogateescape") if body else ""
    if protocol in ("query", "ec2"):
        return pairs(body)
    if protocol == "rest-xml" and body.startswith("<"):
        return tree(body)
    if "json" in protocol and body.startswith("{"):
        return json.loads(body)
    return body


IGNORED_HEADERS = {"content-md5", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-sha256", "x-amzn-query-mode",
                   "content-type"}


def headers_of(rows):
    """Returns the headers in one form: a list is separated by ", " in one and by "," in the other."""
    return sorted((name.lower(), str(value).replace(", ", ",")) for name, value in rows if name.lower() not in IGNORED_HEADERS)


def compare(where, protocol, ours, theirs):
    if "error" in ours:
        expect(where, ours["error"], None)
        return
    path, _, query = theirs["url_path"].partition("?")
    rows = theirs["query_string"]
    rows = list(rows.items()) if isinstance(rows, dict) else list(rows or [])
    flat = [(key, str(one)) for key, value in rows for one in (value if isinstance(value, list) else [value])]
    expect(f"{where}: method", ours["method"], theirs["method"])
    expect(f"{where}: path", urllib.parse.unquote(ours["path"]), urllib.parse.unquote(path))
    expect(f"{where}: query", pairs(ours["query"]), sorted(pairs(query) + flat))
    expect(f"{where}: headers", headers_of(ours["headers"]), headers_of(theirs["headers"].items()))
    expect(f"{where}: body", body_of(protocol, None, bytes.fromhex(ours["body"])), body_of(protocol, None, theirs["body"]))


def compare_calls(driver, dump, loader):
    calls, wanted = [], []
    for operation in dump:
        service_id, name = operation["service"]["id"], operation["name"]
        model = botocore.model.ServiceModel(loader.load_service_model(service_id, "service-2"), service_id)
        serializer = botocore.serialize.create_serializer(operation["service"]["protocol"], False)
        known = {member["name"] for member in (operation["input"] or {}).get("members", [])}
        for number in range(CALLS):
            shape = model.operation_model(name).input_shape
            one, other = Parameters(f"{service_id}.{name}.{number}").of(shape) if shape is not None else ({}, {})
            one = {key: value for key, value in one.items() if key in known}
            other = {key: value for key, value in other.items() if key in known}
            # A token that isn't given is random on both sides.
            for member in (operation["input"] or {}).get("members", []):
                if member["idempotency_token"]:
                    one[member["name"]] = other[member["name"]] = "token"
            calls.append({"service": service_id, "operation": name, "params": one})
            wanted.append((f"{service_id}.{name} {number}", operation["service"]["protocol"],
                           serializer.serialize_to_request(other, model.operation_model(name))))
    text = "".join(json.dumps(call) + "\n" for call in calls)
    out = subprocess.run([driver], input=text, check=True, capture_output=True, text=True).stdout.split("\n")[:-1]
    expect("answers of the driver", len(out), len(calls))
    for line, (where, protocol, theirs) in zip(out, wanted):
        compare(where, protocol, json.loads(line), theirs)


def compile_all(folder, build):
    libraries = [os.path.join(build, "orchestrator", name) for name in (
        "aws/endpoint/libaws_endpoint.a", "aws/protocol/libaws_protocol.a", "base/libbase.a")]
    sources = sorted(glob.glob(f"{folder}/aws/operations/*.c"))
    sources += [f"{ROOT}/orchestrator/aws/operations/{name}.c" for name in ("operations", "shape")]
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-O0",
             f"-I{folder}", f"-I{ROOT}/orchestrator"]
    compiler = os.environ.get("CC", "cc")
    objects = []
    for source in sources:
        objects.append(os.path.join(folder, os.path.basename(source) + ".o"))
        subprocess.run([compiler, *flags, "-c", source, "-o", objects[-1]], check=True)
    for program in ("dump_operations", "serialize_operations"):
        subprocess.run([compiler, *flags, f"{HERE}/{program}.c", *objects, *libraries, "-ljansson", "-lcrypto", "-lexpat",
                        "-lm", "-o", f"{folder}/{program}"], check=True)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 1
    generate = load(f"{ROOT}/orchestrator/aws/operations/generate.py", "generate")
    check = load(f"{HERE}/check_operations.py", "check_operations")
    loader = botocore.loaders.Loader()
    with tempfile.TemporaryDirectory() as folder:
        text, refused, count = toml_of(generate, loader)
        with open(f"{folder}/list.toml", "w", encoding="utf-8") as file:
            file.write(text)
        os.makedirs(f"{folder}/aws/operations")
        subprocess.run([sys.executable, f"{ROOT}/orchestrator/aws/operations/generate.py", "--list",
                        f"{folder}/list.toml", "--out", f"{folder}/aws/operations"], check=True, stdout=sys.stderr)
        compile_all(folder, sys.argv[1])
        dump = json.loads(subprocess.run([f"{folder}/dump_operations"], check=True, capture_output=True).stdout)
        expect("operations in the tables", len(dump), count)
        check.compare_models(dump, loader)
        check.compare_endpoints(f"{folder}/dump_operations", loader, SERVICES,
                                ("aws", "aws-us-gov", "aws-cn"))
        compare_calls(f"{folder}/serialize_operations", dump, loader)
    for line in refused:
        expect(f"refused without a known reason: {line}", any(reason in line for reason in KNOWN_REFUSALS), True)
    print(f"{count} operations of {len(SERVICES)} services; {len(refused)} need an option in the list")
    print(f"{passed + check.passed} passed, {failed + check.failed} failed")
    return 1 if failed + check.failed else 0


if __name__ == "__main__":
    sys.exit(main())

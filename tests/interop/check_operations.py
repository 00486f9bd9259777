#!/usr/bin/env python3
"""Checks that the operation tables agree with the service models of botocore.

usage: check_operations.py DUMP_PROGRAM

DUMP_PROGRAM is the built dump_operations.c, which prints the tables as JSON. generate.py writes them from the
same models; this program is a second opinion, which reads the compiled tables. The tables may leave out a part of a
model, but must not differ from it. The IAM actions are compared with iam_actions.tsv.
"""

import csv
import json
import os
import subprocess
import sys

try:
    import botocore.endpoint_provider
    import botocore.loaders
    import botocore.model
except ImportError:
    print("skipped: botocore is not installed")
    sys.exit(77)

# From AWS's Service Authorization Reference: service, operation, IAM action and its access levels.
ACTIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "iam_actions.tsv")

TYPES = {
    "string": "string", "character": "string", "boolean": "boolean", "integer": "integer", "long": "integer",
    "float": "double", "double": "double", "timestamp": "timestamp", "blob": "blob", "list": "list", "map": "map",
    "structure": "structure",
}

# The elements that an answer's body begins with. The models don't have them; the API reference does.
ROOTS = {
    ("s3", "ListBuckets"): "ListAllMyBucketsResult",
    ("s3", "GetBucketAcl"): "AccessControlPolicy",
}
# The payloads whose body is one element with text in it, which every client reads in its own way.
TEXT_PAYLOADS = {
    ("s3", "GetBucketLocation"): "LocationConstraint",
}

# Headers that the sender of the body adds; the tables don't have them as parameters.
CHECKSUM_BY_SENDER = {"ContentMD5", "ChecksumAlgorithm"}
# Operations for which S3, but not the model, requires a checksum when Object Lock's headers are sent; the caller gives it.
CHECKSUM_AS_PARAMETER = {("s3", "PutObject")}

# Actions that IAM counts as writes, but that change nothing in AWS.
NOT_MUTATING = {("sts", "AssumeRole"), ("sts", "AssumeRoleWithWebIdentity")}

# Parameters of some rule sets besides region and mode.
RULE_PARAMETERS = {"acm": {"ServiceType": "ACM"}}

passed = 0
failed = 0


def expect(where, what, ours, theirs):
    global passed, failed
    if ours == theirs:
        passed += 1
        return
    failed += 1
    print(f"{where}: {what}: we have {ours!r}, the model {theirs!r}")


def compare_member(where, ours, theirs, is_input):
    """Compares a member, list element, map key or value: the reference's own traits, then its shape."""
    wire = theirs.serialization.get("name")
    # Both sides call list elements "member" by default. Elsewhere a wire name that equals the name may be left out.
    default = {"key": "key", "value": "value"}.get(ours["name"], ours["name"] or "member")
    expect(where, "wire name", ours["wire"] or default, wire or default)
    expect(where, "queryName", ours["query_name"], theirs.serialization.get("queryName"))
    expect(where, "location", ours["location"], theirs.serialization.get("location", "body"))
    expect(where, "XML attribute", ours["xml_attribute"], bool(theirs.serialization.get("xmlAttribute")))
    expect(where, "host label", ours["host_label"], bool(theirs.serialization.get("hostLabel")))
    expect(where, "JSON value", ours["json_value"], bool(theirs.serialization.get("jsonvalue")))
    expect(where, "idempotency token", ours["idempotency_token"], bool(theirs.metadata.get("idempotencyToken")))
    if ours["shape"].get("again"):
        return
    expect(where, "flattened", ours["flattened"] or ours["shape"]["flattened"],
           bool(theirs.serialization.get("flattened")))
    expect(where, "timestamp format", ours["timestamp_format"] or ours["shape"]["timestamp_format"],
           theirs.serialization.get("timestampFormat"))
    expect(where, "streaming", ours["shape"]["streaming"], bool(theirs.serialization.get("streaming")))
    expect(where, "payload of an inner shape", ours["shape"]["payload"], None)
    namespace = theirs.serialization.get("xmlNamespace") or {}
    # Only requests have namespaces.
    if is_input or namespace.get("prefix"):
        expect(where, "XML namespace", ours["xml_namespace"] or ours["shape"]["xml_namespace"], namespace.get("uri"))
        expect(where, "XML prefix", ours["xml_prefix"] or ours["shape"]["xml_prefix"], namespace.get("prefix"))
    compare_shape(where, ours["shape"], theirs, is_input)


def compare_shape(where, ours, theirs, is_input):
    document = theirs.type_name == "structure" and getattr(theirs, "is_document_type", False)
    expect(where, "type", ours["type"], "document" if document else TYPES[theirs.type_name])
    expect(where, "shared strings are those of an enumeration",
           ours["word"] and not getattr(theirs, "enum", None), False)
    expect(where, "union", ours["union"], bool(getattr(theirs, "is_tagged_union", False)))
    if ours["type"] == "structure":
        for member in ours["members"]:
            name = member["name"]
            inner = f"{where}.{name}"
            if name not in theirs.members:
                expect(inner, "member", name, None)
                continue
            if is_input:
                expect(inner, "required", member["required"], name in theirs.required_members)
            compare_member(inner, member, theirs.members[name], is_input)
        names = [member["name"] for member in ours["members"]]
        expect(where, "members listed once", len(names), len(set(names)))
        if is_input:
            lacking = set(theirs.required_members) - set(names)
            expect(where, "required members that are not listed", lacking, set())
    elif ours["type"] == "list":
        compare_member(f"{where}[]", ours["element"], theirs.member, is_input)
    elif ours["type"] == "map":
        compare_member(f"{where}{{key}}", dict(ours["key"], name="key"), theirs.key, is_input)
        compare_member(f"{where}{{}}", dict(ours["element"], name="value"), theirs.value, is_input)


def compare_root(where, key, ours, theirs, is_input):
    """Compares an operation's input or output."""
    if ours is None:
        # There is nothing to send, or nothing is read.
        if is_input:
            expect(where, "required members", [], theirs.required_members if theirs else [])
        return
    if theirs is None:
        expect(where, "shape", ours["type"], None)
        return
    payload = theirs.serialization.get("payload")
    expect(where, "payload", ours["payload"], payload if is_input else TEXT_PAYLOADS.get(key, payload))
    if not is_input:
        expect(where, "root element", ours["wire"], ROOTS.get(key))
    compare_shape(where, ours, theirs, is_input)
    for member in ours["members"]:
        is_text = not is_input and TEXT_PAYLOADS.get(key) == member["name"]
        expect(f"{where}.{member['name']}", "element with the text", member["shape"]["wire"],
               TEXT_PAYLOADS[key] if is_text else None)
        if member["name"] in CHECKSUM_BY_SENDER and key not in CHECKSUM_AS_PARAMETER:
            expect(where, "checksum header as a parameter", member["name"], None)


def compare_service(ours, model):
    where = ours["id"]
    metadata = model.metadata
    service_id = model.service_id.hyphenize().replace("-", "_").upper()
    expect(where, "AWS_ENDPOINT_URL_ suffix", ours["endpoint_id"], service_id)
    expect(where, "signing name", ours["signing_name"], model.signing_name)
    expect(where, "host name", ours["endpoint_prefix"], model.endpoint_prefix)
    expect(where, "protocol", ours["protocol"] in [metadata["protocol"]] + list(metadata.get("protocols") or ()), True)
    expect(where, "old error codes", ours["query_compatible"], "awsQueryCompatible" in metadata)
    expect(where, "API version", ours["api_version"], metadata["apiVersion"])
    if ours["protocol"] == "json":
        expect(where, "target prefix", ours["target_prefix"], metadata.get("targetPrefix"))
        expect(where, "JSON version", ours["json_version"], metadata["jsonVersion"])
    expect(where, "XML namespace", ours["xml_namespace"], metadata.get("xmlNamespace"))
    expect(where, "S3 rules", ours["is_s3"], metadata.get("signatureVersion") in ("s3", "s3v4"))


def compare_paging(where, ours, theirs):
    if ours is None:
        expect(where, "paging", None, theirs)
        return
    if theirs is None:
        expect(where, "paging", ours, None)
        return
    for name, model_name in (("input_token", "input_token"), ("output_token", "output_token"),
                             ("result_key", "result_key"), ("limit_key", "limit_key"), ("more_flag", "more_results")):
        several = theirs.get(model_name)
        if isinstance(several, list):
            expect(where, f"paging: {name} is one of the model's", ours[name] in several, True)
        else:
            expect(where, f"paging: {name}", ours[name], several)
    if ours["limit"]:
        expect(where, "paging: a limit has a key", bool(ours["limit_key"]), True)


def compare_limit(where, operation, model):
    """Checks that the model allows the page size that we ask for."""
    paging = operation["paging"]
    if paging and paging["limit"] and model.input_shape:
        bounds = model.input_shape.members[paging["limit_key"]].metadata
        if bounds.get("min", 1) <= paging["limit"] <= bounds.get("max", paging["limit"]):
            expect(where, "page size", True, True)
        else:
            expect(where, "page size", paging["limit"], bounds)


def compare_operation(operation, model, pagination):
    service, name = operation["service"]["id"], operation["name"]
    key, where = (service, name), f"{service}.{name}"
    raw = model._operation_model
    expect(where, "method", operation["http_method"], model.http.get("method", "POST"))
    expect(where, "path", operation["http_path"], model.http.get("requestUri", "/"))
    expect(where, "host prefix", operation["host_prefix"], (model.endpoint or {}).get("hostPrefix"))
    expect(where, "unsigned", operation["unsigned_call"], model.auth_type == "none")
    expect(where, "checksum required", operation["checksum_required"],
           bool(model.http_checksum_required or (model.http_checksum or {}).get("requestChecksumRequired")))
    wrapper = (raw.get("output") or {}).get("resultWrapper")
    if operation["output"] is not None or wrapper is None:
        expect(where, "result wrapper", operation["result_wrapper"], wrapper)
    compare_root(f"{where} input", key, operation["input"], model.input_shape, True)
    compare_root(f"{where} output", key, operation["output"], model.output_shape, False)
    compare_paging(where, operation["paging"], pagination.get(name))
    compare_limit(where, operation, model)
    if operation["http_method"] == "GET":
        expect(where, "mutating", operation["mutating"], False)
    if operation["http_method"] in ("PUT", "DELETE"):
        expect(where, "mutating", operation["mutating"], True)


def compare_actions(operations):
    """Compares the IAM action and its access level. An operation without a row has the action of its own name."""
    with open(ACTIONS, newline="", encoding="utf-8") as file:
        rows = {(row["service"], row["operation"]): row for row in csv.DictReader(file, delimiter="\t")}
    for operation in operations:
        key = (operation["service"]["id"], operation["name"])
        row = rows.get(key)
        where = ".".join(key)
        if row is None:
            expect(where, "IAM action", operation["iam_action"].split(":")[1], operation["name"])
            continue
        levels = {level.strip() for level in row["access"].split(",")}
        expect(where, "IAM action", operation["iam_action"], row["action"])
        expect(where, "mutating", operation["mutating"], key not in NOT_MUTATING and not levels <= {"Read", "List"})


def compare_endpoints(program, loader, services, only=()):
    """Compares every service in every region and mode with AWS's own rule set for it; in the partitions `only`, if given."""
    partitions = loader.load_data("partitions")
    regions = sorted({region for partition in partitions["partitions"] for region in partition["regions"]
                      if partition["id"] in (only or [partition["id"]]) and not region.endswith("-global")})
    providers = {service: botocore.endpoint_provider.EndpointProvider(
        loader.load_service_model(service, "endpoint-rule-set-1"), partitions) for service in services}
    for ours in json.loads(subprocess.run([program] + regions, check=True, capture_output=True).stdout):
        where = f"endpoint of {ours['service']} in {ours['region']}, FIPS {ours['fips']}, dualstack {ours['dualstack']}"
        try:
            theirs = providers[ours["service"]].resolve_endpoint(
                Region=ours["region"], UseFIPS=ours["fips"], UseDualStack=ours["dualstack"],
                **RULE_PARAMETERS.get(ours["service"], {}))
        except botocore.exceptions.EndpointProviderError:
            expect(where, "URL", ours.get("url"), None)
            continue
        expect(where, "URL", ours.get("url"), theirs.url)
        schemes = theirs.properties.get("authSchemes") or [{}]
        expect(where, "signing region", ours.get("signing_region"), schemes[0].get("signingRegion", ours["region"]))


def compare_models(operations, loader):
    """Compares every operation and service with its model. Returns the services' models."""
    models = {}
    for operation in operations:
        service = operation["service"]["id"]
        if service not in models:
            model = botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)
            try:
                pagination = loader.load_service_model(service, "paginators-1")["pagination"]
            except botocore.exceptions.UnknownServiceError:
                pagination = {}
            models[service] = (model, pagination)
            compare_service(operation["service"], model)
        model, pagination = models[service]
        compare_operation(operation, model.operation_model(operation["name"]), pagination)
    return models


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 1
    operations = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True).stdout)
    loader = botocore.loaders.Loader()
    models = compare_models(operations, loader)
    names = [(operation["service"]["id"], operation["name"]) for operation in operations]
    expect("operations.def", "operations listed once", len(names), len(set(names)))
    compare_actions(operations)
    compare_endpoints(sys.argv[1], loader, list(models))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

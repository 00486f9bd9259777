#!/usr/bin/env python3
"""Compares signatures and parsed answers with botocore's own on generated cases. These cover what the published vectors
test, for machines that don't have the vectors. Serialized requests are compared by check_generator.py, endpoints by check_operations.py.

usage: check_protocol.py DRIVER DUMP_PROGRAM [--seed N] [--count N]
  DRIVER         the built protocol_driver.c
  DUMP_PROGRAM   the built dump_operations.c, which prints the members of an answer that the tables have
"""
import argparse, base64, datetime, email.utils, hashlib, json, random, subprocess, sys
from xml.sax.saxutils import escape

import botocore.auth
import botocore.loaders
import botocore.model
import botocore.parsers
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TEXTS = ["", " ", "a", "x" * 40, "naïve", "日本", "\U0001f600", "a b", " lead", "trail ", "a\tb", 'quote " \' \\', "<b>&amp;</b>", "]]>", "%2F", "a+b", "é́", "0", "true", "null", "{}"]
passed = failed = 0


def expect(what, got, wanted):
    global passed, failed
    if got == wanted:
        passed += 1
        return
    failed += 1
    if failed <= 8:
        print("FAILED: %s\n    ours     %.700r\n    botocore %.700r" % (what, got, wanted))


def ask(driver, cases):
    done = subprocess.run([driver], input="".join(json.dumps(case) + "\n" for case in cases), capture_output=True, text=True)
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    if done.returncode != 0 or len(answers) != len(cases):
        sys.exit("FAILED: the driver ended with %d after %d of %d cases: %s" % (done.returncode, len(answers), len(cases), done.stderr[-2000:]))
    return answers


# ---------------------------------------------------------------- signatures

DATE = "20261124T080000Z"
PIECES = ["a", "-", ".", "..", "~", "%20", "%2F", "%E6%97%A5", "%C3%A9", "Z", "0", "_", "*", "(", ":", "@", "=", "key", "%2B"]


def make_request(rng):
    service = rng.choice(["s3", "s3", "iam", "sts", "guardduty", "ec2", "sqs"])
    path = "/" + "/".join("".join(rng.choice(PIECES) for _ in range(rng.randrange(4))) for _ in range(rng.randrange(5)))
    pairs = ["%s=%s" % (rng.choice(["a", "A", "b", "list-type", "X-Amz", "%C3%A9", "a%2B"]), rng.choice(["", "1", "%20", "b%2Fc", "~", "2"])) for _ in range(rng.randrange(6))]
    body = rng.choice(TEXTS).encode()
    headers = [["host", rng.choice(["example.amazonaws.com", "127.0.0.1:8080"])], ["X-Amz-Date", DATE]]
    if rng.random() < 0.5: headers.append(["X-Amz-Security-Token", "FwoGZX" + rng.choice(["", "/+=="])])
    if rng.random() < 0.5: headers.append(["Content-Type", "application/x-amz-json-1.1; charset=utf-8"])
    if rng.random() < 0.5: headers.append(["x-amz-meta-" + rng.choice("abc"), rng.choice(["v", "  two   blanks ", "a,b", "\"q  q\""])])
    sha256 = rng.choice([hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"])
    headers.append(["X-Amz-Content-SHA256", sha256])
    rng.shuffle(headers)
    return {"method": rng.choice(["GET", "PUT", "POST", "DELETE", "HEAD"]), "path": path, "query": "&".join(pairs), "headers": headers, "sha256": sha256,
            "plain": service != "s3", "date": DATE, "region": rng.choice(["us-east-1", "eu-west-1", "us-gov-west-1"]), "service": service,
            "key": "AKIAIOSFODNN7EXAMPLE", "secret": rng.choice(["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "s"])}


def sign_by_botocore(case):
    kind = botocore.auth.SigV4Auth if case["plain"] else botocore.auth.S3SigV4Auth
    auth = kind(Credentials(case["key"], case["secret"]), case["service"], case["region"])
    host = next(value for name, value in case["headers"] if name == "host")
    request = AWSRequest(case["method"], "http://" + host + case["path"] + ("?" + case["query"] if case["query"] else ""))
    for name, value in case["headers"]: request.headers[name] = value
    request.context["timestamp"] = DATE
    canonical = auth.canonical_request(request)
    to_sign = auth.string_to_sign(request, canonical)
    signed = auth.signed_headers(auth.headers_to_sign(request))
    return {"canonical": canonical, "string_to_sign": to_sign, "authorization": "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s" % (
        auth.scope(request), signed, auth.signature(to_sign, request))}


def check_signatures(driver, rng, count):
    cases = [make_request(rng) for _ in range(count)]
    for case, got in zip(cases, ask(driver, [{"sign": case} for case in cases])):
        expect("signature of %s" % json.dumps(case), got, sign_by_botocore(case))


# ---------------------------------------------------------------- answers

def make_value(rng, shape, ours, protocol):
    """Makes a value of a model's shape that has only the members that our table has."""
    kind = shape.type_name
    if kind == "structure":
        names = {member["name"]: member for member in ours.get("members", [])}
        return {name: make_value(rng, member, names[name]["shape"], protocol) for name, member in shape.members.items()
                if name in names and rng.random() < 0.75}
    if kind == "list": return [make_value(rng, shape.member, ours["element"]["shape"], protocol) for _ in range(rng.randrange(4))]
    if kind == "map": return {make_text(rng, protocol) or "k": make_value(rng, shape.value, ours["element"]["shape"], protocol) for _ in range(rng.randrange(3))}
    if kind in ("string", "character"): return rng.choice(shape.enum) if getattr(shape, "enum", None) and rng.random() < 0.7 else make_text(rng, protocol)
    if kind == "boolean": return rng.random() < 0.5
    if kind == "integer": return rng.choice([0, 1, -1, 2147483647, -2147483648, rng.randrange(10000)])
    if kind == "long": return rng.choice([0, -5, 4294967296, 2 ** 53, rng.randrange(10 ** 12)])
    if kind in ("float", "double"): return rng.choice([0.0, 1.5, -2.25, 1e10, 0.125])
    if kind == "timestamp": return datetime.datetime.fromtimestamp(rng.randrange(0, 4 * 10 ** 9), datetime.timezone.utc)
    if kind == "blob": return rng.choice([b"", b"a", b"\x00\xff", bytes(range(64))])
    raise ValueError(kind)


def make_text(rng, protocol):
    text = rng.choice(TEXTS) + rng.choice(["", "", "z"])
    # XML parsers differ about text that is only white space, and about carriage returns.
    return text if protocol == "json" else text.strip() or "t"


def name_of(shape, otherwise): return shape.serialization.get("name", otherwise)


def stamp(value, shape, otherwise):
    form = shape.serialization.get("timestampFormat", otherwise)
    if form == "iso8601": return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if form == "rfc822": return email.utils.format_datetime(value, usegmt=True)
    return int(value.timestamp())


def to_json(value, shape):
    kind = shape.type_name
    if kind == "structure": return {name_of(shape.members[name], name): to_json(item, shape.members[name]) for name, item in value.items()}
    if kind == "list": return [to_json(item, shape.member) for item in value]
    if kind == "map": return {key: to_json(item, shape.value) for key, item in value.items()}
    if kind == "timestamp": return stamp(value, shape, "unixTimestamp")
    return base64.b64encode(value).decode() if kind == "blob" else value


def scalar(value, shape, form):
    kind = shape.type_name
    if kind == "timestamp": return str(stamp(value, shape, form))
    if kind == "boolean": return "true" if value else "false"
    return base64.b64encode(value).decode() if kind == "blob" else str(value)


def to_xml(value, shape, name):
    """Writes one element, or the elements of a flattened list."""
    kind = shape.type_name
    if kind == "list":
        flat = shape.serialization.get("flattened")
        inner = name_of(shape.member, name if flat else "member")
        items = "".join(to_xml(item, shape.member, inner) for item in value)
        return items if flat else "<%s>%s</%s>" % (name, items, name)
    if kind == "map":
        key, item = name_of(shape.key, "key"), name_of(shape.value, "value")
        entries = ["%s%s" % (to_xml(k, shape.key, key), to_xml(v, shape.value, item)) for k, v in value.items()]
        if shape.serialization.get("flattened"): return "".join("<%s>%s</%s>" % (name, entry, name) for entry in entries)
        return "<%s>%s</%s>" % (name, "".join("<entry>%s</entry>" % entry for entry in entries), name)
    if kind != "structure": return "<%s>%s</%s>" % (name, escape(scalar(value, shape, "iso8601")), name)
    attributes, children = "", ""
    for member, item in value.items():
        inner = shape.members[member]
        if inner.serialization.get("xmlAttribute"): attributes += ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" %s="%s"' % (name_of(inner, member), escape(item, {'"': "&quot;"}))
        else: children += to_xml(item, inner, flat_name(inner, member))
    return "<%s%s>%s</%s>" % (name, attributes, children, name)


def flat_name(shape, member):
    """Returns the name of a flattened list's elements: the member's, or else that of the list's own member."""
    if shape.type_name == "list" and shape.serialization.get("flattened") and "name" not in shape.serialization:
        return name_of(shape.member, member)
    return name_of(shape, member)


def answer_of(rng, operation, model, value):
    """Returns (headers, body) of an answer with this value; the members that go into headers are taken out of it first."""
    shape, protocol = model.output_shape, model.service_model.resolved_protocol
    headers, body, request_id = [], dict(value), "%08x-1111-2222-3333-444444444444" % rng.randrange(2 ** 32)
    for name in list(body):
        member = shape.members[name]
        if member.serialization.get("location") == "header":
            item = body.pop(name)
            headers.append([name_of(member, name), scalar(item, member, "rfc822")])
    payload = shape.serialization.get("payload")
    if protocol in ("json", "rest-json"):
        headers.append(["x-amzn-RequestId", request_id])
        content = to_json(body, shape)
        if payload: content = content.get(name_of(shape.members[payload], payload), {})
        return headers, json.dumps(content, ensure_ascii=rng.random() < 0.5)
    if protocol == "rest-xml":
        headers.append(["x-amz-request-id", request_id])
        if payload: return headers, to_xml(body.get(payload, {}), shape.members[payload], operation["output"]["wire"] or name_of(shape.members[payload], payload))
        return headers, to_xml(body, shape, operation["output"]["wire"] or name_of(shape, shape.name))
    if protocol == "ec2":
        return headers, to_xml(body, shape, model.name + "Response").replace("</%sResponse>" % model.name, "<requestId>%s</requestId></%sResponse>" % (request_id, model.name))
    wrapper = shape.serialization.get("resultWrapper", model.name + "Result")
    return headers, '<%sResponse xmlns="%s">%s<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>' % (
        model.name, model.service_model.metadata.get("xmlNamespace", "x"), to_xml(body, shape, wrapper), request_id, model.name)


def plain(value):
    """Returns botocore's values in our form: RFC 3339 text, base64. An empty value counts as absent."""
    if isinstance(value, dict): return {key: item for key, item in ((k, plain(v)) for k, v in value.items()) if item not in ({}, [], None)}
    if isinstance(value, list): return [plain(item) for item in value]
    if isinstance(value, datetime.datetime): return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes): return base64.b64encode(value).decode()
    return value


def is_comparable(operation, model):
    """Returns False for answers whose body is no document (a stream, one element with text), which are not made here."""
    shape = model.output_shape
    if shape is None or operation["output"] is None: return False
    payload = shape.serialization.get("payload")
    ours = operation["output"]["payload"]
    text = ours is not None and any(m["name"] == ours and m["shape"]["type"] != "structure" for m in operation["output"]["members"])
    return not text and not (payload and shape.members[payload].type_name != "structure")


def parsed_by_botocore(model, status, headers, body):
    parser = botocore.parsers.create_parser(model.service_model.resolved_protocol)
    return parser.parse({"status_code": status, "headers": botocore.awsrequest.HeadersDict(headers), "body": body.encode()}, model.output_shape)


def check_answers(driver, models, rng, count):
    cases = []
    for operation, model in models:
        if not is_comparable(operation, model): continue
        protocol = "json" if "json" in model.service_model.resolved_protocol else "xml"
        for _ in range(count):
            value = make_value(rng, model.output_shape, operation["output"], protocol)
            cases.append((operation, model, *answer_of(rng, operation, model, value)))
    answers = ask(driver, [{"parse": {"service": o["service"]["id"], "operation": o["name"], "status": 200, "headers": h, "body": b}} for o, _, h, b in cases])
    for (operation, model, headers, body), got in zip(cases, answers):
        wanted = parsed_by_botocore(model, 200, headers, body)
        wanted.pop("ResponseMetadata", None)
        if "output" in got: got = plain(got["output"])
        expect("answer of %s.%s: %.600s" % (operation["service"]["id"], operation["name"], body), got, plain(wanted))


def error_answer(rng, protocol, code, message):
    request_id = "req-%d" % rng.randrange(10 ** 6)
    if protocol in ("json", "rest-json"):
        headers, document = [["x-amzn-RequestId", request_id]], {"message": message}
        if protocol == "rest-json" and rng.random() < 0.5: headers.append(["x-amzn-ErrorType", code + rng.choice(["", ":http://internal.amazon.com/coral/"])])
        else: document["__type"] = rng.choice(["", "com.amazon.coral#"]) + code
        return headers, json.dumps(document), request_id
    inner = "<Code>%s</Code><Message>%s</Message>" % (code, escape(message))
    if protocol == "ec2": return [], "<Response><Errors><Error>%s</Error></Errors><RequestID>%s</RequestID></Response>" % (inner, request_id), request_id
    if protocol == "query" or rng.random() < 0.5:
        return [], "<ErrorResponse><Error><Type>Sender</Type>%s</Error><RequestId>%s</RequestId></ErrorResponse>" % (inner, request_id), request_id
    return [], "<Error>%s<RequestId>%s</RequestId></Error>" % (inner, request_id), request_id


def check_errors(driver, models, rng, count):
    cases = []
    for operation, model in models:
        for _ in range(count):
            code = rng.choice(["AccessDenied", "ThrottlingException", "NoSuchEntity", "InvalidInputException", "AccessDeniedException"])
            message = make_text(rng, "xml")
            cases.append((operation, model, rng.choice([400, 403, 404, 409, 429, 500, 503]), *error_answer(rng, model.service_model.resolved_protocol, code, message)))
    answers = ask(driver, [{"parse": {"service": o["service"]["id"], "operation": o["name"], "status": s, "headers": h, "body": b}} for o, _, s, h, b, _ in cases])
    for (operation, model, status, headers, body, request_id), got in zip(cases, answers):
        wanted = parsed_by_botocore(model, status, headers, body)
        where = "error of %s.%s: %.300s %s" % (operation["service"]["id"], operation["name"], body, headers)
        error = got.get("error", {})
        expect(where, (error.get("kind"), error.get("code"), error.get("request_id")), ("aws", wanted["Error"]["Code"], request_id))
        expect(where + ": its message", wanted["Error"]["Message"] in error.get("message", ""), True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("driver")
    parser.add_argument("dump")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=40, help="answers of each operation")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    loader = botocore.loaders.Loader()
    models, services = [], {}
    for operation in json.loads(subprocess.run([arguments.dump], check=True, capture_output=True).stdout):
        service = operation["service"]["id"]
        if service not in services: services[service] = botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)
        models.append((operation, services[service].operation_model(operation["name"])))
    check_signatures(arguments.driver, rng, 100 * arguments.count)
    check_answers(arguments.driver, models, rng, arguments.count)
    check_errors(arguments.driver, models, rng, max(4, arguments.count // 4))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

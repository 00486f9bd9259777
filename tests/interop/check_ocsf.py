#!/usr/bin/env python3
"""Compares findings as OCSF with the resolved schema of OCSF 1.6's Compliance Finding, and as ASFF with AWS's own model in
botocore and the limits that AWS documents: for every status, and with texts that an attacker would choose.

usage: check_ocsf.py [-v]
  DRIVER        the built security_hub_driver.c (default: build/security-hub-driver)

The schema is tests/data/ocsf-1.6.0-compliance_finding.json.

The last line is `N passed, N failed, N skipped`; the status is 0 when nothing failed.
"""
import argparse, itertools, json, os, re, subprocess, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try: import botocore.session, botocore.validate, harness
except ImportError as missing:
    print("skipped: %s (see tests/requirements.txt)" % missing)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/ocsf-1.6.0-compliance_finding.json")
ACCOUNT = "111122223333"
STATUSES = ["unknown", "drifted", "awaiting_approval", "alerted", "managed_centrally", "remediated", "exempt", "compliant", "not_applicable"]
PLACES = [("s3.account-public-access-block", "global", ACCOUNT), ("s3.bucket-default-encryption", "eu-central-1", "arn:aws:s3:::payroll"),
          ("iam.root-mfa", "global", "arn:aws:iam::%s:root" % ACCOUNT), ("iam.user-mfa", "global", "arn:aws:iam::%s:user/ann" % ACCOUNT),
          ("guardduty.detector", "us-gov-west-1", ACCOUNT), ("of.another-version", "eu-west-1", "")]
TEXTS = ["", "a plain cause", "\x00\x07\x1b[31m\r\n\t", "\u202e\u200b\ufeff\U0001f600" * 300, "x" * 20000, "\\\"${jndi:x}<script>", " \n "]
# The model lacks these limits. https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html
LIMITS = {"Id": 512, "ProductArn": 2048, "GeneratorId": 512, "Title": 256, "Description": 1024}
CUSTOMERS = {"Note", "UserDefinedFields", "VerificationState", "Workflow", "Confidence", "Criticality", "RelatedFindings", "Severity", "Types"}


def findings():
    for (baseline, region, resource), status, text in itertools.product(PLACES, STATUSES, TEXTS):
        cause = {"code": text, "message": text} if text else None
        yield {"account": ACCOUNT, "account_name": text or "shop", "region": region, "baseline": baseline, "resource": (resource or "") + (text if text[:1] in "\x00 " else ""),
               "status": status, "severity": text if len(text) == 13 else "high", "tier": "approval" if text else "auto", "decided_by": "default",
               "observed": {"detector": "d1"} if status == "exempt" else None, "desired": None, "change": text or None, "cause": cause,
               "observed_at": "2026-11-24T08:00:00.123Z" if status != "unknown" else None, "request_ids": [], "run": "run-1",
               **({"first_seen": "2026-10-01T00:00:00Z"} if text else {})}


def convert(driver, *mode):
    lines = "".join(json.dumps(f) + "\n" for f in findings())
    r = subprocess.run([driver, *mode], input=lines, capture_output=True, text=True, timeout=120)
    return r, [json.loads(line) for line in r.stdout.split("\n") if line], lines.count("\n")


class Ocsf:
    """Checks values with a resolved schema: required attributes (also of the profiles they name), types, lists and enums."""

    NUMBERS = {"integer_t", "long_t", "timestamp_t", "port_t"}
    TEXTS = {"string_t", "url_t", "hostname_t", "ip_t", "resource_uid_t", "datetime_t", "uuid_t", "email_t", "username_t", "file_name_t"}

    def __init__(self, schema): self.schema = schema

    def errors(self, value):
        return list(self.check(value, self.schema["attributes"], set(value.get("metadata", {}).get("profiles", [])), "", True))

    def check(self, value, attributes, profiles, where, closed):
        for name, a in attributes.items():
            if a["requirement"] == "required" and (a.get("profile") in profiles or not a.get("profile")) and name not in value: yield "%s%s is missing" % (where, name)
        for name, got in value.items():
            a = attributes.get(name)
            if a is None:
                if closed: yield "%s%s is not an attribute" % (where, name)      # the schema lists all attributes of the class only
                continue
            if a.get("profile") and a["profile"] not in profiles: yield "%s%s is of a profile that is not claimed" % (where, name)
            if a["array"] != isinstance(got, list): yield "%s%s is %sa list" % (where, name, "" if isinstance(got, list) else "not ")
            for item in got if isinstance(got, list) else [got]: yield from self.one(item, a, profiles, where + name)

    def one(self, item, a, profiles, where):
        kind = a["type"]
        if kind in self.NUMBERS and (not isinstance(item, int) or isinstance(item, bool)): yield "%s is not a whole number" % where
        elif kind in self.TEXTS and not isinstance(item, str): yield "%s is not text" % where
        elif kind == "boolean_t" and not isinstance(item, bool): yield "%s is not true or false" % where
        # the class's own numbers are in the schema's head
        if a.get("enum") and not where.endswith(("class_uid", "category_uid")) and str(item) not in a["enum"]: yield "%s: %r is not in the list" % (where, item)
        if kind in self.schema["objects"] and isinstance(item, dict): yield from self.check(item, self.schema["objects"][kind]["attributes"], profiles, where + ".", False)


def check_ocsf(c, driver):
    with open(SCHEMA) as f: schema = json.load(f)
    judge = Ocsf(schema)
    r, made, asked = convert(driver, "ocsf")
    c.ok("OCSF: the driver ends with status 0", r.returncode == 0, r.stderr)
    c.same("OCSF: one for each finding", len(made), asked)
    errors = [e for o in made for e in judge.errors(o)]
    c.ok("OCSF: %d fit the schema" % len(made), made and not errors, "\n".join(sorted(set(errors))[:12]))
    c.ok("OCSF: class and type", all(o["class_uid"] == schema["class_uid"] and o["category_uid"] == schema["category_uid"] and
                                     o["type_uid"] == 100 * o["class_uid"] + o["activity_id"] for o in made))
    # a test of the check itself: broken values are found
    for name, broken in (("a missing member", {k: v for k, v in made[0].items() if k != "time"}), ("a wrong type", {**made[0], "time": "now"}),
                         ("a number that is none of the list", {**made[0], "severity_id": 42}), ("an unknown member", {**made[0], "colour": "red"}),
                         ("a missing member inside", {**made[0], "finding_info": {}})):
        c.ok("OCSF: the check finds " + name, judge.errors(broken))


def limits(f):
    for key, most in LIMITS.items():
        if len(f[key]) > most or not re.search(r"\S", f[key]): yield "%s has %d characters" % (key, len(f[key]))
    yield from ("%s is the customer's" % key for key in CUSTOMERS & f.keys())
    fields = f["ProductFields"]
    if len(fields) > 50 or any(len(k) > 128 or len(v) > 2048 or not v for k, v in fields.items()): yield "ProductFields pass their limit"
    if len(f["FindingProviderFields"]["Types"]) > 50: yield "too many types"
    if f["FindingProviderFields"]["Severity"]["Label"] not in ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"): yield "no severity"
    if f["Compliance"]["Status"] not in ("PASSED", "WARNING", "FAILED", "NOT_AVAILABLE"): yield "no compliance status"
    if len(f["Compliance"].get("RelatedRequirements", [])) > 32: yield "too many requirements"
    if not 1 <= len(f["Resources"]) <= 32 or any(len(r["Id"]) > 512 for r in f["Resources"]): yield "resources"
    if len(f["Remediation"]["Recommendation"]["Text"]) > 512: yield "the recommendation is too long"
    if len(json.dumps(f).encode()) > 240 * 1024: yield "it is larger than 240 KB"
    for key in ("CreatedAt", "UpdatedAt"):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", f[key]): yield "%s is no time: %r" % (key, f[key])
    if not all(ord(ch) >= 32 for ch in json.dumps(f, ensure_ascii=False)): yield "control characters"
    if re.search(r"\\u00[01]|[\u202a-\u202e\u200b\ufeff]", json.dumps(f, ensure_ascii=False)): yield "characters that a display obeys"


def check_asff(c, driver):
    shape = botocore.session.get_session().get_service_model("securityhub").operation_model("BatchImportFindings").input_shape
    validator = botocore.validate.ParamValidator()
    for partition in ("aws", "aws-us-gov", "aws-cn"):
        r, made, asked = convert(driver, "asff", partition)
        c.ok("ASFF %s: the driver ends with status 0" % partition, r.returncode == 0, r.stderr)
        c.same("ASFF %s: one for each finding" % partition, len(made), asked)
        reports = [validator.validate({"Findings": made[i:i + 100]}, shape) for i in range(0, len(made), 100)]
        c.ok("ASFF %s: %d fit AWS's model" % (partition, len(made)), made and not any(x.has_errors() for x in reports),
             "\n".join(x.generate_report()[:400] for x in reports if x.has_errors()))
        errors = [e for f in made for e in limits(f)]
        c.ok("ASFF %s: they keep AWS's limits" % partition, not errors, "\n".join(sorted(set(errors))[:12]))
        c.ok("ASFF %s: partition" % partition, all(f["ProductArn"].startswith("arn:%s:securityhub:" % partition) for f in made))
    unknown = [k for f in made for k in f.keys() - shape.members["Findings"].member.members.keys()]
    c.ok("ASFF: no member that AWS's model lacks", not unknown, unknown[:5])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("-v", action="store_true")
    c = harness.Checks(p.parse_args().v)
    driver = os.path.abspath(os.environ.get("DRIVER", "build/security-hub-driver"))
    if not os.access(driver, os.X_OK): sys.exit("no program at %s; set DRIVER" % driver)
    check_ocsf(c, driver)
    check_asff(c, driver)
    return c.done()


if __name__ == "__main__":
    sys.exit(main())

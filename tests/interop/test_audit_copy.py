#!/usr/bin/env python3
"""The copy of the audit log in a bucket of moto with Object Lock: boto3 reads the objects that Reeve has put there, `reeve audit
verify` verifies each object on its own, and every request is compared with AWS's service models.

usage: test_audit_copy.py [-v]
  REEVE      the program to judge (default: build/reeve)

The last line is `N passed, N failed, N skipped`; the status is 0 when nothing failed.
"""
import argparse, base64, datetime, hashlib, json, os, re, subprocess, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try: import boto3, flask, moto, fixture, harness, notify_sns       # flask: moto's server needs it
except ImportError as missing:
    print("skipped: %s (see tests/requirements.txt)" % missing)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)
from botocore.exceptions import ClientError

BUCKET, REGION, STATE = "reeve-audit-copies", "ap-southeast-2", "copied.state"      # differs from the home region and from the process's
DAYS = 30


class Copies:
    """Runs Reeve on one state folder, and checks the bucket after each run."""

    def __init__(self, c, bench, world):
        self.c, self.bench, self.world, self.s3 = c, bench, world, world.client("s3", region=REGION)
        self.account = world.ids[next(r["name"] for r in world.in_scope() if r["bpa"] != "on")]

    def config(self, **audit):
        return self.world.config(baselines=(fixture.BPA,), audit={"bucket": BUCKET, "region": REGION, "retention_days": DAYS, **audit})

    def run(self, name, *args, config=None, **more):
        return self.bench.run(name, self.world, config or self.config(), *args, state=STATE, **more)

    def sweep(self, name, **more): return self.run(name, "sweep", "--account", self.account, **more)

    def reeve(self, *args, **more):
        return subprocess.run([self.bench.reeve, "--state", self.bench.path(STATE), *args], capture_output=True, timeout=60, cwd=self.bench.dir,
                              env=harness.environment("http://127.0.0.1:1", self.world.management, self.bench.dir), **more)

    def status(self): return json.loads(self.reeve("status", "--json").stdout)["audit_copy"]

    def keys(self): return sorted(o["Key"] for o in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", []))

    def check(self, name, objects):
        """Checks that every object is whole and retained, and that they follow each other from the first entry to the last."""
        c, keys, head, following, public = self.c, self.keys(), None, 1, json.loads(self.reeve("audit", "key", "--json").stdout)["public_key"]
        c.same(name + ": number of objects", len(keys), objects)
        for key in keys:
            got = self.s3.get_object(Bucket=BUCKET, Key=key)
            body = got["Body"].read()
            lines = body.decode().rstrip("\n").split("\n")
            header, trailer = json.loads(lines[0]), json.loads(lines[-1])
            numbers = re.fullmatch(r"reeve/%s/(\d{12})-(\d{12})\.jsonl" % header["log"], key)
            c.ok(name + ": the key has log and range", numbers and (int(numbers[1]), int(numbers[2])) == (header["first"], header["last"]), key)
            c.same(name + ": no gap before " + key, header["first"], following)
            if head: c.same(name + ": the anchor is the head of the one before", header["anchor"], head)
            c.same(name + ": every entry is in it", [json.loads(x)["seq"] for x in lines[1:-1]], list(range(header["first"], header["last"] + 1)))
            verdict = self.reeve("audit", "verify", "-", "--key", public, "--json", input=body)
            c.ok(name + ": `reeve audit verify` finds it whole", verdict.returncode == 0 and json.loads(verdict.stdout)["whole"], verdict.stdout + verdict.stderr)
            forged = self.reeve("audit", "verify", "-", "--key", public, input=body.replace(b'"outcome":"finished"', b'"outcome":"finishes"', 1))
            if b'"outcome":"finished"' in body: c.same(name + ": and not whole of an altered one", forged.returncode, 2)
            self.check_lock(name, key, got["LastModified"])
            head, following = trailer["head"], header["last"] + 1
        c.same(name + ": `reeve status` knows how far it is", self.status(),
               {"bucket": BUCKET, "prefix": "reeve/", "copied": following - 1, "last": following - 1, "failed": None})
        return keys

    def check_lock(self, name, key, put_at, mode="GOVERNANCE", days=DAYS):
        held = self.s3.head_object(Bucket=BUCKET, Key=key)          # moto has no GetObjectRetention
        until = held["ObjectLockRetainUntilDate"] - put_at
        self.c.ok(name + ": the retention mode and time are right", held["ObjectLockMode"] == mode and abs(until - datetime.timedelta(days=days)) < datetime.timedelta(minutes=5), held)


def puts(run): return [x for x in run.calls if x.operation == "PutObject"]


def header_of(call, name): return next((v for k, v in call.record["headers"] if k.lower() == name), None)


def not_there(t):
    """The bucket does not exist yet. The run is as without a copy, and a warning says so."""
    c, hook = t.c, notify_sns.Webhook()
    r = t.sweep("no bucket", config={**t.config(), "notifications": [{"name": "hook", "on": ["failure"], "webhook": {"url": hook.url}}]})
    c.same("no bucket: the run mends and ends as it would", (r.status, [f["status"] for f in r.doc["findings"]]), (0, ["remediated"]))
    c.ok("no bucket: a warning says so", "NoSuchBucket" in r.err or "does not exist" in r.err, r.err)
    told = [json.loads(body) for _, body in hook.got]
    c.ok("no bucket: a notification reports the failure", len(told) == 1 and told[0]["kind"] == "failure" and "NoSuchBucket" in json.dumps(told[0]), told)
    status = t.status()
    c.ok("no bucket: the status shows it", status["copied"] == 0 and status["last"] > 0 and status["failed"]["code"] == "NoSuchBucket", status)
    text = t.reeve("status").stdout.decode()
    c.ok("no bucket: the text of the status shows it", re.search(r"audit log: 0 of \d+ entries copied to s3://%s/reeve/; failed .*exist" % BUCKET, text), text)


def main_job(t):
    c = t.c
    t.s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True, CreateBucketConfiguration={"LocationConstraint": REGION})
    first = t.sweep("first")
    c.ok("first: no warning", "audit log" not in first.err, first.err)
    before = t.check("first", 1)
    for call in puts(first):
        body = base64.b64decode(call.record["body"])
        c.same("first: the request", {k: header_of(call, k) for k in ("if-none-match", "x-amz-checksum-sha256", "x-amz-expected-bucket-owner")},
               {"if-none-match": "*", "x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(), "x-amz-expected-bucket-owner": None})
        c.same("first: by the orchestrator itself, in the bucket's region", (call.key, call.region), (t.world.management["AccessKeyId"], REGION))
    c.same("first: one call", len(puts(first)), 1)
    plan = t.run("plan", "plan", "--account", t.account)
    c.same("a plan copies nothing", len(puts(plan)), 0)
    t.sweep("second")
    c.ok("second: the first object stays", t.check("second", 2)[0] == before[0])
    t.run("rollback", "rollback", first_run(t))
    t.check("rollback", 3)      # after a rollback a sweep leaves the drift to a person, so its status is 2


def first_run(t): return json.loads(t.reeve("status", "--json").stdout)["runs"][0]["id"]


def interrupted(t):
    """S3 does not answer in one run, and refuses one request in the next."""
    c, put = t.c, r"^s3 PUT /%s/" % BUCKET
    r = t.sweep("no answer", faults=[{"match": put, "drop": True}])
    c.same("no answer: the run's status is as without a copy", r.status, 2)
    c.ok("no answer: several attempts, in bounded time", len(puts(r)) > 1 and r.seconds < 45, (len(puts(r)), r.seconds))
    c.ok("no answer: the status shows it", t.status()["failed"] is not None, t.status())
    c.same("no answer: nothing was put", len(t.keys()), 3)
    busy = "<Error><Code>SlowDown</Code><Message>busy</Message></Error>"
    r = t.sweep("busy once", faults=[{"match": put, "times": 1, "status": 503, "headers": {"Content-Type": "application/xml"}, "body": busy}])
    # first the range whose outcome was unknown, then the later entries
    t.check("busy once", 5)
    c.same("busy once: calls", [x.status for x in puts(r)], [503, 200, 200])


def settings(t):
    """With every other setting and another prefix there is a new copy from the first entry on."""
    c, kms = t.c, t.world.client("kms", region=REGION)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    before, account = t.keys(), fixture.MANAGEMENT
    config = t.config(prefix="other/place/", mode="COMPLIANCE", retention_days=2, kms_key_id=key, bucket_owner=account)
    r = t.sweep("settings", config=config)
    new = [k for k in t.keys() if k not in before]
    c.ok("settings: one object under the other prefix", len(new) == 1 and re.fullmatch(r"other/place/[0-9a-f-]{36}/000000000001-\d{12}\.jsonl", new[0]), new)
    got = t.s3.get_object(Bucket=BUCKET, Key=new[0])
    c.same("settings: encrypted by the key", (got["ServerSideEncryption"], got["SSEKMSKeyId"]), ("aws:kms", key))
    t.check_lock("settings", new[0], got["LastModified"], "COMPLIANCE", 2)
    c.same("settings: the owner is named", [header_of(x, "x-amz-expected-bucket-owner") for x in puts(r)], [account])
    version = t.s3.list_object_versions(Bucket=BUCKET, Prefix=new[0])["Versions"][0]["VersionId"]
    try:
        t.s3.delete_object(Bucket=BUCKET, Key=new[0], VersionId=version)
        c.ok("settings: the object can't be deleted", False)
    except ClientError as refusal: c.ok("settings: the object can't be deleted", refusal.response["Error"]["Code"] == "AccessDenied", refusal)


def policy(t):
    """With the permissions of `reeve policy orchestrator` the copy works; without s3:PutObject only the copy fails."""
    c, world, url = t.c, t.world, t.world.endpoint
    printed = t.bench.policy("orchestrator", t.config())
    objects = [s for s in printed["Statement"] if "s3:PutObject" in s["Action"]]
    c.same("policy: both actions, on the objects alone", [(sorted(s["Action"]), s["Resource"]) for s in objects],
           [(["s3:PutObject", "s3:PutObjectRetention"], "arn:aws:s3:::%s/reeve/*" % BUCKET)])
    iam, own = world.client("iam"), harness.widened(printed)
    iam.create_user(UserName="orchestrator")
    credentials = iam.create_access_key(UserName="orchestrator")["AccessKey"]
    for name, document, count in (("policy suffices", own, 6), ("policy lacks s3:PutObject", harness.removed(own, "s3:PutObject"), 6)):
        iam.put_user_policy(UserName="orchestrator", PolicyName="reeve", PolicyDocument=json.dumps(document))
        harness.strictness(url, True)
        r = t.sweep(name, credentials=credentials)
        harness.strictness(url, False)
        c.same(name + ": the run's status", r.status, 2)
        c.same(name + ": objects", len([k for k in t.keys() if k.startswith("reeve/")]), count)
    failed = t.status()["failed"]
    c.ok("policy lacks s3:PutObject: the status shows it", failed and failed["code"].startswith("AccessDenied"), failed)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("-v", action="store_true")
    c = harness.Checks(p.parse_args().v)
    reeve = os.path.abspath(os.environ.get("REEVE", "build/reeve"))
    if not os.access(reeve, os.X_OK):
        sys.exit("no program at %s; set REEVE" % reeve)
    bench = harness.Bench(c, reeve)
    with harness.moto(bench.log, strict=True) as server:
        harness.strictness(server.url, False)
        t = Copies(c, bench, fixture.World(server.url, "spread").build())
        not_there(t)
        main_job(t)
        interrupted(t)
        policy(t)
        settings(t)
    bench.close()
    return c.done()


if __name__ == "__main__":
    sys.exit(main())

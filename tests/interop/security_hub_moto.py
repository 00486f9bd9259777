#!/usr/bin/env python3
"""Findings written to moto's Security Hub, and read back from it by boto3; every request is compared with AWS's model. moto has
no BatchUpdateFindings, and accepts findings where the hub is not enabled, so of updates only the requests are checked. The
rest is tested with this project's own simulator, which boto3 sets up and reads, too.

usage: security_hub_moto.py [-v]
  DRIVER     the built security_hub_driver.c (default: build/security-hub-driver)
  SIM        the built simulator (default: build/reeve-sim); without it its part is skipped

The last line is `N passed, N failed, N skipped`; the status is 0 when nothing failed.
"""
import argparse, json, os, subprocess, sys, urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try: import boto3, flask, moto, harness       # flask: moto's server needs it
except ImportError as missing:
    print("skipped: %s (see tests/requirements.txt)" % missing)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

HOME, OTHER, THIRD, ACCOUNT = "eu-west-1", "eu-central-1", "ap-south-1", "123456789012"
SIMULATED = {"AccessKeyId": "AKIASIMORCHESTRATOR0", "SecretAccessKey": "sim-orchestrator-secret"}
CREDENTIALS = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
BUCKETS, BLOCK, DETECTOR = "s3.bucket-default-encryption", "s3.account-public-access-block", "guardduty.detector"
BLOCK_ID, DETECTOR_ID = "reeve/%s/%s/global/%s" % (BLOCK, ACCOUNT, ACCOUNT), "reeve/%s/%s/%s/%s" % (DETECTOR, ACCOUNT, OTHER, ACCOUNT)


def finding(baseline, region, resource, status, at="2026-11-24T08:00:00Z", **more):
    return {"account": ACCOUNT, "region": region, "baseline": baseline, "resource": resource, "status": status, "severity": "high", "tier": "auto",
            "change": None, "cause": None, "observed_at": at, **more}


def bucket(n, status, **more): return finding(BUCKETS, OTHER, "arn:aws:s3:::bucket-%04d" % n, status, **more)


def bucket_id(n): return "reeve/%s/%s/%s/arn:aws:s3:::bucket-%04d" % (BUCKETS, ACCOUNT, OTHER, n)


def client(endpoint, region, credentials):
    return boto3.client("securityhub", endpoint_url=endpoint, region_name=region, aws_access_key_id=credentials["AccessKeyId"],
                        aws_secret_access_key=credentials["SecretAccessKey"])


class World:
    def __init__(self, c, bench, driver, endpoint, account=ACCOUNT, credentials=CREDENTIALS):
        self.c, self.bench, self.driver, self.endpoint, self.account, self.credentials, self.n = c, bench, driver, endpoint, account, credentials, 0
        self.config = bench.write("hub.json", {"organization": {"home_region": HOME}, "security_hub": {"import": True, "update": True}})
        self.hubs = {r: client(endpoint, r, credentials) for r in (HOME, OTHER, THIRD)}

    def enable(self):
        for hub in self.hubs.values(): hub.enable_security_hub(EnableDefaultStandards=False)
        return self

    def drive(self, name, command, document):
        """Runs the driver once through a recording proxy. Returns its calls, after checking that they are correct."""
        self.n += 1
        record, port = self.bench.path("%s-%d.jsonl" % (self.account, self.n)), harness.free_port()
        with harness.Server([sys.executable, os.path.join(harness.HERE, "recordproxy.py"), "--listen", str(port), "--upstream", self.endpoint, "--out", record],
                            port, self.bench.log) as proxy:
            r = subprocess.run([self.driver, command, self.config, self.bench.path("state-" + self.account), self.account], input=json.dumps(document),
                               capture_output=True, text=True, timeout=120, env=harness.environment(proxy.url, self.credentials, self.bench.dir))
        self.c.ok(name + ": the driver ends with status 0", r.returncode == 0, r.stderr)
        calls, errors = [], []
        if os.path.exists(record): calls, errors, _ = harness.judge(record, self.credentials)
        self.c.ok(name + ": every request fits AWS's model and its signature is right", not errors, "\n".join(errors[:8]))
        return [(x.operation, x.region) for x in calls], r.stderr

    def sweep(self, name, findings, seen=()): return self.drive(name, "import", {"findings": findings, "seen": list(seen)})

    def known(self, region):
        pages = self.hubs[region].get_paginator("get_findings").paginate()
        return {f["Id"]: (f["Compliance"]["Status"], f["RecordState"]) for page in pages for f in page["Findings"]}

    def whole(self, region, id):
        return next(f for f in self.hubs[region].get_findings(Filters={"Id": [{"Value": id, "Comparison": "EQUALS"}]})["Findings"] if f["Id"] == id)


def check_import(c, world):
    first = [bucket(n, "drifted") for n in range(120)] + [bucket(200, "compliant"), finding(BLOCK, "global", ACCOUNT, "managed_centrally"),
                                                          finding(DETECTOR, OTHER, ACCOUNT, "unknown"), finding(DETECTOR, THIRD, ACCOUNT, "alerted")]
    calls, _ = world.sweep("first", first)
    c.same("first: two batches and one of each other region", sorted(calls), sorted([("BatchImportFindings", OTHER)] * 2 + [("BatchImportFindings", HOME), ("BatchImportFindings", THIRD)]))
    c.same("first: what is not fine is there", world.known(OTHER), {**{bucket_id(n): ("FAILED", "ACTIVE") for n in range(120)}, DETECTOR_ID: ("NOT_AVAILABLE", "ACTIVE")})
    c.same("first: another region has its own", world.known(THIRD), {DETECTOR_ID.replace(OTHER, THIRD): ("FAILED", "ACTIVE")})
    c.same("first: what is global is in the home region", world.known(HOME), {BLOCK_ID: ("FAILED", "ACTIVE")})
    f = world.whole(HOME, BLOCK_ID)
    c.same("first: product", f["ProductArn"], "arn:aws:securityhub:%s:%s:product/%s/default" % (HOME, ACCOUNT, ACCOUNT))
    c.same("first: resource", (f["Resources"][0]["Type"], f["Resources"][0]["Id"]), ("AwsAccount", "AWS::::Account:" + ACCOUNT))
    c.same("first: generator", f["GeneratorId"], "reeve/" + BLOCK)

    calls, _ = world.sweep("again", [dict(f, observed_at="2026-11-25T08:00:00Z") for f in first])
    c.same("again: what has not changed is not sent", calls, [])

    then = "2026-11-26T08:00:00Z"
    mended = [bucket(0, "remediated", at=then), bucket(1, "exempt", at=then)] + [bucket(n, "drifted") for n in range(3, 120)] + first[121:]
    calls, _ = world.sweep("mended", mended, [["global", BUCKETS, "drifted"]])
    known = world.known(OTHER)
    c.same("mended: one call", calls, [("BatchImportFindings", OTHER)])
    c.same("mended and exempt pass, what is gone is archived", (known[bucket_id(0)], known[bucket_id(1)], known[bucket_id(2)], known[bucket_id(3)]),
           (("PASSED", "ACTIVE"), ("PASSED", "ACTIVE"), ("PASSED", "ARCHIVED"), ("FAILED", "ACTIVE")))
    f = world.whole(OTHER, bucket_id(0))
    c.same("mended: created when it was first seen", (f["CreatedAt"], f["UpdatedAt"]), ("2026-11-24T08:00:00Z", then))


def check_tell(c, world):
    product = "arn:aws:securityhub:%s::product/aws/securityhub" % HOME
    calls, log = world.drive("tell", "tell", [{"id": "f-1", "product_arn": product, "mended": True, "note": "run-1 has mended it (c-1)"},
                                              {"id": "f-2", "product_arn": product, "mended": False, "note": "run-1 waits for a person", "region": OTHER},
                                              {"uid": "u-1", "mended": True, "note": "run-1 has mended it (c-1)"}])
    # a page of HTML is not an answer of AWS, so each call is tried again
    c.same("tell: one call for each state and format", sorted(set(calls)), [("BatchUpdateFindings", OTHER), ("BatchUpdateFindings", HOME), ("BatchUpdateFindingsV2", HOME)])
    c.ok("tell: moto's refusal is logged, and nothing else fails", log.count("could not be updated") == 3, log)


def admin(url, path, document=None):
    data = None if document is None else json.dumps(document).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, data=data, headers={"Content-Type": "application/json"})) as answer: return answer.read()


def check_simulator(c, bench, driver):
    """Tests what moto does not have: regions without Security Hub, and updates."""
    sim, port = os.path.abspath(os.environ.get("SIM", "build/reeve-sim")), harness.free_port()
    if not os.access(sim, os.X_OK): return c.skip("simulator", "no program at %s; set SIM" % sim)
    with harness.Server([sim, "--listen", "127.0.0.1:%d" % port, "--accounts", "4", "--regions", "3", "--seed", "7"], port, bench.log) as server:
        account = json.loads(admin(server.url, "/_sim/state"))["organization"]["delegated_administrator"]
        theirs = {"SchemaVersion": "2018-10-08", "Id": "theirs-1", "ProductArn": "arn:aws:securityhub:%s::product/aws/securityhub" % HOME, "AwsAccountId": account,
                  "GeneratorId": "security-control/S3.1", "Compliance": {"Status": "FAILED"}, "Workflow": {"Status": "NEW"}, "RecordState": "ACTIVE"}
        v2 = {"metadata": {"uid": "uid-1"}, "status_id": 1}
        admin(server.url, "/_sim/account", {"id": account, "set": {"security_hub": {HOME: {"enabled": True, "findings": [theirs, v2]}, OTHER: True}}})
        world = World(c, bench, driver, server.url, account, SIMULATED)
        ours = lambda f: {**f, "account": account, "resource": f["resource"].replace(ACCOUNT, account)}
        here = [ours(f) for f in [bucket(n, "drifted") for n in range(150)] + [finding(BLOCK, "global", ACCOUNT, "alerted")]]
        calls, log = world.sweep("simulator", here + [ours(finding(DETECTOR, "us-east-1", ACCOUNT, "drifted"))])
        c.same("simulator: two batches and one of each other region", sorted(calls),
               sorted([("BatchImportFindings", OTHER)] * 2 + [("BatchImportFindings", HOME), ("BatchImportFindings", "us-east-1")]))
        c.ok("simulator: a region without Security Hub is logged once, and nothing fails", log.count("is not enabled") == 1 and "warning" not in log, log)
        known = world.known(OTHER)
        c.same("simulator: all are taken", (len(known), set(known.values())), (150, {("FAILED", "ACTIVE")}))
        ids = {"uid": "uid-1"}, {"id": "theirs-1", "product_arn": theirs["ProductArn"]}, {"id": "theirs-2", "product_arn": theirs["ProductArn"]}
        calls, log = world.drive("simulator, told", "tell", [{**i, "mended": True, "note": "run-1 has mended it"} for i in ids])
        c.same("simulator: one call for each format", sorted(calls), [("BatchUpdateFindings", HOME), ("BatchUpdateFindingsV2", HOME)])
        c.ok("simulator: a missing finding is logged", log.count("has not updated finding theirs-2") == 1, log)
        f = world.whole(HOME, "theirs-1")
        c.same("simulator: the finding is resolved, with a note", (f["Workflow"]["Status"], f["Note"]["Text"], f["Note"]["UpdatedBy"]),
               ("RESOLVED", "[reeve] run-1 has mended it", "reeve"))
        state = admin(server.url, "/_sim/state?account=" + account).decode()
        c.ok("simulator: the finding of v2 is updated, too", '"comment":"[reeve] run-1 has mended it"' in state.replace('": ', '":'), state[-600:])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("-v", action="store_true")
    c = harness.Checks(p.parse_args().v)
    driver = os.path.abspath(os.environ.get("DRIVER", "build/security-hub-driver"))
    if not os.access(driver, os.X_OK):
        sys.exit("no program at %s; set DRIVER" % driver)
    bench = harness.Bench(c, None)
    with harness.moto(bench.log) as server:
        world = World(c, bench, driver, server.url).enable()
        check_import(c, world)
        check_tell(c, world)
    check_simulator(c, bench, driver)
    bench.close()
    return c.done()


if __name__ == "__main__":
    sys.exit(main())

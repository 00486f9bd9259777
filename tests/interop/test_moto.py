#!/usr/bin/env python3
"""Reeve's main job against moto, an AWS implementation that this project did not write.

An organization is made by boto3 (fixture.py); Reeve plans, sweeps and sweeps again. Its findings are
compared with the organization, boto3 and the AWS CLI look at its changes, and every request it sent is
compared with AWS's own service models (modelcheck.py).

usage: test_moto.py [--strict] [--full] [-v]
  REEVE      the program to judge (default: build/reeve)
  --strict   instead: with signatures and permissions checked (moto_strict.py), the generated policies
             suffice, and without any one of their actions exactly the cells that need it are unknown or stay drifted
  --full     the long variant: every enabled region, and runs disturbed by faults

The last line is `N passed, N failed, N skipped`; the status is 0 when nothing failed.
"""
import argparse, base64, collections, json, os, shutil, subprocess, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try: import flask, moto, fixture, harness, strict       # flask: moto's server needs it
except ImportError as missing:
    print("skipped: %s (see tests/requirements.txt)" % missing)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)
from fixture import BASELINES, BPA, GUARDDUTY, ROOT_MFA, SSE, USER_MFA

STATUSES = ["unknown", "drifted", "awaiting_approval", "alerted", "managed_centrally", "remediated", "exempt", "compliant",
            "not_applicable"]       # the worst comes first: a cell takes the worst status of its findings
FINE = ("compliant", "not_applicable")
WITHOUT_ROOT = tuple(b for b in BASELINES if b != ROOT_MFA)


def named(world, ou=None, baseline=None, kind=None):
    """Returns the first account in scope of an OU that has a resource of this kind."""
    for row in world.in_scope():
        has = {USER_MFA: row["users"], SSE: [k for _, k in row["buckets"]], GUARDDUTY: list(row["detectors"].values()), BPA: [row["bpa"]]}
        if ou in (None, row["ou"]) and (kind is None or kind in has[baseline]): return row
    raise AssertionError("no account with %s %s" % (baseline, kind))


def cells_of(findings):
    """Returns the statuses of the cells of these findings: {(account, region, baseline): worst}."""
    cells = {}
    for (account, region, baseline, _), (status, _) in findings.items():
        key = account, region if baseline == GUARDDUTY else "global", baseline
        cells[key] = min(cells.get(key, status), status, key=STATUSES.index)
    return cells


def check_document(c, name, run, world, kind, baselines=BASELINES):
    """Checks the frame of the document: run, organization, counts."""
    if not run.doc: return
    head, cells = run.doc["run"], run.doc["cells"]
    c.ok(name + ": run.kind", head["kind"] == kind, head)
    c.ok(name + ": run.assume_role_calls equals the calls that were sent", head["assume_role_calls"] == sum(run.assumed().values()), head)
    c.ok(name + ": run.api_calls equals the calls that were sent", head["api_calls"] == len(run.calls), "%s, sent %d" % (head, len(run.calls)))
    c.same(name + ": organization.in_scope", run.doc["organization"]["in_scope"], len(world.in_scope()))
    c.same(name + ": organization.id", run.doc["organization"]["id"], world.org_id)
    c.same(name + ": every cell is accounted for", cells["total"], world.cells(baselines))
    c.same(name + ": the ledger adds up", sum(cells[s] for s in STATUSES), cells["total"])
    worst = collections.Counter(cells_of(run.findings()).values())
    c.same(name + ": cells take the worst of their findings", {s: cells[s] for s in STATUSES if s not in FINE + ("exempt",)},
           {s: worst[s] for s in STATUSES if s not in FINE + ("exempt",)})


def check_calls(c, name, run, world):
    """Checks which credentials made which calls, and in which regions."""
    c.same(name + ": one AssumeRole for each account in scope", dict(run.assumed()), {world.ids[r["name"]]: 1 for r in world.in_scope()})
    own = {x.service for x in run.calls if x.key == world.orchestrator["AccessKeyId"]}
    c.ok(name + ": the orchestrator's own keys are for Organizations and STS only", own <= {"organizations", "sts"}, own)
    c.same(name + ": STS is asked in the home region", {x.region for x in run.calls if x.service == "sts"}, {fixture.HOME})
    regions = {x.region for x in run.calls if x.service == "guardduty"}
    c.ok(name + ": GuardDuty is asked in the regions in scope", regions == set(fixture.REGIONS), regions)
    for call in run.calls:
        if call.operation == "AssumeRole":
            body = base64.b64decode(call.record["body"]).decode()
            if "ExternalId=" + fixture.EXTERNAL_ID not in body: return c.ok(name + ": AssumeRole has the external id", False, body)
        if call.operation == "ListBuckets" and "max-buckets=" not in call.record["url"]:
            return c.ok(name + ": ListBuckets sends max-buckets", False, call.record["url"])


def main_job(c, bench, world):
    """Plans, sweeps, sweeps again and plans the whole organization."""
    auto, alert = named(world, baseline=USER_MFA, kind="bare"), named(world, ou=fixture.OUS[3], baseline=BPA, kind="none")
    exempt, expired = named(world, baseline=SSE, kind="aes"), named(world, baseline=SSE, kind="none")
    spared = [r for r in world.resources(exempt) if r[0] == SSE and "-aes-" in r[2]][0][2]
    late = [r for r in world.resources(expired) if r[0] == SSE and "-none-" in r[2]][0][2]
    exception = {"baseline": SSE, "region": "*", "reason": "a public download area", "owner": "web team"}
    config = world.config(
        tiers=[{"assign": "account:" + world.ids[auto["name"]], "set": {USER_MFA: "auto"}}, {"assign": "ou:" + fixture.OUS[3], "set": {BPA: "alert"}}],
        exceptions=[{"account": world.ids[exempt["name"]], "resource": spared, "expires": "2099-01-31", **exception},
                    {"account": world.ids[expired["name"]], "resource": late, "expires": "2020-01-31", **exception}])
    tiers = {(auto["name"], USER_MFA): "auto", **{(r["name"], BPA): "alert" for r in world.rows if r["ou"] == fixture.OUS[3]}}

    def expected(kind): return {k: v for k, v in world.expected(kind, tiers=tiers).items() if k[3] != spared}
    def found(run): return run.findings(lambda f: f["status"] not in FINE and f["status"] != "exempt")

    before = {row["name"]: world.observe(row) for row in world.rows}
    plan = bench.run("plan", world, config, "plan", faults=[old_location(world)])
    c.same("plan: findings", found(plan), expected("plan"))
    c.same("plan: status (root MFA can't be seen in moto)", plan.status, 3)
    c.same("plan: mutates nothing", dict(plan.mutations()), {})
    check_document(c, "plan", plan, world, "plan")
    check_calls(c, "plan", plan, world)
    unknown = [f for f in plan.doc["findings"] if f["status"] == "unknown"] if plan.doc else []
    c.ok("plan: every unknown finding has a cause", unknown and all(f.get("cause") and f["cause"].get("code") and f["cause"].get("message") for f in unknown), unknown[:2])

    everything = bench.run("plan-all", world, config, "plan", "--all")
    want = {(world.ids[row["name"]], region, b, resource): "exempt" if resource == spared else "unknown" if drifts is None else "drifted" if drifts else "compliant"
            for row in world.in_scope() for b, region, resource, drifts, _ in world.resources(row)
            if not resource.endswith("/user-no-password")}      # this isn't a console user, so it has no finding
    got = {k: s for k, (s, _) in everything.findings().items()}
    c.same("plan --all: every resource", {k: s for k, s in got.items() if k in want or s not in FINE}, want)

    state = "organization.state"
    sweep = bench.run("sweep", world, config, "sweep", state=state, faults=[blocked_types(world)])
    c.same("sweep: findings", found(sweep), expected("sweep"))
    c.same("sweep: status", sweep.status, 3)
    check_document(c, "sweep", sweep, world, "sweep")
    check_calls(c, "sweep", sweep, world)
    changed = [k for k, (status, _) in expected("sweep").items() if status == "remediated"]
    created = sum(kind == "absent" for r in world.in_scope() for kind in r["detectors"].values())
    per = collections.Counter(k[2] for k in changed)
    c.same("sweep: one mutating call for each change", dict(sweep.mutations()), {
        "PutPublicAccessBlock": per[BPA], "PutBucketEncryption": per[SSE], "PutUserPolicy": per[USER_MFA],
        "CreateDetector": created, "UpdateDetector": per[GUARDDUTY] - created})
    open_files = [f for d, _, files in os.walk(bench.path(state)) for f in files if os.stat(os.path.join(d, f)).st_mode & 0o077]
    c.ok("sweep: the state is readable by its owner only", os.path.isdir(bench.path(state)) and not open_files, open_files)
    check_blocked_types(c, world, sweep)
    for row in world.rows:
        after = world.observe(row)
        wanted = world.mended(row, before[row["name"]], tiers, {spared}) if row in world.in_scope() else before[row["name"]]
        after = {k: "guarded" if wanted.get(k) == "guarded" and fixture.guards(v) else v for k, v in after.items()}
        c.same("sweep: boto3 sees the mended state of %s, and nothing else changed" % row["name"], after, wanted)

    again = bench.run("sweep-again", world, config, "sweep", state=state)
    c.same("sweep again: findings", found(again), {k: v for k, v in expected("again").items()})
    c.same("sweep again: mutates nothing", dict(again.mutations()), {})
    c.same("sweep again: status", again.status, 3)
    aws_cli(c, bench, world)

    fresh = bench.run("plan-after", world, config, "plan", "--baseline", SSE, "--baseline", BPA, "--baseline", USER_MFA)
    c.same("plan after: what waits for a human or is only alerted", {k: t for k, (_, t) in found(fresh).items()},
           {k: t for k, (_, t) in expected("again").items() if k[2] != ROOT_MFA})
    c.same("plan after: status", fresh.status, 2)


    return config, sweep, state, before


def check_rollback(c, bench, world, config, sweep, state, before):
    """Rolls the run back: boto3 sees the state before it."""
    base = {"SSEAlgorithm": "AES256", "BucketKeyEnabled": False}   # the default of S3 for a bucket without a configuration; moto has none
    forgotten = "arn:aws:s3:::" + key_off_bucket(world)[2]         # moto drops BlockedEncryptionTypes, so this one can't be as before
    undo = bench.run("rollback", world, config, "rollback", sweep.doc["run"]["id"], state=state)
    c.same("rollback: only what moto forgets is not restored", [f["resource"] for f in undo.doc["findings"] if f["status"] != "remediated"], [forgotten])
    c.same("rollback: status", undo.status, 2)
    for row in world.in_scope():
        seen = {k: base if k[1] == SSE and v is None else v for k, v in world.observe(row).items()}
        want = {k: base if k[1] == SSE and v is None else v for k, v in before[row["name"]].items()}
        c.same("rollback: boto3 sees %s as before the sweep" % row["name"], seen, want)


def old_location(world):
    """One bucket in eu-west-1 answers like a very old one: its location is called EU."""
    bucket = next(r[2].split(":::")[1] for row in world.in_scope() for r in world.resources(row) if r[0] == SSE and r[1] == "eu-west-1")
    return {"match": r"^s3 GET /%s/?\?location" % bucket, "status": 200, "headers": {"Content-Type": "application/xml"}, "body":
            '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">EU</LocationConstraint>'}


def blocked_types(world):
    """moto forgets BlockedEncryptionTypes, so the proxy answers the first read of one bucket as S3 would."""
    row, region, bucket = key_off_bucket(world)
    return {"match": r"^s3 GET /%s/?\?encryption" % bucket, "times": 1, "status": 200, "headers": {"Content-Type": "application/xml"}, "body":
            '<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ApplyServerSideEncryptionByDefault>'
            "<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>%s</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>"
            "<BucketKeyEnabled>false</BucketKeyEnabled><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>"
            "</Rule></ServerSideEncryptionConfiguration>" % world.other_key(row["name"], region)}


def check_blocked_types(c, world, sweep):
    _, _, bucket = key_off_bucket(world)
    sent = [base64.b64decode(x.record["body"]).decode() for x in sweep.calls if x.operation == "PutBucketEncryption" and bucket in x.record["url"]]
    c.ok("sweep: members of a bucket's encryption that Reeve doesn't manage are written back", len(sent) == 1
         and "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>" in sent[0], sent)


def key_off_bucket(world):
    """Returns the first bucket with a key of its own and its bucket key off: (row, region, name)."""
    row = named(world, baseline=SSE, kind="key-off")
    return [(row, r[1], r[2].split(":::")[1]) for r in world.resources(row) if "-key-off-" in r[2]][0]


def selectors(c, bench, world):
    """After the sweep selectors narrow a plan, and the status is 0 where all is well."""
    row = named(world, ou="Workloads/Dev")
    account = world.ids[row["name"]]
    one = bench.run("one-account", world, world.config(), "plan", "--account", account, "--baseline", GUARDDUTY, "--baseline", SSE, "--all")
    c.ok("--account: only this account is entered", set(one.assumed()) == {account}, one.assumed())
    c.ok("--account: only its findings", {k[0] for k in one.findings()} == {account}, one.findings())
    region = bench.run("one-region", world, world.config(), "plan", "--region", "eu-west-1", "--baseline", GUARDDUTY, "--all")
    c.same("--region, --baseline: one cell for each account", cells_of(region.findings()),
           {(world.ids[r["name"]], "eu-west-1", GUARDDUTY): "compliant" for r in world.in_scope()})
    c.same("--region, --baseline: status 0", region.status, 0)
    c.same("--region: GuardDuty is asked in this region only", {x.region for x in region.calls if x.service == "guardduty"}, {"eu-west-1"})
    ou = bench.run("one-ou", world, world.config(baselines=[BPA]), "plan", "--ou", "Workloads/Prod", "--all")
    c.same("--ou: its accounts", {k[0] for k in ou.findings()}, {world.ids[r["name"]] for r in world.in_scope() if r["ou"] == "Workloads/Prod"})


def enabled_regions(c, bench, world, accounts):
    """With `regions: enabled` each account is asked for its enabled regions."""
    config = world.config(baselines=[GUARDDUTY])
    config["scope"]["regions"] = "enabled"
    rows = world.in_scope()[:accounts]
    chosen = [a for r in rows for a in ("--account", world.ids[r["name"]])]
    run = bench.run("enabled", world, config, "plan", "--all", *chosen)
    all_regions = world.client("ec2").describe_regions()["Regions"]
    want = {r["RegionName"] for r in all_regions if r.get("OptInStatus") != "not-opted-in"}
    asked = {x.region for x in run.calls if x.service == "guardduty"}
    c.ok("regions enabled: DescribeRegions is called in each account", sum(x.operation == "DescribeRegions" for x in run.calls) == len(rows))
    c.ok("regions enabled: GuardDuty is called in the account's regions", asked and asked <= want and len(asked) > 15, "extra %s, missing %s" % (asked - want, want - asked))
    got = {(a, r) for a, r, _, _ in run.findings()}
    c.same("regions enabled: a finding for each account and region", {k: 1 for k in got}, {(world.ids[r["name"]], g): 1 for r in rows for g in want})


def disturbed(c, bench, world, kind):
    """Throttling, server faults and dropped connections change how long a run takes, but not its findings."""
    faults = [{"match": "sts .*AssumeRole", "every": 4, "status": 400, "body":
               "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>"},
              {"match": "guardduty GET", "every": 7, "status": 503, "body": "{}"},
              {"match": "s3 GET .*encryption", "every": 5, "status": 503, "body": "<Error><Code>SlowDown</Code><Message>Reduce</Message></Error>"},
              {"match": "iam .*ListMFADevices", "every": 6, "drop": True},
              {"match": "organizations ", "every": 9, "status": 400, "body": '{"__type":"TooManyRequestsException"}'}]
    run = bench.run("disturbed", world, world.config(), "plan", faults=faults)
    c.same("disturbed plan: findings", run.findings(lambda f: f["status"] not in FINE), world.expected(kind))
    c.ok("disturbed plan: it reports its retries", run.doc and run.doc["run"]["retries"] > 0 and run.doc["run"]["throttled"] > 0, run.doc and run.doc["run"])


def aws_cli(c, bench, world):
    """The AWS CLI, an independent reader, sees a mended bucket."""
    row, region, bucket = key_off_bucket(world)
    if not shutil.which("aws"): return c.skip("the AWS CLI sees a mended bucket", "no aws command")
    env = harness.environment(world.endpoint, world.credentials[row["name"]], bench.dir, AWS_SESSION_TOKEN=world.credentials[row["name"]]["SessionToken"])
    p = subprocess.run(["aws", "--region", region, "--output", "json", "s3api", "get-bucket-encryption", "--bucket", bucket], capture_output=True, text=True, env=env)
    rule = json.loads(p.stdout)["ServerSideEncryptionConfiguration"]["Rules"][0] if p.returncode == 0 else {}
    c.same("the AWS CLI sees a mended bucket", rule, {"BucketKeyEnabled": True, "ApplyServerSideEncryptionByDefault": {
        "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": world.other_key(row["name"], region)}})


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--strict", action="store_true")
    ap.add_argument("--full", action="store_true")
    ap.add_argument("-v", "--verbose", action="store_true")
    o = ap.parse_args()
    c = harness.Checks(o.verbose)
    reeve = os.path.abspath(os.environ.get("REEVE", os.path.join(harness.HERE, "..", "..", "build", "reeve")))
    if not os.access(reeve, os.X_OK): sys.exit("no program to judge at %s (set REEVE)" % reeve)
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    bench = harness.Bench(c, reeve)
    try:
        with harness.moto(bench.log, strict=o.strict) as server:
            if o.strict: strict.run(c, bench, server)
            else:
                world = fixture.World(server.url, "spread").build()
                world.orchestrator = world.management
                job = main_job(c, bench, world)
                selectors(c, bench, world)
                enabled_regions(c, bench, world, 18 if o.full else 1)
                check_rollback(c, bench, world, *job)
        if o.full and not o.strict:
            with harness.moto(bench.log) as server:
                disturbed(c, bench, fixture.World(server.url, "spread").build(), "plan")
    finally: bench.close()
    sys.exit(c.done())


if __name__ == "__main__": main()

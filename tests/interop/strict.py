"""The strict part of test_moto.py: signatures and permissions are checked by moto_strict.py.

moto compares most resources with `*` only and ignores conditions, so the generated policies are widened
to their actions first; resources and conditions are judged by iam_simulate/. What each action is needed
for is written down here from AWS's documentation, not taken from Reeve.
"""
import json

import fixture, harness
from fixture import BPA, GUARDDUTY, REGIONS, ROLE, ROOT_MFA, SSE, USER_MFA

READS = {   # action -> the baselines that can't be observed without it (in shape `rich`: in every region listed)
    "s3:GetAccountPublicAccessBlock": (BPA, ["global"]),
    "s3:ListAllMyBuckets": (SSE, ["global"]),
    "s3:GetBucketLocation": (SSE, ["global"]),              # moto's ListBuckets does not name the region
    "s3:GetEncryptionConfiguration": (SSE, ["global"]),
    "s3:GetBucketPolicy": (SSE, ["global"]),                # who writes into a bucket decides its tier
    "s3:GetBucketAcl": (SSE, ["global"]),
    "kms:DescribeKey": (SSE, ["global"]),                   # in the account with the setting kms_key_id
    "iam:GetAccountSummary": (ROOT_MFA, ["global"]),
    "iam:ListUsers": (USER_MFA, ["global"]),
    "iam:GetLoginProfile": (USER_MFA, ["global"]),
    "iam:ListMFADevices": (USER_MFA, ["global"]),
    "iam:GetUserPolicy": (USER_MFA, ["global"]),
    "guardduty:ListDetectors": (GUARDDUTY, REGIONS),
    "guardduty:GetDetector": (GUARDDUTY, REGIONS[1:]),      # the first region has no detector
    "guardduty:GetAdministratorAccount": (GUARDDUTY, REGIONS[1:]),
}
WRITES = {  # action -> the changes that fail without it
    "s3:PutAccountPublicAccessBlock": (BPA, ["global"]),
    "s3:PutEncryptionConfiguration": (SSE, REGIONS[:2]),
    "iam:PutUserPolicy": (USER_MFA, ["global"]),
    "guardduty:CreateDetector": (GUARDDUTY, REGIONS[:1]),
    "guardduty:UpdateDetector": (GUARDDUTY, REGIONS[1:]),
}


def cell(key): return key[0], key[1] if key[2] == GUARDDUTY else "global", key[2]


def run(c, bench, server, full):
    harness.strictness(server.url, False)
    role, orchestrator = harness.widened(bench.policy("role")), bench.policy("orchestrator")
    world = fixture.World(server.url, "rich").build(role)
    world.orchestrator = orchestrator_user(world, harness.widened(orchestrator))
    harness.strictness(server.url, True)
    put = lambda name, policy: world.client("iam", name).put_role_policy(RoleName=ROLE, PolicyName="reeve", PolicyDocument=json.dumps(policy))
    def unchecked(f, *a):
        harness.strictness(server.url, False)
        try: return f(*a)
        finally: harness.strictness(server.url, True)
    names = [r["name"] for r in world.rows]
    tiers = {(n, USER_MFA): "auto" for n in names}
    config = world.config(tiers=[{"assign": "root", "set": {USER_MFA: "auto"}}],
                          limits={"in_flight": 16, "failure_rate": 1.0})
    whole = {a for s in role["Statement"] for a in harness.as_list(s["Action"])}
    c.ok("policy role: names every action of the table", set(READS) | set(WRITES) <= whole, (set(READS) | set(WRITES)) - whole)

    plan = bench.run("strict plan", world, config, "plan", credentials=world.orchestrator)
    expected = world.expected("plan", tiers=tiers)
    c.same("strict plan: the generated policies suffice", plan.findings(), expected)
    c.ok("strict plan: nothing was refused", not refused(plan), refused(plan))

    # each read action taken out of one account's role
    lacking = dict(zip(list(names), ["kms:DescribeKey"] + [a for a in READS if a != "kms:DescribeKey"]))    # the first account has the key
    for name, action in lacking.items(): unchecked(put, name, harness.removed(role, action))
    plan = bench.run("strict plan lacking reads", world, config, "plan", credentials=world.orchestrator)
    blind = {(world.ids[n], region, READS[a][0]): a for n, a in lacking.items() for region in READS[a][1]}
    got = {cell(k): s for k, (s, _) in plan.findings().items() if s == "unknown"}
    # moto's summary leaves the root user of every account unknown
    want = {k: "unknown" for k in blind} | {cell(k): "unknown" for k in expected if k[2] == ROOT_MFA}
    c.same("lacking reads: exactly what needs the action is unknown", got, want)
    rest = {k: v for k, v in plan.findings().items() if cell(k) not in want}
    c.same("lacking reads: everything else is as before", rest, {k: v for k, v in expected.items() if cell(k) not in want})
    causes = {}
    for f in plan.doc["findings"] if plan.doc else []:
        key = cell((f["account"], f["region"], f["baseline"]))
        if key in blind and f["status"] == "unknown": causes.setdefault(key, []).append(f["cause"])
    c.ok("lacking reads: the cause names AccessDenied", causes.keys() == blind.keys() and all(denied(x) for xs in causes.values() for x in xs),
         [(k, xs) for k, xs in causes.items() if not all(map(denied, xs))][:4])
    c.same("lacking reads: status", plan.status, 3)

    # each write action taken out of one account's role; everywhere else the sweep mends
    lacking = dict(zip(names, WRITES))
    for name in names: unchecked(put, name, harness.removed(role, lacking.get(name, "")))
    sweep = bench.run("strict sweep lacking writes", world, config, "sweep", state="strict.state", credentials=world.orchestrator)
    stuck = {(world.ids[n], region, WRITES[a][0]) for n, a in lacking.items() for region in WRITES[a][1]}
    want = {k: ("drifted" if k[:3] in stuck else v[0], v[1]) for k, v in world.expected("sweep", tiers=tiers).items()}
    c.same("lacking writes: exactly what needs the action stays drifted", sweep.findings(), want)
    held = [f for f in sweep.doc["findings"] if f["status"] == "drifted"] if sweep.doc else []
    c.ok("lacking writes: the cause names AccessDenied", held and all(denied(f.get("cause")) for f in held), [f for f in held if not denied(f.get("cause"))][:2])
    for name in lacking: unchecked(put, name, role)
    sweep = bench.run("strict sweep", world, config, "sweep", state="strict.state", credentials=world.orchestrator)
    c.same("strict sweep: with the whole policy the rest is mended", {k: v for k, v in sweep.findings().items() if v[0] != "unknown"},
           {k: ("remediated", v[1]) for k, v in want.items() if v[0] == "drifted"})
    c.ok("strict sweep: nothing was refused", not refused(sweep), refused(sweep))
    without_one_of_its_own(c, bench, world, orchestrator, unchecked, config)


def orchestrator_user(world, policy):
    """An IAM user in the management account with the generated policy."""
    iam = world.client("iam")
    iam.create_user(UserName="orchestrator")
    iam.put_user_policy(UserName="orchestrator", PolicyName="reeve", PolicyDocument=json.dumps(policy))
    return iam.create_access_key(UserName="orchestrator")["AccessKey"]


def without_one_of_its_own(c, bench, world, orchestrator, unchecked, config):
    """Each action that the orchestrator uses, taken out of its own policy."""
    account = world.ids[world.rows[1]["name"]]
    put = lambda policy: world.client("iam").put_user_policy(UserName="orchestrator", PolicyName="reeve", PolicyDocument=json.dumps(policy))
    wide = harness.widened(orchestrator)
    args = ("plan", "--account", account, "--baseline", BPA)
    used = {"%s:%s" % (x.service, x.operation) for x in bench.run("strict own", world, config, *args, credentials=world.orchestrator).calls
            if x.key == world.orchestrator["AccessKeyId"]}
    granted = {a for s in wide["Statement"] for a in s["Action"]}
    c.ok("policy orchestrator: names what it calls", used - {"sts:GetCallerIdentity"} <= granted, used - granted)
    for action in sorted(used & granted):
        unchecked(put, harness.removed(wide, action))
        run = bench.run("strict without " + action, world, config, *args, credentials=world.orchestrator, sound=False)
        if action == "sts:AssumeRole":
            f = run.finding(account, BPA)
            c.ok("without sts:AssumeRole: the account is unknown, and why", run.status == 3 and f and f["status"] == "unknown" and denied(f["cause"]), (run.status, f, run.err[-300:]))
        else:
            c.ok("without %s: it is a fault or something is unknown, never a clean bill" % action, run.status in (1, 3), (run.status, run.text[-300:], run.err[-300:]))
            c.ok("without %s: the refusal is named" % action, "AccessDenied" in run.text + run.err, run.err[-300:])
        c.ok("without %s: requests are sound" % action, not run.errors, run.errors[:5])
    unchecked(put, wide)


def refused(run):
    return ["%s:%s in %s" % (x.service, x.operation, x.region) for x in run.calls if x.status in (401, 403)][:5]


def denied(cause): return bool(cause) and "AccessDenied" in "%s %s" % (cause.get("code"), cause.get("message"))

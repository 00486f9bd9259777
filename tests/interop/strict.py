"""The strict part of test_moto.py: signatures and permissions are checked by moto_strict.py.

moto compares most resources with `*` only and ignores conditions, so the generated policies are widened
to their actions first; resources and conditions are judged by iam_simulate/. This file lists what
each action is needed for, from AWS's documentation and not from Reeve.
"""
import json

import fixture, harness
from fixture import BPA, GUARDDUTY, REGIONS, ROLE, ROOT_MFA, SSE, USER_MFA

READS = {   # action -> the baselines that can't be observed without it (in shape `rich`: in every region listed)
    "s3:GetAccountPublicAccessBlock": (BPA, ["global"]),
    "s3:ListAllMyBuckets": (SSE, ["global"]),
    "s3:GetBucketLocation": (SSE, ["global"]),              # moto's ListBuckets does not name the region
    "s3:GetEncryptionConfiguration": (SSE, ["global"]),
    "s3:GetBucketPolicy": (SSE, ["global"]),                # a bucket's tier depends on the services that write to it
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


def run(c, bench, server):
    harness.strictness(server.url, False)
    world = fixture.World(server.url, "rich").build()
    config = world.config(tiers=[{"assign": "root", "set": {USER_MFA: "auto"}}], limits={"in_flight": 16, "failure_rate": 1.0})
    role, orchestrator = harness.widened(bench.policy("role", config)), harness.widened(bench.policy("orchestrator", config))
    whole = set(role["Statement"][0]["Action"])
    c.ok("policy role: names every action of the table", set(READS) | set(WRITES) <= whole, (set(READS) | set(WRITES)) - whole)
    world.orchestrator = orchestrator_user(world, orchestrator)
    s = Strict(c, bench, world, config, role, orchestrator)
    for row in world.rows: s.put_role(row["name"], role)
    expected = s.suffices()
    s.lacking_reads(expected)
    s.lacking_writes()
    s.lacking_regions()
    s.lacking_own()


class Strict:
    def __init__(self, c, bench, world, config, role, orchestrator):
        self.c, self.bench, self.world, self.config, self.role, self.orchestrator = c, bench, world, config, role, orchestrator
        self.names = [r["name"] for r in world.rows]
        self.tiers = {(n, USER_MFA): "auto" for n in self.names}

    def run(self, name, *args, config=None, **more):
        return self.bench.run("strict " + name, self.world, config or self.config, *args, credentials=self.world.orchestrator, **more)

    def unchecked(self, call, **arguments):
        """Makes a call of the test's own, without the check of permissions."""
        harness.strictness(self.world.endpoint, False)
        call(**arguments)
        harness.strictness(self.world.endpoint, True)

    def put_role(self, name, policy):
        self.unchecked(self.world.client("iam", name).put_role_policy, RoleName=ROLE, PolicyName="reeve", PolicyDocument=json.dumps(policy))

    def put_own(self, policy):
        self.unchecked(self.world.client("iam").put_user_policy, UserName="orchestrator", PolicyName="reeve", PolicyDocument=json.dumps(policy))

    def suffices(self):
        plan, expected = self.run("plan", "plan"), self.world.expected("plan", tiers=self.tiers)
        self.c.same("strict plan: the generated policies suffice", plan.findings(), expected)
        self.c.ok("strict plan: nothing was refused", not refused(plan), refused(plan))
        return expected

    def lacking_reads(self, expected):
        """Takes each read action out of the role of one account (the first account is the one with the key)."""
        lacking = dict(zip(self.names, ["kms:DescribeKey"] + [a for a in READS if a != "kms:DescribeKey"]))
        for name, action in lacking.items(): self.put_role(name, harness.removed(self.role, action))
        plan = self.run("plan lacking reads", "plan")
        blind = {(self.world.ids[n], region, READS[a][0]) for n, a in lacking.items() for region in READS[a][1]}
        # moto's summary leaves the root user of every account unknown
        want = dict.fromkeys(blind | {cell(k) for k in expected if k[2] == ROOT_MFA}, "unknown")
        self.c.same("lacking reads: exactly what needs the action is unknown", {cell(k): s for k, (s, _) in plan.findings().items() if s == "unknown"}, want)
        self.c.same("lacking reads: everything else is as before", {k: v for k, v in plan.findings().items() if cell(k) not in want},
                    {k: v for k, v in expected.items() if cell(k) not in want})
        causes = {}
        for f in plan.doc["findings"] if plan.doc else []:
            key = cell((f["account"], f["region"], f["baseline"]))
            if key in blind and f["status"] == "unknown": causes.setdefault(key, []).append(f["cause"])
        self.c.ok("lacking reads: the cause names AccessDenied", causes.keys() == blind and all(denied(x) for xs in causes.values() for x in xs),
                  [(k, xs) for k, xs in causes.items() if not all(map(denied, xs))][:4])
        self.c.same("lacking reads: status", plan.status, 3)
        for name in lacking: self.put_role(name, self.role)

    def lacking_writes(self):
        """Takes each write action out of the role of one account; everywhere else the sweep mends."""
        lacking = dict(zip(self.names, WRITES))
        for name, action in lacking.items(): self.put_role(name, harness.removed(self.role, action))
        sweep = self.run("sweep lacking writes", "sweep", state="strict.state")
        stuck = {(self.world.ids[n], region, WRITES[a][0]) for n, a in lacking.items() for region in WRITES[a][1]}
        want = {k: ("drifted" if k[:3] in stuck else v[0], v[1]) for k, v in self.world.expected("sweep", tiers=self.tiers).items()}
        self.c.same("lacking writes: exactly what needs the action stays drifted", sweep.findings(), want)
        held = [f for f in sweep.doc["findings"] if f["status"] == "drifted"] if sweep.doc else []
        self.c.ok("lacking writes: the cause names AccessDenied", held and all(denied(f.get("cause")) for f in held), [f for f in held if not denied(f.get("cause"))][:2])
        for name in lacking: self.put_role(name, self.role)
        sweep = self.run("sweep", "sweep", state="strict.state")
        self.c.same("strict sweep: with the whole policy the rest is mended", {k: v for k, v in sweep.findings().items() if v[0] != "unknown"},
                    {k: ("remediated", v[1]) for k, v in want.items() if v[0] == "drifted"})
        self.c.ok("strict sweep: nothing was refused", not refused(sweep), refused(sweep))

    def lacking_regions(self):
        """Without ec2:DescribeRegions an account's regions are not known, so no regional cell may be compliant."""
        name, config = self.names[2], {**self.config, "scope": {**self.config["scope"], "regions": "enabled"}}
        self.put_role(name, harness.removed(self.role, "ec2:DescribeRegions"))
        run = self.run("plan lacking regions", "plan", "--all", "--account", self.world.ids[name], config=config)
        regional = [f for f in run.doc["findings"] if f["baseline"] == GUARDDUTY] if run.doc else []
        self.c.ok("lacking ec2:DescribeRegions: regional cells are unknown, with the cause", run.status == 3 and regional
                  and all(f["status"] == "unknown" and denied(f["cause"]) for f in regional), (run.status, regional[:2]))
        self.put_role(name, self.role)

    def lacking_own(self):
        """Takes each action that the orchestrator itself uses out of its own policy."""
        c, account = self.c, self.world.ids[self.names[1]]
        args = ("plan", "--account", account, "--baseline", BPA)
        used = {"%s:%s" % (x.service, x.operation) for x in self.run("own", *args).calls if x.key == self.world.orchestrator["AccessKeyId"]}
        granted = set(self.orchestrator["Statement"][0]["Action"])
        used -= {"sts:GetCallerIdentity"}           # AWS allows it to everybody
        c.ok("policy orchestrator: grants every call that it makes", used <= granted, used - granted)
        for action in sorted(used & granted):
            self.put_own(harness.removed(self.orchestrator, action))
            run = self.run("without " + action, *args, sound=False)
            if action == "sts:AssumeRole":
                f = run.finding(account, BPA)
                c.ok("without sts:AssumeRole: the account is unknown, with the cause", run.status == 3 and f and f["status"] == "unknown" and denied(f["cause"]), (run.status, f, run.err[-300:]))
            else:
                c.ok("without %s: the run fails or something is unknown, and all is never well" % action, run.status in (1, 3), (run.status, run.text[-300:], run.err[-300:]))
                c.ok("without %s: the refusal is named" % action, "not authorized to perform: " + action in run.text + run.err, run.err[-300:])
            c.ok("without %s: requests are correct" % action, not run.errors, run.errors[:5])
        self.put_own(self.orchestrator)


def orchestrator_user(world, policy):
    """Makes an IAM user in the management account with the generated policy."""
    iam = world.client("iam")
    iam.create_user(UserName="orchestrator")
    iam.put_user_policy(UserName="orchestrator", PolicyName="reeve", PolicyDocument=json.dumps(policy))
    return iam.create_access_key(UserName="orchestrator")["AccessKey"]


def refused(run):
    return ["%s:%s in %s" % (x.service, x.operation, x.region) for x in run.calls if x.status in (401, 403)][:5]


def denied(cause):      # EC2 has a code of its own
    return bool(cause) and any(word in "%s %s" % (cause.get("code"), cause.get("message")) for word in ("AccessDenied", "UnauthorizedOperation"))

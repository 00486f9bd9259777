#!/usr/bin/env python3
"""Makes an organization by boto3 in a running moto server, and computes what Reeve must report about it.

The organization: a management account, four organizational units (two of them nested, one with a
slash in its name), 20 member accounts with tags and the role ReeveRemediation, and one more account
that was closed. Drift of every kind for the five baselines is spread over the members; some are clean.
What a run must report is computed from the tables below, never from anything Reeve printed.

Shapes: `spread` (every kind of drift somewhere) and `rich` (every account has every resource, so
that a permission can be taken out of any of them).

usage: fixture.py --endpoint http://127.0.0.1:5000 --out DIR [--shape spread|rich] [--role-policy FILE]
writes DIR/reeve.json, DIR/expected-plan.json, DIR/expected-sweep.json and DIR/credentials.json.
"""
import argparse, concurrent.futures, json, os, re, threading

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

MANAGEMENT = "123456789012"             # moto's own account id, the only one it starts with
ROLE, EXTERNAL_ID = "ReeveRemediation", "reeve-interop-0815"
REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-2"]
HOME = "eu-west-1"
FEATURES = ["S3_DATA_EVENTS", "RDS_LOGIN_EVENTS"]
FREQUENCY, DEV_FREQUENCY = "FIFTEEN_MINUTES", "ONE_HOUR"
KEY_ALIAS = "alias/reeve-data"

BPA, SSE, ROOT_MFA, USER_MFA, GUARDDUTY = BASELINES = (
    "s3.account-public-access-block", "s3.bucket-default-encryption", "iam.root-mfa", "iam.user-mfa",
    "guardduty.detector")
TIERS = {BPA: "auto", SSE: "auto", ROOT_MFA: "alert", USER_MFA: "approval", GUARDDUTY: "auto"}
OUS = ["Workloads", "Workloads/Prod", "Workloads/Dev", "Labs\\/Sandbox"]    # \/ is a slash in a name

DENY_WITHOUT_MFA = {                    # the statement of the IAM user guide, "AWS: Allows MFA-authenticated IAM users"
    "Version": "2012-10-17",
    "Statement": [{
        "Sid": "DenyAllExceptListedIfNoMFA", "Effect": "Deny", "Resource": "*",
        "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser", "iam:GetMFADevice",
                      "iam:ListMFADevices", "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken"],
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

# kind of bucket -> (drifts, receives logs)
BUCKETS = {
    "none": (True, False), "aes": (True, False), "kms": (False, False), "key-off": (True, False),
    "dsse": (False, False), "log-policy": (True, True), "log-delivery": (True, True), "elb-service": (True, True),
    "elb-account": (True, True), "log-acl": (True, True), "log-done": (False, True),
    # with the setting kms_key_id:
    "key-default": (True, False), "key-other": (True, False), "key-ok": (False, False)}
USERS = {"no-password": False, "mfa": False, "guarded": False, "bare": True, "unguarded": True, "in-path": True}
DETECTORS = {"ok": False, "absent": True, "disabled": True, "features": True, "frequency": True}

LOG_WRITERS = {
    "log-policy": {"Service": "logging.s3.amazonaws.com"},
    "log-done": {"Service": "logging.s3.amazonaws.com"},
    "log-delivery": {"Service": ["delivery.logs.amazonaws.com"]},
    "elb-service": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "elb-account": {"AWS": "arn:aws:iam::%s:root"}}
ELB_ACCOUNTS = {"us-east-1": "127311923021", "eu-west-1": "156460612806", "ap-southeast-2": "783225319266"}


def members():
    """Returns the 20 members of shape `spread`: name, OU, tags and the resources of each."""
    bpa, buckets, users = ["none", "on", "partial"], [k for k in BUCKETS if not k.startswith("key-") or k == "key-off"], list(USERS)
    detectors = list(DETECTORS)
    rows = []
    for i in range(20):
        row = {"name": "member-%02d" % (i + 1), "ou": OUS[i % 4], "tags": {"team": "t%d" % (i % 3)},
               "bpa": bpa[i % 3], "users": [users[(2 * i + j) % len(users)] for j in range(2)],
               "buckets": [(REGIONS[(i + j) % 3], buckets[(3 * i + j) % len(buckets)]) for j in range(3)],
               "detectors": {r: detectors[(i + 2 * j) % len(detectors)] for j, r in enumerate(REGIONS)}}
        if i in (3, 9, 16):             # clean in every respect
            row.update(bpa="on", users=["mfa", "no-password"][:i % 3], buckets=[(HOME, "kms")] * (i % 2),
                       detectors={r: "ok" for r in REGIONS})
        if i == 12: row.update(buckets=[(REGIONS[0], "key-default"), (REGIONS[1], "key-other"), (REGIONS[1], "key-ok")], key=True)
        if i == 17: row["tags"]["reeve"] = "off"        # out of scope by tag
        if i == 18: row["excluded"] = True              # out of scope by id
        rows.append(row)
    return rows


def rich_members():
    """Returns the members of shape `rich`: every account has every kind of resource that makes a call necessary."""
    return [{"name": "rich-%02d" % (i + 1), "ou": OUS[i % 4], "tags": {"team": "t%d" % (i % 3)}, "bpa": "none",
             "buckets": [(REGIONS[0], "key-default" if i == 0 else "aes"), (REGIONS[1], "key-other" if i == 0 else "none")],
             "users": ["bare", "no-password"], "key": i == 0,
             "detectors": dict(zip(REGIONS, ["absent", "disabled", "frequency"]))} for i in range(20)]


class World:
    """Everything that was created, by name and id, and the results that follow from it."""

    def __init__(self, endpoint, shape):
        self.endpoint, self.shape, self.rows = endpoint, shape, members() if shape == "spread" else rich_members()
        self.ids, self.closed, self.credentials, self.local = {}, None, {}, threading.local()
        self.keys = {}
        self.management = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}

    # ---- clients
    def client(self, service, account=None, region="us-east-1"):
        """Makes a boto3 client in a member account (by name), or in the management account."""
        cached = self.local.__dict__.setdefault("clients", {})
        if (service, account, region) in cached: return cached[service, account, region]
        if not hasattr(self.local, "session"): self.local.session = boto3.session.Session()
        c = self.credentials[account] if account else self.management
        made = cached[service, account, region] = self.local.session.client(
            service, region_name=region, endpoint_url=self.endpoint, aws_access_key_id=c["AccessKeyId"],
            aws_secret_access_key=c["SecretAccessKey"], aws_session_token=c.get("SessionToken"),
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}))
        # botocore puts the account id before any host, an IP address too
        made.meta.events.register("before-sign.s3-control", lambda request, **_: setattr(request, "url", re.sub(r"//\d{12}\.", "//", request.url)))
        return made

    def in_scope(self):
        return [r for r in self.rows if not r.get("excluded") and r["tags"].get("reeve") != "off"]

    def setting_frequency(self, row): return DEV_FREQUENCY if row["ou"] == "Workloads/Dev" else FREQUENCY

    # ---- creation
    def build(self, role_policy=None):
        org = self.client("organizations")
        self.org_id = org.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        root = org.list_roots()["Roots"][0]["Id"]
        ous = {"": root}
        for path in OUS:
            head, _, name = path.replace("\\/", "\0").rpartition("/")
            ous[path] = org.create_organizational_unit(ParentId=ous[head], Name=name.replace("\0", "/"))["OrganizationalUnit"]["Id"]
        for row in self.rows + [{"name": "closed", "ou": OUS[1], "tags": {}}]:
            made = org.create_account(Email=row["name"] + "@example.com", AccountName=row["name"])["CreateAccountStatus"]["AccountId"]
            org.move_account(AccountId=made, SourceParentId=root, DestinationParentId=ous[row["ou"]])
            if row["tags"]: org.tag_resource(ResourceId=made, Tags=[{"Key": k, "Value": v} for k, v in row["tags"].items()])
            self.ids[row["name"]] = made
        self.closed = self.ids.pop("closed")
        org.close_account(AccountId=self.closed)
        self.names = {v: k for k, v in self.ids.items()}
        sts = self.client("sts")
        for row in self.rows:
            self.credentials[row["name"]] = sts.assume_role(
                RoleArn="arn:aws:iam::%s:role/OrganizationAccountAccessRole" % self.ids[row["name"]], RoleSessionName="fixture")["Credentials"]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(self.fill, row, role_policy) for row in self.rows]: done.result()
        return self

    def fill(self, row, role_policy):
        """Makes everything in one member account."""
        name, account = row["name"], self.ids[row["name"]]
        iam = self.client("iam", name)
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%s:root" % MANAGEMENT},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}}]}
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
        iam.put_role_policy(RoleName=ROLE, PolicyName="reeve", PolicyDocument=json.dumps(role_policy or ALLOW_ALL))
        if row["bpa"] != "none": self.fill_bpa(name, account, row["bpa"])
        if row.get("key"): self.fill_keys(name)
        for n, (region, kind) in enumerate(row["buckets"]): self.fill_bucket(name, bucket_name(account, n, kind), region, kind)
        for kind in row["users"]: self.fill_user(iam, name, kind)
        for region, kind in row["detectors"].items(): self.fill_detector(row, region, kind)

    def fill_bpa(self, name, account, kind):
        on = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": kind == "on", "RestrictPublicBuckets": kind == "on"}
        self.client("s3control", name).put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=on)

    def fill_keys(self, name):
        for region in REGIONS:
            kms = self.client("kms", name, region)
            key = self.keys[name, region] = kms.create_key()["KeyMetadata"]["Arn"]
            kms.create_alias(AliasName=KEY_ALIAS, TargetKeyId=key)

    def fill_bucket(self, name, bucket, region, kind):
        s3 = self.client("s3", name, region)
        s3.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}))
        rule = {"aes": ("AES256", None, False), "kms": ("aws:kms", None, True), "dsse": ("aws:kms:dsse", None, False),
                "key-off": ("aws:kms", self.other_key(name, region), False), "log-done": ("aws:kms", None, True),
                "key-default": ("AES256", None, False), "key-other": ("aws:kms", self.other_key(name, region), True),
                "key-ok": ("aws:kms", KEY_ALIAS, True)}.get(kind)
        if rule:
            by = {"SSEAlgorithm": rule[0], **({"KMSMasterKeyID": rule[1]} if rule[1] else {})}
            s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": rule[2]}]})
        if kind in LOG_WRITERS:
            writer = LOG_WRITERS[kind] if kind != "elb-account" else {"AWS": LOG_WRITERS[kind]["AWS"] % ELB_ACCOUNTS[region]}
            s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
                {"Sid": "Logs", "Effect": "Allow", "Principal": writer, "Action": "s3:PutObject",
                 "Resource": "arn:aws:s3:::%s/*" % bucket}]}))
        if kind == "log-acl": s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")
        if kind == "aes":                       # a policy that has nothing to do with logs
            s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": {
                "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::%s/*" % bucket],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}}}}))

    def other_key(self, name, region):
        return "arn:aws:kms:%s:%s:key/0f0f0f0f-1111-2222-3333-444444444444" % (region, self.ids[name])

    def fill_user(self, iam, name, kind):
        user = "user-" + kind
        iam.create_user(UserName=user, **({"Path": "/team/"} if kind == "in-path" else {}))
        if kind != "no-password": iam.create_login_profile(UserName=user, Password="Correct-horse-0815")
        if kind == "mfa":
            serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]["SerialNumber"]
            iam.enable_mfa_device(UserName=user, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
        policy = {"guarded": DENY_WITHOUT_MFA, "unguarded": ALLOW_ALL}.get(kind)
        if policy: iam.put_user_policy(UserName=user, PolicyName="ReeveDenyWithoutMFA", PolicyDocument=json.dumps(policy))

    def fill_detector(self, row, region, kind):
        if kind == "absent": return
        have = [] if kind == "features" else FEATURES
        wrong = {FREQUENCY: "SIX_HOURS", DEV_FREQUENCY: FREQUENCY}      # in Dev the frequency of the other units is drift
        frequency = self.setting_frequency(row)
        self.client("guardduty", row["name"], region).create_detector(
            Enable=kind != "disabled", FindingPublishingFrequency=wrong[frequency] if kind == "frequency" else frequency,
            Features=[{"Name": f, "Status": "ENABLED" if f in have else "DISABLED"} for f in FEATURES])

    # ---- the state as boto3 sees it
    def observe(self, row):
        """Returns {resource: state} of one account, with the resources named as in findings."""
        name, account, out = row["name"], self.ids[row["name"]], {}
        try: out[account, BPA] = self.client("s3control", name).get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"]
        except ClientError: out[account, BPA] = None
        for n, (region, kind) in enumerate(row["buckets"]):
            bucket = bucket_name(account, n, kind)
            try: rule = self.client("s3", name, region).get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
            except ClientError: rule = None
            out["arn:aws:s3:::" + bucket, SSE] = rule and {**rule["ApplyServerSideEncryptionByDefault"], "BucketKeyEnabled": rule["BucketKeyEnabled"]}
        iam = self.client("iam", name)
        for user in iam.list_users()["Users"]:
            policies = {p: iam.get_user_policy(UserName=user["UserName"], PolicyName=p)["PolicyDocument"]
                        for p in iam.list_user_policies(UserName=user["UserName"])["PolicyNames"]}
            mfa = len(iam.list_mfa_devices(UserName=user["UserName"])["MFADevices"])
            out[user["Arn"], USER_MFA] = {"policies": policies, "mfa": mfa}
        for region in REGIONS:
            guardduty = self.client("guardduty", name, region)
            found = [guardduty.get_detector(DetectorId=d) for d in guardduty.list_detectors()["DetectorIds"]]
            out[region, GUARDDUTY] = [{"Status": d["Status"], "Frequency": d["FindingPublishingFrequency"],
                                       "On": sorted(f["Name"] for f in d["Features"] if f["Status"] == "ENABLED")} for d in found]
        return out

    def mended(self, row, before, tiers=None, exempt=()):
        """Returns what `observe` must return after a sweep, from its result before."""
        after = dict(before)
        for baseline, region, resource, drifts, tier in self.resources(row):
            if not drifts or (tiers or {}).get((row["name"], baseline), tier) != "auto" or resource in exempt: continue
            if baseline == BPA: after[resource, BPA] = dict.fromkeys(
                ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
            if baseline == SSE:
                old = before[resource, SSE] or {}
                key = self.keys[row["name"], region] if row.get("key") else old.get("KMSMasterKeyID")
                after[resource, SSE] = {"SSEAlgorithm": "aws:kms", "BucketKeyEnabled": True, **({"KMSMasterKeyID": key} if key else {})}
            if baseline == GUARDDUTY: after[region, GUARDDUTY] = [
                {"Status": "ENABLED", "Frequency": self.setting_frequency(row), "On": sorted(FEATURES)}]
            if baseline == USER_MFA: after[resource, USER_MFA] = "guarded"     # any policy for which `guards` is true
        return after

    # ---- Reeve's configuration
    def config(self, baselines=BASELINES, tiers=(), exceptions=(), **top):
        settings = {b: {} for b in baselines}
        assign = [{"assign": "root", "set": settings}]
        if GUARDDUTY in settings:
            settings[GUARDDUTY] = {"features": FEATURES, "finding_publishing_frequency": FREQUENCY}
            assign.append({"assign": "ou:Workloads/Dev", "set": {GUARDDUTY: {"finding_publishing_frequency": DEV_FREQUENCY}}})
        if SSE in settings:
            assign += [{"assign": "account:" + self.ids[r["name"]], "set": {SSE: {"kms_key_id": KEY_ALIAS}}} for r in self.rows if r.get("key")]
        excluded = ["account:" + self.ids[r["name"]] for r in self.rows if r.get("excluded")]
        scope = {"regions": REGIONS, "include": ["ou:Workloads", "ou:" + OUS[3]], "exclude": excluded + ["tag:reeve=off"]}
        made = {"organization": {"remediation_role": ROLE, "external_id": EXTERNAL_ID, "home_region": HOME},
                "scope": scope, "baselines": assign, "limits": {"in_flight": 16}, **top}
        if tiers: made["tiers"] = list(tiers)
        if exceptions: made["exceptions"] = list(exceptions)
        return made

    # ---- what follows
    def resources(self, row):
        """Yields (baseline, region, resource, drifts, tier) for every resource of one account."""
        account = self.ids[row["name"]]
        yield BPA, "global", account, row["bpa"] != "on", "auto"
        for n, (region, kind) in enumerate(row["buckets"]):
            drifts, logs = BUCKETS[kind]
            yield SSE, region, "arn:aws:s3:::" + bucket_name(account, n, kind), drifts, "approval" if logs else "auto"
        yield ROOT_MFA, "global", "arn:aws:iam::%s:root" % account, None, "alert"   # moto does not say whether root has a password
        for kind in row["users"]:
            arn = "arn:aws:iam::%s:user/%suser-%s" % (account, "team/" if kind == "in-path" else "", kind)
            yield USER_MFA, "global", arn, USERS[kind], "approval"
        for region, kind in row["detectors"].items(): yield GUARDDUTY, region, account, DETECTORS[kind], "auto"     # the region is the resource, whether it has a detector or not

    def expected(self, kind, baselines=BASELINES, tiers=None, accounts=None):
        """Returns the findings that are not compliant: {(account, region, baseline, resource): (status, tier)}.

        kind: `plan`, `sweep` (the first one: it mends) or `again` (a sweep or plan after it).
        tiers: {(account name, baseline): tier} for the overrides in the configuration."""
        out = {}
        for row in self.in_scope():
            if accounts and row["name"] not in accounts: continue
            for baseline, region, resource, drifts, tier in self.resources(row):
                if baseline not in baselines or drifts is False: continue
                tier = (tiers or {}).get((row["name"], baseline), tier)
                status = {"auto": "remediated", "approval": "awaiting_approval", "alert": "alerted"}[tier]
                if kind == "plan": status = "drifted"
                if drifts is None: status = "unknown"
                elif kind == "again" and tier == "auto": continue
                out[self.ids[row["name"]], region, baseline, resource] = (status, tier)
        return out

    def cells(self, baselines=BASELINES):
        regional = GUARDDUTY in baselines
        return len(self.in_scope()) * (len(baselines) - regional + regional * len(REGIONS))


def guards(state):
    """Returns whether an observed user has a policy that, without MFA, denies everything except enrolling a device."""
    for doc in state["policies"].values():
        statements = doc["Statement"] if isinstance(doc["Statement"], list) else [doc["Statement"]]
        for s in statements:
            conditions = {k.lower(): str(v).strip("[']").lower() for op, c in s.get("Condition", {}).items() if op == "BoolIfExists" for k, v in c.items()}
            spared = s.get("NotAction", [])
            if (s["Effect"] == "Deny" and s.get("Resource") in ("*", ["*"]) and conditions == {"aws:multifactorauthpresent": "false"}
                    and {"iam:CreateVirtualMFADevice", "iam:EnableMFADevice"} <= set(spared) and "*" not in spared): return True
    return False


def bucket_name(account, n, kind): return "b%d-%s-%s" % (n, kind, account)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--endpoint", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--shape", choices=["spread", "rich"], default="spread")
    ap.add_argument("--role-policy", help="file with the policy of the member role (default: allow everything)")
    o = ap.parse_args()
    w = World(o.endpoint, o.shape).build(json.load(open(o.role_policy)) if o.role_policy else None)
    os.makedirs(o.out, exist_ok=True)
    rows = lambda kind: [dict(zip(("account", "region", "baseline", "resource", "status", "tier"), k + v)) for k, v in sorted(w.expected(kind).items())]
    for name, what in [("reeve.json", w.config()), ("expected-plan.json", rows("plan")), ("expected-sweep.json", rows("sweep")),
                       ("credentials.json", w.management)]:
        with open(os.path.join(o.out, name), "w") as f: json.dump(what, f, indent=1)
    print("%d accounts, %d in scope, %d findings to expect of a plan" % (len(w.ids), len(w.in_scope()), len(rows("plan"))))


if __name__ == "__main__": main()

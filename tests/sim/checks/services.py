"""The services of an account."""
import json

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .harness import Sim, check, fails, members


# --- s3 ---

@check
def s3_block():
    with Sim("--drift", "0") as sim:
        account = members(sim)[0][0]["id"]
        who = sim.role(account)
        c = sim.client("s3control", "eu-west-1", who)
        block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
        assert c.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"] == block
        c.delete_public_access_block(AccountId=account)
        fails("NoSuchPublicAccessBlockConfiguration", 404, c.get_public_access_block, AccountId=account)
        c.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
        got = c.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"]
        assert got == {**dict.fromkeys(block, False), "BlockPublicAcls": True}
        c.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=block)
        assert sim.get(f"/_sim/state?account={account}")["s3_block"] == block
        fails("AccessDenied", 403, c.get_public_access_block, AccountId=members(sim)[0][1]["id"])
        sim.change(account, s3_block=None)
        fails("NoSuchPublicAccessBlockConfiguration", 404, c.get_public_access_block, AccountId=account)
        stats = sim.get("/_sim/stats")
        assert stats["calls"]["s3control.PutPublicAccessBlock"] == 2 and stats["mutating"] == 3 == stats["effects"]
        request = AWSRequest("PUT", f"{sim.url}/v20180820/configuration/publicAccessBlock", data=b"<Public",
                             headers={"x-amz-account-id": account})
        status, _, body = sim.raw(request, S3SigV4Auth(Credentials(*who), "s3", "us-east-1"))
        assert status == 400 and b"MalformedXML" in body


@check
def s3_buckets():
    with Sim("--buckets", "12", "--accounts", "40") as sim:
        accounts = members(sim)[0]
        account = accounts[0]
        who = sim.role(account["id"])
        s3 = sim.client("s3", who=who)
        listed = s3.list_buckets()["Buckets"]
        assert [b["Name"] for b in listed] == [b["name"] for b in account["buckets"]]
        assert all("BucketRegion" not in b for b in listed)
        pages = list(s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 5}))
        assert [len(p["Buckets"]) for p in pages] == [5, 5, 2]
        assert {b["Name"]: b["BucketRegion"] for p in pages for b in p["Buckets"]} == {
            b["name"]: b["region"] for b in account["buckets"]}
        region = account["buckets"][3]["region"]
        assert all(b["BucketRegion"] == region for b in s3.list_buckets(BucketRegion=region)["Buckets"])
        seen = set()
        for account in accounts:
            who = sim.role(account["id"])
            for b in account["buckets"]:
                s3 = sim.client("s3", b["region"], who) if b["receives"] or len(seen) < 30 else None
                if not s3:
                    continue
                seen.add(look_at_bucket(s3, b))
        assert len(seen) >= 7, seen


def look_at_bucket(s3, b):
    """Compares the service's answers about a bucket with the state. Returns the bucket's peculiarities."""
    name, e = b["name"], b["encryption"]
    if e:
        rule, = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        default = rule["ApplyServerSideEncryptionByDefault"]
        assert default == {"SSEAlgorithm": e["algorithm"], **({"KMSMasterKeyID": e["key"]} if e["key"] else {})}
        assert rule.get("BucketKeyEnabled") == e["bucket_key"]
        assert rule.get("BlockedEncryptionTypes", {}).get("EncryptionType", []) == e["blocked"]
    else:
        fails("ServerSideEncryptionConfigurationNotFoundError", 404, s3.get_bucket_encryption, Bucket=name)
    location = s3.get_bucket_location(Bucket=name)["LocationConstraint"]
    assert location == (None if b["region"] == "us-east-1" else b["region"]) or (location, b["region"]) == ("EU", "eu-west-1")
    head = s3.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPHeaders"]
    assert head["x-amz-bucket-region"] == b["region"]
    grants = [g["Grantee"].get("URI") for g in s3.get_bucket_acl(Bucket=name)["Grants"]]
    assert ("http://acs.amazonaws.com/groups/s3/LogDelivery" in grants) == (b["receives"] == "s3-access-logs-by-acl")
    if b["receives"] in ("elb-logs", "s3-access-logs-by-policy"):
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
        service = policy["Statement"][0]["Principal"]["Service"]
        assert service == ("logdelivery.elasticloadbalancing.amazonaws.com" if b["receives"] == "elb-logs"
                           else "logging.s3.amazonaws.com")
    else:
        fails("NoSuchBucketPolicy", 404, s3.get_bucket_policy, Bucket=name)
    if b["tags"]:
        assert {t["Key"]: t["Value"] for t in s3.get_bucket_tagging(Bucket=name)["TagSet"]} == b["tags"]
    else:
        fails("NoSuchTagSet", 404, s3.get_bucket_tagging, Bucket=name)
    s3.get_bucket_logging(Bucket=name)
    return (b["receives"], location == "EU", bool(e and e["key"]), tuple(e["blocked"]) if e else None)


@check
def s3_encryption():
    with Sim("--buckets", "6", "--regions", "5") as sim:
        accounts = members(sim)[0]
        account, other = accounts[0], accounts[1]
        bucket = next(b for b in account["buckets"] if b["region"] != "us-east-1")
        who, name = sim.role(account["id"]), bucket["name"]
        s3 = sim.client("s3", bucket["region"], who)
        for rule in ({"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/aws/s3"},
                      "BucketKeyEnabled": True, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}},
                     {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms:dsse"}, "BucketKeyEnabled": False},
                     {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False,
                      "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}):
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]},
                                     ExpectedBucketOwner=account["id"])
            assert s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"] == [rule]
        s3.delete_bucket_encryption(Bucket=name)
        state = sim.get(f"/_sim/state?account={account['id']}")
        assert next(b for b in state["buckets"] if b["name"] == name)["encryption"]["algorithm"] == "AES256"
        fails("AccessDenied", 403, s3.get_bucket_encryption, Bucket=name, ExpectedBucketOwner=other["id"])
        theirs = other["buckets"][0]
        fails("AccessDenied", 403, sim.client("s3", theirs["region"], who).get_bucket_encryption, Bucket=theirs["name"])
        fails("InvalidArgument", 400, s3.put_bucket_encryption, Bucket=name, ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "k"}}]})
        fails("MalformedXML", 400, s3.put_bucket_encryption, Bucket=name, ServerSideEncryptionConfiguration={"Rules": [{}]})
        sim.change(account["id"], buckets={name: {"encryption": None}})
        fails("ServerSideEncryptionConfigurationNotFoundError", 404, s3.get_bucket_encryption, Bucket=name)
        sim.change(account["id"], buckets={name: {"removed": True}})
        fails("NoSuchBucket", 404, s3.get_bucket_encryption, Bucket=name)
        fails("NotImplemented", 501, s3.get_bucket_cors, Bucket=name)


@check
def s3_regions():
    with Sim("--buckets", "20", "--regions", "5") as sim:
        account = members(sim)[0][0]
        who, auth = sim.role(account["id"]), None
        bucket = next(b for b in account["buckets"] if b["region"] == "us-west-2")
        for signed, status, code, mark in (("us-east-1", 400, b"AuthorizationHeaderMalformed", b"<Region>us-west-2</Region>"),
                                           ("eu-west-1", 301, b"PermanentRedirect", b"<Endpoint>s3.us-west-2.")):
            auth = S3SigV4Auth(Credentials(*who), "s3", signed)
            got = sim.raw(AWSRequest("GET", f"{sim.url}/{bucket['name']}?encryption"), auth)
            assert got[0] == status and code in got[2] and mark in got[2], got
            assert got[1]["x-amz-bucket-region"] == "us-west-2"
            got = sim.raw(AWSRequest("HEAD", f"{sim.url}/{bucket['name']}"), auth)
            assert got[0] == status and got[1]["x-amz-bucket-region"] == "us-west-2" and got[2] == b""
        # boto3 follows the redirect by itself.
        sim.client("s3", "eu-west-1", who, retries={"max_attempts": 3}).get_bucket_encryption(Bucket=bucket["name"])


# --- iam ---

@check
def iam_users():
    with Sim("--users", "250") as sim:
        account = members(sim)[0][0]
        iam = sim.client("iam", who=sim.role(account["id"]))
        pages = list(iam.get_paginator("list_users").paginate())
        assert [len(p["Users"]) for p in pages] == [100, 100, 50]
        assert [u["UserName"] for p in pages for u in p["Users"]] == [u["name"] for u in account["users"]]
        for user in account["users"][:40]:
            name = user["name"]
            if user["password"]:
                assert iam.get_login_profile(UserName=name)["LoginProfile"]["UserName"] == name
            else:
                fails("NoSuchEntity", 404, iam.get_login_profile, UserName=name)
            assert bool(iam.list_mfa_devices(UserName=name)["MFADevices"]) == user["mfa"]
            assert iam.get_user(UserName=name)["User"]["Arn"] == f"arn:aws:iam::{account['id']}:user/{name}"
        summary = iam.get_account_summary()["SummaryMap"]
        assert summary["Users"] == 250 and summary["AccountMFAEnabled"] == account["root_mfa"]
        assert summary["AccountPasswordPresent"] == account["root_password"]
        fails("NoSuchEntity", 404, iam.get_user, UserName="nobody")
        sim.change(account["id"], root_mfa=False, users={"alice": {"mfa": True, "password": True}, "zoe": {"password": True}, "bob": None})
        assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 0
        assert iam.list_mfa_devices(UserName="alice")["MFADevices"] and iam.get_login_profile(UserName="zoe")
        fails("NoSuchEntity", 404, iam.get_user, UserName="bob")


@check
def iam_policies():
    with Sim() as sim:
        account = members(sim)[0][0]
        iam = sim.client("iam", who=sim.role(account["id"]))
        document = {"Version": "2012-10-17", "Statement": [{"Sid": "A%+ é", "Effect": "Deny", "NotAction": "iam:*", "Resource": "*",
                    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}
        assert iam.list_user_policies(UserName="alice")["PolicyNames"] == []
        fails("NoSuchEntity", 404, iam.get_user_policy, UserName="alice", PolicyName="Reeve")
        iam.put_user_policy(UserName="alice", PolicyName="Reeve", PolicyDocument=json.dumps(document))
        iam.put_user_policy(UserName="alice", PolicyName="Other", PolicyDocument=json.dumps(document))
        iam.put_user_policy(UserName="alice", PolicyName="Reeve", PolicyDocument=json.dumps(document))
        assert iam.list_user_policies(UserName="alice")["PolicyNames"] == ["Reeve", "Other"]
        assert iam.get_user_policy(UserName="alice", PolicyName="Reeve")["PolicyDocument"] == document
        iam.delete_user_policy(UserName="alice", PolicyName="Reeve")
        assert iam.list_user_policies(UserName="alice")["PolicyNames"] == ["Other"]
        fails("NoSuchEntity", 404, iam.delete_user_policy, UserName="alice", PolicyName="Reeve")
        fails("MalformedPolicyDocument", 400, iam.put_user_policy, UserName="alice", PolicyName="P", PolicyDocument="{nonsense")
        big = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:" + "x" * 2100, "Resource": "*"}}
        fails("LimitExceeded", 409, iam.put_user_policy, UserName="alice", PolicyName="P", PolicyDocument=json.dumps(big))


@check
def iam_report():
    with Sim() as sim:
        account = members(sim)[0][0]
        iam = sim.client("iam", who=sim.role(account["id"]))
        fails("ReportNotPresent", 410, iam.get_credential_report)
        assert iam.generate_credential_report()["State"] == "STARTED"
        fails("ReportInProgress", 404, iam.get_credential_report)
        assert iam.generate_credential_report()["State"] == "COMPLETE"
        rows = iam.get_credential_report()["Content"].decode().splitlines()
        names = rows[0].split(",")
        users = [dict(zip(names, r.split(","))) for r in rows[1:]]
        assert all(len(r.split(",")) == len(names) for r in rows)
        assert [u["user"] for u in users] == ["<root_account>"] + [u["name"] for u in account["users"]]
        assert [u["mfa_active"] for u in users[1:]] == [str(u["mfa"]).lower() for u in account["users"]]


# --- guardduty ---

@check
def guardduty_detectors():
    with Sim("--accounts", "12", "--drift", "0.5") as sim:
        accounts, seen = members(sim)[0], set()
        for account in accounts[:4]:
            who = sim.role(account["id"])
            for region, d in account["detectors"].items():
                gd = sim.client("guardduty", region, who)
                assert gd.list_detectors()["DetectorIds"] == ([d["id"]] if d else [])
                if not d:
                    seen.add("none")
                    continue
                got = gd.get_detector(DetectorId=d["id"])
                assert (got["Status"], got["FindingPublishingFrequency"]) == (d["status"], d["frequency"])
                names = [f["Name"] for f in got["Features"]]
                assert names[:3] == ["CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"]
                on = {f["Name"] for f in got["Features"][3:] if f["Status"] == "ENABLED"}
                assert on == set(d["features"])
                seen.add((d["status"], d["frequency"], len(d["features"])))
        assert len(seen) >= 5, seen


@check
def guardduty_mending():
    with Sim("--drift", "0") as sim:
        account = members(sim)[0][0]
        gd = sim.client("guardduty", "eu-west-1", sim.role(account["id"]))
        first = gd.list_detectors()["DetectorIds"][0]
        fails("BadRequestException", 400, gd.create_detector, Enable=True)
        gd.delete_detector(DetectorId=first)
        assert gd.list_detectors()["DetectorIds"] == []
        answer = fails("BadRequestException", 400, gd.get_detector, DetectorId=first)
        assert "not owned by the current account" in answer["Error"]["Message"]
        made = gd.create_detector(Enable=True, ClientToken="t-1", FindingPublishingFrequency="ONE_HOUR", Features=[
            {"Name": "S3_DATA_EVENTS", "Status": "DISABLED"},
            {"Name": "RUNTIME_MONITORING", "Status": "ENABLED", "AdditionalConfiguration": [
                {"Name": "EC2_AGENT_MANAGEMENT", "Status": "ENABLED"}]}])["DetectorId"]
        assert made != first
        assert gd.create_detector(Enable=True, ClientToken="t-1")["DetectorId"] == made
        fails("BadRequestException", 400, gd.create_detector, Enable=True, ClientToken="t-2")
        got = {f["Name"]: f for f in gd.get_detector(DetectorId=made)["Features"]}
        assert got["S3_DATA_EVENTS"]["Status"] == "DISABLED" and got["EKS_AUDIT_LOGS"]["Status"] == "ENABLED"
        additional = {a["Name"]: a["Status"] for a in got["RUNTIME_MONITORING"]["AdditionalConfiguration"]}
        assert additional == {"EKS_ADDON_MANAGEMENT": "DISABLED", "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
                              "EC2_AGENT_MANAGEMENT": "ENABLED"}
        gd.update_detector(DetectorId=made, Enable=False)
        got = gd.get_detector(DetectorId=made)
        assert got["Status"] == "DISABLED" and got["FindingPublishingFrequency"] == "ONE_HOUR"
        gd.update_detector(DetectorId=made, Enable=True, FindingPublishingFrequency="SIX_HOURS",
                           Features=[{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}])
        d = sim.get(f"/_sim/state?account={account['id']}")["detectors"]["eu-west-1"]
        assert d["status"] == "ENABLED" and d["frequency"] == "SIX_HOURS" and "S3_DATA_EVENTS" in d["features"]
        fails("BadRequestException", 400, gd.update_detector, DetectorId=made, Features=[
            {"Name": "EKS_RUNTIME_MONITORING", "Status": "ENABLED"}, {"Name": "RUNTIME_MONITORING", "Status": "ENABLED"}])
        assert gd.get_administrator_account(DetectorId=made).get("Administrator") is None
        sim.change(account["id"], detectors={"eu-west-1": None, "us-east-1": {"status": "DISABLED", "features": []}})
        assert gd.list_detectors()["DetectorIds"] == []


@check
def guardduty_administrator():
    with Sim("--accounts", "80", "--gd-admin", "delegated", "--drift", "0.3") as sim:
        accounts, state = members(sim)
        sim.change("delegated", detectors={"*": {}})
        delegated = state["organization"]["delegated_administrator"]
        admin = sim.client("guardduty", "eu-west-1")
        own = admin.list_detectors()["DetectorIds"][0]
        listed = [m["AccountId"] for page in admin.get_paginator("list_members").paginate(DetectorId=own) for m in page["Members"]]
        with_detector = [a["id"] for a in state["accounts"] if a["detectors"]["eu-west-1"] and a["id"] != delegated]
        assert listed == with_detector and len(listed) > 50
        account = next(a for a in accounts if a["detectors"]["eu-west-1"])
        without = next(a for a in accounts if not a["detectors"]["eu-west-1"])
        gd = sim.client("guardduty", "eu-west-1", sim.role(account["id"]))
        detector = gd.list_detectors()["DetectorIds"][0]
        assert gd.get_administrator_account(DetectorId=detector)["Administrator"]["AccountId"] == delegated
        fails("BadRequestException", 400, gd.update_detector, DetectorId=detector, Enable=True)
        fails("BadRequestException", 400, gd.create_detector, Enable=True)
        answer = admin.update_member_detectors(DetectorId=own, AccountIds=[account["id"], without["id"]],
                                               Features=[{"Name": "LAMBDA_NETWORK_LOGS", "Status": "DISABLED"}])
        assert [u["AccountId"] for u in answer["UnprocessedAccounts"]] == [without["id"]]
        got = admin.get_member_detectors(DetectorId=own, AccountIds=[account["id"], without["id"]])
        member, = got["MemberDataSourceConfigurations"]
        assert member["AccountId"] == account["id"] and len(got["UnprocessedAccounts"]) == 1
        assert {f["Name"]: f["Status"] for f in member["Features"]}["LAMBDA_NETWORK_LOGS"] == "DISABLED"


# --- regions, keys ---

@check
def regions():
    with Sim("--regions", "34", "--accounts", "30") as sim:
        accounts, state = members(sim)
        account = max(accounts, key=lambda a: len(a["regions"]))
        who = sim.role(account["id"])
        ec2 = sim.client("ec2", who=who)
        assert [r["RegionName"] for r in ec2.describe_regions()["Regions"]] == account["regions"]
        every = ec2.describe_regions(AllRegions=True)["Regions"]
        assert len(every) == 34 and {r["OptInStatus"] for r in every} == {"opt-in-not-required", "opted-in", "not-opted-in"}
        assert len(ec2.describe_regions(RegionNames=["us-east-1", "eu-west-1"])["Regions"]) == 2
        got = ec2.describe_regions(AllRegions=True, Filters=[{"Name": "opt-in-status", "Values": ["opted-in"]}])["Regions"]
        assert len(got) == len(account["regions"]) - 17
        client = sim.client("account", who=who)
        pages = list(client.get_paginator("list_regions").paginate(PaginationConfig={"PageSize": 10}))
        assert [len(p["Regions"]) for p in pages] == [10, 10, 10, 4]
        on = [r["RegionName"] for p in client.get_paginator("list_regions").paginate(
            RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"]) for r in p["Regions"]]
        assert on == account["regions"]
        assert client.get_region_opt_status(RegionName="us-east-1")["RegionOptStatus"] == "ENABLED_BY_DEFAULT"
        fails("ValidationException", 400, client.get_region_opt_status, RegionName="moon-1")
        delegated = sim.client("account")
        got = delegated.list_regions(AccountId=account["id"], RegionOptStatusContains=["ENABLED"])["Regions"]
        assert len(got) == len(account["regions"]) - 17
        fails("AccessDeniedException", 403, client.list_regions, AccountId=accounts[1]["id"])
        sim.change(account["id"], regions=["us-east-1", "af-south-1"])
        assert [r["RegionName"] for r in ec2.describe_regions()["Regions"]] == ["us-east-1", "af-south-1"]
        fails("UnrecognizedClientException", 403, sim.client("guardduty", "eu-west-1", who).list_detectors)
        assert sim.client("guardduty", "af-south-1", who).list_detectors()["DetectorIds"] == []


@check
def keys():
    with Sim("--accounts", "20") as sim:
        have = set()
        for account in members(sim)[0]:
            kms = sim.client("kms", "eu-west-1", sim.role(account["id"]))
            aliases = {a["AliasName"]: a["TargetKeyId"] for a in kms.list_aliases()["Aliases"]}
            have.add("alias/data" in aliases)
            if "alias/data" not in aliases:
                answer = fails("NotFoundException", 400, kms.describe_key, KeyId="alias/data")
                assert "is not found" in answer["Error"]["Message"]
        assert have == {True, False}
        key = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
        assert key["KeyManager"] == "AWS" and key["KeyState"] == "Enabled" and key["KeyId"] == aliases["alias/aws/s3"]
        for name in (key["KeyId"], key["Arn"], f"arn:aws:kms:eu-west-1:{account['id']}:alias/aws/s3"):
            assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == key["Arn"]
        assert not kms.describe_key(KeyId="alias/retired")["KeyMetadata"]["Enabled"]
        assert kms.describe_key(KeyId="alias/doomed")["KeyMetadata"]["KeyState"] == "PendingDeletion"
        fails("NotFoundException", 400, kms.describe_key, KeyId="00000000-0000-0000-0000-000000000000")
        fails("NotFoundException", 400, sim.client("kms", "us-east-1", sim.role(account["id"])).describe_key, KeyId=key["Arn"])
        paged = list(kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 2}))
        assert len(paged) == 2

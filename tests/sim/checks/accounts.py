"""The organization, role sessions, signatures and permissions."""
import calendar
import json
import tempfile
import time

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .harness import MANAGEMENT, ORCHESTRATOR, Sim, check, fails, members, plain


# --- organizations ---

@check
def organizations_walk():
    with Sim("--accounts", "130", "--ous", "12") as sim:
        state = sim.state()
        o = sim.client("organizations")
        described = o.describe_organization()["Organization"]
        assert described["MasterAccountId"] == state["organization"]["management_account"]
        listed = [a for page in o.get_paginator("list_accounts").paginate() for a in page["Accounts"]]
        assert [a["Id"] for a in listed] == [a["id"] for a in state["accounts"]]
        assert [a["State"] for a in listed] == [a["state"] for a in state["accounts"]]
        assert {a["State"] for a in listed} >= {"ACTIVE", "SUSPENDED", "PENDING_CLOSURE"}
        assert any("<script>" in a["Name"] and "\x1b" in a["Name"] and "日" in a["Name"] for a in listed)
        assert len(o.list_accounts()["Accounts"]) == 20
        root = o.list_roots()["Roots"][0]["Id"]
        found, queue = {}, [(root, "")]
        while queue:
            parent, path = queue.pop()
            for page in o.get_paginator("list_accounts_for_parent").paginate(ParentId=parent):
                for a in page["Accounts"]:
                    found[a["Id"]] = path or "/"
            for page in o.get_paginator("list_organizational_units_for_parent").paginate(ParentId=parent):
                for u in page["OrganizationalUnits"]:
                    queue.append((u["Id"], (path + "/" if path else "") + u["Name"].replace("/", "\\/")))
        assert found == {a["id"]: a["ou_path"] for a in state["accounts"]}
        assert any("\\/" in p for p in found.values())
        assert max(p.count("/") for p in found.values()) >= 2


@check
def organizations_others():
    with Sim("--accounts", "30") as sim:
        state = sim.state()
        o, account = sim.client("organizations"), state["accounts"][4]
        assert o.list_parents(ChildId=account["id"])["Parents"][0]["Id"] == account["ou"]
        ou = state["organization"]["ous"][2]
        assert o.list_parents(ChildId=ou["id"])["Parents"][0] == {"Id": ou["parent"], "Type": "ORGANIZATIONAL_UNIT"}
        children = o.list_children(ParentId=account["ou"], ChildType="ACCOUNT")["Children"]
        assert account["id"] in [c["Id"] for c in children]
        assert o.list_children(ParentId=ou["parent"], ChildType="ORGANIZATIONAL_UNIT")["Children"]
        assert o.describe_account(AccountId=account["id"])["Account"]["Name"] == account["name"]
        assert o.describe_organizational_unit(OrganizationalUnitId=ou["id"])["OrganizationalUnit"]["Name"] == ou["name"]
        tags = o.list_tags_for_resource(ResourceId=account["id"])["Tags"]
        assert {t["Key"]: t["Value"] for t in tags} == account["tags"]
        admins = o.list_delegated_administrators()["DelegatedAdministrators"]
        assert [a["Id"] for a in admins] == [state["organization"]["delegated_administrator"]]
        fails("AccountNotFoundException", 400, o.describe_account, AccountId="000000000001")
        fails("ParentNotFoundException", 400, o.list_accounts_for_parent, ParentId="ou-abcd-12345678")
        fails("InvalidInputException", 400, o.list_accounts, NextToken="made up")
        fails("UnknownOperationException", 400, o.list_policies, Filter="SERVICE_CONTROL_POLICY")
        sim.client("organizations", who=MANAGEMENT).list_roots()
        policy = tempfile.NamedTemporaryFile("w", suffix=".json")
        json.dump({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, policy)
        policy.flush()
        with Sim("--role-policy", policy.name) as other:
            member = members(other)[0][0]["id"]
            o = other.client("organizations", who=other.role(member))
            fails("AccessDeniedException", 400, o.list_accounts)


@check
def organizations_page_size():
    with Sim("--accounts", "10", "--page-size", "3") as sim:
        pages = list(sim.client("organizations").get_paginator("list_accounts").paginate())
        assert [len(p["Accounts"]) for p in pages] == [3, 3, 3, 1]


# --- sts ---

@check
def sts_roles():
    with Sim() as sim:
        account = members(sim)[0][0]["id"]
        sts = sim.client("sts", "eu-west-1")
        assert sts.get_caller_identity()["Arn"].endswith(":user/reeve-orchestrator")
        arn = f"arn:aws:iam::{account}:role/ReeveRemediation"
        answer = sts.assume_role(RoleArn=arn, RoleSessionName="run-7", ExternalId="reeve-sim", SourceIdentity="run-7",
                                 Tags=[{"Key": "run", "Value": "7"}], DurationSeconds=900)
        assert answer["SourceIdentity"] == "run-7" and answer["PackedPolicySize"] >= 0
        who = sim.role(account, RoleSessionName="run-7")
        identity = sim.client("sts", "eu-west-1", who).get_caller_identity()
        assert identity["Account"] == account
        assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/ReeveRemediation/run-7"
        good = {"RoleArn": arn, "RoleSessionName": "run-7", "ExternalId": "reeve-sim"}
        fails("AccessDenied", 403, sts.assume_role, **{**good, "ExternalId": "wrong"})
        fails("AccessDenied", 403, sts.assume_role, RoleArn=arn, RoleSessionName="run-7")
        fails("AccessDenied", 403, sts.assume_role, **{**good, "RoleArn": arn.replace("Reeve", "Other")})
        fails("AccessDenied", 403, sim.client("sts", "eu-west-1", who).assume_role, **good)
        fails("ValidationError", 400, sts.assume_role, **good, DurationSeconds=7200)
        fails("ValidationError", 400, sts.assume_role, **good, Policy="{" + " " * 2048 + "}")
        fails("MalformedPolicyDocument", 400, sts.assume_role, **good, Policy="{}")
        big = json.dumps({"Statement": {"Effect": "Allow", "Action": ["s3:" + "x" * 1900], "Resource": "*"}})
        fails("PackedPolicyTooLarge", 400, sts.assume_role, **good, Policy=big,
              Tags=[{"Key": "k%d" % i, "Value": "v" * 100} for i in range(3)])
        fails("InvalidParameterValue", 400, sts.assume_role, **good,
              Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
        fails("InvalidAction", 400, sts.get_session_token)
        sim.change(account, role=False)
        fails("AccessDenied", 403, sts.assume_role, **good)
        sim.change(account, role=True, state="SUSPENDED")
        fails("AccessDenied", 403, sts.assume_role, **good)


@check
def sts_expiry():
    with Sim("--session-seconds", "1") as sim:
        account = members(sim)[0][0]
        who, bucket = sim.role(account["id"]), account["buckets"][0]
        time.sleep(2.1)
        fails("ExpiredToken", 403, sim.client("iam", who=who).list_users)
        fails("ExpiredTokenException", 400, sim.client("kms", who=who).list_aliases)
        fails("ExpiredTokenException", 403, sim.client("guardduty", who=who).list_detectors)
        fails("RequestExpired", 400, sim.client("ec2", who=who).describe_regions)
        fails("ExpiredToken", 400, sim.client("s3", bucket["region"], who).get_bucket_encryption, Bucket=bucket["name"])
    with Sim() as sim:
        account = members(sim)[0][0]
        who = sim.role(account["id"])
        sim.client("iam", who=who).list_users()
        sim.change(account["id"], sessions="expire")
        fails("ExpiredToken", 403, sim.client("iam", who=who).list_users)
        sim.client("iam", who=sim.role(account["id"])).list_users()


# --- signatures ---

@check
def signatures():
    with Sim() as sim:
        account = members(sim)[0][0]
        who, bucket = sim.role(account["id"]), account["buckets"][0]
        wrong, nobody = (ORCHESTRATOR[0], "wrong", None), ("AKIANOBODY0000000000", "x", None)
        fails("InvalidSignatureException", 400, sim.client("organizations", who=wrong).list_roots)
        fails("SignatureDoesNotMatch", 403, sim.client("iam", who=wrong).list_users)
        fails("SignatureDoesNotMatch", 403, sim.client("s3", who=wrong).list_buckets)
        fails("InvalidSignatureException", 403, sim.client("guardduty", who=wrong).list_detectors)
        fails("AuthFailure", 401, sim.client("ec2", who=wrong).describe_regions)
        fails("UnrecognizedClientException", 400, sim.client("kms", who=nobody).list_aliases)
        fails("InvalidClientTokenId", 403, sim.client("sts", who=nobody).get_caller_identity)
        fails("InvalidAccessKeyId", 403, sim.client("s3", who=nobody).list_buckets)
        fails("InvalidClientTokenId", 403, sim.client("iam", who=(who[0], who[1], None)).list_users)
        fails("InvalidToken", 400, sim.client("s3", who=(who[0], who[1], "other")).list_buckets)
        fails("SignatureDoesNotMatch", 403, sim.client("iam", "eu-west-1", who).list_users)
        fails("UnrecognizedClientException", 403, sim.client("guardduty", "af-south-1", who).list_detectors)
        assert sim.get("/_sim/stats")["rejected"]["SignatureDoesNotMatch"] == 3
        name = bucket["name"]
        credentials = Credentials(*who)
        region = bucket["region"]
        # The headers that the signature must cover.
        request = AWSRequest("GET", f"{sim.url}/{name}?encryption")
        S3SigV4Auth(credentials, "s3", region).add_auth(request)
        headers = dict(request.prepare().headers.items())
        assert plain(sim, f"/{name}?encryption", headers)[0] == 200
        assert plain(sim, f"/{name}?acl", headers)[0] == 403
        status, body = plain(sim, f"/{name}?encryption", {**headers, "x-amz-expected-bucket-owner": account["id"]})
        assert status == 403 and b"HeadersNotSigned" in body
        status, body = plain(sim, f"/{name}?encryption", {**headers, "X-Amz-Content-SHA256": "0" * 64})
        assert status in (400, 403)
        status, body = plain(sim, "/", {})
        assert status == 403 and b"AccessDenied" in body
        # A virtual-hosted request, whose path is a bare slash.
        request = AWSRequest("GET", f"http://{name}.s3.{region}.amazonaws.com/?location")
        S3SigV4Auth(credentials, "s3", region).add_auth(request)
        headers = dict(request.prepare().headers.items())
        assert plain(sim, "/?location", {**headers, "Host": f"{name}.s3.{region}.amazonaws.com"})[0] == 200
        # Values that need encoding, in query and path.
        assert sim.client("s3", who=who).list_buckets(Prefix="a b/c+d=é&~*", MaxBuckets=5)["Buckets"] == []
        fails("BadRequestException", 400, sim.client("guardduty", who=who).get_detector, DetectorId="a b/é%2F~")
        fails("NoSuchBucket", 404, sim.client("s3", who=who).get_bucket_acl, Bucket="nothing-here")



@check
def clock():
    with Sim("--clock-offset", "3600") as sim:
        fails("SignatureDoesNotMatch", 403, sim.client("iam").list_users)
        fails("InvalidSignatureException", 400, sim.client("organizations").list_roots)
        answer = fails("RequestTimeTooSkewed", 403, sim.client("s3").list_buckets)
        date = time.strptime(answer["ResponseMetadata"]["HTTPHeaders"]["date"], "%a, %d %b %Y %H:%M:%S GMT")
        assert 3500 < calendar.timegm(date) - time.time() < 3700


# --- permissions ---

@check
def permissions():
    role = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:ListAllMyBuckets", "s3:PutEncryptionConfiguration", "iam:*",
                                       "guardduty:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:PutUserPolicy", "Resource": "arn:aws:iam::*:user/bob"},
        {"Effect": "Allow", "Action": "ec2:DescribeRegions", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "*",
         "Condition": {"StringEquals": {"iam:AWSServiceName": "guardduty.amazonaws.com"}}}]}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(role, file)
        file.flush()
        with Sim("--role-policy", file.name) as sim:
            account = members(sim)[0][0]
            who, bucket = sim.role(account["id"]), account["buckets"][0]
            answer = fails("AccessDenied", 403, sim.client("s3control", who=who).put_public_access_block,
                           AccountId=account["id"], PublicAccessBlockConfiguration={})
            assert "s3:PutAccountPublicAccessBlock" in answer["Error"]["Message"], answer
            assert f":assumed-role/ReeveRemediation/run-1 is not authorized to perform" in answer["Error"]["Message"]
            iam = sim.client("iam", who=who)
            document = json.dumps({"Statement": []})
            fails("AccessDenied", 403, iam.put_user_policy, UserName="bob", PolicyName="p", PolicyDocument=document)
            iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document)
            fails("AccessDeniedException", 400, sim.client("kms", who=who).list_aliases)
            # Narrowed sessions.
            audit = sim.role(account["id"], PolicyArns=[{"arn": "arn:aws:iam::aws:policy/SecurityAudit"}])
            s3 = sim.client("s3", bucket["region"], audit)
            s3.list_buckets()
            fails("AccessDenied", 403, s3.put_bucket_encryption, Bucket=bucket["name"],
                  ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
            one = json.dumps({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket['name']}"}]})
            narrow = sim.role(account["id"], Policy=one)
            sim.client("s3", bucket["region"], narrow).get_bucket_location(Bucket=bucket["name"])
            other = account["buckets"][1]
            fails("AccessDenied", 403, sim.client("s3", other["region"], narrow).get_bucket_location, Bucket=other["name"])
            fails("AccessDenied", 403, sim.client("s3", who=narrow).list_buckets)
            both = sim.role(account["id"], Policy=one, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/SecurityAudit"}])
            sim.client("s3", who=both).list_buckets()
            fails("UnauthorizedOperation", 403, sim.client("ec2", who=narrow).describe_regions)
            # An account that denies one action.
            sim.change(account["id"], deny=["guardduty:List*"])
            fails("AccessDeniedException", 403, sim.client("guardduty", who=who).list_detectors)
            sim.change(account["id"], deny=[])
            sim.client("guardduty", who=who).list_detectors()
            assert sim.get("/_sim/stats")["rejected"]["AccessDenied"] >= 5


@check
def service_linked_role():
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"Statement": {"Effect": "Allow", "Action": "guardduty:*", "Resource": "*"}}, file)
        file.flush()
        with Sim("--role-policy", file.name) as sim:
            account = members(sim)[0][0]["id"]
            gd = sim.client("guardduty", who=sim.role(account))
            sim.change(account, detectors={"*": None})
            answer = fails("AccessDeniedException", 403, gd.create_detector, Enable=True)
            assert "iam:CreateServiceLinkedRole" in answer["Error"]["Message"]


@check
def conditions():
    own = {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}
    role = {"Statement": [
        {"Effect": "Allow", "Action": "s3:PutEncryptionConfiguration", "Resource": "arn:aws:s3:::*", "Condition": own},
        {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "arn:aws:kms:*:*:key/*"},
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::*"},
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}
    user = {"Statement": {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "arn:aws:iam::*:role/ReeveRemediation",
                          "Condition": {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}}}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as one, tempfile.NamedTemporaryFile("w", suffix=".json") as two:
        json.dump(role, one), json.dump(user, two)
        one.flush(), two.flush()
        with Sim("--role-policy", one.name, "--orchestrator-policy", two.name) as sim:
            account, other = members(sim)[0][:2]
            who, bucket, theirs = sim.role(account["id"]), account["buckets"][0], other["buckets"][0]
            encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
            sim.client("s3", bucket["region"], who).put_bucket_encryption(
                Bucket=bucket["name"], ServerSideEncryptionConfiguration=encryption)
            answer = fails("AccessDenied", 403, sim.client("s3", theirs["region"], who).put_bucket_encryption,
                           Bucket=theirs["name"], ServerSideEncryptionConfiguration=encryption)
            assert "no identity-based policy" in answer["Error"]["Message"]
            sim.client("kms", who=who).describe_key(KeyId="alias/aws/s3")
            # An action without resources needs "*", and a condition that can't be judged allows nothing.
            fails("AccessDenied", 403, sim.client("s3", who=who).list_buckets)
            fails("AccessDenied", 403, sim.client("iam", who=who).list_users)
            fails("AccessDeniedException", 400, sim.client("organizations").list_roots)
            sim.role(account["id"], Tags=[{"Key": "run", "Value": "1"}])
            fails("AccessDenied", 403, sim.role, account=account["id"], SourceIdentity="run-1")


@check
def voided_accounts():
    with Sim() as sim:
        account, state = members(sim)[0][0], sim.state()
        who = sim.role(account["id"])
        index = [a["id"] for a in state["accounts"]].index(account["id"])
        sim.change(account["id"], regions=["eu-west-1"])
        sim.client("iam", who=who).list_users()  # global services work in every region
        sim.change(f"#{index}", state="SUSPENDED")
        fails("InvalidClientTokenId", 403, sim.client("iam", who=who).list_users)

"""The records of CloudTrail, in the event queue and from LookupEvents."""
import json
import threading
import time

from .harness import Sim, check, fails, members

BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


def events(sim):
    """Returns the events that wait in the queue, and empties it."""
    bodies = [json.loads(b) for b in sim.get("/_sim/queue?bodies=1")["bodies"]]
    sim.delete("/_sim/queue")
    return bodies


@check
def trail_events_of_calls():
    with Sim("--trail-events", "on", "--regions", "3") as sim:
        account = members(sim)[0][0]
        identifier, bucket = account["id"], account["buckets"][0]
        who = sim.role(identifier, RoleSessionName="reeve-run-9", SourceIdentity="run-9")
        s3control = sim.client("s3control", "eu-west-1", who)
        request = s3control.put_public_access_block(AccountId=identifier, PublicAccessBlockConfiguration=BLOCK)
        s3control.get_public_access_block(AccountId=identifier)
        event, = events(sim)
        assert set(event) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
        assert event["detail-type"] == "AWS API Call via CloudTrail" and event["source"] == "aws.s3"
        assert event["account"] == identifier and event["region"] == "eu-west-1" and event["version"] == "0"
        detail = event["detail"]
        assert detail["eventName"] == "PutAccountPublicAccessBlock" and detail["eventSource"] == "s3.amazonaws.com"
        assert detail["requestID"] == request["ResponseMetadata"]["RequestId"] and detail["eventTime"] == event["time"]
        assert detail["awsRegion"] == "eu-west-1" and detail["recipientAccountId"] == identifier
        assert detail["readOnly"] is False and detail["eventType"] == "AwsApiCall" and "errorCode" not in detail
        assert {**BLOCK, "xmlns": "http://awss3control.amazonaws.com/doc/2018-08-20/"} == \
            detail["requestParameters"]["PublicAccessBlockConfiguration"]
        identity = detail["userIdentity"]
        assert identity["type"] == "AssumedRole" and identity["accountId"] == identifier and identity["accessKeyId"] == who[0]
        assert identity["arn"] == f"arn:aws:sts::{identifier}:assumed-role/ReeveRemediation/reeve-run-9"
        issuer = identity["sessionContext"]["sessionIssuer"]
        assert issuer["arn"] == f"arn:aws:iam::{identifier}:role/ReeveRemediation" and issuer["userName"] == "ReeveRemediation"
        assert identity["principalId"] == issuer["principalId"] + ":reeve-run-9"
        assert identity["sessionContext"]["sourceIdentity"] == "run-9"
        s3 = sim.client("s3", bucket["region"], who)
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/aws/s3"},
                "BucketKeyEnabled": True, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
        s3.put_bucket_encryption(Bucket=bucket["name"], ServerSideEncryptionConfiguration={"Rules": [rule]})
        detail = events(sim)[0]["detail"]
        assert detail["eventName"] == "PutBucketEncryption" and detail["requestParameters"]["bucketName"] == bucket["name"]
        sent = detail["requestParameters"]["ServerSideEncryptionConfiguration"]["Rule"]
        assert sent == {**rule, "BlockedEncryptionTypes": {"EncryptionType": "SSE-C"}}
        s3control.delete_public_access_block(AccountId=identifier)
        s3.delete_bucket_encryption(Bucket=bucket["name"])
        assert [e["detail"]["eventName"] for e in events(sim)] == ["DeleteAccountPublicAccessBlock", "DeleteBucketEncryption"]
        document = json.dumps({"Statement": []})
        iam = sim.client("iam", who=who)
        iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document)
        event, = events(sim)
        assert event["source"] == "aws.iam" and event["region"] == "us-east-1"
        assert event["detail"]["requestParameters"] == {"userName": "alice", "policyName": "p", "policyDocument": document}
        gd = sim.client("guardduty", "eu-west-1", who)
        found = gd.list_detectors()["DetectorIds"]
        if found:
            gd.delete_detector(DetectorId=found[0])
        events(sim)
        detector = gd.create_detector(Enable=True)["DetectorId"]
        gd.update_detector(DetectorId=detector, Enable=False)
        create, update = events(sim)
        assert create["detail"]["responseElements"] == {"detectorId": detector}
        assert update["detail"]["requestParameters"] == {"detectorId": detector, "enable": False}
        # Calls without an effect are not recorded.
        fails("BadRequestException", 400, gd.create_detector, Enable=True)
        sim.change(identifier, deny=["s3:Put*"])
        fails("AccessDenied", 403, s3control.put_public_access_block, AccountId=identifier, PublicAccessBlockConfiguration=BLOCK)
        assert events(sim) == []
        # A call whose answer was lost took effect, and is recorded.
        sim.change(identifier, deny=[])
        sim.post("/_sim/fault", "reset-after@s3control=1:1")
        try:
            s3control.put_public_access_block(AccountId=identifier, PublicAccessBlockConfiguration=BLOCK)
        except Exception:
            pass
        assert len(events(sim)) == 1


@check
def trail_delay():
    with Sim("--trail-events", "on", "--trail-delay", "1500") as sim:
        account = members(sim)[0][0]["id"]
        who = sim.role(account)
        sim.client("s3control", who=who).delete_public_access_block(AccountId=account)
        trail = sim.client("cloudtrail", who=who)
        assert sim.get("/_sim/queue")["visible"] == 0 and sim.get("/_sim/queue")["delayed"] == 1
        assert trail.lookup_events()["Events"] == []
        sqs = sim.client("sqs")
        url = sqs.get_queue_url(QueueName="reeve-events")["QueueUrl"]
        start = time.time()
        message, = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, AttributeNames=["SentTimestamp"])["Messages"]
        assert time.time() - start > 0.8
        sent = int(message["Attributes"]["SentTimestamp"]) / 1000
        assert sent > start + 0.5
        assert len(trail.lookup_events()["Events"]) == 1


@check
def trail_of_somebody():
    with Sim("--regions", "3") as sim:
        account = members(sim)[0][0]
        identifier, bucket = account["id"], account["buckets"][0]["name"]

        def told(**changes):
            assert sim.post("/_sim/account", {"id": identifier, "set": changes, "event": True}) == 200
            return events(sim)
        event, = told(s3_block=None)
        assert event["detail"]["eventName"] == "DeleteAccountPublicAccessBlock" and event["account"] == identifier
        identity = event["detail"]["userIdentity"]
        assert identity["type"] == "IAMUser" and identity["userName"] == "somebody"
        assert identity["arn"] == f"arn:aws:iam::{identifier}:user/somebody"
        event, = told(s3_block={"BlockPublicAcls": True})
        assert event["detail"]["requestParameters"]["PublicAccessBlockConfiguration"] == {**dict.fromkeys(BLOCK, False),
                                                                                          "BlockPublicAcls": True}
        names = lambda **changes: [e["detail"]["eventName"] for e in told(**changes)]
        assert names(buckets={bucket: {"encryption": {"algorithm": "AES256"}}}) == ["PutBucketEncryption"]
        assert names(buckets={bucket: {"encryption": None}}) == ["DeleteBucketEncryption"]
        sim.change(identifier, detectors={"*": {}})
        assert names(detectors={"*": None}) == ["DeleteDetector"] * 3
        event, = told(detectors={"eu-west-1": {}})
        assert event["region"] == "eu-west-1" and event["detail"]["eventName"] == "CreateDetector"
        assert names(detectors={"eu-west-1": {"status": "DISABLED"}}) == ["UpdateDetector"]
        assert names(users={"new": {"password": True}}) == ["CreateUser", "CreateLoginProfile"]
        assert names(users={"new": {"mfa": True}}) == ["EnableMFADevice"]
        assert names(users={"new": {"mfa": False}}) == ["DeactivateMFADevice"]
        assert names(users={"new": None}) == ["DeleteUser"]
        # Without "event" no event is sent.
        sim.change(identifier, s3_block=None)
        assert events(sim) == []
        found = sim.client("cloudtrail", who=sim.role(identifier)).lookup_events(
            LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "somebody"}])["Events"]
        assert found[-1]["EventName"] == "DeleteAccountPublicAccessBlock" and found[0]["EventName"] == "DeleteUser"


@check
def trail_of_organizations():
    with Sim("--accounts", "6") as sim:
        state = sim.state()
        management, account = state["organization"]["management_account"], state["accounts"][3]
        fresh = "123456789012"
        assert sim.post("/_sim/account", {"id": fresh, "create": {"ou": "Workloads/Prod", "name": "new-one"}, "event": True}) == 200
        event, = events(sim)
        assert event["detail-type"] == "AWS Service Event via CloudTrail" and event["source"] == "aws.organizations"
        assert event["account"] == management and event["region"] == "us-east-1"
        assert event["detail"]["eventName"] == "CreateAccountResult" and event["detail"]["eventType"] == "AwsServiceEvent"
        status = event["detail"]["serviceEventDetails"]["createAccountStatus"]
        assert status["accountId"] == fresh and status["state"] == "SUCCEEDED"
        listed = [a for p in sim.client("organizations").get_paginator("list_accounts").paginate() for a in p["Accounts"]]
        assert listed[-1]["Id"] == fresh and listed[-1]["Name"] == "new-one" and listed[-1]["State"] == "ACTIVE"
        got = sim.get(f"/_sim/state?account={fresh}")
        assert got["ou_path"] == "Workloads/Prod" and len(got["buckets"]) == 3
        sim.client("iam", who=sim.role(fresh)).list_users()
        ous = {o["path"]: o["id"] for o in state["organization"]["ous"]}
        assert sim.post("/_sim/account", {"id": fresh, "set": {"ou": "Sandbox"}, "event": True}) == 200
        event, = events(sim)
        assert event["detail-type"] == "AWS API Call via CloudTrail" and event["detail"]["requestParameters"] == {
            "accountId": fresh, "sourceParentId": ous["Workloads/Prod"], "destinationParentId": ous["Sandbox"]}
        for changes, name in (({"state": "PENDING_CLOSURE"}, "CloseAccount"), ({"state": "SUSPENDED"}, "CloseAccountResult"),
                              ({"removed": True}, "RemoveAccountFromOrganization"), ({"tags": {"a": "b"}}, "TagResource"),
                              ({"tags": {"a": None}}, "UntagResource")):
            assert sim.post("/_sim/account", {"id": account["id"], "set": changes, "event": True}) == 200
            event, = events(sim)
            assert event["detail"]["eventName"] == name and account["id"] in json.dumps(event["detail"])
        for bad in ({"id": fresh, "create": {"ou": "/", "name": "x"}}, {"id": "12", "create": {"ou": "/", "name": "x"}},
                    {"id": "123456789013", "create": {"ou": "nowhere", "name": "x"}}, {"id": "123456789013", "create": {}}):
            assert sim.post("/_sim/account", bad) == 400
        assert sim.post("/_sim/account", [{"id": str(200000000000 + i), "create": {"ou": "/", "name": f"n{i}"}}
                                          for i in range(999)]) == 200
        assert sim.post("/_sim/account", {"id": "300000000000", "create": {"ou": "/", "name": "x"}}) == 400
        assert len(sim.state()["accounts"]) == 6 + 1000


@check
def trail_lookup():
    with Sim("--page-size", "4") as sim:
        account = members(sim)[0][0]["id"]
        who = sim.role(account, RoleSessionName="somebody-else")
        iam, trail = sim.client("iam", who=who), sim.client("cloudtrail", who=who)
        for i in range(6):
            iam.put_user_policy(UserName="alice", PolicyName=f"p{i}", PolicyDocument=json.dumps({"Statement": []}))
        iam.delete_user_policy(UserName="alice", PolicyName="p3")
        sim.client("s3control", "eu-west-1", who).delete_public_access_block(AccountId=account)

        def find(client=trail, **arguments):
            key, = arguments
            attribute = [{"AttributeKey": key, "AttributeValue": arguments[key]}]
            return [e for p in client.get_paginator("lookup_events").paginate(LookupAttributes=attribute) for e in p["Events"]]
        assert [e["EventName"] for e in find(Username="somebody-else")] == ["DeleteUserPolicy"] + ["PutUserPolicy"] * 6
        assert len(trail.lookup_events()["Events"]) == 4
        first, second = find(ResourceName="p3")
        assert first["EventName"] == "DeleteUserPolicy" and first["ReadOnly"] == "false" and first["AccessKeyId"] == who[0]
        assert {"ResourceType": "AWS::IAM::User", "ResourceName": "alice"} in first["Resources"]
        record = json.loads(first["CloudTrailEvent"])
        assert record["eventID"] == first["EventId"] and record["eventSource"] == first["EventSource"] == "iam.amazonaws.com"
        assert [e["EventId"] for e in find(EventId=second["EventId"])] == [second["EventId"]]
        assert len(find(EventName="PutUserPolicy")) == 6 and len(find(ResourceType="AWS::IAM::Policy")) == 7
        assert len(find(EventSource="iam.amazonaws.com")) == 7 and find(EventSource="iam") == [] == find(ReadOnly="true")
        assert [e["EventName"] for e in find(sim.client("cloudtrail", "eu-west-1", who), AccessKeyId=who[0])] == [
            "DeleteAccountPublicAccessBlock"]
        # Pages stay where they are while events are added.
        page = trail.lookup_events(MaxResults=2)
        iam.delete_user_policy(UserName="alice", PolicyName="p1")
        more = trail.lookup_events(MaxResults=2, NextToken=page["NextToken"])["Events"]
        assert [e["EventName"] for e in more] == ["PutUserPolicy"] * 2 and more[0]["EventId"] != page["Events"][1]["EventId"]
        now = time.time()
        assert trail.lookup_events(EndTime=now - 3600)["Events"] == [] == trail.lookup_events(
            StartTime=now + 3600, EndTime=now + 7200)["Events"]
        assert len(trail.lookup_events(StartTime=now - 60, MaxResults=3)["Events"]) == 3
        fails("InvalidTimeRangeException", 400, trail.lookup_events, StartTime=now, EndTime=now - 60)
        fails("InvalidNextTokenException", 400, trail.lookup_events, NextToken="made up")
        two = [{"AttributeKey": "EventName", "AttributeValue": "a"}] * 2
        fails("InvalidLookupAttributesException", 400, trail.lookup_events, LookupAttributes=two)
        other = members(sim)[0][1]["id"]
        assert sim.client("cloudtrail", who=sim.role(other)).lookup_events()["Events"] == []
        assert sim.get("/_sim/queue")["sent"] == 0


@check
def trail_limits():
    with Sim("--limits", "aws") as sim:
        trail = sim.client("cloudtrail", who=sim.role(members(sim)[0][0]["id"]))
        trail.lookup_events(), trail.lookup_events()
        fails("ThrottlingException", 400, trail.lookup_events)


@check
def trail_tug_of_war():
    """Somebody undoes a remedy, and its author learns of it from the queue."""
    with Sim("--trail-events", "on") as sim:
        account = members(sim)[0][0]["id"]
        sqs, who = sim.client("sqs", read_timeout=30), sim.role(account)
        url = sqs.get_queue_url(QueueName="reeve-events")["QueueUrl"]

        def undo():
            sim.post("/_sim/account", {"id": account, "set": {"s3_block": None}, "event": True})
        for _ in range(3):
            threading.Timer(0.1, undo).start()
            message, = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            assert json.loads(message["Body"])["detail"]["userIdentity"]["userName"] == "somebody"
            sim.client("s3control", who=who).put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=BLOCK)
            message, = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            assert json.loads(message["Body"])["detail"]["userIdentity"]["type"] == "AssumedRole"
        assert sim.get("/_sim/queue")["deleted"] == 6

"""Security Hub, and reads that lag behind writes."""
import json
import time

from .harness import Sim, check, fails, members

REGION = "eu-west-1"


def finding(account, number=0, **changes):
    arn = f"arn:aws:securityhub:{REGION}:{account}:product/{account}/default"
    return {"SchemaVersion": "2018-10-08", "Id": f"reeve/{account}/{number}", "ProductArn": arn, "GeneratorId": "reeve",
            "AwsAccountId": account, "CreatedAt": "2026-01-02T03:04:05Z", "UpdatedAt": "2026-01-02T03:04:05.123456789+02:00",
            "Title": "A title", "Description": "More of it", "Resources": [{"Type": "AwsAccount", "Id": account}],
            "FindingProviderFields": {"Severity": {"Label": "HIGH"}, "Types": ["Software and Configuration Checks"]},
            "Compliance": {"Status": "FAILED"}, **changes}


def without(item, *names):
    return {k: v for k, v in item.items() if k not in names}


def hub(sim, account):
    return sim.get(f"/_sim/state?account={account}").get("security_hub", {})


@check
def findings_import():
    with Sim("--regions", "3") as sim:
        account, other = [a["id"] for a in members(sim)[0][:2]]
        sh = sim.client("securityhub", REGION, sim.role(account))
        assert all("security_hub" not in a for a in sim.state()["accounts"])
        answer = fails("InvalidAccessException", 401, sh.batch_import_findings, Findings=[finding(account)])
        assert "not subscribed" in answer["Error"]["Message"]
        sim.change(account, security_hub={REGION: True})
        assert hub(sim, account) == {REGION: {"enabled": True, "findings": []}}
        answer = sh.batch_import_findings(Findings=[finding(account, i) for i in range(100)])
        assert (answer["SuccessCount"], answer["FailedCount"], answer["FailedFindings"]) == (100, 0, [])
        kept = hub(sim, account)[REGION]["findings"]
        assert [f["Id"] for f in kept] == [f"reeve/{account}/{i}" for i in range(100)]
        assert kept[0]["Workflow"] == {"Status": "NEW"} and kept[0]["Severity"] == {"Label": "HIGH"}
        assert kept[0]["RecordState"] == "ACTIVE" and kept[0]["Region"] == REGION
        bad = [finding(account, 1, ProductArn=finding(other)["ProductArn"]), finding(account, 2, AwsAccountId=other),
               finding(account, 3, ProductArn=finding(account)["ProductArn"].replace(REGION, "us-east-1")),
               finding(account, 4, CreatedAt="yesterday"), finding(account, 5, UpdatedAt="2026-01-02T03:04:05"),
               finding(account, 6, Title="x" * 257), finding(account, 7, Description="x" * 1025),
               finding(account, 8, Compliance={"Status": "BROKEN"}), finding(account, 9, SchemaVersion="2020-01-01"),
               without(finding(account, 10), "FindingProviderFields"), finding(account, 11, Resources=[]),
               finding(account, 12, ProductFields={"k": "x" * 250000}),
               finding(account, 13, FindingProviderFields={"Types": ["a"], "Severity": {"Label": "BAD"}})]
        answer = sh.batch_import_findings(Findings=bad + [finding(account, 50, Title="Another")])
        assert answer["FailedCount"] == len(bad) and answer["SuccessCount"] == 1, answer
        assert [f["Id"] for f in answer["FailedFindings"]] == [f["Id"] for f in bad]
        assert {f["ErrorCode"] for f in answer["FailedFindings"]} == {"InvalidInput"}
        assert hub(sim, account)[REGION]["findings"][50]["Title"] == "Another"
        assert len(hub(sim, account)[REGION]["findings"]) == 100
        fails("InvalidInputException", 400, sh.batch_import_findings, Findings=[finding(account, i) for i in range(101)])
        fails("AccessDeniedException", 403, sh.describe_hub)
        orchestrator = sim.client("securityhub", "us-east-1")
        fails("InvalidAccessException", 401, orchestrator.describe_hub)
        sim.change("delegated", security_hub=True)
        assert orchestrator.describe_hub()["HubArn"].endswith(":hub/default")


@check
def findings_update():
    with Sim("--regions", "3", "--trail-events", "on") as sim:
        account = members(sim)[0][0]["id"]
        sim.change("*", security_hub={REGION: True})
        imports = sim.client("securityhub", REGION, sim.role(account))
        imports.batch_import_findings(Findings=[finding(account, 1), finding(account, 2)])
        events = [json.loads(b) for b in sim.get("/_sim/queue?bodies=1")["bodies"]]
        assert [e["detail-type"] for e in events] == ["Security Hub Findings - Imported"] * 2 + ["AWS API Call via CloudTrail"]
        state = sim.state()
        assert events[0]["account"] == state["organization"]["delegated_administrator"] and events[0]["region"] == REGION
        one, = events[0]["detail"]["findings"]
        assert one["AwsAccountId"] == account and events[0]["resources"] == [f"{one['ProductArn']}/{one['Id']}"]
        sim.delete("/_sim/queue")
        # The delegated administrator updates a member's finding.
        sh = sim.client("securityhub", REGION)
        names = {"Id": one["Id"], "ProductArn": one["ProductArn"]}
        answer = sh.batch_update_findings(FindingIdentifiers=[names, {**names, "Id": "other"}], Workflow={"Status": "RESOLVED"},
                                          Note={"Text": "mended", "UpdatedBy": "reeve"})
        assert answer["ProcessedFindings"] == [names]
        assert [(u["FindingIdentifier"]["Id"], u["ErrorCode"]) for u in answer["UnprocessedFindings"]] == [("other", "FindingNotFound")]
        event, called = [json.loads(b) for b in sim.get("/_sim/queue?bodies=1")["bodies"]]
        assert event["detail"]["findings"][0]["Workflow"] == {"Status": "RESOLVED"}
        identity = called["detail"]["userIdentity"]
        assert identity["type"] == "IAMUser" and identity["userName"] == "reeve-orchestrator" and "sessionContext" not in identity
        assert identity["accessKeyId"] == "AKIASIMORCHESTRATOR0" and called["detail"]["eventName"] == "BatchUpdateFindings"
        found = sh.get_findings(Filters={"Id": [{"Value": one["Id"], "Comparison": "EQUALS"}]})["Findings"]
        assert len(found) == 1 and found[0]["Note"]["Text"] == "mended" and found[0]["Note"]["UpdatedAt"]
        by = lambda client, **filters: [f["Id"] for f in client.get_findings(Filters={
            k: [{"Value": v, "Comparison": "EQUALS"}] for k, v in filters.items()})["Findings"]]
        assert by(sh, WorkflowStatus="NEW", AwsAccountId=account) == [finding(account, 2)["Id"]]
        # A later import can't change it, unless the finding comes back.
        imports.batch_import_findings(Findings=[finding(account, 1, Workflow={"Status": "NEW"}, Compliance={"Status": "PASSED"})])
        assert by(sh, WorkflowStatus="RESOLVED", ComplianceStatus="PASSED") == [one["Id"]]
        imports.batch_import_findings(Findings=[finding(account, 1)])
        assert by(sh, WorkflowStatus="RESOLVED") == []
        fails("InvalidInputException", 400, sh.batch_update_findings, FindingIdentifiers=[names], Workflow={"Status": "DONE"})
        fails("InvalidInputException", 400, sh.batch_update_findings, FindingIdentifiers=[])
        fails("AccessDeniedException", 403, imports.batch_update_findings, FindingIdentifiers=[names])
        # Findings that another product imported, page by page.
        theirs = {**finding(account, 7), "ProductArn": f"arn:aws:securityhub:{REGION}::product/aws/securityhub"}
        ocsf = {"class_uid": 2003, "metadata": {"uid": "uid-1"}, "status_id": 1}
        sim.change(account, security_hub={REGION: {"findings": [theirs, ocsf]}})
        pages = list(sh.get_paginator("get_findings").paginate(PaginationConfig={"PageSize": 2}))
        assert [len(p["Findings"]) for p in pages] == [2, 1]
        sim.delete("/_sim/queue")
        answer = sh.batch_update_findings_v2(MetadataUids=["uid-1", "uid-2"], StatusId=4, Comment="mended")
        assert [p["MetadataUid"] for p in answer["ProcessedFindings"]] == ["uid-1"]
        assert answer["UnprocessedFindings"][0]["ErrorCode"] == "ResourceNotFoundException"
        event = json.loads(sim.get("/_sim/queue?bodies=1")["bodies"][0])
        assert event["detail-type"] == "Findings Imported V2" and event["detail"]["findings"][0]["status_id"] == 4
        fails("ValidationException", 400, sh.batch_update_findings_v2, MetadataUids=["uid-1"])
        sim.change("delegated", security_hub=False)
        fails("AccessDeniedException", 403, sh.batch_update_findings_v2, MetadataUids=["uid-1"], StatusId=4)


@check
def lag():
    assert any(map(lag_is_seen, (1500, 6000, 24000))), "the machine is too slow to see the lag"


def lag_is_seen(lag_ms):
    """Returns False when the lag was over before all reads were made; a slow machine needs a longer lag."""
    with Sim("--lag", str(lag_ms), "--drift", "0", "--regions", "3") as sim:
        account = members(sim)[0][0]
        identifier, bucket = account["id"], next(b for b in account["buckets"] if not b["receives"])
        who = sim.role(identifier)
        s3control, iam = sim.client("s3control", who=who), sim.client("iam", who=who)
        s3, gd = sim.client("s3", bucket["region"], who), sim.client("guardduty", who=who)
        detector, = gd.list_detectors()["DetectorIds"]
        start = time.time()
        s3control.delete_public_access_block(AccountId=identifier)
        s3.delete_bucket_encryption(Bucket=bucket["name"])
        iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps({"Statement": []}))
        gd.update_detector(DetectorId=detector, Enable=False)

        def seen():
            return ("block" if all(s3control.get_public_access_block(AccountId=identifier)["PublicAccessBlockConfiguration"].values())
                    else "", s3.get_bucket_encryption(Bucket=bucket["name"])["ServerSideEncryptionConfiguration"]["Rules"][0]
                    ["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
                    iam.list_user_policies(UserName="alice")["PolicyNames"], gd.get_detector(DetectorId=detector)["Status"])
        try:
            assert seen() == ("block", "aws:kms", [], "ENABLED")
            fails("NoSuchEntity", 404, iam.get_user_policy, UserName="alice", PolicyName="p")
            assert sim.get(f"/_sim/state?account={identifier}")["s3_block"] is None
        except Exception:
            if time.time() - start < lag_ms / 1000 - 0.1:
                raise
        if time.time() - start >= lag_ms / 1000 - 0.1:
            return False
        time.sleep(lag_ms / 1000 + 0.3)
        fails("NoSuchPublicAccessBlockConfiguration", 404, s3control.get_public_access_block, AccountId=identifier)
        assert s3.get_bucket_encryption(Bucket=bucket["name"])["ServerSideEncryptionConfiguration"]["Rules"][0][
            "ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert iam.get_user_policy(UserName="alice", PolicyName="p") and gd.get_detector(DetectorId=detector)["Status"] == "DISABLED"
        start = time.time()
        gd.delete_detector(DetectorId=detector)
        iam.delete_user_policy(UserName="alice", PolicyName="p")
        left = gd.list_detectors()["DetectorIds"], iam.list_user_policies(UserName="alice")["PolicyNames"]
        if time.time() - start >= lag_ms / 1000 - 0.1:
            return False
        assert left == ([detector], ["p"])
        time.sleep(lag_ms / 1000 + 0.3)
        assert gd.list_detectors()["DetectorIds"] == [] == iam.list_user_policies(UserName="alice")["PolicyNames"]
        return True

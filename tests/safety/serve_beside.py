"""Part of serve.py: commands beside the daemon, people, accounts that come and go, and findings that are reported."""
import json
import os
import re
import time

from serve_world import BLOCK, SMALL, Daemon, ONLY_BLOCK, expect, expect_in
from serving import block_removed, now, trail_event, wait_until
from world import Wrong, mutating_calls

APPROVAL = {"tiers": [{"assign": "root", "set": {BLOCK: "approval"}}], "approvals": {"four_eyes": False}}
NOT_COMPARED = {"seconds", "api_calls", "retries", "throttled", "assume_role_calls", "regions", "request_ids"}  # these say how it was done, and not what was done
WORDS = ((r"\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{8}", "RUN"), (r"\bc-[0-9a-f]{16}\b", "CHANGE"), (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME"),
         (r"\bx-[0-9a-f]+\b", "EXCEPTION"), (r"[0-9.]+ s\b", "SECONDS"), (r"req-[0-9a-f-]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+", "REQUEST"))


# --- what is refused, what works ---

def the_state_is_held():
    with Daemon(SMALL, ONLY_BLOCK) as world:
        account = world.active[4]
        world.account(account, s3_block=None)
        plan = os.path.join(world.folder, "saved.plan")
        world.must(2, "plan", "--out", plan)
        world.serve()
        world.sweep_now()
        world.swept()
        for command in (("serve",), ("sweep",), ("apply", plan), ("plan",), ("event", "/dev/null")):
            outcome = world.reeve(*command)
            if command == ("event", "/dev/null"):
                expect("exit status of an empty event", outcome.exit, 1)
                continue
            if command == ("plan",) and outcome.exit == 0:
                continue
            expect("exit status of %s" % (command,), outcome.exit, 1)
            for part in ("serve", str(world.daemon.pid)):
                expect_in("the refusal of %s" % (command,), part, outcome.err)
        for command in (("status",), ("status", "--json"), ("changes",), ("changes", "--json"), ("approvals", "list"), ("exceptions", "list"),
                        ("audit", "verify"), ("accounts",), ("baselines",), ("config", "check"), ("policy", "role")):
            world.must((0, 2), *command)
        world.alive()
        world.ends_well()


# --- the same with and without ---

def comparable(value, folder):
    if isinstance(value, dict):
        return {k: comparable(v, folder) for k, v in value.items() if k not in NOT_COMPARED}
    if isinstance(value, list):
        return [comparable(v, folder) for v in value]
    if not isinstance(value, str):
        return value
    value = value.replace(folder, "FOLDER")
    for pattern, word in WORDS:
        value = re.sub(pattern, word, value)
    return value


def script(world, run):
    """Runs the commands of a person's day with approvals, exceptions and rollbacks."""
    requests = sorted(run("approvals", "list", "--json").doc["approvals"], key=lambda a: a["change"]["account"])
    ids = [request["id"] for request in requests]
    made = sorted((c for c in world.changes() if c["state"] == "verified"), key=lambda c: c["account"])
    last = world.active[-1]
    run("approvals", "list")
    run("approvals", "show", ids[0])
    run("approvals", "approve", ids[0], "--note", "ticket 42")
    run("approvals", "approve", ids[0])
    run("approvals", "approve", ids[1], "--json")
    run("approvals", "deny", ids[2], "--note", "not this one")
    run("approvals", "approve", ids[2], "--json")
    run("approvals", "deny", ids[3], "--json")
    run("approvals", "deny", "a-000000000000")
    run("approvals", "approve", ids[4], "--as", "aws")
    added = run("exceptions", "add", "--account", last, "--baseline", BLOCK, "--reason", "a test", "--owner", "Ann", "--expires", "2099-01-31", "--json")
    run("exceptions", "add", "--account", last, "--baseline", "no.such", "--reason", "a test", "--owner", "Ann", "--expires", "2099-01-31")
    run("exceptions", "add", "--account", last, "--baseline", BLOCK, "--reason", "a test", "--owner", "Ann", "--expires", "2001-01-31")
    run("exceptions", "add", "--ou", "Nowhere", "--baseline", BLOCK, "--reason", "x", "--owner", "Ann", "--expires", "2099-01-31")
    run("exceptions", "list")
    item = added.doc.get("exception", added.doc)
    run("exceptions", "expire", item["id"])
    run("exceptions", "expire", item["id"])
    run("exceptions", "expire", "x-0123456789abcdef")
    run("pause", "--account", last, "--reason", "an incident")
    run("pause", "--account", last, "--json")
    run("pause", "--account", "123")
    run("pause", "--json")
    run("resume", "--account", last)
    run("resume")
    run("resume", "--json")
    run("rollback", made[0]["id"], "--json")
    run("rollback", made[0]["id"], "--json")
    run("rollback", "c-0000000000000000")
    run("rollback", made[1]["run"], "--json")
    run("rollback", made[1]["run"])
    run("changes")
    run("approvals", "list", "--all", "--json")


def sorted_lists(value):
    """Returns the value with sorted lists, since records of the same second have no order."""
    if isinstance(value, dict):
        return {k: sorted_lists(v) for k, v in value.items()}
    if isinstance(value, list):
        return sorted((sorted_lists(v) for v in value), key=json.dumps)
    return sorted(value.splitlines()) if isinstance(value, str) and "\n" in value else value


def whole_script(daemon):
    people = [{"name": "root", "system_users": ["root"], "role": "admin"}]  # without a daemon, exceptions have the system user's name
    with Daemon(SMALL, {**ONLY_BLOCK, **APPROVAL, "people": people}) as world:
        waiting, mended = world.active[2:7], world.active[7:10]
        world.configuration["tiers"] = [{"assign": "account:" + account, "set": {BLOCK: "approval"}} for account in waiting]
        for account in waiting + mended:
            world.account(account, s3_block=None)
        if daemon:
            world.serve()
            world.sweep_now()
            world.swept()
        else:
            world.must(2, "sweep")
        told = []

        def run(*command):
            outcome = world.reeve(*command)
            told.append([comparable(value, world.folder) for value in (" ".join(command), outcome.exit, outcome.doc or outcome.out, outcome.err)])
            return outcome
        script(world, run)
        state = world.sim_state()
        if daemon:
            world.ends_well()
        world.audit()
        return told, state


def first_difference(a, b, where=""):
    if isinstance(a, dict) and isinstance(b, dict):
        return next((d for key in sorted({*a, *b}) for d in [first_difference(a.get(key), b.get(key), where + "/" + key)] if d), None)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return next((d for n, (x, y) in enumerate(zip(a, b)) for d in [first_difference(x, y, "%s/%d" % (where, n))] if d), None)
    return None if a == b else "%s: %.200r, and %.200r" % (where, a, b)


def commands_do_the_same_with_and_without_it():
    (alone, state_alone), (beside, state_beside) = whole_script(False), whole_script(True)
    wrong = []
    for a, b in zip(alone, beside):
        # The daemon words the text output of its runs differently, and it doesn't know anybody's AWS credentials.
        parts = 2 if a[0].startswith("rollback") and isinstance(a[2], str) and a[1] == 0 or "--as aws" in a[0] else 4
        difference = first_difference(sorted_lists(a[:parts]), sorted_lists(b[:parts]))
        if difference:
            wrong.append("%s: %s" % (a[0], difference))
    if wrong:
        raise Wrong("%d differ:\n%s" % (len(wrong), "\n".join(wrong)))
    expect("the organization", state_beside, state_alone)


# --- effects on the running daemon ---

def after_an_event(world, account):
    """Returns the event's outcome and the finding after somebody has removed the block."""
    before = len(world.signals(account=account))
    world.account(account, s3_block=None)
    world.send(block_removed(account))
    wait_until("the event has its outcome", lambda: len(world.signals(account=account)) > before)
    return world.signals(account=account)[0]["outcome"], world.finding(account)


def commands_reach_the_process():
    with Daemon(SMALL, {**ONLY_BLOCK, "events": {"settle_seconds": 0}}) as world:
        world.serve()
        paused, exempt, undone, account = world.active[3:7]
        world.must(0, "pause", "--account", paused, "--reason", "an incident")
        expect("paused", after_an_event(world, paused), ("drifted", ("drifted", "Paused")))
        expect("another account during the pause", after_an_event(world, account)[0], "remediated")
        world.must(0, "resume", "--account", paused)
        expect("resumed", after_an_event(world, paused)[0], "remediated")
        world.must(0, "pause")
        expect("paused, all", after_an_event(world, account), ("drifted", ("drifted", "Paused")))
        world.must(0, "resume")
        expect("resumed, all", after_an_event(world, account)[0], "remediated")
        added = world.must(0, "exceptions", "add", "--account", exempt, "--baseline", BLOCK, "--reason", "a test", "--owner", "Ann", "--expires", "2099-01-31",
                           "--json").doc
        expect("exempt", after_an_event(world, exempt), ("exempt", ("exempt", "Exception")))
        world.must(0, "exceptions", "expire", added.get("exception", added)["id"])
        expect("after the exception ended", after_an_event(world, exempt)[0], "remediated")
        expect("before the rollback", after_an_event(world, undone)[0], "remediated")
        (change,) = [c for c in world.changes() if c["account"] == undone]
        world.must(0, "rollback", change["id"])
        expect("the block after the rollback", world.is_blocked(undone), False)
        expect("a rolled back resource waits for a person", after_an_event(world, undone)[0], "awaiting_approval")
        time.sleep(0.5)
        expect("the block after the event", world.is_blocked(undone), False)
        world.ends_well()
        world.audit()


def four_eyes():
    with Daemon(SMALL, {**ONLY_BLOCK, **APPROVAL, "approvals": {"four_eyes": True}}) as world:
        world.serve()
        by_event, by_person = world.active[3:5]
        expect("outcome of the event", after_an_event(world, by_event)[0], "awaiting_approval")
        world.account(by_person, s3_block=None)
        world.sweep_now()
        world.swept()
        requests = {a["change"]["account"]: a for a in world.get("/api/v1/approvals")["approvals"]}
        expect("requesters", [requests[a]["requester"]["name"] for a in (by_event, by_person)], [None, "Root Operator"])
        refused = world.must(2, "approvals", "approve", requests[by_person]["id"])
        expect_in("the refusal", "may not approve", refused.out + refused.err)
        expect("mutating calls", mutating_calls(world.simulator.stats()), {})
        world.must(0, "approvals", "approve", requests[by_event]["id"])
        expect("blocks", [world.is_blocked(a) for a in (by_event, by_person)], [True, False])
        world.must(0, "approvals", "deny", requests[by_person]["id"])  # the requester may withdraw the request
        world.ends_well()
        world.audit()


# --- accounts come and go ---

def organizations_event(world, name, **details):
    management = world.sim_state()["accounts"][0]["id"]
    event = trail_event(management, "us-east-1", "organizations.amazonaws.com", name, actor={"accountId": management, "invokedBy": "organizations.amazonaws.com"},
                        eventType="AwsServiceEvent", serviceEventDetails=details, requestParameters=None)
    return {**event, "detail-type": "AWS Service Event via CloudTrail"}


def accounts_come_and_go():
    """An account is created, moves to a unit with other baselines, and is closed. A false event says that another one was closed."""
    new = "700000000001"
    with Daemon(SMALL, {"baselines": [{"assign": "root", "set": {"iam.root-mfa": {}}}, {"assign": "ou:Sandbox", "set": {BLOCK: {}}}]}) as world:
        world.serve()
        world.simulator.post("/_sim/account", json.dumps({"id": new, "create": {"name": "new", "ou": "Workloads"},
                                                          "set": {"s3_block": None, "root_mfa": False, "root_password": True}}))
        world.send(organizations_event(world, "CreateAccountResult", createAccountStatus={"accountId": new, "state": "SUCCEEDED"}))
        expect("the new account's event", world.outcome(new), "alerted")
        expect("findings of the new account", (world.finding(new, "iam.root-mfa")[0], world.finding(new)), ("alerted", None))
        world.simulator.post("/_sim/account", json.dumps({"id": new, "set": {"ou": "Sandbox"}, "event": True}))
        wait_until("its new baselines are applied", lambda: world.is_blocked(new))
        wait_until("and reported", lambda: world.finding(new) == ("remediated", None))
        staying = world.active[3]
        world.sweep_now()
        world.swept()
        before = world.findings(staying, "iam.root-mfa")
        world.send(organizations_event(world, "CloseAccountResult", closeAccountStatus={"accountId": staying, "state": "SUCCEEDED"}))
        expect("outcome of the false event", world.outcome(staying), "ignored")
        expect("findings of the account that stays", world.findings(staying, "iam.root-mfa"), before)
        world.simulator.post("/_sim/account", json.dumps({"id": new, "set": {"state": "SUSPENDED"}, "event": True}))
        wait_until("the closed account is retired", lambda: "retired" in [s["outcome"] for s in world.signals(account=new)])
        expect("findings of the closed account", world.get("/api/v1/findings?account=" + new)["findings"], [])
        expect("the account", world.api("GET", "/api/v1/accounts/" + new)[0], 404)
        world.account(new, s3_block=None)
        world.send(block_removed(new))
        wait_until("an event about it is known", lambda: "out_of_scope" in [s["outcome"] for s in world.signals(account=new)])
        expect("puts", world.calls("s3control.PutPublicAccessBlock"), 1)
        world.ends_well()


# --- events that are handed in ---

def asff(account, region, finding_id, title="S3 Block Public Access is off", **more):
    return {"SchemaVersion": "2018-10-08", "Id": finding_id, "ProductArn": "arn:aws:securityhub:%s::product/aws/securityhub" % region, "AwsAccountId": account,
            "GeneratorId": "security-control/S3.1", "CreatedAt": now(), "UpdatedAt": now(), "Severity": {"Label": "HIGH"}, "Title": title, "Description": title,
            "Types": ["Software and Configuration Checks"], "Region": region, "Compliance": {"Status": "FAILED", "SecurityControlId": "S3.1"},
            "Workflow": {"Status": "NEW"}, "RecordState": "ACTIVE",
            "Resources": [{"Type": "AwsAccount", "Id": "AWS::::Account:" + account, "Partition": "aws", "Region": region}], **more}


def hub_event(delegated, region, finding):
    """Returns the event that EventBridge sends for one finding."""
    return {"version": "0", "id": "hub-%s-%s" % (finding["Id"], finding["UpdatedAt"]), "detail-type": "Security Hub Findings - Imported",
            "source": "aws.securityhub", "account": delegated, "time": now(), "region": region, "resources": [], "detail": {"findings": [finding]}}


def ocsf(account, region, uid):
    at = int(time.time() * 1000)
    return {"class_uid": 2003, "class_name": "Compliance Finding", "category_uid": 2, "activity_id": 1, "type_uid": 200301, "severity_id": 4, "status_id": 1,
            "time": at, "cloud": {"account": {"uid": account}, "region": region, "provider": "AWS"}, "compliance": {"control": "S3.1", "status_id": 3},
            "finding_info": {"uid": uid, "title": "S3 Block Public Access is off", "created_time": at, "modified_time": at},
            "metadata": {"uid": uid, "version": "1.6.0", "product": {"name": "A scanner", "uid": "scanner"}},
            "resources": [{"uid": "AWS::::Account:" + account, "type": "AwsAccount", "region": region}]}


def findings_are_handed_in():
    with Daemon(SMALL, {**ONLY_BLOCK, "http": {"listen": "127.0.0.1:0"}}) as world:
        world.serve()
        for account, finding in ((world.active[3], asff(world.active[3], "us-east-1", "handed-in-1")), (world.active[4], ocsf(world.active[4], "us-east-1", "uid-1"))):
            world.account(account, s3_block=None)
            for outcome in ("remediated", "duplicate"):
                status, answer = world.api("POST", "/api/v1/signals", finding)
                expect("handed in", (status, [s["outcome"] for s in answer["signals"]]), (200, [outcome]))
            expect("the block", world.is_blocked(account), True)
            expect("who handed it in", world.signals(account=account)[0]["by"], "Root Operator")
        both = {"Findings": [asff(world.active[n], "us-east-1", "both-%d" % n) for n in (5, 6)]}
        status, answer = world.api("POST", "/api/v1/signals", both)
        expect("two at once", (status, [s["outcome"] for s in answer["signals"]]), (200, ["compliant"] * 2))
        for garbage in ("{", "[]", "null", '"text"', '{"a": 1}', "[" * 10000, json.dumps({**asff(world.active[3], "us-east-1", "z"), "AwsAccountId": 7})):
            status, answer = world.api("POST", "/api/v1/signals", garbage)
            if not 400 <= status < 500 or not answer["error"]["message"]:
                raise Wrong("%.60s was answered with %s %s" % (garbage, status, answer))
        world.alive()
        expect("puts", world.calls("s3control.PutPublicAccessBlock"), 2)
        world.ends_well()
        world.audit()


# --- findings that are told ---

def hub_findings(world, account):
    regions = world.account_state(account).get("security_hub", {})
    return [finding for region in regions.values() for finding in region.get("findings", [])]


def security_hub_is_told():
    with Daemon({**SMALL, "trail-events": "on"}, {**ONLY_BLOCK, "events": {"settle_seconds": 0}, "security_hub": {"import": True, "update": True}}) as world:
        for account in world.active:
            world.account(account, security_hub=True)
        account = world.active[4]
        world.account(account, s3_block=None, deny=["s3:PutAccountPublicAccessBlock"])
        theirs = asff(account, "us-east-1", "theirs-1")
        world.account(account, security_hub={"us-east-1": {"enabled": True, "findings": [theirs]}})
        world.serve()

        def ours():
            return [f["Compliance"]["Status"] for f in hub_findings(world, account) if f["GeneratorId"].startswith("reeve/")]

        def workflow():
            return next(f["Workflow"]["Status"] for f in hub_findings(world, account) if f["Id"] == "theirs-1")
        world.send(hub_event(world.delegated, "us-east-1", theirs))
        wait_until("the failure is told", lambda: ours() == ["FAILED"])
        expect("workflow", workflow(), "NEW")
        world.account(account, deny=[])
        again = {**theirs, "UpdatedAt": time.strftime("%Y-%m-%dT%H:%M:%S.5Z", time.gmtime())}
        world.send(hub_event(world.delegated, "us-east-1", again))
        wait_until("it is mended", lambda: world.is_blocked(account))
        wait_until("and reported", lambda: ours() == ["PASSED"])
        wait_until("the finding is resolved", lambda: workflow() == "RESOLVED")
        wait_until("the echoes are seen", lambda: len([s for s in world.signals(account=account) if s["outcome"] in ("own", "ignored")]) >= 3)
        time.sleep(1)
        world.drained()
        looks = world.calls("s3control.GetPublicAccessBlock")
        expect("outcomes that are not echoes", sorted({s["outcome"] for s in world.signals(account=account)} - {"own", "ignored"}), ["drifted", "remediated"])
        time.sleep(1)
        expect("reads afterwards", world.calls("s3control.GetPublicAccessBlock"), looks)
        waiting = world.active[5]
        world.reconfigure(tiers=[{"assign": "root", "set": {BLOCK: "approval"}}])
        world.reload()
        world.account(waiting, s3_block=None, security_hub={"us-east-1": {"enabled": True, "findings": [asff(waiting, "us-east-1", "theirs-2")]}})
        world.send(hub_event(world.delegated, "us-east-1", asff(waiting, "us-east-1", "theirs-2")))
        wait_until("the finding is noted", lambda: [f["Workflow"]["Status"] for f in hub_findings(world, waiting) if f["Id"] == "theirs-2"] == ["NOTIFIED"])
        world.ends_well()
        world.audit()


CASES = [(f.__name__, f) for f in (the_state_is_held, commands_do_the_same_with_and_without_it, commands_reach_the_process, four_eyes, accounts_come_and_go,
                                   findings_are_handed_in, security_hub_is_told)]

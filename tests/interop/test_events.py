#!/usr/bin/env python3
"""Events against software that this project did not write: `reeve serve` takes published sample events from a queue of moto's
SQS, and the results are checked in moto by boto3, in every call it sends, and in its own records.

usage: test_events.py [-v]
  REEVE           the program to judge (default: build/reeve)
  REEVE_VECTORS   the published samples, below events/; without them everything is skipped

The last line is `N passed, N failed, N skipped`; the status is 0 when nothing failed.
"""
import argparse, base64, collections, json, os, pwd, re, sys, uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try: import boto3, flask, moto, fixture, harness       # flask: moto's server needs it
except ImportError as missing:
    print("skipped: %s (see tests/requirements.txt)" % missing)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)
import events_by_hand, events_daemon, events_life, events_samples, notify_sns, test_moto
from events_daemon import bring_back, by_account, cell_of, given_back, wait_until
from events_scene import BAD_BODY, BLOCKED, QUEUE_REGION, Queue, Scene, expected, make_world
from fixture import BASELINES, BPA, GUARDDUTY, MANAGEMENT, REGIONS, ROOT_MFA, SSE, USER_MFA

# moto's account summary leaves out whether root has a password; these rows say that it has one, and no MFA
ROOT_SUMMARY = {"match": "iam POST .*Action=GetAccountSummary", "status": 200, "headers": {"Content-Type": "text/xml"}, "body":
                '<GetAccountSummaryResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccountSummaryResult><SummaryMap>'
                "<entry><key>AccountMFAEnabled</key><value>0</value></entry><entry><key>AccountPasswordPresent</key><value>1</value></entry>"
                "</SummaryMap></GetAccountSummaryResult><ResponseMetadata><RequestId>0b1c2d3e</RequestId></ResponseMetadata></GetAccountSummaryResponse>"}


# ---- 1: what each source leads to

def send_samples(scene):
    """Sends the samples, one of them through SNS. Returns {message id: sample}."""
    sent = {}
    for s in events_samples.SAMPLES:
        account = scene.world.ids["quiet" if s.row is None else s.name]
        sent[scene.queue.send(events_samples.event(s, account))[0]] = s
    wrapped = next(s for s in events_samples.SAMPLES if s.name == "asff-s3-1")
    scene.queue.sns.publish(TopicArn=scene.queue.topic, Message=json.dumps(events_samples.event(wrapped, scene.world.ids["wrapped"])))
    return sent


def check_samples(scene, sent, refused):
    c, world, daemon = scene.c, scene.world, scene.daemon
    wanted = sum(len(s.outcomes) for s in sent.values()) + 1
    wait_until("%d signals have an outcome" % wanted, lambda: len([s for s in daemon.signals() if s["outcome"] != "refused"]) >= wanted)
    by_message = collections.defaultdict(list)
    for s in daemon.signals(): by_message[s["message"]].append(s)
    for message, s in sent.items():
        records = by_message[message]
        c.same("sample %s: outcomes" % s.name, sorted(r["outcome"] for r in records), sorted(s.outcomes))
        account = world.ids["quiet" if s.row is None else s.name]
        c.same("sample %s: source and account" % s.name, {(r["source"], r["account"]) for r in records}, {(s.source, account)})
        c.ok("sample %s: its rule and reason" % s.name, all(r["rule"] and r["why"] for r in records) and (s.rule is None or any(s.rule in r["rule"] for r in records)), records)
        if s.row is None: continue
        c.same("sample %s: exactly these cells are known" % s.name, set(daemon.cells(account)), s.cells)
        c.same("sample %s: what was changed is counted" % s.name, sum(r["changes"] for r in records), s.outcomes.count("remediated"))
    c.same("samples: of the quiet account no cell is known", daemon.cells(world.ids["quiet"]), {})
    c.same("wrapped by SNS: mended", (scene.outcomes("wrapped"), daemon.cells(world.ids["wrapped"])), (["remediated"], {(BPA, "global"): "remediated"}))
    for s in events_samples.SAMPLES:        # boto3 sees that the reported accounts are mended, and the others untouched
        if s.row is None: continue
        row, now = scene.row(s.name), world.observe(scene.row(s.name))
        for baseline, region, resource, drifts, tier in world.resources(row):
            if baseline in (ROOT_MFA, USER_MFA): continue
            state = now[(region if baseline == GUARDDUTY else resource), baseline]
            checked = (baseline, region if baseline == GUARDDUTY else "global") in s.cells
            good = {BPA: lambda: state == BLOCKED, SSE: lambda: state["SSEAlgorithm"] == "aws:kms",
                    GUARDDUTY: lambda: [(d["Status"], d["On"]) for d in state] == [("ENABLED", sorted(fixture.FEATURES))]}[baseline]()
            c.same("sample %s: boto3 sees %s of %s" % (s.name, baseline, resource), good, not drifts or checked)
    c.same("signals: those of one source", {(r["source"], r["outcome"]) for r in daemon.signals(source="macie")}, {("macie", "remediated")})
    c.same("signals: those of one outcome", {r["outcome"] for r in daemon.signals(outcome="alerted")}, {"alerted"})
    scene.queue.drained(but=refused)


def check_sample_calls(scene, calls):
    """Checks that the calls in each account are for its cells only, and that none was made where all is ignored."""
    c, made = scene.c, by_account(calls)
    for s in events_samples.SAMPLES:
        if s.row is None: continue
        account = scene.world.ids[s.name]
        got = collections.Counter(cell_of(call) for call in made[account])
        c.same("sample %s: calls in its account are for its cells" % s.name, set(got), s.cells)
        c.same("sample %s: calls that change something" % s.name, sum(call.mutates for call in made[account]), s.outcomes.count("remediated"))
        c.ok("sample %s: read live" % s.name, not any("CredentialReport" in call.operation for call in made[account]))
    asked = [base64.b64decode(call.record["body"]).decode() for call in calls if call.operation == "AssumeRole"]
    for name in ("quiet", "outside"):
        c.ok("%s: the account is not entered" % name, scene.world.ids[name] not in made and not any(scene.world.ids[name] in body for body in asked))


# ---- 2 and 3: mended and verified, and once

def check_mended(scene):
    c, world, daemon, queue = scene.c, scene.world, scene.daemon, scene.queue
    account, guardduty = world.ids["mended"], world.client("guardduty", "mended", "ap-southeast-2")
    detector = guardduty.list_detectors()["DetectorIds"][0]
    world.client("s3control", "mended").delete_public_access_block(AccountId=account)
    guardduty.update_detector(DetectorId=detector, Enable=False)
    c.same("mended: boto3 sees the drift", (scene.block("mended"), guardduty.get_detector(DetectorId=detector)["Status"]), (None, "DISABLED"))
    queue.send(events_samples.call(account, "us-east-1", "s3", "DeleteAccountPublicAccessBlock", {"accountId": account}),
               events_samples.call(account, "ap-southeast-2", "guardduty", "UpdateDetector", {"detectorId": detector, "enable": False}))
    records = scene.told("mended", 2)
    c.same("mended: outcomes", sorted((r["outcome"], r["changes"], r["region"]) for r in records), [("remediated", 1, "ap-southeast-2"), ("remediated", 1, "us-east-1")])
    c.same("mended: boto3 sees it", (scene.block("mended"), guardduty.get_detector(DetectorId=detector)["Status"]), (BLOCKED, "ENABLED"))
    queue.drained(but=0)
    c.same("mended: the messages are gone", queue.left(), [0, 0, 0])
    c.same("mended: these cells are known", set(daemon.cells(account)), {(BPA, "global"), (GUARDDUTY, "ap-southeast-2")})
    listed = json.loads(daemon.run("changes", "--json").stdout)
    listed = listed["changes"] if isinstance(listed, dict) else listed
    changes = sorted((x["baseline"], x["region"], x["state"]) for x in listed if x["account"] == account)
    c.same("mended: `reeve changes` beside the daemon", changes, [(GUARDDUTY, "ap-southeast-2", "verified"), (BPA, "global", "verified")])
    c.same("mended: the API's journal", sorted((x["baseline"], x["region"], x["state"]) for x in daemon.list("changes", account=account)), changes)
    return records


def check_own(scene, calls):
    """Our own change comes back as an event, and is recognized by its session."""
    c, world, account = scene.c, scene.world, scene.world.ids["mended"]
    name = next(re.search(r"RoleSessionName=([^&]+)", body)[1] for body in (base64.b64decode(x.record["body"]).decode() for x in calls
                if x.operation == "AssumeRole") if account in body)
    actor = {"type": "AssumedRole", "arn": "arn:aws:sts::%s:assumed-role/%s/%s" % (account, fixture.ROLE, name), "accountId": account}
    other = {**actor, "arn": actor["arn"].replace(fixture.ROLE, "Somebody")}
    before = len(scene.outcomes("mended"))
    scene.queue.send(*[events_samples.call(account, "us-east-1", "s3", "PutAccountPublicAccessBlock", {"accountId": account}, who) for who in (actor, other)])
    records = scene.told("mended", before + 2)
    c.same("own: what a session of ours did triggers nothing, what one of that name in another role did, does",
           sorted(r["outcome"] for r in records if r["type"] == "PutAccountPublicAccessBlock"), ["compliant", "own"])


def check_copies(scene):
    c, world, daemon, queue = scene.c, scene.world, scene.daemon, scene.queue
    account, before = world.ids["copied"], daemon.metric("reeve_signals_total", outcome="duplicate")
    event = events_samples.call(account, "us-east-1", "s3", "DeleteAccountPublicAccessBlock", {"accountId": account})
    told_by_administrator = {**event, "id": str(uuid.uuid4()), "account": MANAGEMENT, "region": "eu-west-1"}
    queue.send(*[event] * 5, told_by_administrator, *[{"Type": "Notification", "MessageId": str(uuid.uuid4()), "TopicArn": queue.topic, "Message": json.dumps(event)}])
    finding = next(s for s in events_samples.SAMPLES if s.name == "asff-s3-1")
    copies = [events_samples.event(finding, world.ids["aggregated"]) for _ in range(3)]
    copies[1].update(account=MANAGEMENT, region="eu-west-1")
    copies[2]["detail"]["findings"][0]["ProcessedAt"] = "2026-11-24T08:00:00.000Z"
    queue.send(*copies)
    queue.drained()
    for name in ("copied", "aggregated"):
        c.same("copies: %s has one record" % name, [(r["outcome"], r["changes"]) for r in scene.told(name)], [("remediated", 1)])
        c.same("copies: boto3 sees %s mended" % name, scene.block(name), BLOCKED)
    c.same("copies: the others are counted", daemon.metric("reeve_signals_total", outcome="duplicate") - before, 8)


def check_copies_calls(scene, calls):
    for name in ("copied", "aggregated"):
        made = collections.Counter(call.operation for call in by_account(calls)[scene.world.ids[name]])
        scene.c.same("copies: in %s one look, one change, one verification" % name, dict(made), {"GetPublicAccessBlock": 2, "PutPublicAccessBlock": 1})


# ---- 4: what can't be decoded

def check_refused(scene, message):
    """A message is received twice and released twice; then moto's redrive policy moves it away. The test shortens its visibility timeout."""
    c, daemon, queue = scene.c, scene.daemon, scene.queue

    for times in (1, 2):
        wait_until("the refused message is given back %d times" % times, lambda times=times: len(given_back(daemon, message)[1]) >= times)
        bring_back(daemon, queue, message)
    wait_until("it is in the dead-letter queue", lambda: queue.left(queue.dead)[0] == 1)
    c.same("refused: out of sight for longer each time", given_back(daemon, message)[1], [15, 30])
    c.same("refused: the dead-letter queue has it as it was", [m["Body"] for m in notify_sns.drain(queue.sqs, queue.dead)], [BAD_BODY])
    records = daemon.signals(outcome="refused")
    c.same("refused: one record", [(r["message"], r["code"], bool(r["why"])) for r in records], [(message, "NotJson", True)])
    queue.drained()


def check_put_off(scene):
    """An event whose cell can't be observed has no outcome, and its message stays. The next time the cell is mended."""
    c, world, daemon, queue = scene.c, scene.world, scene.daemon, scene.queue
    account = world.ids["denied"]
    message, = queue.send(events_samples.call(account, "eu-west-1", "guardduty", "UpdateDetector", {"detectorId": scene.denied, "enable": False}))
    wait_until("the message is given back", lambda: given_back(daemon, message)[1])
    c.same("put off: given back", given_back(daemon, message)[1][:1], [15])
    # On a slow machine the second time may have come already, 15 s later.
    c.ok("put off: the cell is unknown until then", daemon.cells(account) == {(GUARDDUTY, "eu-west-1"): "unknown"} or scene.outcomes("denied"), daemon.cells(account))
    bring_back(daemon, queue, message)
    c.same("put off: mended the next time", [(r["outcome"], r["changes"]) for r in scene.told("denied")], [("remediated", 1)])
    c.same("put off: boto3 sees the detector enabled", world.client("guardduty", "denied", "eu-west-1").get_detector(DetectorId=scene.denied)["Status"], "ENABLED")
    queue.drained()


# ---- 8: Security Hub

def check_security_hub(scene, config):
    c, world, daemon = scene.c, scene.world, scene.daemon
    daemon.reload({**config, "security_hub": {"import": True}})
    runs = lambda: [r for r in daemon.list("runs") if r["kind"] == "sweep"]
    before = len(runs())
    status, answer = daemon.api("POST", "/api/v1/sweep")
    c.ok("sweep: the request is accepted", status == 202, (status, answer))
    done = wait_until("the sweep is done", lambda: len(runs()) > before and runs()[0]["state"] == "finished" and runs()[0])
    rows = world.in_scope()
    c.same("sweep: every cell is accounted for", sum(done["cells"][s] for s in test_moto.STATUSES if s in done["cells"]), len(rows) * (len(BASELINES) - 1 + len(REGIONS)))
    home, missing = fixture.HOME, {}
    for row in rows:
        account = world.ids[row["name"]]
        found = {f["Id"]: f["Compliance"]["Status"] for region in REGIONS for f in world.client("securityhub", row["name"], region).get_findings()["Findings"]}
        wanted = {"reeve/%s/%s/%s/%s" % (b, account, "global" if b in (BPA, ROOT_MFA, USER_MFA) else region, resource): "FAILED"
                  for (_, region, b, resource), s in expected(world, row, "again").items() if s in ("alerted", "awaiting_approval")}
        missing.update({k: v for k, v in wanted.items() if found.get(k) != v})
        c.ok("Security Hub of %s: nobody else's findings" % row["name"], all("/%s/" % account in id for id in found), found)
    c.same("Security Hub: boto3 finds the findings that can't be mended, each in its account", missing, {})
    root = world.client("securityhub", "quiet", home).get_findings()["Findings"]
    c.same("Security Hub: root without MFA, in the home region", [(f["GeneratorId"], f["AwsAccountId"], f["RecordState"]) for f in root],
           [("reeve/" + ROOT_MFA, world.ids["quiet"], "ACTIVE")])


# ---- 6: the end, and all of the traffic

def check_end(scene, told_of):
    c, world, daemon = scene.c, scene.world, scene.daemon
    c.same("serve: ends with status 0", daemon.stop(), 0)
    log = daemon.log()
    c.ok("serve: no secret in its log", not any(k["SecretAccessKey"] in log for k in [world.management, *world.credentials.values()]))
    c.ok("serve: no sanitizer has reported", "Sanitizer" not in log and "runtime error" not in log, log[-2000:])
    verified = daemon.run("audit", "verify", "--json")
    c.same("audit: verified", verified.returncode, 0)
    entries = [json.loads(line) for line in daemon.run("audit", "export").stdout.split("\n") if line]
    accepted = {(e.get("account"), e.get("rule")) for e in entries if e.get("action") == "event" and e.get("outcome") == "accepted"}
    told = {(s["account"], s["rule"]) for s in told_of if s["outcome"] not in ("ignored", "own", "refused", "no_account")}
    c.same("audit: each event that leads to a check is on record with its rule", {k: 1 for k in told - accepted}, {})
    c.same("audit: each refused event is on record once, the queue's and the socket's", collections.Counter(
        e["actor"] for e in entries if e.get("action") == "event" and e.get("outcome") == "refused"), {pwd.getpwuid(os.getuid()).pw_name: 1, "The Tests": 1})


def check_traffic(scene, calls, errors):
    c, world = scene.c, scene.world
    c.ok("traffic: every request fits AWS's models and its signature is right", calls and not errors, "\n".join(errors[:8]) or "no calls")
    ours = {(x.service, x.operation) for x in calls if x.key == world.management["AccessKeyId"]}
    c.ok("traffic: messages are received, deleted and released, and accounts are looked up",
         {("sqs", "ReceiveMessage"), ("sqs", "DeleteMessageBatch"), ("sqs", "ChangeMessageVisibilityBatch"), ("organizations", "DescribeAccount"),
          ("organizations", "ListParents")} <= ours, ours)
    c.same("traffic: the orchestrator's own keys are for Organizations, SQS and STS only", {s for s, _ in ours}, {"organizations", "sqs", "sts"})
    c.same("traffic: the queue is called in its region", {x.region for x in calls if x.service == "sqs"}, {QUEUE_REGION})
    policy = scene.bench.policy("orchestrator", scene.config)
    allowed = {a for s in policy["Statement"] for a in harness.as_list(s["Action"])}
    needed = {"%s:%s" % (s, {"DeleteMessageBatch": "DeleteMessage", "ChangeMessageVisibilityBatch": "ChangeMessageVisibility"}.get(o, o)) for s, o in ours} - {"sts:GetCallerIdentity"}
    c.ok("traffic: `policy orchestrator` allows all of it", needed <= allowed, sorted(needed - allowed))


def run(c, bench, server):
    world = make_world(server.url)
    queue = Queue(world)
    config = world.config(events={"queue_url": queue.url, "queue_region": QUEUE_REGION, "receivers": 2, "settle_seconds": 0},
                          people=[{"name": "The Tests", "system_users": ["uid:%d" % os.getuid()], "role": "admin"}])
    denied = world.client("guardduty", "denied", "eu-west-1").list_detectors()["DetectorIds"][0]
    answers = [ROOT_SUMMARY, {"match": "guardduty GET /detector/" + denied, "times": 1, "status": 403, "headers": {"X-Amzn-ErrorType": "AccessDeniedException"},
                              "body": '{"__type": "AccessDeniedException", "message": "not authorized"}'}]
    with events_daemon.Daemon(bench, world, config, "serve.state", answers) as daemon:
        scene = Scene(c, bench, world, queue, daemon)
        scene.config, scene.denied = config, denied
        refused = queue.send(BAD_BODY)[0]
        sent = send_samples(scene)
        check_samples(scene, sent, 1)
        check_refused(scene, refused)
        check_put_off(scene)
        check_mended(scene)
        check_own(scene, harness.judge(daemon.record, world.management)[0])
        check_copies(scene)
        events_life.check_life(scene)
        events_life.check_regions(scene)
        events_by_hand.check_explain(scene, True)
        events_by_hand.check_beside(scene)
        before_sweep, _, _ = harness.judge(daemon.record, world.management)
        check_sample_calls(scene, before_sweep)
        check_copies_calls(scene, before_sweep)
        check_security_hub(scene, config)
        check_end(scene, daemon.signals())
        events_by_hand.check_explain(scene, False)
        events_by_hand.check_alone(scene)
        calls, errors, _ = harness.judge(daemon.record, world.management)
        check_traffic(scene, calls, errors)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("-v", "--verbose", action="store_true")
    c = harness.Checks(ap.parse_args().verbose)
    if not events_samples.folder():
        c.skip("events", "no published samples: REEVE_VECTORS does not name their folder; safety-events sends events of the simulator instead, without moto")
        sys.exit(c.done())
    reeve = os.path.abspath(os.environ.get("REEVE", os.path.join(harness.HERE, "..", "..", "build", "reeve")))
    if not os.access(reeve, os.X_OK): sys.exit("no program to judge at %s (set REEVE)" % reeve)
    bench = harness.Bench(c, reeve)
    try:
        with harness.moto(bench.log) as server: run(c, bench, server)
    except events_daemon.Late as late: c.ok("in time", False, late)
    finally: bench.close()
    sys.exit(c.done())


if __name__ == "__main__": main()

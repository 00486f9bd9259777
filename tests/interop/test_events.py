#!/usr/bin/env python3
"""Events against software that this project did not write: `reeve serve` takes published sample events from a queue of moto's
SQS, and what it does about them is seen in moto by boto3, in every call it sends, and in its own records.

usage: test_events.py [-v]
  REEVE           the program to judge (default: build/reeve)
  REEVE_VECTORS   the published samples, below events/; without them everything is skipped

The last line is `N passed, N failed, N skipped`; the status is 0 when nothing failed.
"""
import argparse, collections, json, os, re, sys, uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try: import boto3, flask, moto, fixture, harness       # flask: moto's server needs it
except ImportError as missing:
    print("skipped: %s (see tests/interop/requirements.txt)" % missing)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)
import events_daemon, events_samples, notify_sns, test_moto
from botocore.exceptions import ClientError
from events_daemon import by_account, cell_of, wait_until
from fixture import BASELINES, BPA, GUARDDUTY, MANAGEMENT, REGIONS, ROOT_MFA, SSE, USER_MFA

QUEUE_REGION = "ap-southeast-2"         # neither the home region nor the process's
CLEAN = events_samples.CLEAN
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
DRIFTED = {"bpa": "none", "users": ["bare", "mfa"], "buckets": [("eu-west-1", "aes"), ("us-east-1", "kms")],
           "detectors": dict(zip(REGIONS, ["absent", "disabled", "ok"]))}
# moto's account summary leaves out whether root has a password: it has, and no MFA
ROOT_SUMMARY = {"match": "iam POST .*Action=GetAccountSummary", "status": 200, "headers": {"Content-Type": "text/xml"}, "body":
                '<GetAccountSummaryResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccountSummaryResult><SummaryMap>'
                "<entry><key>AccountMFAEnabled</key><value>0</value></entry><entry><key>AccountPasswordPresent</key><value>1</value></entry>"
                "</SummaryMap></GetAccountSummaryResult><ResponseMetadata><RequestId>0b1c2d3e</RequestId></ResponseMetadata></GetAccountSummaryResponse>"}


def member(name, ou="Workloads/Prod", **has): return {"name": name, "ou": ou, "tags": {"team": "events"}, **CLEAN, **has}


def make_world(endpoint):
    world = fixture.World(endpoint, "spread")
    world.rows = events_samples.rows() + [
        member("quiet"), member("wrapped", bpa="none"), member("mended", buckets=[("eu-west-1", "kms")]), member("copied", bpa="partial"),
        member("aggregated", bpa="none"), member("enrolled", **DRIFTED), member("moved", ou=fixture.OUS[3], buckets=[("eu-west-1", "kms")]), member("closing"),
        member("leaving"), member("staying"), member("by-hand", bpa="none", users=["bare"]), member("beside", bpa="none")]
    return world.build()


def expected(world, row, drift="remediated"):
    """{(account, region, baseline, resource): status} of what isn't compliant after all of the account was looked at."""
    found = world.expected("sweep" if drift == "remediated" else "again", accounts=[row["name"]])
    return {key: "alerted" if key[2] == ROOT_MFA else status for key, (status, _) in found.items()}


def expected_cells(world, row, drift="remediated"):
    cells = {(b, region if b == GUARDDUTY else "global"): "compliant" for b, region, *_ in world.resources(row)}
    worst = test_moto.cells_of({key: (status, "") for key, status in expected(world, row, drift).items()})
    return {**cells, **{(b, region): status for (_, region, b), status in worst.items()}}


class Queue:
    """The event queue with its dead-letter queue, and a topic that feeds it, in the orchestrator's account."""

    def __init__(self, world):
        self.sqs, self.sns = world.client("sqs", region=QUEUE_REGION), world.client("sns", region=QUEUE_REGION)
        self.dead = self.sqs.create_queue(QueueName="reeve-events-dead")["QueueUrl"]
        self.dead_arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.url = self.sqs.create_queue(QueueName="reeve-events", Attributes={"VisibilityTimeout": "30", "RedrivePolicy": json.dumps(
            {"deadLetterTargetArn": self.dead_arn, "maxReceiveCount": 2})})["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.topic = self.sns.create_topic(Name="findings")["TopicArn"]
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "false"})

    def send(self, *bodies):
        """Message ids."""
        return [self.sqs.send_message(QueueUrl=self.url, MessageBody=b if isinstance(b, str) else json.dumps(b))["MessageId"] for b in bodies]

    def left(self, url=None):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=names)["Attributes"]
        return [int(attributes[name]) for name in names]

    def drained(self, but=0): wait_until("all messages but %d are gone" % but, lambda: sum(self.left()) <= but, 40)


class Scene:
    """What the checks share."""

    def __init__(self, c, bench, world, queue, daemon): self.c, self.bench, self.world, self.queue, self.daemon = c, bench, world, queue, daemon

    def row(self, name): return next(r for r in self.world.rows if r["name"] == name)

    def block(self, name):
        try: return self.world.client("s3control", name).get_public_access_block(AccountId=self.world.ids[name])["PublicAccessBlockConfiguration"]
        except ClientError: return None

    def outcomes(self, name): return [s["outcome"] for s in self.daemon.signals(account=self.world.ids[name])]

    def told(self, name, count=1):
        """Waits until so many signals about an account have their outcome."""
        return wait_until("%d signals about %s have an outcome" % (count, name), lambda: len(self.outcomes(name)) >= count and self.daemon.signals(account=self.world.ids[name]))


# ---- 1: what each source leads to

def send_samples(scene):
    """{message id: sample}; one of them goes through SNS."""
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
    wait_until("%d signals have an outcome" % wanted, lambda: len([s for s in daemon.signals() if s["outcome"] != "refused"]) >= wanted, 60)
    by_message = collections.defaultdict(list)
    for s in daemon.signals(): by_message[s["message"]].append(s)
    for message, s in sent.items():
        records = by_message[message]
        c.same("sample %s: outcomes" % s.name, sorted(r["outcome"] for r in records), sorted(s.outcomes))
        account = world.ids["quiet" if s.row is None else s.name]
        c.same("sample %s: source and account" % s.name, {(r["source"], r["account"]) for r in records}, {(s.source, account)})
        c.ok("sample %s: a rule and why" % s.name, all(r["rule"] and r["why"] for r in records) and (s.rule is None or any(s.rule in r["rule"] for r in records)), records)
        if s.row is None: continue
        c.same("sample %s: exactly these cells are known" % s.name, set(daemon.cells(account)), s.cells)
        c.same("sample %s: what was changed is counted" % s.name, sum(r["changes"] for r in records), s.outcomes.count("remediated"))
    c.same("samples: of the quiet account no cell is known", daemon.cells(world.ids["quiet"]), {})
    c.same("wrapped by SNS: mended", (scene.outcomes("wrapped"), daemon.cells(world.ids["wrapped"])), (["remediated"], {(BPA, "global"): "remediated"}))
    for s in events_samples.SAMPLES:        # what boto3 sees: mended where it was told, untouched elsewhere
        if s.row is None: continue
        row, now = scene.row(s.name), world.observe(scene.row(s.name))
        for baseline, region, resource, drifts, tier in world.resources(row):
            if baseline in (ROOT_MFA, USER_MFA): continue
            state = now[(region if baseline == GUARDDUTY else resource), baseline]
            checked = (baseline, region if baseline == GUARDDUTY else "global") in s.cells
            good = {BPA: lambda: state == BLOCKED, SSE: lambda: state["SSEAlgorithm"] == "aws:kms",
                    GUARDDUTY: lambda: [(d["Status"], d["On"]) for d in state] == [("ENABLED", sorted(fixture.FEATURES))]}[baseline]()
            c.same("sample %s: boto3 sees %s of %s" % (s.name, baseline, resource), good, not drifts or checked)
    scene.queue.drained(but=refused)


def check_sample_calls(scene, calls):
    """What was called in each account is for its cells alone, and nothing was called where all is ignored."""
    c, made = scene.c, by_account(calls)
    for s in events_samples.SAMPLES:
        if s.row is None: continue
        account = scene.world.ids[s.name]
        got = collections.Counter(cell_of(call) for call in made[account])
        c.same("sample %s: calls in its account are for its cells" % s.name, set(got), s.cells)
        c.same("sample %s: calls that change something" % s.name, sum(call.mutates for call in made[account]), s.outcomes.count("remediated"))
        c.ok("sample %s: read live" % s.name, not any("CredentialReport" in call.operation for call in made[account]))
    quiet = scene.world.ids["quiet"]
    c.ok("samples: the quiet account is not entered", quiet not in made and not any(call.operation == "AssumeRole" and quiet in harness.modelcheck.base64.b64decode(
        call.record["body"]).decode() for call in calls))


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
    """Our own change comes back as an event: it is known by its session."""
    c, world, account = scene.c, scene.world, scene.world.ids["mended"]
    name = next(re.search(r"RoleSessionName=([^&]+)", body)[1] for body in (harness.modelcheck.base64.b64decode(x.record["body"]).decode() for x in calls
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

BAD_BODY = '{"source": "aws.s3", "detail-type": "Broken", "detail": '


def check_refused(scene, message):
    """Twice received and twice given back, then moto's redrive policy takes it away. Its time out of sight is cut short here."""
    c, daemon, queue = scene.c, scene.daemon, scene.queue

    def handles(): return [m["ReceiptHandle"] for _, answer in daemon.exchanges("AmazonSQS.ReceiveMessage") for m in answer.get("Messages", [])
                           if m["MessageId"] == message]

    def put_off(): return [e["VisibilityTimeout"] for ask, _ in daemon.exchanges("AmazonSQS.ChangeMessageVisibilityBatch") for e in ask["Entries"]
                           if e["ReceiptHandle"] in handles()]

    for times in (1, 2):
        wait_until("the refused message is given back %d times" % times, lambda times=times: len(put_off()) >= times)
        queue.sqs.change_message_visibility(QueueUrl=queue.url, ReceiptHandle=handles()[-1], VisibilityTimeout=0)
    wait_until("it is in the dead-letter queue", lambda: queue.left(queue.dead)[0] == 1)
    c.same("refused: out of sight for longer each time", put_off(), [15, 30])
    c.same("refused: the dead-letter queue has it as it was", [m["Body"] for m in notify_sns.drain(queue.sqs, queue.dead)], [BAD_BODY])
    records = daemon.signals(outcome="refused")
    c.same("refused: one record", [(r["message"], r["code"], bool(r["why"])) for r in records], [(message, "NotJson", True)])
    queue.drained()


# ---- 5: an account's life

def create_account(scene, name, **has):
    """A member that was made after the daemon has walked the organization."""
    world, org = scene.world, scene.world.client("organizations")
    row = member(name, "Workloads/Dev", **has)
    account = org.create_account(Email=name + "@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
    world.ids[name], world.names[account] = account, name
    world.rows.append(row)
    move(world, name, "Workloads/Dev")
    world.credentials[name] = world.client("sts").assume_role(
        RoleArn="arn:aws:iam::%s:role/OrganizationAccountAccessRole" % account, RoleSessionName="fixture")["Credentials"]
    world.fill(row, None)
    return row


def move(world, name, ou):
    org, account, at = world.client("organizations"), world.ids[name], world.client("organizations").list_roots()["Roots"][0]["Id"]
    for part in ou.replace("\\/", "\0").split("/"):
        at = next(u["Id"] for u in org.list_organizational_units_for_parent(ParentId=at)["OrganizationalUnits"] if u["Name"] == part.replace("\0", "/"))
    org.move_account(AccountId=account, SourceParentId=org.list_parents(ChildId=account)["Parents"][0]["Id"], DestinationParentId=at)


def check_swept(scene, name, sample, others=None):
    """All of the account's cells were looked at, in its place of now, and mended."""
    c, world, row, account = scene.c, scene.world, scene.row(name), scene.world.ids[name]
    scene.queue.send(events_samples.event(sample, account, others or events_samples.OF_ORGANIZATION))
    records = scene.told(name)
    c.same("%s: one record, with the worst of it" % name, [(r["outcome"], r["source"]) for r in records], [("awaiting_approval" if "bare" in row["users"] else "alerted", "organization")])
    c.same("%s: all its cells" % name, scene.daemon.cells(account), expected_cells(world, row))
    found = {(f["account"], f["region"], f["baseline"], f["resource"]): f["status"] for f in scene.daemon.list("findings", account=account)
             if f["status"] not in ("compliant", "not_applicable")}
    c.same("%s: its findings" % name, found, expected(world, row))
    now = world.observe(row)
    c.same("%s: boto3 sees the detectors as its unit wants them" % name, {r: now[r, GUARDDUTY] for r in REGIONS},
           {r: [{"Status": "ENABLED", "Frequency": world.setting_frequency(row), "On": sorted(fixture.FEATURES)}] for r in REGIONS})


def check_life(scene):
    c, world, daemon, queue = scene.c, scene.world, scene.daemon, scene.queue
    create_account(scene, "new", **DRIFTED)
    c.same("new: not known before", daemon.cells(world.ids["new"]), {})
    check_swept(scene, "new", events_samples.CREATED)
    check_swept(scene, "enrolled", events_samples.ENROLLED)
    move(world, "moved", "Workloads/Dev")
    scene.row("moved").update(ou="Workloads/Dev", detectors=dict.fromkeys(REGIONS, "frequency"))    # what was right is wrong there
    check_swept(scene, "moved", events_samples.MOVED)

    org = world.client("organizations")
    finding = next(s for s in events_samples.SAMPLES if s.name == "asff-s3-1")
    leaves = {"closing": ("CloseAccount", "retired"), "leaving": ("RemoveAccountFromOrganization", "retired"), "staying": ("CloseAccount", "ignored")}
    queue.send(*[events_samples.event(finding, world.ids[name]) for name in leaves])
    for name in leaves:
        scene.told(name)
        c.same("%s: a cell is known" % name, set(daemon.cells(world.ids[name])), {(BPA, "global")})
    org.close_account(AccountId=world.ids["closing"])
    org.remove_account_from_organization(AccountId=world.ids["leaving"])
    queue.send(*[events_samples.event(events_samples.CLOSED, world.ids[name], events_samples.OF_ORGANIZATION) for name in ("closing", "staying")],
               events_samples.call(MANAGEMENT, "us-east-1", "organizations", "RemoveAccountFromOrganization", {"accountId": world.ids["leaving"]}))
    for name, (_, outcome) in leaves.items():
        c.same("%s: outcomes" % name, sorted(r["outcome"] for r in scene.told(name, 2)), sorted(["compliant", outcome]))
        c.same("%s: what was known of it is %s" % (name, "gone" if outcome == "retired" else "kept"), set(daemon.cells(world.ids[name])),
               set() if outcome == "retired" else {(BPA, "global")})
    queue.send(events_samples.event(events_samples.SAMPLES[0], "999999999999"),
               events_samples.call("999999999999", "us-east-1", "s3", "DeleteAccountPublicAccessBlock", {}),
               events_samples.call(world.ids["closing"], "us-east-1", "s3", "DeleteAccountPublicAccessBlock", {}))
    stranger = wait_until("a stranger's events have outcomes", lambda: (lambda x: x if len(x) == 2 else None)(daemon.signals(account="999999999999")))
    c.same("an account that nobody knows: outcomes", sorted(r["outcome"] for r in stranger), ["ignored", "unknown_account"])
    c.same("closing: later events are out of scope", scene.told("closing", 3) and sorted(scene.outcomes("closing")), ["compliant", "out_of_scope", "retired"])
    queue.drained()
    scene.world.rows = [r for r in world.rows if r["name"] not in ("closing", "leaving")]


# ---- 7: by hand

def check_explain(scene, beside):
    c, world, daemon = scene.c, scene.world, scene.daemon
    where = "explain %s the daemon" % ("beside" if beside else "without")
    for name in ("asff-s3-1", "guardduty-threat", "ocsf-detector-varied"):
        s = next(x for x in events_samples.SAMPLES if x.name == name)
        path = scene.bench.write("explain.json", events_samples.event(s, world.ids["by-hand"]))
        p = daemon.run("event", "--explain", "--json", path)
        doc = json.loads(p.stdout) if p.returncode == 0 else {"signals": []}
        c.ok("%s: %s, status 0 and one document" % (where, name), p.returncode == 0 and len(doc["signals"]) == 1, p.stderr[-500:])
        for one in doc["signals"]:
            c.same("%s: %s, its cells" % (where, name), {(x["baseline"], x["region"]) for x in one["cells"]}, s.cells)
            c.same("%s: %s, what it says" % (where, name), (one["action"], one.get("outcome"), one["signal"]["account"], one["signal"]["source"]),
                   ("check" if s.cells else "ignore", None if s.cells else "ignored", world.ids["by-hand"], s.source))
    p = daemon.run("event", "--explain", path)
    c.ok(where + ": for people", p.returncode == 0 and "would check guardduty.detector" in p.stdout, p.stdout + p.stderr)
    bad = daemon.run("event", "--explain", "--json", "-", stdin=BAD_BODY)
    c.ok(where + ": what can't be decoded is refused, status 1", bad.returncode == 1 and bad.stdout == "" and bad.stderr, (bad.returncode, bad.stdout, bad.stderr))


def run_event(scene, event, *args):
    p = scene.daemon.run("event", "--json", *args, scene.bench.write("by-hand.json", event))
    try: doc = json.loads(p.stdout)
    except ValueError: doc = None
    return p, doc


def check_beside(scene):
    """`reeve event` while the daemon holds the state."""
    c, world = scene.c, scene.world
    event = events_samples.call(world.ids["beside"], "us-east-1", "s3", "DeleteAccountPublicAccessBlock", {"accountId": world.ids["beside"]})
    p, doc = run_event(scene, event)
    c.ok("event beside the daemon: status 0, one document", p.returncode == 0 and doc, (p.returncode, p.stdout[-500:], p.stderr[-500:]))
    c.same("event beside the daemon: boto3 sees it mended", scene.block("beside"), BLOCKED)
    status, answer = scene.daemon.api("POST", "/api/v1/signals", json.dumps(event))
    c.same("event beside the daemon: its copy by the API is one", (status, [s["outcome"] for s in answer["signals"]]) if status == 200 else (status, answer), (200, ["duplicate"]))


def check_alone(scene):
    """`reeve event` opens the state itself. Each run asks moto through the daemon's proxy."""
    c, world = scene.c, scene.world
    account, by_name = world.ids["by-hand"], {s.name: s for s in events_samples.SAMPLES}

    def run(name, sample, status, cells, findings):
        p, doc = run_event(scene, events_samples.event(by_name[sample], account), "--all")
        c.same("event %s: status" % name, p.returncode, status)
        if not c.ok("event %s: one document of kind event" % name, doc and doc["run"]["kind"] == "event", (p.stdout[-500:], p.stderr[-800:])): return
        c.same("event %s: cells" % name, {k: v for k, v in doc["cells"].items() if v}, cells)
        c.same("event %s: findings" % name, {(f["account"], f["region"], f["baseline"]): f["status"] for f in doc["findings"]}, findings)
        c.ok("event %s: every key of the contract" % name, {"run", "organization", "cells", "findings"} <= set(doc) and {"id", "started", "finished", "seconds", "api_calls",
             "retries", "throttled", "assume_role_calls"} <= set(doc["run"]) and {"id", "accounts", "in_scope", "regions"} <= set(doc["organization"]), doc)

    run("that mends", "asff-s3-1", 0, {"total": 1, "remediated": 1}, {(account, "global", BPA): "remediated"})
    c.same("event that mends: boto3 sees it", scene.block("by-hand"), BLOCKED)
    run("on what is fine", "macie", 0, {"total": 1, "compliant": 1}, {(account, "global", BPA): "compliant"})
    run("on a user without MFA", "health-credentials", 2, {"total": 1, "awaiting_approval": 1}, {(account, "global", USER_MFA): "awaiting_approval"})
    run("that is ignored", "guardduty-threat", 0, {}, {})
    run("on root: moto does not tell", "sign-in-root", 2, {"total": 1, "alerted": 1}, {(account, "global", ROOT_MFA): "alerted"})
    p, doc = run_event(scene, BAD_BODY)
    c.ok("event that can't be decoded: status 1, no document", p.returncode == 1 and not p.stdout and p.stderr, (p.returncode, p.stdout, p.stderr))
    p, doc = run_event(scene, events_samples.call("999999999999", "us-east-1", "s3", "DeleteAccountPublicAccessBlock", {}))
    c.ok("event of an account that nobody knows: status 1, and told", p.returncode == 1 and "999999999999" in p.stderr, (p.returncode, p.stdout, p.stderr))


# ---- 8: Security Hub

def check_security_hub(scene, config):
    c, world, daemon = scene.c, scene.world, scene.daemon
    daemon.reload({**config, "security_hub": {"import": True}})
    runs = lambda: [r for r in daemon.list("runs") if r["kind"] == "sweep"]
    before = len(runs())
    status, answer = daemon.api("POST", "/api/v1/sweep", "{}")
    c.ok("sweep: it is asked for", status == 202, (status, answer))
    done = wait_until("the sweep is done", lambda: len(runs()) > before and runs()[0]["state"] == "finished" and runs()[0], 90)
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
    c.same("Security Hub: boto3 finds what can't be mended, in the account that it is about", missing, {})
    root = world.client("securityhub", "quiet", home).get_findings()["Findings"]
    c.same("Security Hub: root without MFA, in the home region", [(f["GeneratorId"], f["AwsAccountId"], f["RecordState"]) for f in root],
           [("reeve/" + ROOT_MFA, world.ids["quiet"], "ACTIVE")])


# ---- 6: the end, and all of the traffic

def check_end(scene, sent):
    c, world, daemon = scene.c, scene.world, scene.daemon
    c.same("serve: ends with status 0", daemon.stop(), 0)
    log = daemon.log()
    c.ok("serve: no secret in its log", not any(k["SecretAccessKey"] in log for k in [world.management, *world.credentials.values()]))
    verified = daemon.run("audit", "verify", "--json")
    c.same("audit: verified", verified.returncode, 0)
    entries = [json.loads(line) for line in daemon.run("audit", "export").stdout.splitlines()]
    accepted = {(e.get("account"), e.get("rule")) for e in entries if e.get("action") == "event" and e.get("outcome") == "accepted"}
    told = {(s["account"], s["rule"]) for s in scene.told_of if s["outcome"] not in ("ignored", "own", "refused", "no_account")}
    c.same("audit: each event that leads to a check is on record with its rule", {k: 1 for k in told - accepted}, {})
    c.same("audit: the refusal is on record", sum(e.get("action") == "event" and e.get("outcome") == "refused" for e in entries), 1)


def check_traffic(scene, calls, errors):
    c, world = scene.c, scene.world
    c.ok("traffic: every request fits AWS's models and is signed right", calls and not errors, "\n".join(errors[:8]) or "no calls")
    ours = {(x.service, x.operation) for x in calls if x.key == world.management["AccessKeyId"]}
    c.ok("traffic: messages are received, deleted and given back, accounts looked up",
         {("sqs", "ReceiveMessage"), ("sqs", "DeleteMessageBatch"), ("sqs", "ChangeMessageVisibilityBatch"), ("organizations", "DescribeAccount"),
          ("organizations", "ListParents")} <= ours, ours)
    c.same("traffic: the orchestrator's own keys are for Organizations, SQS and STS only", {s for s, _ in ours}, {"organizations", "sqs", "sts"})
    c.same("traffic: the queue is asked in its region", {x.region for x in calls if x.service == "sqs"}, {QUEUE_REGION})
    policy = scene.bench.policy("orchestrator", scene.config)
    allowed = {a for s in policy["Statement"] for a in harness.as_list(s["Action"])}
    needed = {"%s:%s" % (s, {"DeleteMessageBatch": "DeleteMessage", "ChangeMessageVisibilityBatch": "ChangeMessageVisibility"}.get(o, o)) for s, o in ours} - {"sts:GetCallerIdentity"}
    c.ok("traffic: `policy orchestrator` allows all of it", needed <= allowed, sorted(needed - allowed))


def run(c, bench, server):
    world = make_world(server.url)
    queue = Queue(world)
    config = world.config(events={"queue_url": queue.url, "queue_region": QUEUE_REGION, "receivers": 2, "settle_seconds": 0},
                          people=[{"name": "The Tests", "system_users": ["uid:%d" % os.getuid()], "role": "admin"}])
    with events_daemon.Daemon(bench, world, config, "serve.state", [ROOT_SUMMARY]) as daemon:
        scene = Scene(c, bench, world, queue, daemon)
        scene.config = config
        refused = queue.send(BAD_BODY)[0]
        sent = send_samples(scene)
        check_samples(scene, sent, 1)
        check_refused(scene, refused)
        check_mended(scene)
        check_own(scene, harness.judge(daemon.record, world.management)[0])
        check_copies(scene)
        check_life(scene)
        check_explain(scene, True)
        check_beside(scene)
        before_sweep, _, _ = harness.judge(daemon.record, world.management)
        check_sample_calls(scene, before_sweep)
        check_copies_calls(scene, before_sweep)
        check_security_hub(scene, config)
        scene.told_of = daemon.signals()
        check_end(scene, sent)
        check_explain(scene, False)
        check_alone(scene)
        calls, errors, _ = harness.judge(daemon.record, world.management)
        check_traffic(scene, calls, errors)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("-v", "--verbose", action="store_true")
    c = harness.Checks(ap.parse_args().verbose)
    if not events_samples.folder():
        c.skip("events", "no published samples: REEVE_VECTORS does not name their folder")
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

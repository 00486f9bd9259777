"""`reeve event`, beside the daemon and without one, and events that are handed in over the control socket."""
import json

import events_samples
from events_scene import BAD_BODY, BLOCKED
from fixture import BPA, ROOT_MFA, USER_MFA


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
            c.same("%s: %s, its content" % (where, name), (one["action"], one.get("outcome"), one["signal"]["account"], one["signal"]["source"]),
                   ("check" if s.cells else "ignore", None if s.cells else "ignored", world.ids["by-hand"], s.source))
    p = daemon.run("event", "--explain", path)
    c.ok(where + ": as text", p.returncode == 0 and "would check guardduty.detector" in p.stdout, p.stdout + p.stderr)
    bad = daemon.run("event", "--explain", "--json", "-", stdin=BAD_BODY)
    c.ok(where + ": an event that can't be decoded is refused, status 1", bad.returncode == 1 and bad.stdout == "" and bad.stderr, (bad.returncode, bad.stdout, bad.stderr))


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
    refused = p.returncode == 1 and "is held by `serve`" in p.stderr
    if refused:
        c.skip("event beside the daemon", "the daemon holds the state, so the command must do nothing")
        c.same("event beside the daemon: nothing is done", (scene.block("beside"), scene.outcomes("beside"), p.stdout), (None, [], ""))
    else:
        c.ok("event beside the daemon: status 0, one document", p.returncode == 0 and doc, (p.returncode, p.stdout[-500:], p.stderr[-500:]))
        c.same("event beside the daemon: boto3 sees it mended", scene.block("beside"), BLOCKED)

    def hand_in():
        status, answer = scene.daemon.api("POST", "/api/v1/signals", json.dumps(event))
        return status, [(s["outcome"], s["by"]) for s in answer["signals"]] if status == 200 else answer

    if refused: c.same("event over the socket: the answer has the outcome and the sender", hand_in(), (200, [("remediated", "The Tests")]))
    c.same("event over the socket: a copy is recognized", hand_in(), (200, [("duplicate", "The Tests")]))
    c.same("event over the socket: boto3 sees it mended", scene.block("beside"), BLOCKED)
    status, answer = scene.daemon.api("POST", "/api/v1/signals", BAD_BODY)
    c.same("event over the socket: a body that is not JSON is refused", (status, answer["error"]["code"]), (400, "InvalidBody"))
    status, answer = scene.daemon.api("POST", "/api/v1/signals", '{"a": 1}')
    c.same("event over the socket: JSON that is not an event is refused", (status, answer["error"]["code"]), (400, "NotAnEvent"))


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

    world.client("s3control", "by-hand").delete_public_access_block(AccountId=account)
    run("that mends", "asff-s3-1", 0, {"total": 1, "remediated": 1}, {(account, "global", BPA): "remediated"})
    c.same("event that mends: boto3 sees it", scene.block("by-hand"), BLOCKED)
    run("on a compliant account", "macie", 0, {"total": 1, "compliant": 1}, {(account, "global", BPA): "compliant"})
    run("on a user without MFA", "health-credentials", 2, {"total": 1, "awaiting_approval": 1}, {(account, "global", USER_MFA): "awaiting_approval"})
    run("that is ignored", "guardduty-threat", 0, {}, {})
    run("on root without MFA", "sign-in-root", 2, {"total": 1, "alerted": 1}, {(account, "global", ROOT_MFA): "alerted"})
    path = scene.bench.write("by-hand.json", events_samples.event(by_name["sign-in-root"], account))
    unknown = scene.bench.run("event on root as moto reports it", world, scene.config, "event", path, state="serve.state")
    c.same("event on what can't be observed: status", unknown.status, 3)
    c.same("event on what can't be observed: findings", {k: s for k, (s, _) in unknown.findings().items()},
           {(account, "global", ROOT_MFA, "arn:aws:iam::%s:root" % account): "unknown"})
    p = scene.daemon.run("event", "-", stdin=json.dumps(events_samples.event(by_name["guardduty-threat"], account)))
    c.ok("event from standard input, as text", p.returncode == 0 and "nothing is checked" in p.stdout, (p.returncode, p.stdout, p.stderr))
    p = scene.daemon.run("event", "-", stdin=BAD_BODY)
    c.ok("event that can't be decoded: status 1, no document", p.returncode == 1 and not p.stdout and p.stderr, (p.returncode, p.stdout, p.stderr))
    p, doc = run_event(scene, events_samples.call("999999999999", "us-east-1", "s3", "DeleteAccountPublicAccessBlock", {}))
    c.ok("event of an unknown account: status 1, and the message names it", p.returncode == 1 and "999999999999" in p.stderr, (p.returncode, p.stdout, p.stderr))

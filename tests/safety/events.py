#!/usr/bin/env python3
"""Events against the simulated organization: they lead to remedies, do nothing else, and none is lost.

usage: events.py [--full] [--seed N] [--kills N]"""
import json
import random
import time

import serving
from serving import Serving, block_removed, detector_changed, irrelevant, trail_event, wait_until
from world import Tally, Wrong, arguments, mutating_calls

SMALL = {"accounts": 12, "regions": 3, "drift": 0, "seed": 5}


def expect(what, found, wanted):
    if found != wanted:
        raise Wrong("%s: %r, not %r" % (what, found, wanted))


def block(world, account):
    return world.account_state(account)["s3_block"]


def is_blocked(world, account):
    state = block(world, account)
    return bool(state) and all(state.values())


def puts(world):
    return world.simulator.stats()["calls"].get("s3control.PutPublicAccessBlock", 0)


# --- single events ---

def fixes_what_an_event_tells():
    with Serving(SMALL) as world:
        world.serve()
        account = world.active[4]
        world.account(account, s3_block=None)
        world.send(block_removed(account))
        wait_until("the block is back", lambda: is_blocked(world, account))
        world.drained()
        (record,) = [s for s in world.signals() if s["account"] == account]
        expect("outcome", (record["outcome"], record["changes"]), ("remediated", 1))
        expect("mutating calls", mutating_calls(world.simulator.stats()), {"s3control.PutPublicAccessBlock": 1})
        expect("exit status", world.stop(), 0)
        world.audit()


def copies_act_once():
    with Serving(SMALL) as world:
        world.serve()
        account = world.active[4]
        world.account(account, s3_block=None)
        event = block_removed(account)
        again = dict(event, id="another-envelope", account=world.delegated, region="eu-west-1")  # as an administrator's account reports it
        world.send(*[event] * 5, again, {"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:us-east-1:1:t", "Message": json.dumps(event)})
        wait_until("the block is back", lambda: is_blocked(world, account))
        world.drained()
        expect("records", [s["outcome"] for s in world.signals(account=account)], ["remediated"])
        expect("puts", puts(world), 1)
        expect("reads", world.simulator.stats()["calls"]["s3control.GetPublicAccessBlock"], 2)


def our_own_changes_do_not_trigger():
    with Serving({**SMALL, "trail-events": "on", "trail-delay": 50}) as world:
        world.serve()
        for account in world.active[3:8]:
            world.account(account, s3_block=None)
            world.send(block_removed(account))
        for account in world.active[3:8]:
            wait_until("the block is back", lambda account=account: is_blocked(world, account))
        wait_until("the events of our own calls are seen", lambda: len(world.signals(outcome="own")) >= 5)
        time.sleep(4)  # as long as a trailing check would take to come
        world.drained()
        expect("reads", world.simulator.stats()["calls"]["s3control.GetPublicAccessBlock"], 10)
        expect("puts", puts(world), 5)


def a_tug_of_war_ends_in_an_alert():
    attempts = 3
    with Serving({**SMALL, "trail-events": "on"}, {"events": {"settle_seconds": 0},
                                                         "limits": {"attempts_per_resource": attempts}}) as world:
        world.serve()
        account = world.active[4]
        for _ in range(attempts + 3):
            done = len(world.signals(account=account))
            world.simulator.post("/_sim/account", json.dumps({"id": account, "set": {"s3_block": None}, "event": True}))
            wait_until("the event has its outcome", lambda done=done: len([s for s in world.signals(account=account) if s["outcome"] != "own"]) > 0
                       and len(world.signals(account=account)) > done)
            wait_until("it is mended or held", lambda: is_blocked(world, account) or any(s["outcome"] == "alerted" for s in world.signals(account=account)))
        world.drained()
        expect("puts", puts(world), attempts)
        findings = world.get("/api/v1/findings?account=%s&baseline=s3.account-public-access-block" % account)["findings"]
        expect("the finding", [(f["status"], f["cause"]["code"]) for f in findings], [("alerted", "TugOfWar")])
        if "somebody" not in findings[0]["cause"]["message"]:
            raise Wrong("the alert does not name who undoes it: %s" % findings[0]["cause"]["message"])


def a_storm_makes_few_checks(accounts, events, seconds):
    with Serving({**SMALL, "accounts": accounts * 2}, {"events": {"settle_seconds": 3, "settle_limit_seconds": 60}}) as world:
        world.serve()
        cells = world.active[2:2 + accounts]
        before = world.simulator.stats()["calls"].get("s3control.GetPublicAccessBlock", 0)
        begin = time.monotonic()
        for number in range(events // 100):
            world.send(*[block_removed(random.choice(cells)) for _ in range(100)])
            time.sleep(max(0, begin + seconds * number * 100 / events - time.monotonic()))
        world.drained(180)
        looks = world.simulator.stats()["calls"]["s3control.GetPublicAccessBlock"] - before
        outcomes = world.metrics()
        expect("events with an outcome", sum(v for k, v in outcomes.items() if k.startswith("reeve_signals_total")), events)
        print("  %d events on %d cells within %d s: %d checks" % (events, accounts, seconds, looks))
        if not accounts <= looks <= 4 * accounts:
            raise Wrong("%d events on %d cells made %d checks" % (events, accounts, looks))


# --- what is no good ---

HOSTILE = ["{", "[]", "{}", "null", "x" * 200000, "[" * 10000, '{"a":' * 10000, '{"source": 7}', '{"source": "aws.s3", "source": "aws.s3"}',
           '{"detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "account": "1", "detail": {}}', '{"version": 1e999}', '"\\ud800"']


def hostile_events_harm_nothing():
    with Serving({**SMALL, "max-receive-count": 3}) as world:
        world.serve()
        outside = block_removed("999999999999")
        unknown = {"version": "0", "id": "u-1", "detail-type": "Something New", "source": "aws.new", "account": world.active[3], "time": serving.now(),
                   "region": "us-east-1", "resources": [], "detail": {"x": 1}}
        world.send(*HOSTILE, outside, unknown)
        account = world.active[4]
        world.account(account, s3_block=None)
        world.send(block_removed(account))
        wait_until("the block is back", lambda: is_blocked(world, account))
        wanted = {"remediated", "unknown_account", "ignored", "refused"}
        wait_until("outcomes of each kind", lambda: wanted <= {s["outcome"] for s in world.signals()})
        expect("changes", mutating_calls(world.simulator.stats()), {"s3control.PutPublicAccessBlock": 1})
        expect("exit status", world.stop(), 0)


# --- a queue that does not answer ---

def a_bad_queue_is_survived(fault):
    with Serving(SMALL) as world:
        world.serve()
        world.simulator.set_faults(fault)
        account = world.active[4]
        world.account(account, s3_block=None)
        world.send(block_removed(account))
        time.sleep(3)
        world.simulator.set_faults("")
        wait_until("the block is back", lambda: is_blocked(world, account), 90)
        world.drained(90)
        expect("puts", puts(world), 1)


# --- killed ---

def nothing_is_lost(kills, seed):
    """Events arrive while the process is killed again and again. Each has one outcome, and each change is made once."""
    chance = random.Random(seed)
    events = max(200, 20 * kills)
    with Serving({"accounts": 60, "regions": 3, "drift": 0, "seed": 11, "latency": 2, "queue-visibility": 2, "max-receive-count": 1000},
                 {"events": {"settle_seconds": 0, "visibility_seconds": 30, "attempts": 20}, "limits": {"changes_per_run": 100000, "attempts_per_resource": 100}}) as world:
        world.serve()
        sent, targets = 0, world.active[2:]
        for kill in range(kills):
            for _ in range(events // kills):
                account = targets[sent % len(targets)]
                first = sent < len(targets)
                if first:
                    world.account(account, s3_block=None)
                world.send(block_removed(account) if first or chance.random() < 0.6 else irrelevant(account))
                sent += 1
            time.sleep(chance.uniform(0, 0.4))
            world.kill()
            world.serve(ready=False)
        wait_until("the daemon is ready", world.is_ready, 60)
        world.drained(180)
        identities = [r["identity"] for account in targets for r in world.signals(account=account)]
        expect("outcomes, one each", (len(identities), len(set(identities))), (sent, sent))
        print("  %d events, %d kills: each has one outcome" % (sent, kills))
        for account in targets[:sent]:
            if not is_blocked(world, account):
                raise Wrong("account %s is not mended" % account)
        world.stop()
        journal = [c for c in world.changes() if c["kind"] == "remedy"]
        if any(c["state"] in ("intent", "applied") for c in journal):
            raise Wrong("changes are still in flight: %s" % [c["id"] for c in journal if c["state"] in ("intent", "applied")])
        world.audit()


def main():
    options = arguments(__doc__.split("usage: ")[1], ("--kills", int, "how often the process is killed (100 with --full, else 5)"))
    kills = options.kills or (100 if options.full else 5)
    tally = Tally()
    cases = [(f.__name__, f) for f in (fixes_what_an_event_tells, copies_act_once, our_own_changes_do_not_trigger, a_tug_of_war_ends_in_an_alert,
                                       hostile_events_harm_nothing)]
    cases.append(("a_storm_makes_few_checks", a_storm_makes_few_checks, *((50, 10000, 60) if options.full else (10, 2000, 5))))
    cases += [("a_bad_queue_is_survived " + fault, a_bad_queue_is_survived, fault)
              for fault in ("5xx@sqs=1", "html@sqs=1", "throttle@sqs=1", "reset@sqs=1")[None if options.full else 1:]]
    cases.append(("nothing_is_lost, seed %d" % options.seed, nothing_is_lost, kills, options.seed))
    tally.run_all(cases)
    return tally.finish()


if __name__ == "__main__":
    raise SystemExit(main())

"""Part of serve.py: tests of how the daemon ends, by itself or because it is told to."""
import errno
import signal
import threading
import time

from serve_world import ONE_AT_A_TIME, ONLY_BLOCK, SMALL, Daemon, expect, expect_in, preloaded
from serving import block_removed, wait_until
from world import Wrong


def told_to_end_before_it_is_ready(fault):
    with Daemon({**SMALL, "fault": fault}, ONLY_BLOCK) as world:
        world.serve(ready=False)
        wait_until("it answers", world.answers)
        time.sleep(0.5)
        world.ends_well(within_s=5)


# --- it ends ---

def ends_while_it_waits_for_events(sent):
    with Daemon(SMALL, ONLY_BLOCK) as world:
        world.serve()
        time.sleep(0.5)
        world.ends_well(sent, within_s=5)


def a_change_under_way_is_completed(sent):
    with Daemon({**SMALL, "latency": 200}, ONLY_BLOCK) as world:
        world.serve()
        account = world.active[4]
        world.account(account, s3_block=None)
        world.send(block_removed(account))
        wait_until("the change is being made", lambda: world.calls("s3control.PutPublicAccessBlock") > 0)
        world.ends_well(sent, within_s=10)
        expect("the block", world.is_blocked(account), True)
        expect("the journal", [c["state"] for c in world.changes()], ["verified"])
        expect("messages left in the queue", {k: v for k, v in world.queue().items() if k in ("visible", "in_flight", "delayed")}, {"visible": 0, "in_flight": 0, "delayed": 0})
        world.audit()


def what_is_not_handled_comes_back():
    """There are more events than the process can begin to handle. The others come back, and the next process handles them."""
    with Daemon({**SMALL, "accounts": 14, "latency": 120, "queue-visibility": 300}, {**ONE_AT_A_TIME, "events": {"settle_seconds": 1}}) as world:
        world.serve()
        accounts = world.active[2:]
        for account in accounts:
            world.account(account, s3_block=None)
        world.send(*[block_removed(account) for account in accounts])
        wait_until("some changes are made", lambda: world.calls("s3control.PutPublicAccessBlock") >= 4)
        world.ends_well(within_s=15)
        done = [a for a in accounts if world.is_blocked(a)]
        expect("in flight, and visible", (world.queue()["in_flight"], world.queue()["visible"] + world.queue()["delayed"]), (0, len(accounts) - len(done)))
        if len(done) == len(accounts):
            raise Wrong("all were handled: nothing was tested")
        world.serve()
        wait_until("all are mended", lambda: all(world.is_blocked(a) for a in accounts), 60)
        world.drained()
        expect("puts", world.calls("s3control.PutPublicAccessBlock"), len(accounts))
        expect("outcomes", sorted(s["outcome"] for s in world.signals()), ["remediated"] * len(accounts))


def a_request_under_way_is_answered_or_cut_off(stalls):
    """A request over the API that changes something is under way when the daemon is told to end."""
    with Daemon({**SMALL, "latency": 200}, ONLY_BLOCK, env={"REEVE_TEST_DRAIN_MS": "3000"}) as world:
        world.serve()
        account = world.active[4]
        world.account(account, s3_block=None)
        world.send(block_removed(account))
        expect("outcome of the event", world.outcome(account), "remediated")
        (change,) = world.get("/api/v1/changes")["changes"]
        world.simulator.set_faults("stall@s3control=1" if stalls else "")
        answers = []

        def ask(method, path, body):
            try:
                answers.append(world.api(method, path, body)[0])
            except OSError:
                answers.append(None)
        threads = [threading.Thread(target=ask, args=a) for a in (("POST", "/api/v1/changes/%s/rollback" % change["id"], {}),
                                                                   ("POST", "/api/v1/signals", block_removed(world.active[5])))]
        for thread in threads:
            thread.start()
        wait_until("they are under way", lambda: world.calls("s3control.GetPublicAccessBlock") >= 4)
        world.ends_well(within_s=5)
        for thread in threads:
            thread.join()
        if not stalls:
            expect("answers", sorted(answers), [200, 200])
        world.simulator.set_faults("")
        world.serve()
        world.sweep_now()
        world.swept()
        expect("changes in flight", [c for c in world.get("/api/v1/changes")["changes"] if c["state"] in ("intent", "applied")], [])
        world.ends_well()
        world.audit()


def ends_though_nothing_answers(fault, what):
    """The daemon ends within its time limit, and the next process finds the outcome of a change that was cut off."""
    bound_s = 3
    with Daemon({**SMALL, "latency": 50}, ONLY_BLOCK, env={"REEVE_TEST_DRAIN_MS": str(bound_s * 1000)}) as world:
        world.serve()
        account = world.active[4]
        world.account(account, s3_block=None)
        struck = world.simulator.stats()["faults"].get("stall", 0)
        world.simulator.set_faults(fault)
        if what == "sweep":
            world.sweep_now()
        else:
            world.send(block_removed(account))
        wait_until("something stalls", lambda: world.simulator.stats()["faults"].get("stall", 0) > struck)
        time.sleep(0.3)
        world.ends_well(within_s=bound_s + 2)
        if what == "event":
            wait_until("the message is given back", lambda: world.queue()["visible"] == 1 or fault == "stall=1", 2)
        world.simulator.set_faults("")
        world.serve()
        if what == "sweep" or fault == "stall=1":  # the queue did not answer: the message comes after its visibility timeout
            world.sweep_now_or_resumed()
        wait_until("it is mended", lambda: world.is_blocked(account) and world.finding(account) is not None and world.finding(account)[0] in ("remediated", "compliant"), 60)
        wait_until("nothing is in flight", lambda: not [c for c in world.get("/api/v1/changes")["changes"] if c["state"] in ("intent", "applied")])
        world.ends_well()
        world.audit()


def told_twice_it_ends_at_once(sent):
    with Daemon(SMALL, ONLY_BLOCK) as world:
        world.serve()
        account = world.active[4]
        world.account(account, s3_block=None)
        world.simulator.set_faults("stall@s3control.PutPublicAccessBlock=1")
        world.send(block_removed(account))
        wait_until("the change stalls", lambda: world.simulator.stats()["faults"].get("stall", 0) > 0)
        world.daemon.send_signal(sent)
        time.sleep(1)
        world.alive()
        world.ends_well(sent, within_s=3)
        world.simulator.set_faults("")
        world.serve()
        world.sweep_now()
        world.swept()
        expect("the block", world.is_blocked(account), True)
        world.ends_well()
        world.audit()


# --- its disk ---

def unrecorded(world):
    """Returns the accounts whose block was changed without a change in the journal."""
    recorded = {c["account"] for c in world.changes() if c["state"] not in ("planned",)}
    return [a for a in world.active[2:] if world.is_blocked(a) and a not in recorded]


def a_bad_disk_ends_it(calls, code, after):
    """No change is made that can't be recorded. The daemon ends with status 1 and says why; another one goes on when the disk works."""
    with Daemon({**SMALL, "accounts": 40}, {**ONLY_BLOCK, "events": {"settle_seconds": 0}}) as world:
        world.serve({"LD_PRELOAD": preloaded("disk"), "SHIM_FILE": "data.mdb", "SHIM_CALLS": calls, "SHIM_ERRNO": str(code), "SHIM_AFTER": str(after)})
        accounts = world.active[2:]
        for account in accounts:
            world.account(account, s3_block=None)
        for account in accounts:
            world.send(block_removed(account))
            time.sleep(0.01)
        status, _ = world.ends(sent=None)
        expect("exit status", status, 1)
        # The log's last lines; without --verbose there are no others.
        expect_in("the message", "can't write state folder " + world.state_folder, world.log())
        expect("effects that are not on record", unrecorded(world), [])
        done = sum(world.is_blocked(a) for a in accounts)
        if done == len(accounts):
            raise Wrong("all was done before the disk failed: nothing was tested")
        world.serve()
        world.sweep_now()  # messages that were held come back only after their visibility timeout
        wait_until("all are mended", lambda: all(world.is_blocked(a) for a in accounts), 60)
        wait_until("nothing is in flight", lambda: not [c for c in world.get("/api/v1/changes?limit=1000")["changes"] if c["state"] in ("intent", "applied")])
        world.ends_well()
        world.audit()


CASES = [("told_to_end_before_it_is_ready " + fault, told_to_end_before_it_is_ready, fault) for fault in ("5xx@organizations=1", "stall=1")]
CASES.append((what_is_not_handled_comes_back.__name__, what_is_not_handled_comes_back))
CASES += [("%s %s" % (f.__name__, sent.name), f, sent) for f, sent in (
    (ends_while_it_waits_for_events, signal.SIGTERM), (ends_while_it_waits_for_events, signal.SIGINT), (a_change_under_way_is_completed, signal.SIGTERM),
    (told_twice_it_ends_at_once, signal.SIGINT))]
LONG_CASES = [("%s %s" % (f.__name__, sent.name), f, sent) for f, sent in (
    (a_change_under_way_is_completed, signal.SIGINT), (told_twice_it_ends_at_once, signal.SIGTERM))]
CASES += [("ends_though_nothing_answers %s, %s" % case, ends_though_nothing_answers, *case)
          for case in (("stall=1", "event"), ("stall@s3control.PutPublicAccessBlock=1", "event"), ("stall@s3control.GetPublicAccessBlock=1", "sweep"),
                       ("stall@s3control.PutPublicAccessBlock=1", "sweep"))]
CASES += [("a_request_under_way_is_answered_or_cut_off, stalls %d" % stalls, a_request_under_way_is_answered_or_cut_off, stalls) for stalls in (False, True)]
CASES += [("a_bad_disk_ends_it %s, %s, after %d" % (calls, errno.errorcode[code], after), a_bad_disk_ends_it, calls, code, after)
          for calls, code, after in (("sync", errno.EIO, 60), ("write", errno.ENOSPC, 100), ("all", errno.EDQUOT, 30))]

#!/usr/bin/env python3
"""The blast radius: changes that go wrong in every account, and the limits that stop them.

usage: blast.py [--full] [--seed N]

A baseline's changes are made to fail from outside, by refusals of the simulated AWS or by somebody who undoes each change at
once. The run must halt within its limits, also when it is killed and resumed, and say why it halted, what it changed and how to
undo that; and `reeve rollback RUN` must restore the earlier state. Ends with `N passed, N failed, N skipped`.
"""
import collections
import functools
import sys
import threading
import time

from crash import with_sse_s3
from model_rules import BLOCK, BUCKET, DETECTOR, resources
from world import Tally, World, Wrong, arguments, mutating_calls, state_differences, stats_since

ORGANIZATION = {"accounts": 10, "regions": 2, "buckets": 3, "drift": 1}
REFUSED = "denied@s3.PutBucketEncryption=1"


class Blast(World):
    def __init__(self, seed, limits=None, more=None, **organization):
        configuration = {"limits": {"breaker_failures": 1000, **(limits or {})}, **(more or {})}
        super().__init__({**ORGANIZATION, "seed": seed % 100000, **organization}, configuration)
        self.before = self.sim_state()
        self.stats = self.simulator.stats()

    def calls(self):
        return mutating_calls(stats_since(self.stats, self.simulator.stats()))

    def effects(self):
        return stats_since(self.stats, self.simulator.stats())["effects"]

    def changed(self):
        was, now = resources(self.before), resources(self.sim_state())
        return {key for key in now if now[key].image != was[key].image}

    def wanted(self):
        """Returns the resources that a sweep remedies by itself."""
        return {key for key, r in resources(self.before).items() if r.drifted and key[2] in (BLOCK, BUCKET, DETECTOR) and not r.receives_logs}

    def accounts_in(self, *ous):
        return {a["id"] for a in self.before["accounts"] if a["ou_path"] in ous}

    def restore(self):
        """Rolls back every run, newest first."""
        self.simulator.set_faults("")
        for run in sorted({c["run"] for c in self.changes() if c["kind"] == "remedy" and c["state"] == "verified"}, reverse=True):
            self.must((0, 2), "rollback", run, "--json")
        found = state_differences(with_sse_s3(self.sim_state()), with_sse_s3(self.before))
        if found:
            raise Wrong("rolled back, the state is not that of the beginning: %s" % found)
        runs = [line for line in self.must((0, 2), "status").out.splitlines() if " rollback " in line]
        if not runs or any("remediated" in line for line in runs) or not any("rolled back" in line for line in runs):
            raise Wrong("the status does not call what a rollback did rolled back: %s" % runs)

    def says(self, outcome, *texts):
        for text in texts:
            if text not in outcome.out + outcome.err:
                raise Wrong("it does not say %r: %s\n%s" % (text, outcome.out[-1500:], outcome))


def expect(truth, text, *values):
    if not truth:
        raise Wrong(text % values)


def run_of(world):
    return max((c["run"] for c in world.changes()), default=None)


# --- refusals ---

def failure_rate(seed):
    in_flight = 4
    with Blast(seed, {"failure_rate": 0.2, "in_flight": in_flight}) as world:
        world.simulator.set_faults(REFUSED)
        outcome = world.must(2, "sweep")
        tried = world.calls().get("s3.PutBucketEncryption", 0)
        expect(tried < 10 + 2 * in_flight, "%d changes of one baseline were tried after all had failed; the rate counts from 10 on", tried)
        expect(not any(k[2] == BUCKET for k in world.changed()), "a bucket was changed")
        world.says(outcome, "limits.failure_rate", "s3.bucket-default-encryption")
        made = len(world.changed())
        world.must((0, 2), "sweep", "--json", "--baseline", BLOCK)  # a later run is not halted
        world.restore()
        expect(made < len(world.wanted()), "nothing was held back")


def says_how_to_undo(seed):
    with Blast(seed, {"in_flight": 4}) as world:
        world.simulator.set_faults(REFUSED)
        outcome = world.must(2, "sweep")
        world.says(outcome, "reeve rollback " + run_of(world))


def breaker(seed):
    with Blast(seed, {"breaker_failures": 3, "failure_rate": 1, "in_flight": 4}) as world:
        world.simulator.set_faults(REFUSED)
        outcome = world.must(2, "sweep", "--json")
        tried = world.calls().get("s3.PutBucketEncryption", 0)
        expect(3 <= tried <= 3 + 2 * 4, "%d buckets were tried, though the circuit breaker opens after 3 failures", tried)
        # The circuit breaker of an account that has three buckets may open too.
        told = {(f["account"], f["region"], f["baseline"]) for f in outcome.findings if "of account " in (f["cause"] or {}).get("message", "")}
        others = {k for k in world.wanted() if k[2] != BUCKET and k[:3] not in told}
        expect(others <= world.changed(), "the circuit breaker of one baseline has stopped %s", sorted(others - world.changed()))
        expect(any((f["cause"] or {}).get("code") == "CircuitOpen" for f in outcome.findings), "no finding says CircuitOpen")
        world.restore()


# --- counts ---

def per_run(seed):
    with Blast(seed, {"changes_per_run": 7}) as world:
        outcome = world.must(2, "sweep", "--json")
        expect(world.effects() == len(world.changed()) == 7, "%d effects with changes_per_run 7", world.effects())
        expect(any((f["cause"] or {}).get("code") == "RunLimit" for f in outcome.findings), "no finding says RunLimit")
        world.must(2, "sweep", "--json")
        expect(world.effects() == len(world.changed()) == 14, "%d effects after two runs of 7", world.effects())
        world.restore()


def per_account(seed):
    with Blast(seed, {"changes_per_account": 2}) as world:
        world.must(2, "sweep", "--json")
        each = collections.Counter(key[0] for key in world.changed())
        wanted = collections.Counter(key[0] for key in world.wanted())
        expect(each == {a: min(n, 2) for a, n in wanted.items()}, "changes by account: %s, but %s were wanted", dict(each), dict(wanted))
        expect(world.effects() == sum(each.values()), "%d effects", world.effects())
        world.restore()


WAVES = {"rollout": [{"wave": "canary", "targets": ["ou:Sandbox", "ou:Security"]}, {"wave": "rest", "targets": ["root"]}]}


def canary(world):
    ids = world.accounts_in("Sandbox", "Security")
    expect(ids and ids != {a["id"] for a in world.before["accounts"]}, "the organization has no canary")
    return ids


def per_wave(seed):
    with Blast(seed, {"changes_per_wave": 4}, WAVES, accounts=14) as world:
        world.must(2, "sweep", "--json")
        first = canary(world)
        inside = {k for k in world.changed() if k[0] in first}
        expect(len(inside) == 4 and len(world.changed()) == 8, "%d changes in the first wave, %d in all, of 4 a wave", len(inside), len(world.changed()))
        world.restore()


def wave_fails(seed):
    with Blast(seed, {"failure_rate": 0.2}, WAVES, accounts=14) as world:
        first = canary(world)
        world.simulator.set_faults(REFUSED)
        outcome = world.must(2, "sweep")
        outside = {k for k in world.changed() if k[0] not in first}
        expect(not outside, "the canary failed, but these were changed all the same: %s", sorted(outside))
        world.says(outcome, "wave canary failed" if "wave canary failed" in outcome.out + outcome.err else "changes of ", "later waves are only observed"
                   if "later waves" in outcome.out + outcome.err else "failed")
        world.restore()


# --- killed and resumed ---

def kill_when(world, reached):
    def wait(process):
        while process.poll() is None and not reached(stats_since(world.stats, world.simulator.stats())):
            time.sleep(0.001)
    return wait


class TooLate(Exception):
    """An event that had to happen within a run came after its end."""


def in_time(case):
    """Runs a case that acts at a certain moment of a run. On a machine that is too slow for it the simulator is slowed down, too."""
    @functools.wraps(case)
    def run(seed):
        for slower in (1, 4, 16):
            try:
                return case(seed, slower)
            except TooLate:
                pass
        raise Wrong("it came too late, however slow AWS was")
    return run


def kill(world, *arguments, moment):
    if not world.reeve(*arguments, kill=moment).killed:
        raise TooLate


def resume(world, wanted=(0, 2), **more):
    outcome = world.reeve("sweep", "--resume", "--json", **more)
    expect(outcome.killed or outcome.exit in wanted, "%s", outcome)
    return outcome


@in_time
def per_run_resumed(seed, slower):
    with Blast(seed, {"changes_per_run": 5, "in_flight": 1}, latency=5 * slower) as world:
        kill(world, "sweep", "--json", moment=kill_when(world, lambda s: s["effects"] >= 3))
        resume(world)
        expect(world.effects() <= 5, "%d changes in one run with changes_per_run 5, which was killed after 3 and resumed", world.effects())
        world.restore()


@in_time
def wave_resumed(seed, slower):
    """Most of the canary's changes fail. The run is killed, the cause of the failures is removed, and the run is resumed."""
    with Blast(seed, {"failure_rate": 0.2, "in_flight": 1}, WAVES, accounts=14, latency=5 * slower) as world:
        first = canary(world)
        if sum(k[0] in first and k[2] == "s3.bucket-default-encryption" for k in world.wanted()) < 4:
            return wave_resumed(seed + 1)  # too few changes that are to fail
        world.simulator.set_faults("denied@s3.PutBucketEncryption=1:4")
        enough = kill_when(world, lambda s: s["faults"].get("denied", 0) >= 4 and s["mutating"] >= 6)

        def recorded(process):
            enough(process)
            time.sleep(0.1)  # until the failures are on disk
        kill(world, "sweep", "--json", moment=recorded)
        in_canary = [c for c in world.changes() if c["account"] in first]
        failed = sum(c["state"] == "failed" for c in in_canary)
        if failed < 2:
            raise TooLate
        resume(world)
        tried = sum(c["account"] in first for c in world.changes())
        outside = {k for k in world.changed() if k[0] not in first}
        expect(not outside or failed <= 0.2 * tried, "%d of %d changes of the canary failed, the run was killed and resumed, and %d changes were made in later waves",
               failed, tried, len(outside))
        world.restore()


def soak_resumed(seed):
    more = {"rollout": [{**WAVES["rollout"][0], "soak_minutes": 1}, WAVES["rollout"][1]]}
    with Blast(seed, {}, more, accounts=14) as world:
        first = canary(world)
        inside = {k for k in world.wanted() if k[0] in first}

        def soaking(process):
            end = time.monotonic() + 20
            while process.poll() is None and not inside <= world.changed() and time.monotonic() < end:
                time.sleep(0.05)
            time.sleep(1.5)
        killed = world.reeve("sweep", "--json", kill=soaking)
        expect(killed.killed and world.changed() == inside, "the run is not in its soak time: %s", sorted(world.changed() - inside))
        resume(world, kill=lambda process: time.sleep(2.5))
        outside = world.changed() - inside
        expect(not outside, "the run was killed in its soak time of a minute and resumed; it made %d changes of the next wave within 2.5 s", len(outside))


# --- made, and not verified ---

@in_time
def unverified_undone(seed, slower):
    """AWS makes the change and then refuses to show it. The change can be rolled back all the same."""
    with Blast(seed, {"failure_rate": 1}, accounts=4, latency=60 * slower) as world:
        def refuse(process):
            while process.poll() is None and not world.calls().get("s3control.PutPublicAccessBlock"):
                time.sleep(0.0005)
            world.simulator.set_faults("denied@s3control.GetPublicAccessBlock=1")
        outcome = world.must((0, 2, 3), "sweep", "--json", "--baseline", BLOCK, during=refuse)
        unverified = [c for c in world.changes() if c["state"] != "verified" and any(k[0] == c["account"] for k in world.changed())]
        if not unverified:
            raise TooLate
        expect(outcome.exit != 0, "%s", outcome)
        world.simulator.set_faults("")
        undone = world.reeve("rollback", unverified[0]["run"], "--json")
        left = world.changed()
        expect(not left, "%d changes took effect and could not be verified; `reeve rollback RUN` left them (exit %d): %s", len(left), undone.exit, sorted(left))


@in_time
def unread_recovered(seed, slower):
    """The run is killed with a change in effect, and restarted while the resource can't be read. Later it can be read again, and the
    change must not be lost."""
    with Blast(seed, {}, accounts=4, latency=12 * slower) as world:
        kill(world, "sweep", "--json", "--baseline", BLOCK,
             moment=kill_when(world, lambda s: s["calls"].get("s3control.PutPublicAccessBlock", 0) >= 2))
        world.simulator.set_faults("denied@s3control.GetPublicAccessBlock=1")
        world.must((2, 3), "sweep", "--json", "--baseline", BLOCK)
        world.simulator.set_faults("")
        world.must((0, 2), "sweep", "--json", "--baseline", BLOCK)
        known = {c["account"] for c in world.changes() if c["state"] in ("verified", "rolled_back")}
        lost = {k[0] for k in world.changed()} - known
        expect(not lost, "a change that took effect before a kill, and whose resource could not be read at the restart, stays unconfirmed in the journal and can't be rolled back: %s",
               [(c["account"], [h["state"] for h in c["history"]], c.get("cause")) for c in world.changes() if c["account"] in lost])
        world.restore()


# --- a tug-of-war ---

def undone_between_sweeps(seed):
    with Blast(seed, {"attempts_per_resource": 3}, accounts=4) as world:
        ident = world.before["accounts"][0]["id"]
        key = ident, "global", BLOCK, ident
        for turn in range(5):
            world.simulator.change({"id": ident, "set": {"s3_block": None}})
            before = world.calls().get("s3control.PutPublicAccessBlock", 0)
            outcome = world.must((0, 2), "sweep", "--json", "--baseline", BLOCK, "--account", ident)
            made = world.calls().get("s3control.PutPublicAccessBlock", 0) - before
            expect(made == (turn < 3), "turn %d: %d calls for a resource whose change was undone each time", turn + 1, made)
        finding = next(f for f in outcome.findings if f["account"] == key[0])
        expect(finding["status"] == "alerted" and finding["cause"]["code"] == "TugOfWar", "the finding is %s %s", finding["status"], finding["cause"])


@in_time
def undone_at_once(seed, slower):
    """Somebody undoes the change of every bucket before it can be verified."""
    with Blast(seed, {"failure_rate": 0.2, "in_flight": 4}, accounts=12, latency=3 * slower) as world:
        stop = threading.Event()
        was = {k: b for a in world.before["accounts"] for b in a["buckets"] for k in [(a["id"], b["name"])]}

        def undo():
            while not stop.is_set():
                for account in world.sim_state()["accounts"]:
                    wrong = {b["name"]: {"encryption": was[account["id"], b["name"]]["encryption"]} for b in account["buckets"]
                             if b["encryption"] != was[account["id"], b["name"]]["encryption"]}
                    if wrong:
                        world.simulator.change({"id": account["id"], "set": {"buckets": wrong}})
        helper = threading.Thread(target=undo)
        helper.start()
        try:
            outcome = world.must((0, 2), "sweep", "--json")
        finally:
            stop.set()
            helper.join()
        states = collections.Counter(c["state"] for c in world.changes() if c["baseline"] == BUCKET)
        tried = sum(states.values())
        expect(tried < 10 or states["failed"] <= 0.2 * tried or outcome.doc["run"].get("halt"), "%d of %d changes failed, but the run has not halted", states["failed"], tried)
        if states["failed"] == 0:
            raise TooLate
        expect(outcome.exit == 2, "%s", outcome)
        world.restore()


@in_time
def pause_stops(seed, slower):
    with Blast(seed, {"in_flight": 4}, accounts=14, latency=8 * slower) as world:
        after = []

        def pausing(process):
            while process.poll() is None and stats_since(world.stats, world.simulator.stats())["mutating"] < 3:
                time.sleep(0.001)
            paused = world.reeve("pause", "--reason", "a test")
            expect(paused.exit == 0, "%s", paused)
            after.append(world.effects())
        outcome = world.must((0, 2), "sweep", "--json", during=pausing)
        late = world.effects() - after[0]
        expect(late <= 4, "%d changes were made after the pause was in force, with at most 4 cells in flight", late)
        if not any((f["cause"] or {}).get("code") == "Paused" for f in outcome.findings):
            raise TooLate
        expect(outcome.exit == 2, "%s", outcome)
        done = world.effects()
        run = run_of(world)
        world.must((0, 2), "rollback", run, "--json")
        expect(world.effects() == done, "a rollback changed something while everything is paused")
        world.must(0, "resume")
        world.restore()


CASES = (failure_rate, says_how_to_undo, breaker, per_run, per_account, per_wave, wave_fails, per_run_resumed, wave_resumed, soak_resumed,
         unverified_undone, unread_recovered, undone_between_sweeps, undone_at_once, pause_stops)


def main():
    options = arguments(__doc__)
    tally = Tally()
    for turn in range(8 if options.full else 1):
        tally.run_all([("%s, seed %d" % (case.__name__, options.seed + turn), case, options.seed + turn) for case in CASES])
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())

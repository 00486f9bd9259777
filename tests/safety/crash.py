#!/usr/bin/env python3
"""Kills reeve at random moments of sweeps, applies and rollbacks, restarts it, and checks the outcome.

usage: crash.py [--full] [--kills N] [--seed N]

Each life: a simulated organization with drift; a sweep or a saved plan's apply that is killed some times, restarted and
brought to its end; then rollbacks of all its runs, killed some times as well. The `judge_…` functions say what must hold.
Ends with the distribution of the moments and the line `N passed, N failed, N skipped`.
"""
import collections
import random
import sys
import threading
import time

from world import (AT_ONCE, WAITING, Tally, World, Wrong, anonymous, arguments, key_of, mutating_calls, state_differences, stats_since, still_drifted)

KILLS, KILLS_FULL = 12, 200
FAILURES = 20  # the test ends after this many failed lives
MODES = ("sweep", "sweep", "apply")
# Faults that are in force while reeve is killed, so that calls take longer, or their answers are lost.
FAULTS = ("", "", "", "throttle=0.3", "reset-after=0.2", "5xx=0.2", "throttle@s3.PutBucketEncryption=0.6,throttle@guardduty=0.4")


class Moments:
    """The moments at which the kills came, by what the journal, the audit log and the simulator show afterwards."""

    def __init__(self, wanted):
        self.wanted, self.kills, self.lock = wanted, 0, threading.Lock()
        self.of_kills, self.of_changes = collections.Counter(), collections.Counter()

    def left(self):
        with self.lock:
            return self.wanted - self.kills

    def add(self, what, phases):
        with self.lock:
            self.kills += 1
            self.of_kills[what] += 1
            self.of_changes.update(phases)


def taken_effect(record, before, now):
    """Returns whether the simulator shows the effect of a change on record: its resource is no longer in its earlier state."""
    place = lambda state: next(a for a in state["accounts"] if a["id"] == record["account"])
    then, since = place(before), place(now)
    if record["baseline"] == "guardduty.detector":
        return then["detectors"][record["region"]] != since["detectors"][record["region"]]
    if record["baseline"] == "s3.account-public-access-block":
        return then["s3_block"] != since["s3_block"]
    bucket = lambda account: next(b for b in account["buckets"] if record["resource"].endswith(":" + b["name"]))
    return bucket(then)["encryption"] != bucket(since)["encryption"]


def with_sse_s3(state):
    plain = {"algorithm": "AES256", "key": None, "bucket_key": False, "blocked": []}
    accounts = [{**a, "buckets": [{**b, "encryption": b["encryption"] or plain} for b in a["buckets"]]} for a in state["accounts"]]
    return {**state, "accounts": accounts}


class Life:
    def __init__(self, seed, moments, most):
        self.random = random.Random(seed)
        self.moments, self.most = moments, most
        self.mode = self.random.choice(MODES)
        self.latency = self.random.choice([0, 2, 5, 12, 25])
        self.fsync = self.random.choice([None, None, "4", "20"])
        self.organization = {"accounts": self.random.choice([4, 6, 8]), "regions": 2, "buckets": 2, "drift": 0.6, "seed": self.random.randrange(100000),
                             "latency": self.latency}
        self.env = {"REEVE_TEST_FSYNC_MS": self.fsync} if self.fsync else {}
        self.faults = self.random.choice(FAULTS)
        self.told, self.complaints = [], []

    def __str__(self):
        return "%s, latency %d ms, commits %s ms, faults %s: %s" % (self.mode, self.latency, self.fsync or 0, self.faults or "none", "; ".join(self.told))

    def run(self):
        try:
            with World(self.organization, {"limits": {"in_flight": self.random.choice([2, 8, 256])}}, self.env) as self.world:
                self.prepare()
                try:
                    self.live()
                finally:
                    self.cease()
            if self.complaints:
                raise Wrong("\n    ".join(self.complaints))
        except Wrong as problem:
            raise Wrong("%s\n    %s" % (self, problem)) from None

    def prepare(self):
        """Called before anything is run."""

    def cease(self):
        """Called after everything."""

    def live(self):
        world = self.world
        self.raw_before = world.raw_state()
        self.before = world.sim_state()
        self.wanted = still_drifted(self.before)
        self.reference()
        self.command = ["sweep", "--json"]
        if self.mode == "apply":
            world.must((0, 2), "plan", "--json", "--out", world.folder + "/plan")
            self.command = ["apply", world.folder + "/plan", "--json"]
        stats = world.simulator.stats()
        world.simulator.set_faults(self.faults)
        for _ in range(self.random.randint(1, 4)):
            self.kill(self.again(), self.before, self.seconds)
        world.simulator.set_faults("")
        self.finish()
        self.judge_forward(stats_since(stats, world.simulator.stats()))
        self.undo_all()
        self.judge_back()

    # --- the same, uninterrupted ---

    def reference(self):
        with World({k: v for k, v in self.organization.items()}, {"limits": self.world.configuration["limits"]}, self.env) as twin:
            stats = twin.simulator.stats()
            outcome = twin.must((0, 2), "sweep", "--json")
            self.seconds = outcome.seconds
            self.reference_calls = mutating_calls(stats_since(stats, twin.simulator.stats()))
            self.reference_state = twin.sim_state()
            self.reference_before = {key_of(c): c["before"] for c in twin.changes()}
        if set(self.reference_before) != self.wanted:
            raise Wrong("the uninterrupted sweep changes %s, and what differs is %s" % (sorted(self.reference_before), sorted(self.wanted)))

    # --- kills ---

    def trigger(self, seconds):
        """Chooses the moment of the kill: a random time, or a random moment after a random mutating call."""
        by_call, at = self.random.random() < 0.6, self.random.uniform(0, seconds)
        number, pause = self.random.randint(1, max(1, len(self.wanted))), self.random.choice([0, 0, self.random.uniform(0, 0.01 + self.latency / 400)])
        what = self.random.choice(["effects", "mutating"])
        begin, base = time.monotonic(), self.world.simulator.stats()[what]

        def wait(process):
            while process.poll() is None:
                if by_call and self.world.simulator.stats()[what] - base >= number:
                    time.sleep(pause)
                    return
                if not by_call and time.monotonic() - begin >= at:
                    return
                time.sleep(0.0005)
        return wait

    def again(self):
        if self.mode == "sweep" and self.told and self.random.random() < 0.6:
            return ["sweep", "--resume", "--json"]
        return self.command

    def kill(self, command, origin, seconds):
        """Starts a command, kills it, and looks at the moment of that. Returns False when it came to its end first."""
        if self.moments.left() <= 0 or self.most <= 0:
            return True
        outcome = self.world.reeve(*command, kill=self.trigger(seconds))
        if outcome.exit == 1 and "no sweep was cut off" in outcome.err:
            return self.kill(self.command, origin, seconds)
        if not outcome.killed:
            return False
        self.most -= 1
        self.look(command[0], origin)
        return True

    def look(self, what, origin):
        """Looks at the records right after a kill."""
        records, now = self.world.changes(), self.world.sim_state()
        audited = {(e["change"], e["outcome"]) for e in self.world.audit() if e.get("kind") == "call"} if records else set()
        phases = collections.Counter()
        for record in records:
            if record["state"] not in WAITING:
                continue
            if record["kind"] == "rollback":
                done = not taken_effect(record, self.before, now)
            else:
                done = taken_effect(record, origin, now)
            if record["state"] == "applied":
                phases["answered, not yet verified"] += 1
            elif not done:
                phases["on record, no effect yet"] += 1
            elif (record["id"], "succeeded") in audited:
                phases["answered, the answer on record"] += 1
            else:
                phases["in effect, the answer not on record"] += 1
        self.told.append("%s killed with %s" % (what, dict(phases) or "nothing in flight"))
        name = max(phases, key=lambda p: ("answered, not yet verified", "on record, no effect yet", "answered, the answer on record",
                                          "in effect, the answer not on record").index(p)) if phases else \
            "before the first change" if not records else "between changes"
        self.moments.add("%s: %s" % (what, name), phases)
        if what == "rollback":
            return
        self.judge_on_record(records, audited, now)

    def judge_on_record(self, records, audited, now):
        """Each effect has its before-image in the journal, and its call in the audit log."""
        mended = self.wanted - still_drifted(now)
        known = {}
        for record in records:
            if record["kind"] == "remedy":
                known.setdefault(key_of(record), []).append(record)
        lost = [key for key in mended if not any(r["before"] == self.reference_before[key] for r in known.get(key, []))]
        if lost:
            raise Wrong("killed, and effects have no before-image on record: %s" % sorted(lost))
        unaudited = [key for key in mended if not any((r["id"], "intended") in audited for r in known[key])]
        if unaudited:
            self.complaints.append("killed, and %d effects have no call in the audit log, such as %s" % (len(unaudited), unaudited[0]))

    # --- to the end ---

    def finish(self):
        for _ in range(6):
            outcome = self.world.reeve(*self.again())
            if outcome.exit == 1 and "no sweep was cut off" in outcome.err:
                outcome = self.world.reeve(*self.command)
            if outcome.exit == 1:
                raise Wrong("it can't be brought to its end: %s" % outcome)
            if self.mode == "sweep" or not still_drifted(self.world.sim_state()):
                return outcome
        raise Wrong("it does not come to its end")

    def judge_forward(self, stats):
        state = self.world.sim_state()
        found = state_differences(anonymous(state, self.before), anonymous(self.reference_state, self.before))
        if found:
            raise Wrong("the state is not that of an uninterrupted run: %s" % found)
        # An idempotent call whose answer was lost is repeated by the client at once, with the same parameters and token.
        again = stats["faults"].get("reset-after", 0)
        if (mutating_calls(stats) != self.reference_calls and not self.faults) or \
                not 0 <= stats["effects"] - sum(self.reference_calls.values()) <= again:
            raise Wrong("mutating calls %s (%d effects); an uninterrupted run makes %s" % (mutating_calls(stats), stats["effects"], self.reference_calls))
        records = [c for c in self.world.changes() if c["kind"] == "remedy"]
        waiting = [c["id"] for c in records if c["state"] in WAITING]
        if waiting:
            raise Wrong("still in flight: %s" % waiting)
        verified = collections.Counter(key_of(c) for c in records if c["state"] == "verified")
        if verified != collections.Counter(self.wanted):
            raise Wrong("verified changes %s, and %s were drifted" % (sorted(verified.elements()), sorted(self.wanted)))
        wrong = [c["id"] for c in records if c["state"] == "verified" and c["before"] != self.reference_before[key_of(c)]]
        if wrong:
            raise Wrong("changes with another before-image than an uninterrupted run's: %s" % wrong)
        self.world.audit()

    # --- and back ---

    def runs(self):
        return sorted({c["run"] for c in self.world.changes() if c["kind"] == "remedy" and c["state"] == "verified"}, reverse=True)

    def undo_all(self):
        stats = self.world.simulator.stats()
        self.world.simulator.set_faults(self.faults)
        for _ in range(self.random.randint(1, 3)):
            runs = self.runs()
            if not runs:
                break
            self.kill(["rollback", self.random.choice(runs), "--json"], self.before, self.seconds)
            if self.random.random() < 0.5:
                self.sweep_between()
        self.world.simulator.set_faults("")
        for _ in range(4):
            for run in self.runs():
                outcome = self.world.reeve("rollback", run, "--json")
                # A change in flight may have been concluded meanwhile, with the account's other changes.
                if outcome.exit not in (0, 2) and "no verified change matches" not in outcome.err:
                    raise Wrong("it can't be rolled back: %s" % outcome)
        stats = stats_since(stats, self.world.simulator.stats())
        if not 0 <= stats["effects"] - len(self.wanted) <= stats["faults"].get("reset-after", 0):
            raise Wrong("%d changes were undone by %d effects" % (len(self.wanted), stats["effects"]))

    def sweep_between(self):
        """Sweeps right after a rollback that was cut off: what is rolled back stays so, and the rest is as desired."""
        world = self.world
        world.simulator.set_faults("")
        stats = world.simulator.stats()
        world.must((0, 2), "sweep", "--json")
        calls = mutating_calls(stats_since(stats, world.simulator.stats()))
        world.simulator.set_faults(self.faults)
        if calls:
            raise Wrong("a sweep after a rollback that was cut off made again what was undone: %s" % calls)

    def judge_back(self):
        world = self.world
        # No configuration and SSE-S3 are the same to AWS: since January 2023 it reports a configuration for every bucket.
        if world.raw_state() != self.raw_before and state_differences(with_sse_s3(world.sim_state()), with_sse_s3(self.before)):
            raise Wrong("rolled back, the state is not that of the beginning: %s" % state_differences(world.sim_state(), self.before))
        stats = world.simulator.stats()
        world.must((0, 2), "sweep", "--json")
        calls = mutating_calls(stats_since(stats, world.simulator.stats()))
        if calls:
            raise Wrong("what was rolled back was made again by a sweep: %s" % calls)
        left = [(c["id"], c["kind"], c["state"]) for c in world.changes() if c["state"] in WAITING + ("verified",) and
                not (c["kind"] == "rollback" and c["state"] == "verified")]
        if left:
            raise Wrong("rolled back, the journal has %s" % left)
        world.audit()


def main():
    options = arguments(__doc__, ("--kills", int, "how many"))
    moments = Moments(options.kills or (KILLS_FULL if options.full else KILLS))
    tally, begin = Tally(), time.monotonic()
    numbers, lock = iter(range(10000)), threading.Lock()

    def lives():
        while moments.left() > 0 and tally.failed < FAILURES:
            with lock:
                number = next(numbers)
            seed = "%d/%d" % (options.seed, number)
            tally.run("life %s" % seed, Life(seed, moments, 6).run)

    threads = [threading.Thread(target=lives) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("seed %d: %d kills in %.0f s" % (options.seed, moments.kills, time.monotonic() - begin))
    for title, counter in (("kills", moments.of_kills), ("changes in flight", moments.of_changes)):
        for name, count in sorted(counter.items()):
            print("  %4d %s  %s" % (count, title, name))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())

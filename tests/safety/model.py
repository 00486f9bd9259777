#!/usr/bin/env python3
"""Random interleavings of everything that a person, a schedule and an account can do, against an independent model of
what may be changed.

usage: model.py [--full] [--steps N] [--seed N] [--sequence SEED]

Many short sequences of steps (sweep, plan, apply, approve, deny, drift, pause, exceptions, tiers, the clock, rollback, and
kills) over a small organization. After each step the simulator must have been changed exactly as model_rules.py allows.
A failure is printed with its seed and the fewest steps that were found to show it. Ends with the steps per second and
`N passed, N failed, N skipped`.
"""
import collections
import json
import os
import random
import sys
import threading
import time

from model_rules import BLOCK, BUCKET, DEFAULT_TIERS, DETECTOR, PLAIN, Rules, image_on_record, resources
from world import AT_ONCE, Tally, World, Wrong, arguments, key_of, mutating_calls, shim, state_differences, stats_since

STEPS, STEPS_FULL, LENGTH = 400, 30000, 25
SHRINKS = 60  # sequences that are tried for fewer steps
ADA, BEA = "Ada", "Bea"  # the names of the system user and of the AWS credentials that run this
DAY_S = 24 * 3600


class Sequence:
    """A sequence of steps. They are plain dicts, so that they can be run again without random numbers; a step whose object is gone
    does nothing."""

    def __init__(self, seed):
        self.seed = seed
        self.dice = random.Random(seed)
        dice = self.dice
        self.organization = {"accounts": 3, "regions": 2, "buckets": 2, "drift": dice.choice([0.1, 0.3]), "seed": dice.randrange(10000)}
        self.terms = {"required": dice.choice([1, 1, 1, 2]), "four_eyes": dice.random() < 0.3, "approvers": [], "requester": ADA}
        if self.terms["required"] == 1:
            self.terms["approvers"] = dice.choice([[], [], [BEA]])
        kind = dice.choice(["plain", "plain", "limits", "quarrel", "clock", "clock"])
        self.clock = kind == "clock"
        self.limits = {"limits": {"changes_per_run": dice.choice([2, 3]), "changes_per_account": dice.choice([1, 2]), "attempts_per_resource": 50},
                       "quarrel": {"attempts_per_resource": 2}, "clock": {"attempts_per_resource": 2}}.get(kind, {"attempts_per_resource": 50})
        self.kills = kind != "limits"

    # --- one run of a sequence ---

    def run(self, steps=None, most=LENGTH):
        """Runs these steps, or random ones. Returns (steps, None or what went wrong)."""
        done = []
        self.dice = random.Random(self.seed)
        with World(self.organization) as self.world:
            self.rules = Rules(self.terms, self.limits)
            self.offset = 0
            self.exception_ids = {}
            for number in range(most if steps is None else len(steps)):
                step = self.roll() if steps is None else steps[number]
                done.append(step)
                try:
                    self.take(step)
                except Wrong as problem:
                    return done, str(problem)
        return done, None

    def configure(self):
        account = os.getuid()
        self.world.configuration = {
            **self.world.configuration, "limits": self.limits,
            "people": [{"name": ADA, "system_users": ["uid:%d" % account]}, {"name": BEA, "aws": [self.own_arn()]}],
            "approvals": {"required": self.terms["required"], "four_eyes": self.terms["four_eyes"], "approvers": self.terms["approvers"], "expire_hours": 1},
            "tiers": [{"assign": "root" if who == "root" else "account:" + who, "set": {baseline: tier}} for (who, baseline), tier in sorted(self.rules.tiers.items())]}
        if self.clock:
            self.world.env.update({"LD_PRELOAD": shim("clock"), "SHIM_OFFSET_S": str(self.offset)})

    def own_arn(self):
        organization = self.world.sim_state()["organization"]
        return "arn:aws:iam::%s:user/*" % organization["delegated_administrator"]

    # --- the dice ---

    def roll(self):
        dice, found = self.dice, resources(self.world.sim_state())
        accounts = sorted({key[0] for key in found})
        choices = {"sweep": 6, "plan": 2, "apply": 3 if self.rules.plans else 0, "drift": 7, "pause": 1, "resume": 1.5 if self.rules.pauses else 0,
                   "except": 1, "expire": 1 if self.rules.exceptions else 0, "tier": 1.5, "approve": 5 if self.rules.requests else 0,
                   "deny": 0.7 if self.rules.requests else 0, "rollback": 2.5 if self.rules.entries else 0, "advance": 2 if self.clock else 0}
        step = {"do": dice.choices(list(choices), list(choices.values()))[0]}
        what = step["do"]
        if what == "sweep":
            step["select"] = dice.choice([None, None, None, ["--account", dice.choice(accounts)], ["--baseline", dice.choice(list(DEFAULT_TIERS))]])
        elif what == "apply":
            step["plan"] = dice.randrange(len(self.rules.plans))
        elif what == "drift":
            step["set"] = [self.roll_drift(found) for _ in range(dice.randint(1, 4))]
        elif what in ("pause", "resume"):
            all_of_them = [("all", None)] + [("account", a) for a in accounts] + [("baseline", b) for b in DEFAULT_TIERS]
            step["scope"] = dice.choice(all_of_them if what == "pause" else sorted(self.rules.pauses, key=str))
        elif what == "except":
            account, _, baseline, resource = dice.choice(sorted(found))
            step.update(account=account, baseline=baseline, expires_s=dice.choice([5000, 40 * DAY_S]))
            if dice.random() < 0.5:
                step["resource"] = resource
        elif what == "expire":
            step["number"] = dice.choice(sorted(self.rules.exceptions))
        elif what == "tier":
            step.update(who=dice.choice(["root"] + accounts), baseline=dice.choice(list(DEFAULT_TIERS)), tier=dice.choice(["auto", "auto", "approval", "alert"]))
        elif what in ("approve", "deny"):
            step.update(change=dice.choice(sorted(self.rules.requests)), who=dice.choice([ADA, BEA]))
        elif what == "rollback":
            step.update(entry=dice.choice(sorted((c, n) for c, entries in self.rules.entries.items() for n in range(len(entries)))),
                        whole=dice.random() < 0.4, force=dice.random() < 0.1)
        elif what == "advance":
            step["s"] = dice.choice([1500, 1500, 5000, 5000, 100000])
        if what in ("sweep", "apply", "rollback") and self.kills and dice.random() < 0.2:
            step["kill"] = dice.uniform(0, 0.08)
        return step

    def roll_drift(self, found):
        """Returns a step that changes a resource from outside: often back to its earlier state, so that the same change is wanted again, and
        often a resource for which a person was asked meanwhile."""
        dice = self.dice
        asked = sorted({change[0] for change, request in self.rules.requests.items() if request.state_at(self.rules.now) in ("waiting", "approved")})
        account, region, baseline, resource = dice.choice(asked if asked and dice.random() < 0.4 else sorted(found))
        if baseline == BLOCK:
            value = {"s3_block": dice.choice([None, None, {"BlockPublicAcls": True}, dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)])}
        elif baseline == BUCKET:
            kms = {"algorithm": "aws:kms", "key": None, "bucket_key": dice.random() < 0.5, "blocked": []}
            value = {"buckets": {resource.split(":::")[1]: {"encryption": dice.choice([PLAIN, PLAIN, kms]), "removed": dice.random() < 0.1}}}
        elif baseline == DETECTOR:
            value = {"detectors": {region: dice.choice([None, {"status": "DISABLED"}, {"features": []}, {"status": "ENABLED", "features": ["S3_DATA_EVENTS"]}])}}
        else:
            user = {"password": dice.random() < 0.8, "mfa": dice.random() < 0.3}
            value = {"users": {resource.split("/")[-1]: user if dice.random() < 0.9 else None}}
        return {"id": account, "set": value}

    # --- steps ---

    def take(self, step):
        before, stats = self.world.sim_state(), self.world.simulator.stats()
        self.found = resources(before)
        self.rolling_back = step["do"] == "rollback"
        allowed = getattr(self, "do_" + step["do"])(step) or {}
        if step["do"] == "drift":
            return
        calls = mutating_calls(stats_since(stats, self.world.simulator.stats()))
        self.judge(before, self.world.sim_state(), calls, allowed)

    def reeve(self, step, *arguments, wanted=(0, 2, 3)):
        """Runs a command. With "kill" it is killed at that moment first, and then run again to its end."""
        self.configure()
        if "kill" in step:
            end = time.monotonic() + step["kill"]

            def wait(process):
                while process.poll() is None and time.monotonic() < end:
                    time.sleep(0.001)
            outcome = self.world.reeve(*arguments, kill=wait)
            if outcome.killed and arguments[0] == "sweep" and len(arguments) == 2 and int(step["kill"] * 1e4) % 2:
                resumed = self.world.reeve("sweep", "--resume", "--json")
                if "no sweep was cut off" not in resumed.err:
                    if resumed.exit not in wanted:
                        raise Wrong("%s" % resumed)
                    return resumed
            if not outcome.killed and outcome.exit in wanted:
                return outcome
        outcome = self.world.reeve(*arguments)
        if outcome.exit not in wanted:
            raise Wrong("%s" % outcome)
        return outcome

    def mend(self, keys):
        return {key: self.found[key].call for key in keys}

    def do_sweep(self, step):
        select = step["select"] or []
        index = {"--account": 0, "--baseline": 2}.get(select[0] if select else None)
        allowed = self.rules.sweep(self.found, lambda key: index is None or key[index] == select[1])
        self.reeve(step, "sweep", "--json", *select)
        return self.mend(allowed)

    def path(self, number):
        return "%s/plan-%d" % (self.world.folder, number)

    def do_plan(self, step):
        self.rules.plan(self.found)
        self.reeve(step, "plan", "--json", "--out", self.path(len(self.rules.plans) - 1))

    def do_apply(self, step):
        if step["plan"] >= len(self.rules.plans):
            return None
        allowed = self.rules.apply(self.found, self.rules.plans[step["plan"]])
        self.reeve(step, "apply", self.path(step["plan"]), "--json")
        return self.mend(allowed)

    def do_drift(self, step):
        for change in step["set"]:
            self.world.simulator.change(change)

    def scope(self, step):
        kind, ident = step["scope"]
        return [] if kind == "all" else ["--" + kind, ident]

    def do_pause(self, step):
        self.rules.pauses.add(tuple(step["scope"]))
        self.reeve(step, "pause", "--json", *self.scope(step))

    def do_resume(self, step):
        if tuple(step["scope"]) in self.rules.pauses:
            self.rules.pauses.remove(tuple(step["scope"]))
            self.reeve(step, "resume", "--json", *self.scope(step))

    def do_except(self, step):
        end = time.time() + self.offset + step["expires_s"]
        more = ["--resource", step["resource"]] if "resource" in step else []
        outcome = self.reeve(step, "exceptions", "add", "--account", step["account"], "--baseline", step["baseline"], *more, "--reason", "a test", "--owner", ADA,
                             "--expires", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end)), "--json")
        number = len(self.exception_ids)
        self.exception_ids[number] = outcome.doc["id"]
        self.rules.exceptions[number] = {"account": step["account"], "baseline": step["baseline"], "expires": self.rules.now + step["expires_s"],
                                         "resource": step.get("resource", "*")}

    def do_expire(self, step):
        if step["number"] in self.rules.exceptions and self.rules.now < self.rules.exceptions[step["number"]]["expires"]:
            self.reeve(step, "exceptions", "expire", self.exception_ids[step["number"]], "--json")
            del self.rules.exceptions[step["number"]]

    def do_tier(self, step):
        self.rules.tiers[step["who"], step["baseline"]] = step["tier"]

    def do_advance(self, step):
        self.offset += step["s"]
        self.rules.now += step["s"]

    def real_request(self, change):
        """Returns the newest request on record for the change."""
        self.configure()
        outcome = self.world.must(0, "approvals", "list", "--all", "--json")
        fits = [r for r in outcome.doc["approvals"] if (key_of(r["change"]), image_on_record(r["change"]["baseline"], r["change"]["before"])) == change]
        return max(fits, key=lambda r: r["requested_at"], default=None)

    def answer(self, step, approve):
        change = step["change"] = (tuple(step["change"][0]), step["change"][1])
        request = self.rules.requests.get(change)
        if request is None:
            return None
        real = self.real_request(change)
        if real is None:
            raise Wrong("there is no request for %s, which needs a person" % (change,))
        if (real["state"], request.state_at(self.rules.now)) not in [(s, s) for s in ("waiting", "approved", "denied", "expired", "void", "done")]:
            raise Wrong("the request %s for %s is %s, and should be %s" % (real["id"], change, real["state"], request.state_at(self.rules.now)))
        taken = self.rules.answer(change, step["who"], approve)
        outcome = self.reeve(step, "approvals", "approve" if approve else "deny", real["id"], "--as", "system" if step["who"] == ADA else "aws", "--json")
        refused = (outcome.doc or {}).get("refused")
        if taken == bool(refused):
            raise Wrong("an answer of %s to %s is %s" % (step["who"], real["id"], "refused: %s" % refused if refused else "taken, and must not be"))
        if not taken or request.state != "approved":
            return None
        return self.mend(self.rules.apply(self.found, {change}))

    def do_approve(self, step):
        return self.answer(step, True)

    def do_deny(self, step):
        return self.answer(step, False)

    def do_rollback(self, step):
        (key, image), number = step["entry"]
        change = tuple(key), image
        entries = self.rules.entries.get(change, [])
        if number >= len(entries):
            return None
        real = self.real_changes()
        mine = real[change][number]
        if mine["state"] != "verified":
            return None
        if step["whole"]:
            # The newest run comes first; the changes of one run are of different resources.
            chosen = [entries_of[n] for c, entries_of in self.rules.entries.items() for n, r in enumerate(real[c]) if r["run"] == mine["run"] and r["state"] == "verified"]
        else:
            chosen = [entries[number]]
        # A detector that was created, or that replaced another one, can't be put back piece by piece.
        force = step["force"] and key[2] != DETECTOR and not step["whole"]
        calls = self.rules.undo(self.found, chosen, force)
        self.reeve(step, "rollback", mine["run"] if step["whole"] else mine["id"], "--json", *(["--force"] if force else []),
                   wanted=(0, 1, 2, 3) if "kill" in step else (0, 2, 3))
        self.undone = calls
        return {key: entry.undo for key, entry in calls.items()}

    def real_changes(self):
        """Returns the verified changes of the journal, by change, the oldest first."""
        real = collections.defaultdict(list)
        for record in sorted(self.world.changes(), key=lambda r: r["history"][0]["at"]):
            if record["kind"] == "remedy" and record["state"] in ("verified", "rolled_back"):
                real[key_of(record), image_on_record(record["baseline"], record["before"])].append(record)
        wrong = {c: (len(real[c]), len(self.rules.entries.get(c, []))) for c in set(real) | set(self.rules.entries) if len(real[c]) != len(self.rules.entries.get(c, []))}
        if wrong:
            raise Wrong("verified changes on record, and changes that were made: %s" % wrong)
        return real

    # --- the verdict ---

    def judge(self, before, after, calls, allowed):
        now = resources(after)
        changed = {key for key in self.found.keys() | now.keys() if key not in now or key not in self.found or now[key].image != self.found[key].image}
        undone, self.undone = getattr(self, "undone", {}), {}
        if changed - set(allowed):
            raise Wrong("changed, and must not be: %s" % sorted(changed - set(allowed)))
        missing = self.missing(set(allowed), changed)
        if missing:
            raise Wrong("not changed, and should be: %s" % missing)
        wanted = collections.Counter(allowed[key] for key in changed)
        if wanted != collections.Counter(calls):
            raise Wrong("calls %s instead of %s" % (calls, dict(wanted)))
        for key in sorted(changed):
            if key in undone:
                if now[key].image != undone[key].change[1]:
                    raise Wrong("rolled back, and not as before: %s %s" % (key, now[key].image))
                self.rules.undone(undone[key])
                self.rules.see(key, now[key])
            else:
                if now[key].drifted:
                    raise Wrong("mended, and still drifted: %s %s" % (key, now[key].image))
                self.rules.made(key, self.found[key], now[key])
        others = state_differences(blank(before), blank(after))
        if others:
            raise Wrong("changed beside the resources: %s" % others)

    def missing(self, allowed, changed):
        """Checks that all allowed changes were made, or as many as the limits let through."""
        if "changes_per_run" not in self.limits:
            return sorted(allowed - changed)
        by_account = collections.Counter(key[0] for key in allowed)
        most = min(self.limits["changes_per_run"], sum(min(n, self.limits["changes_per_account"]) for n in by_account.values()))
        if self.rolling_back:
            most = len(allowed)
        if any(n > self.limits["changes_per_account"] for n in collections.Counter(key[0] for key in changed).values()) and not self.rolling_back:
            raise Wrong("more than %d changes in an account: %s" % (self.limits["changes_per_account"], sorted(changed)))
        if len(changed) != most:
            return "%d changes instead of %d of %s" % (len(changed), most, sorted(allowed))
        return None


def blank(state):
    """Returns the state without the resources' own states."""
    kept = []
    for account in state["accounts"]:
        kept.append({**account, "s3_block": 0, "detectors": sorted(account["detectors"]), "buckets": [{**b, "encryption": 0} for b in account["buckets"]],
                     "users": [{**u, "policies": {n: d for n, d in u["policies"].items() if n != "ReeveDenyWithoutMFA"}} for u in account["users"]]})
    return {**state, "accounts": kept}


def shrink(seed, steps, problem):
    """Returns the fewest steps that were found to fail: first it leaves out steps from the beginning, then single ones."""
    left, size = SHRINKS, max(1, len(steps) // 2)
    while size and left > 0:
        at = 0
        while at < len(steps) - 1 and left > 0:
            fewer = steps[:at] + steps[min(at + size, len(steps) - 1):]
            left -= 1
            done, found = Sequence(seed).run(fewer)
            if found is not None and found.split(":")[0] == problem.split(":")[0]:
                steps, problem = done, found
            else:
                at += size
        size //= 2
    return steps, problem


def main():
    options = arguments(__doc__, ("--steps", int, "how many, about"), ("--sequence", str, "only this one"))
    wanted = options.steps or (STEPS_FULL if options.full else STEPS)
    tally, lock, begin = Tally(), threading.Lock(), time.monotonic()
    counts = collections.Counter()
    numbers = iter(range(10 ** 9))

    def one(seed):
        steps, problem = Sequence(seed).run()
        with lock:
            counts["steps"] += len(steps)
            counts.update(step["do"] + (" killed" if "kill" in step else "") for step in steps)
        if problem is not None:
            all_of_them = len(steps)
            steps, problem = shrink(seed, steps, problem)
            raise Wrong("%s\n    sequence %s, %d of %d steps:\n      %s" % (problem, seed, len(steps), all_of_them, "\n      ".join(map(json.dumps, steps))))

    def many():
        while counts["steps"] < wanted and tally.failed < 5:
            with lock:
                seed = "%d/%d" % (options.seed, next(numbers))
            tally.run("sequence", one, seed)

    if options.sequence:
        tally.run("sequence", one, options.sequence)
        return tally.finish()
    threads = [threading.Thread(target=many) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - begin
    print("seed %d: %d steps in %.0f s, %.1f a second; %s" % (options.seed, counts["steps"], seconds, counts.pop("steps") / seconds, ", ".join("%d %s" % (n, k) for k, n in sorted(counts.items()))))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())

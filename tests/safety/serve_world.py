"""Shared by the parts of serve.py: a world whose daemon is signalled, reconfigured and looked at from outside."""
import json
import os
import signal
import time

from serving import Serving, wait_until
from world import REEVE, Skipped, Wrong, shim

SMALL = {"accounts": 12, "regions": 2, "drift": 0, "seed": 5}
BLOCK = "s3.account-public-access-block"
ONLY_BLOCK = {"baselines": [{"assign": "root", "set": {BLOCK: {}}}]}
SLOW = {"accounts": 28, "regions": 2, "drift": 0, "seed": 9, "latency": 90}
ONE_AT_A_TIME = {**ONLY_BLOCK, "limits": {"in_flight": 4}}
DRAIN_S = 25  # the longest time that the daemon takes to end (daemon.h)


def expect(what, found, wanted):
    if found != wanted:
        raise Wrong("%s: %r, not %r" % (what, found, wanted))


def expect_in(what, part, text):
    if part not in text:
        raise Wrong("%s: %r is not in %r" % (what, part, text[-1500:] if isinstance(text, str) else text))


def is_sanitized():
    with open(REEVE, "rb") as file:
        return b"__asan_init" in file.read()


def preloaded(name):
    if is_sanitized():
        raise Skipped("a library can't be loaded before AddressSanitizer's")
    return shim(name)


class Daemon(Serving):
    # --- the process ---

    def log(self):
        """Returns the log so far. It is read without the file's position, which the process shares."""
        fd = self.daemon.outputs[1].fileno()
        return os.pread(fd, os.fstat(fd).st_size, 0).decode("utf-8", "backslashreplace")

    def logged(self, text, times=1, timeout_s=30):
        wait_until("the log says %r" % text, lambda: self.alive() and self.log().count(text) >= times, timeout_s)

    def alive(self):
        if self.daemon.poll() is not None:
            raise Wrong("`reeve serve` ended with %s: %s" % (self.daemon.returncode, self.log()[-1500:]))
        return True

    def answers(self):
        """Returns whether the control socket answers, ready or not."""
        self.alive()
        try:
            return self.api("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def ends(self, sent=signal.SIGTERM, timeout_s=DRAIN_S + 20):
        """Sends the signal. Returns (exit status, seconds until the end)."""
        begin = time.monotonic()
        if sent is not None:
            self.daemon.send_signal(sent)
        return self.daemon.wait(timeout_s), time.monotonic() - begin

    def ends_well(self, sent=signal.SIGTERM, within_s=DRAIN_S):
        status, seconds = self.ends(sent)
        if status != 0 or seconds > within_s:
            raise Wrong("it ended with %s after %.1f s: %s" % (status, seconds, self.log()[-1500:]))
        if os.path.exists(os.path.join(self.state_folder, "control.sock")):
            raise Wrong("it left its control socket behind")

    def reconfigure(self, **changes):
        """Writes sections of the configuration as an editor does. A text replaces the whole file."""
        self.configuration = {**self.configuration, **changes}
        self.write_configuration(json.dumps(self.configuration))

    def write_configuration(self, text):
        path = os.path.join(self.folder, "reeve.json")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def reload(self, says="the new configuration is in force"):
        times = self.log().count(says)
        self.daemon.send_signal(signal.SIGHUP)
        self.logged(says, times + 1)

    # --- what there is ---

    def status(self):
        return self.get("/api/v1/status")["daemon"]

    def findings(self, account, baseline=BLOCK):
        return self.get("/api/v1/findings?account=%s&baseline=%s" % (account, baseline))["findings"]

    def finding(self, account, baseline=BLOCK):
        """Returns (status, code of the cause) of the only finding, or None."""
        found = self.findings(account, baseline)
        return (found[0]["status"], (found[0]["cause"] or {}).get("code")) if found else None

    def outcome(self, event_or_account, timeout_s=30):
        """Returns the outcome of the only event about the account, once it has one."""
        return wait_until("an event about %s has an outcome" % event_or_account, lambda: self.signals(account=event_or_account), timeout_s)[0]["outcome"]

    def is_blocked(self, account):
        state = self.account_state(account)["s3_block"]
        return bool(state) and all(state.values())

    def calls(self, operation):
        return self.simulator.stats()["calls"].get(operation, 0)

    def sweep_now_or_resumed(self):
        """Waits for a whole sweep. One that was cut off is resumed after the start, at an unknown moment."""
        status, answer = self.api("POST", "/api/v1/sweep")
        if status != 202:
            expect("POST sweep", (status, answer["error"]["code"]), (409, "SweepUnderWay"))

    def sweep_now(self):
        expect("POST sweep", self.api("POST", "/api/v1/sweep")[0], 202)

    def runs(self, kind="sweep"):
        """Returns the runs of that kind, the newest first."""
        return [run for run in self.get("/api/v1/runs?limit=100")["runs"] if run["kind"] == kind]

    def swept(self, count=1, timeout_s=60):
        """Waits until that many sweeps have finished, and none is under way."""
        wait_until("%d sweeps are finished" % count, lambda: self.alive() and len([r for r in self.runs() if r["state"] == "finished"]) >= count
                   and self.status()["sweep"] is None, timeout_s)

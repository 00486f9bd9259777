"""One simulated organization, one configuration, one state folder, the commands of reeve that run on them, and the questions
that a test asks afterwards. The simulator's driver and the oracle are those of tests/scenarios."""
import argparse
import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "scenarios"))
from harness import oracle, program  # noqa: E402,F401
from harness.result import compare  # noqa: E402
from harness.scenario import CONFIGURATION, merge  # noqa: E402
from harness.simulator import ACCESS_KEY, SECRET_KEY, Simulator, stats_since  # noqa: E402

AT_ONCE = 2
INCONSISTENCY_MS = "200"
WAITING = ("intent", "applied")  # states of a change whose outcome is not known
# The operations that make a change, and those that roll one back.
MUTATING = ("s3control.PutPublicAccessBlock", "s3control.DeletePublicAccessBlock", "s3.PutBucketEncryption", "s3.DeleteBucketEncryption",
            "guardduty.CreateDetector", "guardduty.UpdateDetector", "guardduty.DeleteDetector", "iam.PutUserPolicy", "iam.DeleteUserPolicy")


class Wrong(Exception):
    """Reeve did something that it must not do."""


class Skipped(Exception):
    """This machine can't do what the test needs."""


def find_program(variable, name):
    path = os.environ.get(variable, os.path.join(HERE, "..", "..", "build", name))
    if not os.access(path, os.X_OK):
        sys.exit("%s is no program; name it with %s" % (path, variable))
    return os.path.abspath(path)


REEVE, REEVE_SIM = find_program("REEVE", "reeve"), find_program("REEVE_SIM", "reeve-sim")


class Outcome:
    """The outcome of one command."""

    def __init__(self, arguments, exit_status, out, err, seconds, killed):
        self.arguments, self.exit, self.out, self.err, self.seconds, self.killed = arguments, exit_status, out, err, seconds, killed
        try:
            self.doc = json.loads(out) if out.strip() else None
        except ValueError:
            self.doc = None

    @property
    def findings(self):
        return (self.doc or {}).get("findings", [])

    def __str__(self):
        return "`reeve %s` ended with %s: %s" % (" ".join(self.arguments), self.exit, self.err.strip()[-600:])


class World:
    def __init__(self, simulator=None, configuration=None, env=None):
        self.folder = tempfile.mkdtemp(prefix="reeve-safety-")
        self.state_folder = os.path.join(self.folder, "state")
        try:
            self.simulator = Simulator(REEVE_SIM, simulator or {})
        except BaseException:
            os.rmdir(self.folder)
            raise
        self.configuration = merge(CONFIGURATION, configuration or {})
        self.env = {"AWS_ENDPOINT_URL": self.simulator.url, "REEVE_TEST_INCONSISTENCY_MS": INCONSISTENCY_MS, **(env or {})}
        self.prefix = []  # a command in front of the program

    def close(self):
        self.simulator.process.kill()
        self.simulator.process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    # --- commands ---

    def start(self, arguments, env=None, prefix=(), state=None):
        path = os.path.join(self.folder, "reeve.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.configuration, file)
        whole = program.environment({"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_EC2_METADATA_DISABLED": "true",
                                     "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "HOME": self.folder,
                                     **self.env, **(env or {})})
        argv = [*self.prefix, *prefix, REEVE, "--config", path, "--state", state or self.state_folder, *arguments]
        # The output goes to files: the program would stop at a full pipe while the test waits for something else.
        out, err = (tempfile.TemporaryFile(dir=self.folder) for _ in range(2))
        process = subprocess.Popen(argv, cwd=self.folder, env=whole, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        process.outputs = out, err
        return process

    def reeve(self, *arguments, env=None, kill=None, during=None, timeout_s=90, prefix=(), state=None):
        """Runs a command to its end. `kill` is a function that returns when the process shall be killed, or has ended; `during` is
        a function that runs beside it. Both get the process."""
        begin = time.monotonic()
        process = self.start(arguments, env, prefix, state)
        helper = threading.Thread(target=during, args=(process,)) if during else None
        if helper:
            helper.start()
        killed = False
        if kill is not None:
            kill(process)
            killed = process.poll() is None
            if killed:
                process.kill()
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Wrong("`reeve %s` did not end within %d s" % (" ".join(arguments), timeout_s)) from None
        finally:
            if helper:
                helper.join()
        texts = []
        for file in process.outputs:
            file.seek(0)
            texts.append(file.read().decode("utf-8", "backslashreplace"))
            file.close()
        outcome = Outcome(list(arguments), process.returncode, *texts, time.monotonic() - begin, killed and process.returncode == -signal.SIGKILL)
        if outcome.exit not in (0, 1, 2, 3) and not outcome.killed:
            raise Wrong("it ended with %s: %s" % (outcome.exit, outcome))
        return outcome

    def must(self, wanted, *arguments, **more):
        outcome = self.reeve(*arguments, **more)
        if outcome.exit not in (wanted if isinstance(wanted, (tuple, list)) else (wanted,)):
            raise Wrong("exit status %s was expected: %s" % (wanted, outcome))
        return outcome

    # --- what there is now ---

    def raw_state(self):
        return self.simulator.get("/_sim/state")

    def sim_state(self):
        return json.loads(self.raw_state())

    def changes(self):
        outcome = self.reeve("changes", "--json", "--all")
        if outcome.exit != 0 and "holds nothing yet" in outcome.err or not os.path.isdir(self.state_folder):
            return []
        if outcome.exit != 0 or outcome.doc is None:
            raise Wrong("the journal can't be read: %s" % outcome)
        return outcome.doc["changes"]

    def audit(self):
        """Returns the entries of the audit log, after it was verified in the store and as an export."""
        verified = self.must(0, "audit", "verify", "--json")
        if not verified.doc["whole"]:
            raise Wrong("the audit log is not whole: %s" % verified.out)
        exported = self.must(0, "audit", "export").out
        path = os.path.join(self.folder, "export.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(exported)
        offline = self.must(0, "audit", "verify", path, "--json", "--key", verified.doc["public_key"])
        if not offline.doc["whole"] or offline.doc["entries"] != verified.doc["entries"]:
            raise Wrong("the export of the audit log is not whole: %s" % offline.out)
        return [entry for entry in map(json.loads, filter(None, exported.split("\n"))) if "seq" in entry]


# --- what a state shows ---

def key_of(record):
    return record["account"], record["region"], record["baseline"], record["resource"]


def still_drifted(state):
    """Returns the resources that a sweep remedies by itself."""
    return {key for key, status in oracle.drift(state).items() if status == "remediated"}


def state_differences(left, right):
    found = []
    compare("", left, right, found)
    return found[:12]


def anonymous(state, known):
    """Returns the same with the name "new" for each detector that `known` lacks, since AWS chooses the id of a new one."""
    ids = {d["id"] for account in known["accounts"] for d in account["detectors"].values() if d}
    accounts = [{**a, "detectors": {r: d and {**d, "id": d["id"] if d["id"] in ids else "new"} for r, d in a["detectors"].items()}} for a in state["accounts"]]
    return {**state, "accounts": accounts}


def mutating_calls(stats):
    return {name: n for name, n in stats["calls"].items() if name in MUTATING and n}


# --- shims ---

_shims = {}
_shims_lock = threading.Lock()


def shim(name):
    """Compiles shims/NAME.c once. Returns its path for LD_PRELOAD."""
    with _shims_lock:
        if name not in _shims:
            compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
            if compiler is None:
                raise Skipped("there is no C compiler for the shims")
            folder = tempfile.mkdtemp(prefix="reeve-shim-")
            path = os.path.join(folder, name + ".so")
            subprocess.run([compiler, "-O1", "-fPIC", "-shared", "-o", path, os.path.join(HERE, "shims", name + ".c"), "-ldl", "-lpthread"], check=True)
            _shims[name] = path
        return _shims[name]


def drop_shims():
    for path in _shims.values():
        shutil.rmtree(os.path.dirname(path), ignore_errors=True)


# --- running tests ---

class Tally:
    """Counts the outcomes, and prints the failures."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lock = threading.Lock()

    def run(self, name, function, *arguments):
        outcome, text = "passed", ""
        try:
            function(*arguments)
        except Skipped as reason:
            outcome, text = "skipped", str(reason)
        except Wrong as problem:
            outcome, text = "FAILED", str(problem)
        except Exception:
            outcome, text = "FAILED", traceback.format_exc()
        with self.lock:
            setattr(self, outcome.lower(), getattr(self, outcome.lower()) + 1)
            if outcome != "passed":
                print("%s %s: %s" % (outcome, name, text), flush=True)
        return outcome == "passed"

    def run_all(self, cases):
        """Runs each (name, function, argument…), some at the same time."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for future in [pool.submit(self.run, *case) for case in cases]:
                future.result()

    def finish(self):
        drop_shims()
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed else 0


def arguments(usage, *more):
    parser = argparse.ArgumentParser(usage=usage)
    parser.add_argument("--full", action="store_true", help="the long run")
    parser.add_argument("--seed", type=int, default=None)
    for name, kind, text in more:
        parser.add_argument(name, type=kind, default=None, help=text)
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1000000)
    return options

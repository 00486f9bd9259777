"""One scenario: its simulator, configuration, state folder and steps. README.md describes the keys of the files."""
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import time

from . import oracle, program
from .expect import check, show
from .invariants import broken
from .result import STATUSES, Result, parse
from .simulator import ACCESS_KEY, EXTERNAL_ID, SECRET_KEY, Simulator, stats_since

CONFIGURATION = {
    "organization": {"remediation_role": "ReeveRemediation", "external_id": EXTERNAL_ID, "home_region": "eu-west-1"},
    "baselines": [{"assign": "root", "set": {
        "s3.account-public-access-block": {}, "s3.bucket-default-encryption": {}, "iam.root-mfa": {}, "iam.user-mfa": {},
        "guardduty.detector": {"features": ["S3_DATA_EVENTS"]}}}],
}


# The simulator shows every change at once, so the wait for reads that lag behind is shortened.
INCONSISTENCY_MS = "1500"


class Failure(Exception):
    """A step did not go as expected."""


class Skipped(Exception):
    """This machine can't do what the scenario needs."""


def merge(base, patch):
    """Applies a JSON merge patch (RFC 7396): a null removes the member."""
    if not isinstance(patch, dict):
        return patch
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


class Scenario:
    def __init__(self, name, data, mode, programs, seed):
        self.name, self.data, self.mode, self.programs = name, data, mode, programs
        self.random = random.Random("%s %s" % (seed, name))
        self.timeout_s = self.data.get("timeout", 90) * (4 if mode == "sanitized" else 1)

    def wanted(self):
        if self.mode == "sanitized":
            return "sanitized" in self.data
        return self.mode == "full" or not self.data.get("full")

    # --- before and after ---

    def run(self):
        self.work = tempfile.mkdtemp(prefix="reeve-scenario-")
        self.mounts, self.results, self.env = [], {}, {}
        self.configuration = merge(CONFIGURATION, self.data.get("config", {}))
        self.config_text = None
        self.state_folder = os.path.join(self.work, "state")
        self.simulator = None
        self.step_name = "start"
        try:
            self.start_simulator({})
            self.steps(self.data["steps"], "")
            self.stop_simulator()
        finally:
            if self.simulator:
                self.simulator.stop()
            for mount in reversed(self.mounts):
                subprocess.run(["umount", mount], check=False)
            shutil.rmtree(self.work, ignore_errors=True)

    def start_simulator(self, more):
        arguments = {**self.data.get("simulator", {}), **(self.fill(more) if more else {})}
        if self.mode == "sanitized" and isinstance(self.data.get("sanitized"), dict):
            arguments.update(self.data["sanitized"])
        arguments = {key: value for key, value in arguments.items() if value is not None}
        if self.simulator:
            self.stop_simulator()
        self.simulator = Simulator(self.programs["sim"], arguments)
        self.state_now = self.simulator.state()
        if "state" in self.data:
            self.simulator.change(self.fill(self.data["state"]))
        self.env["AWS_ENDPOINT_URL"] = self.simulator.url

    def stop_simulator(self):
        said = self.simulator.stop()
        self.simulator = None
        if said:
            raise Failure("reeve-sim wrote to standard error:\n" + said[-3000:])

    # --- places in texts: {account:3} {name:3} {ou:Prod} {delegated} {management} {url} {work} {null} ---

    def fill(self, value):
        if value == "{null}":  # null itself removes what it is merged into
            return None
        if isinstance(value, str):
            return re.sub(r"\{(account|name|ou|delegated|management|url|work)(?::([^}]*))?\}", self.place, value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        return value

    def place(self, match):
        kind, which = match.groups()
        organization = self.state_now["organization"]
        if kind == "account":
            return self.state_now["accounts"][int(which)]["id"]
        if kind == "name":
            return self.state_now["accounts"][int(which)]["name"]
        if kind == "ou":
            return next(ou["id"] for ou in organization["ous"] if ou["name"] == which)
        return {"delegated": organization["delegated_administrator"], "management": organization["management_account"],
                "url": self.simulator.url, "work": self.work}[kind]

    # --- steps ---

    def steps(self, steps, before):
        for number, step in enumerate(steps, 1):
            self.step_name = "%s%d" % (before, number)
            verb = next((v for v in VERBS if v in step), None)
            if verb is None:
                raise Failure("a step has none of the verbs %s: %s" % (", ".join(VERBS), show(step)))
            VERBS[verb](self, step)

    def do_reeve(self, step):
        result = self.reeve(step)
        self.judge(result, step)
        if "output" in step:
            with open(os.path.join(self.work, step["output"]), "w", encoding="utf-8") as file:
                file.write(result.out)

    def do_reference(self, step):
        """Runs the same command without faults: on a twin of the simulator, with a state folder of its own."""
        here = self.simulator, self.state_folder, self.env
        self.simulator = self.simulator.twin(self.programs["sim"])
        self.state_folder = os.path.join(self.work, "state-of-reference")
        self.env = {"AWS_ENDPOINT_URL": self.simulator.url}
        shutil.rmtree(self.state_folder, ignore_errors=True)
        try:
            result = self.reeve({"reeve": step["reference"], "exit": step.get("exit", [0, 2, 3])})
            self.judge(result, {"as": step.get("as", "reference"), "exit": step.get("exit", [0, 2, 3])}, plain=True)
        finally:
            self.simulator.stop()
            self.simulator, self.state_folder, self.env = here

    def do_account(self, step):
        self.simulator.change(self.fill(step["account"]))

    def do_fault(self, step):
        self.simulator.set_faults(step["fault"])

    def do_config(self, step):
        self.config_text = None
        base = CONFIGURATION if step.get("from_default") else self.configuration
        self.configuration = merge(base, step["config"])

    def do_config_text(self, step):
        """Sets the very text of the file; null: the text is made from the configuration again."""
        text = step["config_text"]
        self.config_text = text[0] * text[1] if isinstance(text, list) else text

    def do_env(self, step):
        self.env.update(self.fill(step["env"]))

    def do_simulator(self, step):
        self.start_simulator(step["simulator"])

    def do_repeat(self, step):
        times = step["repeat"][self.mode] if isinstance(step["repeat"], dict) else step["repeat"]
        here = self.step_name
        for turn in range(1, times + 1):
            self.steps(step["steps"], "%s (turn %d) " % (here, turn))

    def do_state_folder(self, step):
        what = step["state_folder"]
        if what == "new":
            shutil.rmtree(self.state_folder, ignore_errors=True)
        elif what == "garbage":
            self.damage(b"This is no database. " * 5000)
        elif what == "cut":
            with open(os.path.join(self.state_folder, "data.mdb"), "r+b") as file:
                file.truncate(os.path.getsize(file.name) // 2 // 4096 * 4096)
        elif what == "file":
            shutil.rmtree(self.state_folder, ignore_errors=True)
            open(self.state_folder, "w").close()
        elif isinstance(what, dict):
            os.chmod(self.state_folder, int(what["mode"], 8))
        else:
            self.mount(what)

    def damage(self, content):
        os.makedirs(self.state_folder, mode=0o700, exist_ok=True)
        with open(os.path.join(self.state_folder, "data.mdb"), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)

    def mount(self, options):
        """Mounts a file system of its own with these options, or remounts the present one with them."""
        os.makedirs(self.state_folder, mode=0o700, exist_ok=True)
        again = self.state_folder in self.mounts
        text = ",".join((["remount"] if again else []) + ["mode=0700", options])
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", text, "none", self.state_folder], capture_output=True, text=True)
        if done.returncode != 0:
            raise Skipped("a file system can't be mounted here: " + done.stderr.strip().split("\n")[0])
        if not again:
            self.mounts.append(self.state_folder)

    def do_check(self, step):
        """Checks expectations over earlier results, without a command."""
        self.complain(check(step["check"], self.names(None)))

    def do_resume(self, step):
        """Resumes as often as needed; a run that was cut off before it was on record is started again."""
        for _ in range(5):
            result = self.reeve({"reeve": ["sweep", "--resume", "--json", "--all"]})
            if "no sweep was cut off" in result.err:
                result = self.reeve({"reeve": ["sweep", "--json", "--all"]})
            if result.exit != 1:
                break
        self.judge(result, {**step, "exit": step.get("exit", [0, 2])})

    # --- one command ---

    def write_config(self):
        path = os.path.join(self.work, "reeve.json")
        text = self.config_text if self.config_text is not None else json.dumps(self.fill(self.configuration), indent=1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def reeve(self, step):
        arguments = self.fill(step["reeve"])
        argv = [self.programs["reeve"]]
        if "--config" not in arguments:
            argv += ["--config", self.write_config()]
        if "--state" not in arguments:
            argv += ["--state", self.state_folder]
        env = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_EC2_METADATA_DISABLED": "true",
               "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "HOME": self.work,
               "REEVE_TEST_INCONSISTENCY_MS": INCONSISTENCY_MS, **self.env,
               **self.fill(step.get("env", {}))}
        before = self.simulator.stats()
        meanwhile = None
        if "during" in step:
            meanwhile = lambda process: self.meanwhile(step["during"], process, before)
        self.happened = []
        start = time.monotonic()
        if step.get("terminal"):
            status, out, err, late = program.run_on_terminal(argv + arguments, env, self.work, self.timeout_s)
        else:
            status, out, err, late = program.run(argv + arguments, env, self.work, self.timeout_s, meanwhile)
        if late:
            raise Failure("`reeve %s` did not end within %d s\n%s" % (" ".join(arguments), self.timeout_s, err[-2000:]))
        for problem in self.happened:
            raise problem
        stats = stats_since(before, self.simulator.stats())
        state = parse(self.simulator.get("/_sim/state"))
        return Result(arguments, status, out, err, stats, state, self.programs["scopes"], time.monotonic() - start)

    def meanwhile(self, events, process, before):
        """Performs the actions during the command, on a thread of its own."""
        for event in events:
            if not program.Trigger(event["at"], self.simulator, before, self.random).wait(process):
                if not event.get("optional"):
                    self.happened.append(Failure("the command ended before %s" % event["at"]))
                return
            try:
                if "signal" in event:
                    program.send(process, event["signal"])
                elif "reeve" in event:
                    self.beside(event)
                else:
                    VERBS[next(v for v in VERBS if v in event)](self, event)
            except (Failure, RuntimeError, OSError) as problem:
                self.happened.append(problem)

    def beside(self, event):
        """Runs another command while the first one runs."""
        happened, outer = self.happened, self.step_name
        result = self.reeve(event)
        self.happened = happened
        self.judge(result, event, among_others=True)
        self.step_name = outer

    def judge(self, result, step, plain=False, among_others=False):
        problems = []
        wanted = step.get("exit", 0)
        waived = set() if plain else set(self.data.get("waive", [])) | set(step.get("waive", []))
        if step.get("terminal"):  # both outputs are one on a terminal
            waived |= {"escapes", "document"}
        if among_others:  # the counters include the other command's calls
            waived |= {"mutation", "once", "counted", "assume_role", "rejected"}
        expected = [] if plain else self.data.get("rejected", []) + step.get("rejected", [])
        problems += broken(result, self.state_folder, waived, expected)
        if wanted != "any" and result.exit != 99 and result.exit not in (wanted if isinstance(wanted, list) else [wanted]):
            problems.insert(0, "expected: exit status %s\n      actual: %s" % (wanted, result.exit))
        for text in self.fill(step.get("stderr", [])):
            problems += self.says("standard error", text, result.err)
        for text in self.fill(step.get("stdout", [])):
            problems += self.says("standard output", text, result.out)
        if "as" in step:
            self.results[step["as"]] = result
        if not problems:
            problems = list(check(step.get("expect", []), self.names(result)))
        self.complain(problems, result)

    @staticmethod
    def says(what, text, actual):
        """Yields a problem unless the output has the text or /pattern/; with an exclamation mark before it, unless the output lacks it."""
        absent = text.startswith("!")
        text = text[absent:]
        pattern = text[1:-1] if len(text) > 1 and text[0] == text[-1] == "/" else re.escape(text)
        if bool(re.search(pattern, actual, re.S)) == absent:
            yield "expected: %s %s %r\n      actual: %s" % (what, "without" if absent else "with", text, show(actual[-1500:]))

    def names(self, result):
        names = {"drift": oracle.drift, "unlike_mended": oracle.unlike_mended, "STATUSES": STATUSES, "len": len, "sum": sum, "set": set, "zip": zip, "range": range, "str": str, "tuple": tuple, "sorted": sorted, "all": all,
                 "any": any, "max": max, "min": min, "abs": abs, "list": list, "dict": dict, "bool": bool, "NOT_AUTO": oracle.NOT_AUTO,
                 "mode": self.mode, "__builtins__": {}, **self.results}
        if result is not None:
            names["ids"] = lambda fits: {a.id for a in result.state.accounts if fits(a)}
            names.update({n: getattr(result, n) for n in ("exit", "out", "err", "stats", "state", "doc", "calls", "state_differences",
                                                          "account", "seconds", "sequences")}, this=result)
            if result.doc is not None and "findings" in result.doc:
                names.update({n: getattr(result, n) for n in ("run", "cells", "findings", "organization", "find", "count", "ledger",
                                                              "cells_where", "differs", "resources")})
        for name, text in self.data.get("define", {}).items():
            try:
                names[name] = eval(text, names)
            except Exception:  # it needs a result that does not exist yet, or has no document
                pass
        return names

    def complain(self, problems, result=None):
        problems = list(problems)
        if not problems:
            return
        if result is not None:
            problems.append("command: reeve %s (exit status %s)" % (" ".join(result.arguments), result.exit))
            if result.err.strip() and result.exit != 99:
                problems.append("standard error: " + result.err.strip()[-1500:])
        raise Failure("\n    ".join(problems))


VERBS = {"reeve": Scenario.do_reeve, "reference": Scenario.do_reference, "account": Scenario.do_account,
         "fault": Scenario.do_fault, "config": Scenario.do_config, "config_text": Scenario.do_config_text,
         "env": Scenario.do_env, "simulator": Scenario.do_simulator, "repeat": Scenario.do_repeat,
         "state_folder": Scenario.do_state_folder, "check": Scenario.do_check, "resume": Scenario.do_resume}

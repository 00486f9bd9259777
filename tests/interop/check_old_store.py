#!/usr/bin/env python3
"""Every command opens a store that reeve 0.1.0 wrote (tests/data/store-0.1.0) and shows what that version showed.

usage: check_old_store.py LOAD-STORE; REEVE names the program. Commands that only read refuse the store until one that
writes has migrated it; then they show the old documents. No call reaches AWS."""
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

DATA = pathlib.Path(__file__).resolve().parents[1] / "data/store-0.1.0"
REEVE = os.environ["REEVE"]
READERS = {"status": ["status"], "changes": ["changes"], "approvals": ["approvals", "list", "--all"], "exceptions": ["exceptions", "list"]}
OTHERS = [["audit", "verify"], ["audit", "export"], ["changes"], ["approvals"], ["exceptions"], ["status"]]
failures = []


def expect(truth, text, *values):
    if not truth:
        failures.append(text % values)
        print("FAILED:", text % values)


def without(document):
    """Returns the document without the members that this version has added, a wave of 0, the daemon, which does not run, and
    the days that an exception has left, which become fewer every day."""
    if isinstance(document, dict):
        return {k: without(v) for k, v in document.items() if k not in ("daemon", "store", "version", "days_left") and (k, v) != ("wave", 0)}
    return [without(v) for v in document] if isinstance(document, list) else document


def main():
    work = pathlib.Path(tempfile.mkdtemp())
    state = work / "state"
    subprocess.run([sys.argv[1], str(DATA / "store.dump"), str(state)], check=True)
    for name in ("audit-key.pem", "pause.json"):
        shutil.copyfile(DATA / name, state / name)
        (state / name).chmod(0o600)
    # The configuration has the channel of the waiting notifications, which would be dropped without it.
    (work / "reeve.json").write_text(json.dumps({"organization": {"home_region": "eu-west-1"}, "notifications": [
        {"name": "desk", "on": ["alert", "approval"], "webhook": {"url": "https://127.0.0.1:9/hook"}}]}))
    environment = {**os.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_MAX_ATTEMPTS": "1"}

    def run(*arguments):
        return subprocess.run([REEVE, "--config", str(work / "reeve.json"), "--state", str(state), *arguments, "--json"], env=environment, capture_output=True, text=True)

    for arguments in [*READERS.values(), *OTHERS]:
        refused = run(*arguments)
        expect(refused.returncode == 1 and "earlier version of reeve" in refused.stderr and "reeve plan" in refused.stderr, "%s of an old store: %s %s", arguments, refused.returncode, refused.stderr)
    expect(len(list(work.glob("state.schema-*"))) == 0, "a command that reads has copied the folder")
    plan = run("plan")  # fails, since no AWS answers; the store is migrated before that
    expect("schema-1-" in plan.stderr and "from schema 1 to 2" in plan.stderr, "the log reports the migration: %s", plan.stderr)
    copies = list(work.glob("state.schema-1-*"))
    expect(len(copies) == 1 and {"data.mdb", "audit-key.pem", "pause.json"} <= {f.name for f in copies[0].iterdir()}, "one copy of all files: %s", copies)

    expected = json.loads((DATA / "expected.json").read_text())
    for name, arguments in READERS.items():
        shown = run(*arguments)
        if shown.returncode not in (0, 2):
            expect(False, "%s: %s %s", name, shown.returncode, shown.stderr)
            continue
        document, old = without(json.loads(shown.stdout)), without(expected[name])
        if name == "status":  # the plan that migrated the store is its newest run
            document["runs"] = [r for r in document["runs"] if r["id"] in {o["id"] for o in old["runs"]}]
        if name == "exceptions":  # the days until the end of the last day, whole ones only; the day may change while this runs
            (exception,) = json.loads(shown.stdout)["exceptions"]
            left = (datetime.date.fromisoformat(exception["expires"]) - datetime.datetime.now(datetime.timezone.utc).date()).days
            expect(exception["days_left"] in (left, left + 1), "%s days left until %s, where today has %s", exception["days_left"], exception["expires"], left)
        expect(document == old, "%s shows something else:\n%s\nwhere 0.1.0 showed\n%s", name, json.dumps(document, indent=1), json.dumps(old, indent=1))
    for arguments in OTHERS:
        shown = run(*arguments)
        expect(shown.returncode in (0, 2), "%s: %s %s", arguments, shown.returncode, shown.stderr)
    for change in expected["changes"]["changes"]:
        expect(run("changes", change["id"]).returncode == 0, "changes %s", change["id"])
    for approval in expected["approvals"]["approvals"]:
        expect(run("approvals", "show", approval["id"]).returncode == 0, "approvals show %s", approval["id"])
    shutil.rmtree(work)
    print("%d passed, %d failed" % (len(READERS) + len(OTHERS) + 5 - len(failures), len(failures)))
    return 1 if failures else 0


sys.exit(main())

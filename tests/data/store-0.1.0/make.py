#!/usr/bin/env python3
"""Makes this folder: a store that reeve 0.1.0 wrote, and the documents that this version shows of it.

usage: make.py REEVE REEVE-SIM, both built from version 0.1.0; mdb_dump (Debian's lmdb-utils) must be there.

The simulated organization is swept until the store has every kind of record: changes that were verified, rolled back
and left in flight by a kill, approvals that wait, were given and were denied, exceptions, a pause, an event, an audit
log, a sweep that was cut off, and notifications that nobody takes. Writes store.dump (mdb_dump's text), the other
files of the state folder, and expected.json: the documents of the commands that read."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scenarios"))
from harness.simulator import ACCESS_KEY, EXTERNAL_ID, SECRET_KEY, Simulator  # noqa: E402

READERS = {"status": ["status"], "changes": ["changes"], "approvals": ["approvals", "list", "--all"], "exceptions": ["exceptions", "list"]}
CONFIGURATION = {
    "organization": {"home_region": "eu-west-1", "external_id": EXTERNAL_ID},
    "baselines": [{"assign": "root", "set": {"s3.account-public-access-block": {}, "s3.bucket-default-encryption": {}, "iam.user-mfa": {}, "iam.root-mfa": {}, "guardduty.detector": {}}}],
    "tiers": [{"assign": "root", "set": {"s3.bucket-default-encryption": "approval"}}],
    "approvals": {"four_eyes": False},
    "people": [{"name": "Ann", "system_users": ["uid:%d" % os.getuid()]}],
    "notifications": [{"name": "desk", "on": ["alert", "approval"], "webhook": {"url": "https://127.0.0.1:9/hook"}}],
}


def changes_made(simulator):
    return sum(n for call, n in simulator.stats()["calls"].items() if call.split(".")[1].startswith(("Put", "Create", "Update")))


def main():
    reeve, program = (str(pathlib.Path(p).resolve()) for p in sys.argv[1:3])
    simulator = Simulator(program, {"accounts": 6, "regions": 2, "buckets": 1, "drift": 0.5, "seed": 11})
    work = pathlib.Path(tempfile.mkdtemp())
    (work / "reeve.json").write_text(json.dumps(CONFIGURATION))
    environment = {**os.environ, "AWS_ENDPOINT_URL": simulator.url, "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "REEVE_TEST_INCONSISTENCY_MS": "50"}
    command = [reeve, "--config", str(work / "reeve.json"), "--state", str(work / "state")]

    def run(*arguments, text=None):
        done = subprocess.run([*command, *arguments, "--json"], env=environment, input=text, capture_output=True, text=True)
        assert done.returncode in (0, 2, 3), (arguments, done.stdout[-500:], done.stderr[-2000:])
        return json.loads(done.stdout)

    accounts = [a["id"] for a in simulator.state()["accounts"]]
    run("sweep", *(argument for account in accounts[:3] for argument in ("--account", account)))
    waiting = [a["id"] for a in run("approvals", "list")["approvals"]]
    run("approvals", "approve", waiting[0])
    run("approvals", "deny", waiting[1])
    changes = run("changes")["changes"]
    run("rollback", next(c["id"] for c in changes if c["state"] == "verified"))
    account = changes[0]["account"]
    run("exceptions", "add", "--account", account, "--baseline", "iam.user-mfa", "--reason", "moving", "--owner", "ann", "--expires", "2099-01-31")
    run("event", "-", text=json.dumps({"version": "0", "id": "e-1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "account": account, "time": "2026-11-30T08:00:00Z", "region": "eu-west-1", "resources": [], "detail": {
        "eventVersion": "1.09", "eventID": "e-1", "eventSource": "s3.amazonaws.com", "eventName": "DeleteAccountPublicAccessBlock", "awsRegion": "eu-west-1", "recipientAccountId": account, "eventTime": "2026-11-30T08:00:00Z", "userIdentity": {"type": "IAMUser", "accountId": account, "userName": "eve"}, "requestParameters": {}}}))
    # Each flush to the disk takes 0.3 s: a sweep of the other accounts is killed between a change and its record.
    made = changes_made(simulator)
    killed = subprocess.Popen([*command, "sweep", "--json"], env={**environment, "REEVE_TEST_FSYNC_MS": "300"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while changes_made(simulator) == made:
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    states = {c["state"] for c in run("changes")["changes"]}
    assert states & {"intent", "applied"}, states
    run("pause", "--baseline", "guardduty.detector", "--reason", "to be looked at")
    simulator.stop()

    dump = subprocess.run(["mdb_dump", "-a", str(work / "state")], capture_output=True, text=True, check=True).stdout
    (HERE / "store.dump").write_text(dump)
    for file in (work / "state").iterdir():
        if file.is_file() and file.suffix != ".mdb" and not file.name.endswith(".lock"):
            shutil.copyfile(file, HERE / file.name)
    expected = {name: run(*arguments) for name, arguments in READERS.items()}
    expected["status"].pop("daemon", None)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")
    shutil.rmtree(work)
    for name, document in expected.items():
        print(name, len(json.dumps(document)))


main()

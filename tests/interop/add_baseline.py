#!/usr/bin/env python3
"""Adds a baseline by the steps of baselines/README.md alone, and shows that the result works.

The project is copied to a temporary folder. There the code blocks of "Add a baseline in an hour" are followed
literally: operations are listed and generated, the file and its line are written, the commands are run. The
resulting program documents the baseline, grants its actions, routes its events, plans, sweeps and rolls
back, against an organization in moto; boto3 looks up what was changed.

usage: add_baseline.py [-v]

The last line is `N passed, N failed, N skipped`; the status is 0 when nothing failed.
"""
import argparse, json, os, re, shutil, subprocess, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try: import flask, moto, fixture, harness       # flask: moto's server needs it
except ImportError as missing:
    print("skipped: %s (see tests/requirements.txt)" % missing)
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TITLE = "## Add a baseline in an hour"


class Steps:
    """The steps of the page: the text of each code block, and the file that it belongs in."""

    def __init__(self, path):
        text = open(path, encoding="utf-8").read().split(TITLE + "\n")[1].split("\n## ")[0]
        blocks = [(kind, re.sub(r"^   ", "", body, flags=re.M)) for kind, body in re.findall(r"^   ```(\w+)\n(.*?)^   ```$", text, re.M | re.S)]
        self.operations, = [body for kind, body in blocks if kind == "toml"]
        self.file, self.line = [body for kind, body in blocks if kind == "c"]
        self.commands = [body for kind, body in blocks if kind == "sh"]
        self.path = re.search(r"\*\*Write the file\*\*, `([^`]+)`", text)[1]
        self.list_path = re.search(r"\*\*Name the operations that it needs\*\*, where `([^`]+)`", text)[1]
        self.line_path = re.search(r"\*\*Add the line\*\* to `([^`]+)`", text)[1]
        self.id = re.search(r'\.id = "([^"]+)"', self.file)[1]


def append(path, text):
    with open(path, "a", encoding="utf-8") as f: f.write(text)


def run_commands(c, folder, commands):
    """Runs a code block of commands as a reader would, but builds without optimization."""
    env = {**os.environ, "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"], "CMAKE_BUILD_TYPE": "Debug", "CFLAGS": "-O0"}
    done = subprocess.run(["sh", "-e", "-c", commands], cwd=folder, env=env, capture_output=True, text=True)
    said = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
    return c.ok("the commands of the page succeed: " + commands.splitlines()[0], done.returncode == 0, said)


def follow(c, steps, folder):
    """Follows the page's steps. Returns False when one of them failed, so that nothing after it can be tried."""
    append(os.path.join(folder, steps.list_path), "\n" + steps.operations)
    if not run_commands(c, folder, steps.commands[0]): return False
    path = os.path.join(folder, steps.path)
    os.makedirs(os.path.dirname(path))
    append(path, steps.file)
    append(os.path.join(folder, steps.line_path), steps.line)
    return run_commands(c, folder, steps.commands[1])


def check_form(c, folder, steps):
    """Checks that the example keeps the house rules and the form of .clang-format."""
    rules = subprocess.run([sys.executable, "tests/lib/house_rules.py"], cwd=folder, capture_output=True, text=True)
    c.ok("the house rules are kept", rules.returncode == 0, rules.stdout + rules.stderr)
    formatter = os.path.join(os.path.dirname(sys.executable), "clang-format")
    if not os.path.exists(formatter): return c.skip("the form of the example", "clang-format is not installed")
    form = subprocess.run([formatter, "-n", "--Werror", steps.path], cwd=folder, capture_output=True, text=True)
    c.ok("the example has the form of .clang-format", form.returncode == 0, form.stderr)


def small_world(url):
    """Makes three accounts with nothing in them but the role."""
    world = fixture.World(url, "spread")
    world.rows = [{**row, "bpa": "none", "buckets": [], "users": [], "detectors": {}, "key": None} for row in world.in_scope()[:3]]
    return world.build()


def is_on(world, row, region):
    return world.client("ec2", row["name"], region).get_ebs_encryption_by_default()["EbsEncryptionByDefault"]


def everywhere(world): return [(row, region) for row in world.rows for region in fixture.REGIONS]


def check_documents(c, bench, steps, config):
    """Checks the documentation, policies and routes that are printed from the tables."""
    said = json.loads(subprocess.run([bench.reeve, "baselines", steps.id, "--json"], capture_output=True, text=True).stdout)["baselines"][0]
    c.ok("reeve baselines documents it", said["id"] == steps.id and said["title"] and said["controls"], said)
    actions = {a for s in bench.policy("role", config)["Statement"] for a in harness.as_list(s["Action"])}
    c.ok("the role's policy allows its actions", set(said["reads"] + said["writes"]) <= actions, sorted(actions))
    only_read = {a for s in bench.policy("read-only", config)["Statement"] for a in harness.as_list(s["Action"])}
    c.ok("the read-only role's policy allows its reads only", set(said["reads"]) <= only_read and not set(said["writes"]) & only_read, sorted(only_read))


def check_routes(c, bench, world, steps, config):
    account, region = world.ids[world.rows[0]["name"]], fixture.REGIONS[0]
    event = {"version": "0", "id": "e-1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "account": account,
             "time": "2026-05-04T03:02:01Z", "region": region, "resources": [],
             "detail": {"eventVersion": "1.09", "eventTime": "2026-05-04T03:02:01Z", "eventSource": "ec2.amazonaws.com",
                        "eventName": "DisableEbsEncryptionByDefault", "awsRegion": region, "recipientAccountId": account,
                        "eventID": "11111111-2222-3333-4444-555555555555",
                        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::%s:user/u" % account, "accountId": account}}}
    done = subprocess.run([bench.reeve, "--config", bench.write("event-config.json", config), "--state", bench.path("none"), "event", "--explain",
                           "--json", bench.write("event.json", event)], capture_output=True, text=True)
    signal = json.loads(done.stdout)["signals"][0] if done.returncode == 0 else {}
    c.same("an event that turns it off leads to its cell", [(x["baseline"], x["region"]) for x in signal.get("cells", [])], [(steps.id, region)])


def check_work(c, bench, world, steps, config):
    """Plans, sweeps, sweeps again and rolls back; one cell was compliant before."""
    right = world.rows[0], fixture.REGIONS[0]
    world.client("ec2", right[0]["name"], right[1]).enable_ebs_encryption_by_default()
    before = {(row["name"], region): is_on(world, row, region) for row, region in everywhere(world)}
    wrong = {(world.ids[row["name"]], region, steps.id, world.ids[row["name"]]) for row, region in everywhere(world) if (row, region) != right}

    plan = bench.run("plan", world, config, "plan")
    c.same("plan: what drifts", {k: s for k, (s, _) in plan.findings().items()}, {k: "drifted" for k in wrong})
    c.same("plan: status", plan.status, 2)
    c.same("plan: changes nothing", dict(plan.mutations()), {})

    sweep = bench.run("sweep", world, config, "sweep", state="state")
    c.same("sweep: what was mended", {k: s for k, (s, _) in sweep.findings().items()}, {k: "remediated" for k in wrong})
    c.same("sweep: status", sweep.status, 0)
    c.same("sweep: one call for each change", sum(sweep.mutations().values()), len(wrong))
    c.ok("sweep: boto3 sees that it is on everywhere", all(is_on(world, row, region) for row, region in everywhere(world)))

    again = bench.run("sweep-again", world, config, "sweep", state="state")
    c.same("sweep again: nothing is left to do", (again.status, again.findings(), dict(again.mutations())), (0, {}, {}))

    undo = bench.run("rollback", world, config, "rollback", sweep.doc["run"]["id"], state="state")
    c.same("rollback: one call for each change", sum(undo.mutations().values()), len(wrong))
    c.same("rollback: boto3 sees the state of before", {(row["name"], region): is_on(world, row, region) for row, region in everywhere(world)}, before)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("-v", action="store_true", help="print each check")
    c = harness.Checks(options.parse_args().v)
    steps = Steps(os.path.join(ROOT, "baselines", "README.md"))
    folder = os.path.join(tempfile.mkdtemp(prefix="reeve-add-baseline-"), "reeve")
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("build", ".git", "__pycache__"), symlinks=True)
    if follow(c, steps, folder):
        check_form(c, folder, steps)
        bench = harness.Bench(c, os.path.join(folder, "build", "reeve"))
        with harness.moto(bench.log) as server:
            world = small_world(server.url)
            config = world.config([steps.id])
            check_documents(c, bench, steps, config)
            check_routes(c, bench, world, steps, config)
            check_work(c, bench, world, steps, config)
        bench.close()
    if c.failed: print("the copy is kept in " + folder)
    else: shutil.rmtree(os.path.dirname(folder))
    return c.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Does what the README tells its reader to do: writes its configuration, prints the policies, makes the organization of
the simulator grant no more than these, and runs its commands in their order. Every other `reeve` command that a README of
the project shows must exist, and take the options that it is shown with.

usage: check_readme.py; REEVE and REEVE_SIM name the programs."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
REEVE, SIM = os.environ["REEVE"], os.environ["REEVE_SIM"]
checks = failures = 0


def expect(truth, text, *values):
    global checks, failures
    checks += 1
    if not truth:
        failures += 1
        print("FAILED:", text % values)


def block_after(text, words):
    """Returns the indented block that follows the line with these words."""
    lines = iter(text.split("\n"))
    for line in lines:
        if words in line: break
    else: sys.exit("FAILED: README.md no longer says %r" % words)
    block = []
    for line in lines:
        if line.strip() and not line.startswith("       "):
            if block: break
            continue                            # the paragraph goes on
        if line.strip() or block: block.append(line)
    return "\n".join(block)


def first_sweep(readme, work):
    config = json.loads(block_after(readme, "Write `reeve.json`"))
    trust = json.loads(block_after(readme, "trust policy lets the orchestrator's role assume it"))
    (work / "reeve.json").write_text(json.dumps(config))
    environment = dict(os.environ, AWS_ACCESS_KEY_ID="AKIASIMORCHESTRATOR0", AWS_SECRET_ACCESS_KEY="sim-orchestrator-secret",
                       XDG_STATE_HOME=str(work), NO_COLOR="1")

    def reeve(*arguments):
        return subprocess.run([REEVE, *arguments], cwd=work, env=environment, capture_output=True, text=True)

    statement = trust["Statement"][0]
    expect(statement["Condition"]["StringEquals"]["sts:ExternalId"] == config["organization"]["external_id"],
           "the trust policy and the configuration have two external ids")
    for name in ("role", "orchestrator", "read-only"):
        policy = reeve("policy", name)
        expect(policy.returncode == 0 and json.loads(policy.stdout)["Statement"], "reeve policy %s: %s", name, policy.stderr)
        (work / (name + ".json")).write_text(policy.stdout)
    simulator = subprocess.Popen([SIM, "--listen", "127.0.0.1:0", "--accounts", "40", "--drift", "0.8", "--external-id", config["organization"]["external_id"],
                                  "--role", config["organization"]["remediation_role"], "--role-policy", str(work / "role.json"),
                                  "--orchestrator-policy", str(work / "orchestrator.json")], stdout=subprocess.PIPE, text=True)
    try:
        environment["AWS_ENDPOINT_URL"] = re.search(r"http://\S+", simulator.stdout.readline()).group(0).rstrip(".,")
        commands = [line.split("#")[0].split() for line in block_after(readme, "Look first, then act").split("\n") if line.strip()]
        expect([c[:2] for c in commands[:2]] == [["reeve", "config"], ["reeve", "accounts"]], "the commands are others: %s", commands)
        for command in commands:
            run = sweep_id(reeve) if "RUN" in command else None
            done = reeve(*[run if word == "RUN" else word for word in command[1:]])
            # 2: drift remains, as in a plan and after a rollback; nothing may be unknown, since the policies grant all that is needed.
            expect(done.returncode in (0, 2), "%s ends with %d: %s%s", " ".join(command), done.returncode, done.stdout[-500:], done.stderr)
            expect(" 0 of " not in done.stdout, "%s finds no account in scope: %s", " ".join(command), done.stdout[:200])
    finally:
        simulator.terminate()
        simulator.wait()


def sweep_id(reeve):
    return [run["id"] for run in json.loads(reeve("status", "--json").stdout)["runs"] if run["kind"] == "sweep"][-1]


def shown_commands():
    """Yields each `reeve …` of the READMEs with its file: between backquotes, or on an indented line."""
    for path in sorted(p for p in TOP.glob("**/README.md") if "build" not in p.parts):
        for found in re.finditer(r"`reeve ([^`]+)`|^ {4,}(?:\$ )?reeve ([^#\n]+)", path.read_text(), re.M):
            yield path.relative_to(TOP), (found.group(1) or found.group(2)).split()


def known(helps, words):
    name = words[0]
    if name not in helps:
        done = subprocess.run([REEVE, name, "--help"], capture_output=True, text=True)
        helps[name] = done.stdout if done.returncode == 0 else None
    return helps[name] is not None and all(re.search(r"%s\b" % re.escape(option), helps[name])
                                           for word in words[1:] for option in re.findall(r"--[a-z-]+", word) if option != "--help")


def main():
    work = pathlib.Path(tempfile.mkdtemp())
    first_sweep((TOP / "README.md").read_text(), work)
    helps = {}
    for path, words in shown_commands():
        if words[0] != "COMMAND":
            expect(known(helps, words), "%s: `reeve %s` is not a command, or does not take its options", path, " ".join(words))
    shutil.rmtree(work)
    print("%d passed, %d failed" % (checks - failures, failures))
    return 1 if failures else 0


sys.exit(main())

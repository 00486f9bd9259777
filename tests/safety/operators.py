#!/usr/bin/env python3
"""The operators' socket with a real second system user, who can't read the state folder: they see what root sees,
act in their own name and role, and nobody whom the configuration doesn't name gets anything.

usage: operators.py [--full] [--seed N]      (to be run as root; skipped otherwise)"""
import grp
import json
import os
import pwd
import shutil
import stat
import subprocess

from serve_world import BLOCK, Daemon, expect, expect_in
from serving import wait_until
from world import REEVE, Skipped, Tally, Wrong, arguments

ON_CALL, STRANGER = "nobody", "daemon"
ENCRYPTION = "s3.bucket-default-encryption"
SMALL = {"accounts": 8, "regions": 2, "drift": 1, "buckets": 1, "seed": 5}


class Shift(Daemon):
    """A daemon, and the people on call who use it."""

    def __init__(self, role="responder"):
        for needed in ("setpriv",):
            if shutil.which(needed) is None:
                raise Skipped("there is no %s here" % needed)
        if os.geteuid() != 0:
            raise Skipped("only root can run commands as another user")
        try:
            self.users = {name: pwd.getpwnam(name) for name in (ON_CALL, STRANGER)}
            self.group = grp.getgrgid(self.users[ON_CALL].pw_gid).gr_name
        except KeyError as missing:
            raise Skipped("this system lacks a user or group: %s" % missing) from None
        super().__init__(SMALL, {"tiers": [{"assign": "root", "set": {ENCRYPTION: "approval"}}], "approvals": {"four_eyes": False}})
        os.chmod(self.folder, 0o755)
        self.socket_folder = os.path.join(self.folder, "run")
        os.mkdir(self.socket_folder, 0o755)
        self.socket = os.path.join(self.socket_folder, "reeve.sock")
        self.configuration["http"] = {"socket": self.socket, "socket_group": self.group}
        self.people(role)
        # The folder of the build may be closed to other users.
        self.program = os.path.join(self.folder, "reeve")
        shutil.copy(REEVE, self.program)
        os.chmod(self.program, 0o755)

    def people(self, role):
        self.configuration["people"] = [{"name": "Root Operator", "system_users": ["root"], "role": "admin"},
                                        {"name": "Olga", "system_users": [ON_CALL], "role": role}]

    def as_user(self, *command, user=ON_CALL, state="", exit_status=0):
        """Runs a command as that user. state "" names the daemon's state folder; None names none, and the user has none either."""
        entry = self.users[user]
        options = ["--config", os.path.join(self.folder, "reeve.json")] + (["--state", state or self.state_folder] if state is not None else [])
        done = subprocess.run(["setpriv", "--reuid=%d" % entry.pw_uid, "--regid=%d" % self.users[ON_CALL].pw_gid, "--clear-groups", self.program, *options, *command],
                              cwd="/", env={"PATH": os.environ["PATH"], "HOME": "/nonexistent-home", "LANG": "C.UTF-8", "NO_COLOR": "1"}, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        if done.returncode != exit_status:
            raise Wrong("`reeve %s` as %s ended with %d, not %d: %s%s" % (" ".join(command), user, done.returncode, exit_status, done.stdout[-500:], done.stderr[-800:]))
        return done

    def begin(self):
        self.serve()
        self.sweep_now()
        self.swept()

    def waiting(self):
        return json.loads(self.as_user("approvals", "list", "--json").stdout)["approvals"]


# --- reading ---

def without_times(text):
    """Returns the document without the values that change between two reads."""
    document = json.loads(text)
    if "daemon" in document:
        document["daemon"] = sorted(document["daemon"])
    return document


def they_see_what_root_sees():
    with Shift() as world:
        world.begin()
        mode = os.lstat(world.socket)
        expect("the socket", (stat.S_IMODE(mode.st_mode), mode.st_uid, mode.st_gid), (0o660, 0, world.users[ON_CALL].pw_gid))
        some = world.waiting()[0]["id"]
        change = world.get("/api/v1/changes?state=verified&limit=1")["changes"][0]["id"]
        for command in (("approvals", "list"), ("approvals", "list", "--all"), ("approvals", "show", some), ("changes",), ("changes", "--all"), ("changes", change),
                        ("status",), ("exceptions", "list")):
            plain = world.must(0, *command, env={"NO_COLOR": "1"}).out
            as_json = world.must(0, *command, "--json").out
            for state in ("", None):
                if command != ("status",):
                    expect(" ".join(command), world.as_user(*command, state=state).stdout, plain)
                expect(" ".join(command) + " --json", without_times(world.as_user(*command, "--json", state=state).stdout), without_times(as_json))
        expect("the lines of status", [line[:12] for line in world.as_user("status").stdout.splitlines()], [line[:12] for line in world.must(0, "status").out.splitlines()])
        expect_in("an unknown change", "there is no change", world.as_user("changes", "c-0000000000000000", exit_status=1).stderr)
        expect_in("an unknown approval", "there is no approval", world.as_user("approvals", "show", "a-000000000000", exit_status=1).stderr)
        # No state folder was made for the user.
        if os.path.exists("/nonexistent-home"):
            raise Wrong("it made a state folder of its own")
        world.ends_well()
        if os.path.lexists(world.socket):
            raise Wrong("it left the operators' socket behind")


# --- acting ---

def they_act_in_their_name():
    with Shift() as world:
        world.begin()
        first, second, third = [request["id"] for request in world.waiting()][:3]
        expect_in("approved", "approved by Olga (system user %s)" % ON_CALL, world.as_user("approvals", "approve", first, "--note", "at night").stdout)
        expect_in("denied", "denied by Olga", world.as_user("approvals", "deny", second, state=None).stdout)
        again = world.as_user("approvals", "approve", first, "--json", exit_status=2)
        expect("refused", json.loads(again.stdout)["approval"]["id"], first)
        expect_in("--as aws", "by your system user only", world.as_user("approvals", "approve", third, "--as", "aws", exit_status=1).stderr)
        # A change is rolled back.
        change = world.get("/api/v1/changes?state=verified&limit=1")["changes"][0]["id"]
        world.as_user("rollback", change)
        expect("the change", world.get("/api/v1/changes/" + change)["change"]["state"], "rolled_back")
        # Everything is paused, and two accounts.
        world.as_user("pause", "--reason", "incident", state=None)
        told = world.as_user("pause", "--account", world.active[2], "--account", world.active[3])
        expect_in("pauses", "account %s, by Olga" % world.active[3], told.stdout)
        expect("pauses", sorted((p["scope"], p["by"]) for p in world.get("/api/v1/pauses")["pauses"]), [("account", "Olga"), ("account", "Olga"), ("all", "Olga")])
        # Commands that a responder may not run.
        for command in (("resume",), ("exceptions", "add", "--baseline", BLOCK, "--account", world.active[2], "--reason", "r", "--owner", "o", "--expires", "2099-01-01"),
                        ("rollback", world.runs()[0]["id"]), ("rollback", change, "--force")):
            expect_in(" ".join(command), "admin", world.as_user(*command, exit_status=1).stderr)
        # The same commands as an admin.
        world.people("admin")
        world.reconfigure()
        world.reload()
        added = json.loads(world.as_user("exceptions", "add", "--baseline", BLOCK, "--account", world.active[2], "--reason", "r", "--owner", "o", "--expires",
                                         "2099-01-01", "--json").stdout)
        expect("the exception's author", added["by"], "Olga")
        expect_in("the list", added["id"], world.as_user("exceptions", "list").stdout)
        expect_in("ended", "has ended", world.as_user("exceptions", "expire", added["id"]).stdout)
        world.as_user("resume", "--account", world.active[2], "--account", world.active[3], "--account", world.active[4])
        expect_in("nothing of it", "no pause has exactly this scope", world.as_user("resume", "--account", world.active[4], exit_status=1).stderr)
        expect("resumed", len(json.loads(world.as_user("resume", "--json", state=None).stdout)["resumed"]), 1)
        expect("pauses", world.get("/api/v1/pauses")["pauses"], [])
        expect("exit status", world.stop(), 0)
        entries = [e for e in world.audit() if "operators' socket" in json.dumps(e)]
        expect("actors in the audit log", {(e["actor"], e["user"]) for e in entries}, {("Olga", "system user %s" % ON_CALL)})


# --- who gets nothing ---

def strangers_get_nothing():
    with Shift() as world:
        world.begin()
        for command in (("approvals", "list"), ("status",), ("changes",), ("pause",), ("approvals", "approve", "a-0")):
            expect_in("as a stranger", "is not mapped to a person", world.as_user(*command, user=STRANGER, exit_status=1).stderr)
        expect("pauses", world.get("/api/v1/pauses")["pauses"], [])
        for _ in range(40):
            told = world.as_user("changes", user=STRANGER, exit_status=1).stderr
        expect_in("too often", "has made too many requests", told)
        world.waiting()
        # Without the group no other user can connect.
        world.reconfigure(http={"socket": world.socket})
        world.reload()
        expect("the socket", stat.S_IMODE(os.lstat(world.socket).st_mode), 0o600)
        expect_in("closed", "this user may not use it", world.as_user("changes", exit_status=1).stderr)
        # The daemon refuses a folder in which others could replace its socket, and so do commands.
        world.reconfigure(http={"socket": world.socket, "socket_group": world.group})
        world.reload()
        os.chmod(world.socket_folder, 0o777)
        told = world.as_user("changes", exit_status=1).stderr
        expect_in("an open folder", "others could put another socket in its place", told)
        world.ends_well()
        if world.reeve("serve").exit != 1:
            raise Wrong("it began in an open folder")
        os.chmod(world.socket_folder, 0o755)
        # Without a daemon a pause would have no effect, so it is refused.
        told = world.as_user("pause", state=None, exit_status=1).stderr
        expect_in("no daemon", "no daemon answers on %s" % world.socket, told)
        if os.path.exists("/nonexistent-home"):
            raise Wrong("it made a state folder of its own")


def killed_and_begun_again():
    """A socket that a killed daemon left behind is replaced; that of a running daemon is not."""
    with Shift() as world:
        world.begin()
        world.kill()
        if not os.path.lexists(world.socket):
            raise Wrong("a killed one can't have removed its socket")
        world.serve()
        world.as_user("status")
        second = world.start(["serve"], state=world.state_folder + "-2")
        wait_until("the second one ends", lambda: second.poll() is not None)
        expect("the second one", second.returncode, 1)
        world.as_user("status")
        world.ends_well()


CASES = [(case.__name__, case) for case in (they_see_what_root_sees, they_act_in_their_name, strangers_get_nothing, killed_and_begun_again)]


def main():
    arguments(__doc__.split("usage: ")[1])
    tally = Tally()
    tally.run_all(CASES)
    return tally.finish()


if __name__ == "__main__":
    raise SystemExit(main())

#!/usr/bin/env python3
"""A disk that is full or fails, and a clock that jumps, during sweeps, applies and rollbacks.

usage: faults.py [--full] [--lives N] [--seed N]

The lives of crash.py, but instead of being killed, reeve meets a full disk (a small tmpfs in a mount namespace of its own;
needs root), a failing write or fsync (LD_PRELOAD), or a wall clock that jumps by hours. It must fail closed (each effect
is on record), say why, end with status 1, and work again afterwards as if nothing had happened. Ends with `N passed, N failed, N skipped`.
"""
import errno
import os
import shutil
import subprocess
import sys

from crash import Life, Moments
from world import Skipped, Tally, Wrong, arguments, shim

LIVES, LIVES_FULL = 3, 40  # of each kind


class Faulty(Life):
    """A life with a fault. Kinds differ in `disturbed`, which runs a command under the fault, and in `blamed`, the text that the
    message must have."""
    kind, blamed = "", ()

    def __init__(self, seed, moments):
        super().__init__(seed, moments, 100)
        self.faults = ""
        self.fsync, self.env = None, {}
        self.struck = 0

    def disturbed(self, command):
        raise NotImplementedError

    def kill(self, command, origin, seconds):
        outcome = self.disturbed(command)
        if outcome.exit == 1 and "no sweep was cut off" in outcome.err:
            return self.kill(self.command, origin, seconds)
        if outcome.exit != 1:
            self.told.append("%s went through" % command[0])
            return False
        if not any(text in outcome.err for text in self.blamed) or self.world.state_folder not in outcome.err:
            raise Wrong("it failed without saying why: %s" % outcome)
        self.struck += 1
        self.look(command[0], origin)
        return True


class FullDisk(Faulty):
    kind, blamed = "full disk", ("no space is left",)

    def prepare(self):
        folder = self.world.state_folder
        os.mkdir(folder, 0o700)
        if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("nsenter"):
            raise Skipped("a full disk needs root, unshare and nsenter")
        self.holder = subprocess.Popen(["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=64m,mode=0700 none "$0" && echo ready && exec sleep 3600', folder],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "ready\n":
            raise Skipped("a file system can't be mounted here: " + self.holder.communicate()[1].strip())
        self.world.prefix = ["nsenter", "--mount=/proc/%d/ns/mnt" % self.holder.pid]

    def cease(self):
        if hasattr(self, "holder"):
            self.holder.kill()
            self.holder.communicate()

    def size(self, text):
        subprocess.run([*self.world.prefix, "mount", "-o", "remount,size=" + text, self.world.state_folder], check=True, capture_output=True)

    def disturbed(self, command):
        used = subprocess.run([*self.world.prefix, "df", "--output=used", "-k", self.world.state_folder], check=True, capture_output=True, text=True)
        self.size("%dk" % (int(used.stdout.split()[-1]) + self.random.choice([0, 4, 8]) + 4 * self.random.randrange(60)))
        return self.world.reeve(*command)

    def look(self, what, origin):
        super().look(what, origin)  # reading works on the full disk
        self.size("64m")

    def kill(self, command, origin, seconds):
        struck = super().kill(command, origin, seconds)
        self.size("64m")
        return struck


class FailingDisk(Faulty):
    kind, blamed = "failing disk", ("can't write state folder", "can't open state folder")

    def disturbed(self, command):
        env = {"LD_PRELOAD": shim("disk"), "SHIM_FILE": "data.mdb", "SHIM_CALLS": self.random.choice(["sync", "write", "all"]),
               "SHIM_ERRNO": str(self.random.choice([errno.EIO, errno.ENOSPC, errno.EDQUOT])), "SHIM_SHORT": str(self.random.randrange(2)),
               "SHIM_AFTER": str(self.random.choice([self.random.randrange(6), self.random.randrange(60)]))}
        self.told.append(" ".join("%s=%s" % (k[5:], v) for k, v in env.items() if k.startswith("SHIM_")))
        return self.world.reeve(*command, env=env)


class JumpingClock(Faulty):
    kind = "jumping clock"

    def kill(self, command, origin, seconds):
        env = {"LD_PRELOAD": shim("clock"), "SHIM_SPAN_S": str(self.random.choice([600, 3600, 6 * 3600, 30 * 24 * 3600])),
               "SHIM_PERIOD_MS": str(self.random.choice([20, 60, 200, 1000])), "SHIM_SEED": str(self.random.randrange(1000000))}
        self.told.append(" ".join("%s=%s" % (k[5:], v) for k, v in env.items() if k.startswith("SHIM_")))
        outcome = self.world.reeve(*command, env=env, kill=self.trigger(2 * seconds) if self.random.random() < 0.5 else None)
        self.struck += 1
        if outcome.killed:
            self.look(command[0], origin)
        elif outcome.exit == 1 and "no sweep was cut off" not in outcome.err and "RequestTimeTooSkewed" not in outcome.err and "clock" not in outcome.err \
                and "expired" not in outcome.err.lower() and "no verified change matches" not in outcome.err:
            raise Wrong("under a clock that jumps, it ended with %s" % outcome)
        return True


def main():
    options = arguments(__doc__, ("--lives", int, "of each kind"))
    lives = options.lives or (LIVES_FULL if options.full else LIVES)
    tally, moments = Tally(), Moments(10 ** 9)
    made = [kind("%d/%s/%d" % (options.seed, kind.kind, n), moments) for n in range(lives) for kind in (FullDisk, FailingDisk, JumpingClock)]
    tally.run_all([("%s %d/%d" % (life.kind, options.seed, n // 3), life.run) for n, life in enumerate(made)])
    print("seed %d: %s" % (options.seed, ", ".join("%d %s" % (sum(l.struck for l in made if l.kind == k.kind), k.kind) for k in (FullDisk, FailingDisk, JumpingClock))))
    for name, count in sorted(moments.of_kills.items()):
        print("  %4d ended  %s" % (count, name))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())

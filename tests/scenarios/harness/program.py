"""Runs reeve with pipes or on a terminal, and triggers actions while it runs."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time


class Trigger:
    """A moment during a command: a number of milliseconds or calls after its start."""

    def __init__(self, at, simulator, before, chance):
        self.at, self.simulator, self.before = at, simulator, before
        ms = at.get("ms")
        self.ms = chance.uniform(*ms) if isinstance(ms, list) else ms

    def wait(self, process):
        start = time.monotonic()
        while process.poll() is None:
            if self.ms is not None:
                if time.monotonic() - start >= self.ms / 1000:
                    return True
            elif self.reached():
                return True
            time.sleep(0.002)
        return False

    def reached(self):
        stats = self.simulator.stats()
        for key, wanted in self.at.items():
            now, then = (stats[key], self.before[key]) if key in stats else (stats["calls"].get(key, 0), self.before["calls"].get(key, 0))
            if now - then < wanted:
                return False
        return True


def environment(more):
    """Returns the program's whole environment, so that no setting of the machine reaches it."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "TZ")}
    kept["ASAN_OPTIONS"] = "exitcode=99:detect_stack_use_after_return=0:" + os.environ.get("ASAN_OPTIONS", "")
    kept["UBSAN_OPTIONS"] = "halt_on_error=1:exitcode=99:print_stacktrace=1:" + os.environ.get("UBSAN_OPTIONS", "")
    kept.update({k: v for k, v in more.items() if v is not None})
    return kept


def run(argv, env, folder, timeout_s, meanwhile=None):
    """Runs a command. Returns (exit status, standard output, standard error, whether it had to be killed)."""
    process = subprocess.Popen(argv, cwd=folder, env=environment(env), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    helper = threading.Thread(target=meanwhile, args=(process,)) if meanwhile else None
    if helper:
        helper.start()
    try:
        out, err = process.communicate(timeout=timeout_s)
        late = False
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        late = True
    if helper:
        helper.join()
    return process.returncode, out.decode("utf-8", "backslashreplace"), err.decode("utf-8", "backslashreplace"), late


def send(process, name):
    try:
        os.kill(process.pid, getattr(signal, "SIG" + name))
    except ProcessLookupError:
        pass


def run_on_terminal(argv, env, folder, timeout_s):
    """Runs a command with both outputs on one terminal; standard output then has all that it wrote."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(argv, cwd=folder, env=environment(env), stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
    os.close(slave)
    written, end = b"", time.monotonic() + timeout_s
    while time.monotonic() < end:
        if not select.select([master], [], [], 0.2)[0]:
            continue
        try:
            chunk = os.read(master, 65536)
        except OSError:  # the program has closed its side
            break
        if not chunk:
            break
        written += chunk
    late = time.monotonic() >= end
    if late:
        process.kill()
    os.close(master)
    return process.wait(), written.decode("utf-8", "backslashreplace").replace("\r\n", "\n"), "", late

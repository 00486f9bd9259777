"""Part of serve.py: tests that the daemon's memory and descriptors don't grow while it works for long."""
import os
import random
import time

from serve_world import Daemon, ONLY_BLOCK, expect, is_sanitized
from serving import block_removed, irrelevant, wait_until
from world import Wrong

ORGANIZATION = {"accounts": 60, "regions": 2, "drift": 0, "seed": 3}
CONFIGURATION = {**ONLY_BLOCK, "events": {"settle_seconds": 0, "settle_limit_seconds": 1}, "limits": {"in_flight": 64, "changes_per_run": 1000000, "changes_per_account": 1000000,
                                                                                                     "attempts_per_resource": 100}}
PATHS = ("/api/v1/status", "/metrics", "/api/v1/findings?limit=50", "/api/v1/changes?limit=50", "/api/v1/signals?limit=50", "/api/v1/approvals",
         "/api/v1/accounts?limit=50", "/api/v1/runs", "/openapi.json", "/api/v1/nothing")
ROUND_S = 0.5  # at least, in the long run, so that no resource is remedied more often than attempts_per_resource allows
IN_FLIGHT = 64
POINTS = 6         # in time that are printed
MEMORY_MARGIN = 1.15


def held_by(pid):
    """Returns (bytes of memory that belong to no file, descriptors other than connections to AWS, those connections). Connections are
    kept, up to in_flight."""
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    with open("/proc/%d/net/tcp" % pid, encoding="ascii") as file:
        connections = {"socket:[%s]" % line.split()[9] for line in file.readlines()[1:]}
    links = [os.readlink("/proc/%d/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%d/fd" % pid)]
    return int(fields["RssAnon"].split()[0]) * 1024, sum(link not in connections for link in links), sum(link in connections for link in links)


class Load:
    """Events, requests and drift, round after round."""

    def __init__(self, world, seed):
        self.world, self.chance = world, random.Random(seed)
        self.events = self.requests = self.drifted = 0

    def round(self, events, requests):
        world = self.world
        for account in self.chance.sample(world.active[2:], 2):
            world.account(account, s3_block=None)
            world.send(block_removed(account))
            self.drifted += 1
        world.send(*[block_removed(self.chance.choice(world.active)) if self.chance.random() < 0.3 else irrelevant(self.chance.choice(world.active))
                     for _ in range(events - 2)])
        self.events += events
        for _ in range(requests):
            status, _ = world.api("GET", self.chance.choice(PATHS))
            if status not in (200, 404):
                raise Wrong("a request was answered with %s" % status)
        self.requests += requests
        world.drained(120)
        wait_until("no cell is busy", lambda: world.status()["cells_busy"] == 0 and world.status()["sweep"] is None, 60)


def flat(seed, minutes=0.0, rounds=24, warm_up=8, events=100, requests=50):
    """Runs for that many minutes with a sweep each minute, or else for that many rounds."""
    with Daemon(ORGANIZATION, CONFIGURATION) as world:
        world.serve()
        load, looks = Load(world, seed), []
        begin = swept = time.monotonic()
        sweeps, number = 0, 0
        while time.monotonic() - begin < 60 * minutes if minutes else number < rounds:
            load.round(events, requests)
            number += 1
            time.sleep(max(0, begin + number * ROUND_S - time.monotonic()) if minutes else 0)
            if time.monotonic() - swept > 60 if minutes else number % 8 == 4:
                world.sweep_now()
                sweeps, swept = sweeps + 1, time.monotonic()
                wait_until("the sweep is over", lambda: world.status()["sweep"] is None, 60)
            looks.append((time.monotonic() - begin, number, *held_by(world.daemon.pid)))
        warm = next(look for look in looks if look[1] >= warm_up and look[0] >= 60 * minutes / 3)
        last = looks[-1]
        for seconds, number, memory, descriptors, connections in [looks[i * (len(looks) - 1) // POINTS] for i in range(POINTS + 1)]:
            print("  after %6.1f s, %6d events: %6.2f MB, %d descriptors, %d connections" % (seconds, number * events, memory / 1e6, descriptors, connections))
        print("  %d events, %d changes, %d requests, %d sweeps" % (load.events, load.drifted, load.requests, sweeps), flush=True)
        counted = sum(v for k, v in world.metrics().items() if k.startswith("reeve_signals_total"))
        expect("events with an outcome", counted, load.events)
        if last[2] > warm[2] * MEMORY_MARGIN + 1e6 and not is_sanitized():  # sanitizers keep freed memory for a while
            raise Wrong("memory grows: %.2f MB, and %.2f MB at the end" % (warm[2] / 1e6, last[2] / 1e6))
        if last[3] > warm[3] + 2 or last[4] > IN_FLIGHT + 4:
            raise Wrong("descriptors are left open: %s, and %s at the end" % (warm[3:], last[3:]))
        expect("exit status", world.stop(), 0)

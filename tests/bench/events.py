#!/usr/bin/env python3
"""Measures how fast `reeve serve` is: the time from an event's arrival in the queue to the verified change, and the number
of events in a second of CPU time. It runs against the simulator. Figures depend on the machine; compare the ratios.

usage: events.py [--events N] [--rate N] [--seconds N]        (REEVE and REEVE_SIM name the programs)"""
import argparse
import http.client
import os
import random
import statistics
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "safety"))
from serving import Serving, block_removed, irrelevant, wait_until  # noqa: E402

LATENCY_MS = 5
CALLS = 3  # read, change, read again: the calls of a remedy of the S3 block


def milliseconds(text):
    whole, _, rest = text.rstrip("Z").partition(".")
    return int(time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone) * 1000 + int((rest + "000")[:3])


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def cpu_seconds(process):
    with open("/proc/%d/stat" % process.pid, encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(process):
    """Returns (anonymous, resident) memory. Only the second includes the store's pages, which the kernel may drop."""
    with open("/proc/%d/status" % process.pid, encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("RssAnon", "VmRSS"))


def call_latency_ms(world, calls=100):
    """Returns the time of one call by a client that does nothing else, on an open connection."""
    address = urllib.parse.urlsplit(world.simulator.url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    took = []
    for _ in range(calls):
        begin = time.monotonic()
        connection.request("GET", "/v20180820/configuration/publicAccessBlock")
        connection.getresponse().read()
        took.append((time.monotonic() - begin) * 1000)
    connection.close()
    return statistics.median(took)


def latency(events):
    """Sends one event after the other, each about an account of its own, all of them twice. The second time the sessions exist."""
    with Serving({"accounts": events + 4, "regions": 2, "drift": 0, "latency": LATENCY_MS},
                 {"limits": {"changes_per_run": 100000}, "baselines": [{"assign": "root", "set": {"s3.account-public-access-block": {}}}]}) as world:
        world.serve()
        sent, took = {}, []
        for repeat in range(2):
            for account in world.active[2:2 + events]:
                world.account(account, s3_block=None)
                sent[account] = time.time() * 1000
                world.send(block_removed(account))
                wait_until("it is mended", lambda account=account: world.account_state(account)["s3_block"], every_s=0.01)
            world.drained()
            time.sleep(1.5)  # the settle time is over, so the next event on a cell acts at once
        for change in world.get("/api/v1/changes?limit=1000")["changes"]:
            ends = [milliseconds(h["at"]) for h in world.get("/api/v1/changes/" + change["id"])["change"]["history"] if h["state"] == "verified"]
            if ends and ends[0] >= sent[change["account"]]:
                took.append(ends[0] - sent[change["account"]])
        one = call_latency_ms(world)
        p50, p99 = statistics.median(took), percentile(took, 0.99)
        print("%d events one by one, %d ms a call (%.1f ms as a bare client sees it): from sent to verified p50 %.1f ms, p99 %.1f ms" %
              (len(took), LATENCY_MS, one, p50, p99))
        for calls, what in ((CALLS, "look, mend, look again"), (CALLS + 1, "those and the queue's answer")):
            print("  as multiples of the time of %d calls (%s): p50 %.2f, p99 %.2f" % (calls, what, p50 / one / calls, p99 / one / calls))


def flood(rate, seconds):
    """Sends events of which one in a hundred matters; the others are copies, or irrelevant."""
    with Serving({"accounts": 60, "regions": 2, "drift": 0}, {"limits": {"changes_per_run": 100000}}) as world:
        process = world.serve()
        kept = [irrelevant(world.active[5]) for _ in range(50)]
        total, begin, memory = rate * seconds, time.monotonic(), []
        before = cpu_seconds(process)
        for second in range(seconds):
            batch = [random.choice(kept) if random.random() < 0.5 else irrelevant(random.choice(world.active)) for _ in range(rate)]
            for i in range(0, rate, 100):
                batch[i] = block_removed(random.choice(world.active[2:]))
            world.send(*batch)
            time.sleep(max(0, begin + second + 1 - time.monotonic()))
            memory.append(memory_mib(process))
        world.drained(300)
        took, spent = time.monotonic() - begin, cpu_seconds(process) - before
        print("%d events at %d/s, 99 %% of them copies or irrelevant: drained %.1f s after the first was sent (%.0f/s)" % (total, rate, took, total / took))
        print("  %.1f s of CPU, %.0f us an event: %.0f %% of one core at that rate" % (spent, spent / total * 1e6, 100 * spent / seconds))
        third = max(1, len(memory) // 3)
        print("  memory after a third of the time: %.1f MiB anonymous, %.1f MiB resident; at the end %.1f and %.1f MiB" % (*memory[third - 1], *memory[-1]))


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    latency(options.events)
    flood(options.rate, options.seconds)


if __name__ == "__main__":
    main()

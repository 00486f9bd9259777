#!/usr/bin/env python3
"""Runs the scenarios: whole commands of reeve against a simulated organization.

usage: run.py [--full | --sanitized] [SCENARIO...]

  --full        also the long scenarios, and more repetitions of random ones
  --sanitized   the scenarios for a program built with sanitizers, on smaller organizations
  REEVE, REEVE_SIM   the programs (default: those in build/)

Prints nothing while scenarios pass; for each that fails its step, and the expected and the actual result. Ends with the line
`N passed, N failed, N skipped`; exit status 1 when one failed. README.md describes how scenarios are written.
"""
import argparse
import concurrent.futures
import os
import sys
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from harness import files  # noqa: E402
from harness.scenario import Failure, Skipped  # noqa: E402

AT_ONCE = 2


def program(variable, name):
    path = os.environ.get(variable, os.path.join(HERE, "..", "..", "build", name))
    if not os.access(path, os.X_OK):
        sys.exit("%s is no program; name it with %s" % (path, variable))
    return os.path.abspath(path)


def run_one(scenario):
    """Returns ("passed" | "failed" | "skipped", text, seconds)."""
    start = time.monotonic()
    try:
        scenario.run()
        outcome, text = "passed", ""
    except Skipped as reason:
        outcome, text = "skipped", str(reason)
    except Failure as failure:
        outcome, text = "failed", str(failure)
    except Exception:
        outcome, text = "failed", traceback.format_exc()
    return outcome, text, time.monotonic() - start


def report(scenario, outcome, text, seconds, verbose):
    if outcome == "failed":
        print("FAILED %s: %s" % (scenario.name, scenario.data["description"]))
        if "known" in scenario.data:
            print("    known: " + scenario.data["known"])
        print("    step %s\n    %s" % (scenario.step_name, text))
    elif outcome == "skipped":
        print("skipped %s: %s" % (scenario.name, text))
    elif "known" in scenario.data:
        print("%s passes now; \"known\" can go" % scenario.name)
    if verbose:
        print("%-8s %6.1f s  %s" % (outcome, seconds, scenario.name))
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1], description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--sanitized", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="name each scenario and its time")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    seed = os.environ.get("REEVE_SCENARIO_SEED", str(time.time_ns() % 1000000))
    programs = {"reeve": program("REEVE", "reeve"), "sim": program("REEVE_SIM", "reeve-sim")}
    programs["scopes"] = files.scopes(programs["reeve"])
    mode = "full" if options.full else "sanitized" if options.sanitized else "short"
    wanted = files.load(HERE, mode, programs, options.names, seed)
    wanted.sort(key=lambda s: -s.data.get("seconds", 1))  # the longest first
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {pool.submit(run_one, s): s for s in wanted}
        for future in concurrent.futures.as_completed(futures):
            outcome, text, seconds = future.result()
            counts[outcome] += 1
            report(futures[future], outcome, text, seconds, options.verbose)
    if counts["failed"]:
        print("REEVE_SCENARIO_SEED=%s makes the random moments the same" % seed)
    print("%d passed, %d failed, %d skipped" % (counts["passed"], counts["failed"], counts["skipped"]))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())

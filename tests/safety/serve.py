#!/usr/bin/env python3
"""The life of `reeve serve` against the simulated organization: how it begins, follows its configuration, works beside
commands, and ends.

usage: serve.py [--full] [--seed N] [--only PART]"""
import serve_beside
import serve_end
import serve_life
import serve_soak
from world import Tally, arguments


def main():
    options = arguments(__doc__.split("usage: ")[1], ("--only", str, "only cases whose name has this part"))
    cases = [("what_it_holds_is_flat, seed %d" % options.seed, serve_soak.flat, options.seed)]
    cases += serve_life.CASES + serve_end.CASES + serve_beside.CASES
    if options.full:
        cases += serve_end.LONG_CASES
        cases.insert(0, ("what_it_holds_is_flat for 15 minutes, seed %d" % options.seed, serve_soak.flat, options.seed, 15))
    tally = Tally()
    tally.run_all([case for case in cases if options.only is None or options.only in case[0]])
    return tally.finish()


if __name__ == "__main__":
    raise SystemExit(main())

#!/usr/bin/env python3
"""Drives reeve-sim by boto3, an independent client: every operation, and the calls that it refuses.

usage: selfcheck.py PATH-OF-REEVE-SIM [CHECK...]
Prints "N passed, N failed" and exits with 1 when something failed.
"""
import sys
import traceback

import checks.accounts
import checks.findings
import checks.misbehaviour
import checks.queue
import checks.services
import checks.trail
from checks.harness import CHECKS


def main():
    wanted = sys.argv[2:]
    passed = failed = 0
    for function in CHECKS:
        if wanted and function.__name__ not in wanted:
            continue
        try:
            function()
            passed += 1
        except Exception:
            failed += 1
            print(f"--- {function.__name__}", file=sys.stderr)
            traceback.print_exc()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Compares the running `reeve serve` with its own OpenAPI document: its answers, the roles it allows, and its refusals; first
with cases for every operation, then with generated requests.

usage: check_api.py [--seed N] [--seconds N]
  REEVE, REEVE_SIM   the programs (default: those in build/)

Most of it needs only Python. openapi-spec-validator checks the document, jsonschema the answers, and schemathesis generates
requests; when one of them is missing its part is skipped, and the output says so. The last line is
`N passed, N failed, N skipped`.
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import api_calls  # noqa: E402
import api_errors  # noqa: E402
import api_generated  # noqa: E402
from api_document import Document  # noqa: E402
from api_world import Api  # noqa: E402
from world import Tally  # noqa: E402


def check(tally, options):
    with Api() as api:
        api.serve()
        api.make_history()
        document = Document(api.expect(200, "GET", "/openapi.json", who=None))
        tally.run("the document is valid OpenAPI", document.validate)
        tally.run("answers are judged by it", document.judges_answers)
        for part in (api_calls, api_errors):
            for case in part.cases(api, document):
                tally.run(*case)
        tally.run("generated requests, seed %d" % options.seed, api_generated.run, api, options.seed, options.seconds)
        tally.run("it is still well", still_well, api)


def still_well(api):
    api.expect(200, "GET", "/readyz", who=None)
    log = api.log()
    if " error" in log:
        raise AssertionError("the daemon logged an error: %s" % log[max(0, log.index(" error") - 300):][:1500])
    if api.stop() != 0:
        raise AssertionError("the daemon didn't end with status 0: %s" % api.log()[-1500:])
    api.audit()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--seconds", type=int, default=10, help="seconds of generated requests")
    tally = Tally()
    check(tally, parser.parse_args())
    return tally.finish()


if __name__ == "__main__":
    raise SystemExit(main())

"""Runs schemathesis, which makes valid and invalid requests from the document."""
import json
import os
import subprocess
import sys

from api_world import token
from world import Skipped, Wrong

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def run(api, seed, seconds):
    try:
        import schemathesis  # noqa: F401
    except ImportError:
        raise Skipped("schemathesis is not installed: no requests are generated") from None
    report = os.path.join(api.folder, "schemathesis.json")
    command = [sys.executable, "-m", "schemathesis.cli", "run", "http://127.0.0.1:%d/openapi.json" % api.port, "-H", "Authorization: Bearer " + token("admin"),
               "--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-time", str(seconds), "--seed", str(seed), "--continue-on-failure", "--no-shrink",
               "--no-color", "--generation-database", "none", "--warnings", "off", "--report", "json", "--report-json-path", report]
    # No request may go through a proxy, or leave this machine.
    done = subprocess.run(command, cwd=api.folder, capture_output=True, text=True, timeout=seconds * 4 + 60,
                          env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"})
    text = done.stdout[-6000:]
    if not os.path.exists(report):
        raise Wrong("schemathesis did not run: %s %s" % (text, done.stderr[-1500:]))
    with open(report, encoding="utf-8") as file:
        found = json.load(file)
    print("    " + next((line for line in done.stdout.splitlines() if "generated" in line), "").strip(), flush=True)
    if done.returncode != 0:
        raise Wrong("%s\n%.4000s" % (text, json.dumps(found.get("failures", found))))

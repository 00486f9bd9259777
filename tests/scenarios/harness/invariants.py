"""The invariants that hold after every command of every scenario: each function yields the violations.

A scenario whose faults make one of them meaningless names it under "waive".
"""
import fnmatch
import os
import re
import stat

from .result import STATUSES, compare
from .simulator import EXTERNAL_ID, SECRET_KEY, SESSION_TOKEN_START

SECRETS = [SECRET_KEY, SESSION_TOKEN_START, EXTERNAL_ID]
RUN_KEYS = {"id": str, "kind": str, "started": str, "finished": str, "seconds": (int, float), "api_calls": int,
            "retries": int, "throttled": int, "assume_role_calls": int}
ORGANIZATION_KEYS = {"id": str, "accounts": int, "in_scope": int, "regions": list}
FINDING_KEYS = {"account": str, "region": str, "baseline": str, "resource": str, "status": str, "severity": str,
                "tier": str, "observed": (dict, type(None)), "desired": (dict, type(None)),
                "change": (str, type(None)), "cause": (dict, type(None))}
ENUMS = {"status": STATUSES, "severity": ["informational", "low", "medium", "high", "critical"],
         "tier": ["auto", "approval", "alert"]}
KINDS = ["plan", "sweep", "apply", "rollback", "event"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
REMAINS = ["drifted", "awaiting_approval", "alerted", "managed_centrally"]
ATTENTION = STATUSES[:STATUSES.index("remediated") + 1]


def is_run(result):
    return result.command in KINDS and result.doc is not None


# --- the document ---

def keys(what, value, wanted):
    for key, kind in wanted.items():
        if key not in value:
            yield "%s has no %s" % (what, key)
        elif not isinstance(value[key], kind) or isinstance(value[key], bool):
            yield "%s.%s is %r" % (what, key, value[key])


def finding_shape(finding):
    name = "finding %s" % [finding.account, finding.region, finding.baseline, finding.resource]
    yield from keys(name, finding, FINDING_KEYS)
    for key, values in ENUMS.items():
        if finding[key] not in values:
            yield "%s: %s is %r" % (name, key, finding[key])
    if finding.cause is not None:
        yield from keys(name + ".cause", finding.cause, {"code": str, "message": str})
    if finding.status == "unknown" and not ((finding.cause or {}).get("code") and finding.cause.get("message")):
        yield "%s is unknown without a cause" % name
    if finding.status == "remediated" and (not finding.change or finding.tier != "auto"):
        yield "%s is remediated without a change of the tier auto" % name
    if finding.status == "awaiting_approval" and (not finding.change or finding.tier != "approval"):
        yield "%s awaits approval without a change of the tier approval" % name


def document(result):
    if not result.json:
        return
    if result.broken and result.exit != -9:  # it was killed while it wrote the document
        yield "standard output is not one JSON document: %s" % result.broken
    if result.doc is None and result.exit in (0, 2, 3):
        yield "no JSON document with exit status %d" % result.exit
    if not is_run(result) or result.broken:
        return
    doc = result.doc
    yield from keys("the document", doc, {"run": dict, "organization": dict, "cells": dict, "findings": list})
    yield from keys("run", doc.run, RUN_KEYS)
    yield from keys("organization", doc.organization, ORGANIZATION_KEYS)
    yield from keys("cells", doc.cells, {"total": int, **{s: int for s in STATUSES}})
    if doc.run.kind != result.command:
        yield "run.kind is %r" % doc.run.kind
    for key in ("started", "finished"):
        if not TIME.match(doc.run[key] or ""):
            yield "run.%s is %r" % (key, doc.run[key])
    for finding in doc.findings:
        yield from finding_shape(finding)
    yield from totals(result)
    yield from order(result)


def totals(result):
    cells, ledger = result.cells, list(result.ledger().values())
    if cells.total != sum(cells[s] for s in STATUSES):
        yield "cells.total is %d, and the statuses add up to %d" % (cells.total, sum(cells[s] for s in STATUSES))
    # A cell without a resource has no finding and is not applicable.
    shown = STATUSES[:-1] if "--all" in result.arguments else ATTENTION
    for status in shown:
        if ledger.count(status) != cells[status]:
            yield "cells.%s is %d, and the findings make it %d" % (status, cells[status], ledger.count(status))
    if "--all" not in result.arguments and set(ledger) - set(ATTENTION):
        yield "without --all, there are cells of %s" % sorted(set(ledger) - set(ATTENTION))
    if result.run.kind == "plan" and (cells.remediated or cells.awaiting_approval or cells.alerted):
        yield "a plan says that something was done: %s" % dict(cells)


def order(result):
    places = [(*result.cell_of(f), f.resource) for f in result.findings]
    if places != sorted(places):
        yield "the findings are not sorted by account, region, baseline and resource"
    if len(places) != len(set(places)):
        yield "findings stand twice: %s" % sorted({p for p in places if places.count(p) > 1})[:5]


def exit_status(result):
    if not is_run(result) or result.exit == -9:  # it was killed after it had written everything
        return
    wanted = 3 if result.cells.unknown else 2 if any(result.cells[s] for s in REMAINS) or result.run.halt else 0
    if result.run.interrupted:
        wanted = 1
    # A fault that stopped the run is reported on standard error; the findings before it are shown all the same.
    if result.exit != wanted and not (result.exit == 1 and "error:" in result.err):
        yield "exit status %s, and the counts ask for %s" % (result.exit, wanted)


# --- what it did in AWS ---

def mutation(result):
    if result.command not in ("sweep", "apply", "rollback", "event", "serve") and result.stats.mutating:
        yield "`%s` made mutating calls: %s" % (result.command, result.stats["calls"])


def once(result):
    """Every change is one call, and the call had its effect."""
    changes = result.run.changes if is_run(result) else None
    if result.command == "sweep" and changes is not None and not result.run.resumed:
        if not changes == result.stats.mutating == result.stats.effects:
            yield "%d changes, %d mutating calls, %d effects" % (changes, result.stats.mutating, result.stats.effects)


def counted(result):
    """The document counts the calls that the simulator saw."""
    if is_run(result) and result.run.api_calls + result.run.retries != result.stats.total:
        yield "%d calls and %d retries, and the simulator saw %d" % (result.run.api_calls, result.run.retries, result.stats.total)


def assume_role(result):
    seen = result.calls("sts.AssumeRole")
    if is_run(result) and seen > result.organization.in_scope:
        yield "%d times AssumeRole for %d accounts" % (seen, result.organization.in_scope)


def rejected(result, expected=()):
    for code, count in result.stats.rejected.items():
        if not any(fnmatch.fnmatchcase(code, pattern) for pattern in expected):
            yield "the simulator answered %d times with %s" % (count, code)


# --- what it shows and leaves behind ---

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u202a-\u202e\u2066-\u2069]")
# A JSON document may have the other ones unescaped (json-on-terminal.json is stricter).
CONTROL_IN_JSON = re.compile("[\x00-\x08\x0b-\x1f]")


def escapes(result):
    for name, text in (("output", result.out), ("error", result.err)):
        found = (CONTROL_IN_JSON if name == "output" and result.doc is not None else CONTROL).search(text)
        if found:
            yield "standard %s holds %r: %r" % (name, found.group(), text[max(0, found.start() - 60):found.end() + 20])


def secrets(result, folder):
    places = {"standard output": result.out.encode(), "standard error": result.err.encode()}
    for path in files(folder):
        with open(path, "rb") as file:
            places[path] = file.read()
    for place, content in places.items():
        for secret in SECRETS:
            if secret.encode() in content:
                yield "%s holds the secret %s" % (place, secret)


def files(folder):
    return [os.path.join(root, name) for root, _, names in os.walk(folder) for name in names
            if stat.S_ISREG(os.lstat(os.path.join(root, name)).st_mode)]


def modes(folder):
    for path in [folder] + files(folder):
        if os.path.isdir(folder) and stat.S_IMODE(os.stat(path).st_mode) & 0o077:
            yield "%s is open to others: %o" % (path, stat.S_IMODE(os.stat(path).st_mode))


def sanitizers(result):
    if "ERROR: AddressSanitizer" in result.err or "ERROR: LeakSanitizer" in result.err or "runtime error:" in result.err or result.exit == 99:
        # ASAN_OPTIONS=fast_unwind_on_malloc=0 makes the stacks of leaks whole, and the run slow.
        yield "a sanitizer complains:\n" + result.err[result.err.find("ERROR: "):][:2500]
    elif result.exit not in (0, 1, 2, 3, -9):
        yield "it ended with %s" % result.exit


def broken(result, folder, waived, expected_rejections):
    """Yields every violation after this command."""
    checks = {"document": lambda: document(result), "exit": lambda: exit_status(result), "mutation": lambda: mutation(result),
              "once": lambda: once(result), "counted": lambda: counted(result), "assume_role": lambda: assume_role(result),
              "rejected": lambda: rejected(result, expected_rejections), "escapes": lambda: escapes(result),
              "secrets": lambda: secrets(result, folder), "modes": lambda: modes(folder)}
    unknown = set(waived) - set(checks)
    if unknown:
        yield "there is no invariant to waive of the name %s" % sorted(unknown)
    for text in sanitizers(result):
        yield text
        return
    for name, check in checks.items():
        if name not in waived:
            for text in check():
                yield "%s: %s" % (name, text)

"""The result of one command as expectations see it: the document, the simulator's counters and its state."""
import fnmatch
import json
import re

# The contract's order: the first is the worst, and a cell takes the worst of its findings.
STATUSES = ["unknown", "drifted", "awaiting_approval", "alerted", "managed_centrally", "remediated", "exempt",
            "compliant", "not_applicable"]


class Node(dict):
    """A JSON object whose members can be written as attributes too; None where there is none."""

    def __getattr__(self, name):
        return self.get(name)


def parse(text):
    return json.loads(text, object_pairs_hook=unique)


def unique(pairs):
    node = Node(pairs)
    if len(node) != len(pairs):
        raise ValueError("a key stands twice in an object")
    return node


def fits(finding, wanted):
    """Returns whether the finding has these values. A list means any of them, and "code" is the cause's."""
    for key, value in wanted.items():
        found = (finding["cause"] or {}).get(key) if key in ("code", "message") else finding[key]
        if found not in value if isinstance(value, (list, set, tuple)) else found != value:
            return False
    return True


class Result:
    def __init__(self, arguments, status, out, err, stats, state, scopes, seconds):
        self.arguments, self.exit, self.out, self.err = arguments, status, out, err
        self.stats, self.state, self.scopes, self.seconds = Node(stats), Node(state), scopes, seconds
        self.command = next((a for a in arguments if a in COMMANDS), "")
        self.json = "--json" in arguments
        self.doc = None
        self.broken = None
        if out.strip() and (self.json or self.command == "policy"):
            try:
                self.doc = parse(out)
            except ValueError as error:
                self.broken = str(error)

    # --- the document ---

    @property
    def run(self):
        return self.doc.run

    @property
    def cells(self):
        return self.doc.cells

    @property
    def findings(self):
        return self.doc.findings

    @property
    def organization(self):
        return self.doc.organization

    def find(self, **wanted):
        return [f for f in self.findings if fits(f, wanted)]

    def count(self, **wanted):
        return len(self.find(**wanted))

    def cell_of(self, finding):
        region = finding.region if self.scopes[finding.baseline] == "region" else "global"
        return finding.account, region, finding.baseline

    def ledger(self):
        """Returns the status of each cell that has a finding in the document."""
        ledger = {}
        for f in self.findings:
            cell = self.cell_of(f)
            ledger[cell] = min(ledger.get(cell, f.status), f.status, key=STATUSES.index)
        return ledger

    def cells_where(self, **wanted):
        return {self.cell_of(f) for f in self.find(**wanted)}

    def differs(self, other):
        """Returns the cells whose status in one ledger differs from that in the other."""
        mine, theirs = self.ledger(), other.ledger()
        return {cell for cell in mine.keys() | theirs.keys() if mine.get(cell) != theirs.get(cell)}

    def resources(self, **wanted):
        """Returns the keys of the findings, to compare them with those of another run."""
        return {(f.account, f.region, f.baseline, f.resource, f.status) for f in self.find(**wanted)}

    # --- what the simulator saw of it ---

    def calls(self, pattern):
        return sum(n for name, n in self.stats["calls"].items() if fnmatch.fnmatchcase(name, pattern))

    def state_differences(self, other):
        found = []
        compare("", self.state, other.state, found)
        return found[:20]

    def sequences(self):
        """Returns the escape sequences, which a terminal would obey and not print, each kind once."""
        return set(re.findall("\x1b\\[[0-9;?]*[A-Za-z]|\x1b.|[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", self.out + self.err))

    def account(self, number):
        """Returns the Nth account, or the one with that id, as the simulator has it."""
        accounts = self.state.accounts
        return accounts[number] if isinstance(number, int) else next(a for a in accounts if a["id"] == number)


COMMANDS = ["accounts", "plan", "sweep", "status", "baselines", "policy", "config", "apply", "approvals", "changes",
            "rollback", "exceptions", "pause", "resume", "event", "serve", "audit", "report", "scp", "conformance"]


def compare(path, left, right, found):
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(left.keys() | right.keys()):
            compare("%s.%s" % (path, key), left.get(key), right.get(key), found)
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, pair in enumerate(zip(left, right)):
            compare("%s[%d]" % (path, index), *pair, found)
    elif left != right:
        found.append("%s: %r instead of %r" % (path, left, right))

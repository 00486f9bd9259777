#!/usr/bin/env python3
"""Compares Reeve's event patterns with moto's EventPattern, on random and on published events.

usage: check_patterns.py MATCH_PROGRAM [--seed N] [--count N]

MATCH_PROGRAM is the built match_pattern.c. Random patterns and events are made of what moto supports as AWS documents it;
where it differs, a list of cases says what AWS documents, and Reeve must do that. With
REEVE_VECTORS set, the patterns of a stack that feeds Reeve (tests/data) are tried on published events, too.
"""

import argparse
import glob
import json
import os
import random
import subprocess
import sys

try:
    from moto.events.models import EventPattern
except ImportError:
    print("skipped: moto is not installed")
    sys.exit(77)

# Pattern, event and the answer that AWS documents (or its own open-source matcher gives), where moto may differ.
DECIDED = [
    # Elements of arrays: moto does not look into objects in arrays.
    ({"a": {"b": [1]}}, {"a": [{"b": 2}, {"b": 1}]}, True),
    ({"a": {"b": [1], "c": [2]}}, {"a": [{"b": 1}, {"c": 2}]}, False),
    ({"a": {"b": [{"exists": False}]}}, {"a": [{"b": 1}]}, False),
    ({"a": [1]}, {"a": [[2], [1]]}, True),
    # Only leaf nodes exist, and an empty object or array isn't one.
    ({"a": [{"exists": True}]}, {"a": {}}, False),
    ({"a": [{"exists": False}]}, {"a": []}, True),
    # true is neither 1 nor another number: values match as in JSON.
    ({"a": [1]}, {"a": True}, False),
    ({"a": [True]}, {"a": 1}, False),
    ({"a": [{"anything-but": 1}]}, {"a": True}, True),
    ({"a": [{"numeric": [">", 0]}]}, {"a": True}, False),
    # Numbers are compared between -5e9 and 5e9.
    ({"a": [{"numeric": [">", 0]}]}, {"a": 6e9}, False),
    # A network may be written by any of its addresses.
    ({"a": [{"cidr": "10.0.0.7/24"}]}, {"a": "10.0.0.1"}, True),
    # Neither a number nor true is an address.
    ({"a": [{"cidr": "10.0.0.0/8"}]}, {"a": 167772161}, False),
    ({"a": [{"cidr": "0.0.0.0/0"}]}, {"a": True}, False),
    # A dot in a name is not a level: the field names must appear with the same nesting structure.
    ({"a.b": [1]}, {"a": {"b": 1}}, False),
    # A wildcard stands for any characters, newlines too.
    ({"a": [{"wildcard": "a*b"}]}, {"a": "a\nb"}, True),
]

# Patterns that AWS refuses and moto accepts.
REFUSED = [
    {},
    {"a": {}},
    {"a": [[1]]},
    {"a": [{"regex": ".*"}]},
    {"a": [{"prefix": "x", "suffix": "y"}]},
    {"a": [{"prefix": 5}]},
    {"a": [{"prefix": ["x", "y"]}]},
    {"a": [{"wildcard": "a**b"}]},
    {"a": [{"wildcard": "a\\b"}]},
    {"a": [{"anything-but": ["x", 5]}]},
    {"a": [{"anything-but": {"prefix": ""}}]},
    {"a": [{"anything-but": {"numeric": ["<", 5]}}]},
    {"a": [{"numeric": ["<", 5, ">", 0]}]},
    {"a": [{"numeric": [">", 5, "<", 5]}]},
    {"a": [{"numeric": ["=", 6e9]}]},
    {"a": [{"cidr": "10.0.0.0"}]},
    {"a": [{"cidr": "10.0.0.1/32"}]},
    {"a": [{"exists": "yes"}]},
    {"$or": [{"a": [1]}]},
    {"$or": [{"prefix": "x"}, {"a": [1]}]},
]

# Patterns that both refuse.
REFUSED_BY_BOTH = [{"a": "x"}, {"a": []}, {"a": None}, {"a": {"b": 5}}]

passed = 0
failed = 0
differ = 0
skipped = []


def expect(what, got, wanted):
    global passed, failed
    if got == wanted:
        passed += 1
        return
    failed += 1
    print(f"{what}: {got!r}, not {wanted!r}")


class Program:
    """The built driver, which gets all questions at once, one on each line."""

    def __init__(self, path):
        self.path = path

    def ask(self, questions):
        lines = "".join(json.dumps({"pattern": p, "event": e}, ensure_ascii=False) + "\n" for p, e in questions)
        answer = subprocess.run([self.path], input=lines.encode(), capture_output=True, check=True).stdout.decode()
        answers = answer.split("\n")[:-1]
        assert len(answers) == len(questions), "there is an answer for each line"
        return answers


def moto_matches(pattern, event):
    return EventPattern.load(json.dumps(pattern)).matches_event(event)


def moto_refuses(pattern):
    try:
        EventPattern.load(json.dumps(pattern))
    except Exception:       # moto's exceptions have no common base that says so
        return True
    return False


# --- random patterns and events ---

LETTERS = "abAB*\\é"
TEXTS = ["", "a", "A", "ab", "aB", "abab", "a*b", "a\\b", "é", "É", "aé", "10.0.0.1", "10.1.0.1", "2001:db8::1", "5"]
NUMBERS = [2, 3, 3.0, 3.5, -2, 100, 4999999999]
NETWORKS = ["10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "::/0", "10.0.0.0/31"]
LEAVES = ["s1", "s2", "n1", "n2", "b1"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        if self.random.random() < 0.6:
            return self.random.choice(TEXTS)
        return "".join(self.random.choice(LETTERS) for _ in range(self.random.randrange(6)))

    def scalar(self, name):
        if name.startswith("s"):
            return self.text() if self.random.random() < 0.9 else None
        if name.startswith("n"):
            return self.random.choice(NUMBERS)
        return self.random.choice([True, False, None])

    def event(self, depth=0):
        event = {}
        for name in LEAVES:
            if self.random.random() < 0.6:
                count = self.random.choice([1, 1, 2, 3])
                values = [self.scalar(name) for _ in range(count)]
                event[name] = values[0] if count == 1 else values
        for name in ["o1", "o2"]:
            if depth < 2 and self.random.random() < 0.6:
                below = self.event(depth + 1)
                event[name] = below if below else self.scalar("n1")     # an empty object is a known difference
        return event

    def wildcard(self):
        text = ""
        for _ in range(self.random.randrange(1, 6)):
            piece = self.random.choice(["a", "b", "A", "*", "\\*", "\\\\", "é"])
            if piece == "*" and text.endswith("*") and not text.endswith("\\*"):
                continue
            if piece == "*" and text.endswith("\\*"):
                piece = "a"     # "\\**" is fine for both, but "\\\\**" would not be
            text += piece
        return text

    def texts(self, make):
        return make() if self.random.random() < 0.5 else [make() for _ in range(self.random.randrange(1, 4))]

    def operator(self, name):
        nonempty = lambda: self.text() or "a"
        numeric = [
            {"numeric": [self.random.choice(["=", "<", "<=", ">", ">="]), self.random.choice(NUMBERS)]},
            {"numeric": [self.random.choice([">", ">="]), -2, self.random.choice(["<", "<="]), self.random.choice([2, 3.5, 100])]},
            {"anything-but": self.random.choice(NUMBERS)},
            {"anything-but": [self.random.choice(NUMBERS) for _ in range(2)]},
        ]
        text = [
            {"prefix": self.text()},
            {"prefix": {"equals-ignore-case": self.text()}},
            {"suffix": self.text()},
            {"suffix": {"equals-ignore-case": self.text()}},
            {"equals-ignore-case": self.text()},
            {"wildcard": self.wildcard()},
            {"anything-but": self.texts(self.text)},
            {"anything-but": {"prefix": self.texts(nonempty)}},
            {"anything-but": {"suffix": self.texts(nonempty)}},
            {"anything-but": {"equals-ignore-case": self.texts(self.text)}},
            {"anything-but": {"wildcard": self.texts(self.wildcard)}},
        ]
        if self.random.random() < 0.2:
            return {"exists": self.random.choice([True, False])}
        if name.startswith("n"):
            return self.random.choice(numeric)
        if name.startswith("s"):
            text.append({"cidr": self.random.choice(NETWORKS)})     # moto accepts true as an address
        return self.random.choice(text)

    def leaf(self, name):
        # Numeric tests are made on numbers only, since moto takes true for one.
        return [self.scalar(name) if self.random.random() < 0.4 else self.operator(name)
                for _ in range(self.random.choice([1, 1, 2, 3]))]

    def pattern(self, depth=0):
        pattern = {}
        for name in self.random.sample(LEAVES, self.random.choice([0, 1, 1, 2])):
            pattern[name] = self.leaf(name)
        if depth < 2 and self.random.random() < 0.4:
            pattern[self.random.choice(["o1", "o2", "s1"])] = self.pattern(depth + 1)
        if depth < 2 and self.random.random() < 0.25:
            pattern["$or"] = [self.pattern(depth + 1) for _ in range(self.random.choice([2, 3]))]
        return pattern or {"s1": self.leaf("s1")}


def check_random(program, seed, count):
    maker = Maker(seed)
    questions = [(maker.pattern(), maker.event()) for _ in range(count)]
    matched = 0
    for (pattern, event), answer in zip(questions, program.ask(questions)):
        wanted = "match" if moto_matches(pattern, event) else "no match"
        matched += wanted == "match"
        expect(f"{json.dumps(pattern)} on {json.dumps(event)}", answer, wanted)
    print(f"{count} random patterns, seed {seed}: {matched} match")
    expect("enough of the random patterns match", count < 1000 or count / 20 < matched < count * 19 / 20, True)


def check_decided(program):
    global differ
    for (pattern, event, wanted), answer in zip(DECIDED, program.ask([(p, e) for p, e, _ in DECIDED])):
        expect(f"{json.dumps(pattern)} on {json.dumps(event)}", answer, "match" if wanted else "no match")
        differ += moto_matches(pattern, event) != wanted
    for pattern, answer in zip(REFUSED, program.ask([(p, {}) for p in REFUSED])):
        expect(f"{json.dumps(pattern)} refused", answer.startswith("refused"), True)
        differ += not moto_refuses(pattern)
    for pattern, answer in zip(REFUSED_BY_BOTH, program.ask([(p, {}) for p in REFUSED_BY_BOTH])):
        expect(f"{json.dumps(pattern)} refused", answer.startswith("refused"), moto_refuses(pattern))


# --- published events ---

def enveloped(event):
    """Returns the event as it comes from EventBridge; a record or a finding alone gets an envelope."""
    if "detail-type" in event and "source" in event:
        return event
    if "eventSource" in event:
        kind = "AWS Console Sign In via CloudTrail" if event.get("eventType") == "AwsConsoleSignIn" else \
               "AWS Service Event via CloudTrail" if event.get("eventType") == "AwsServiceEvent" else "AWS API Call via CloudTrail"
        return {"source": "aws." + event["eventSource"].split(".")[0], "detail-type": kind, "detail": event}
    if "ProductArn" in event:
        return {"source": "aws.securityhub", "detail-type": "Security Hub Findings - Imported", "detail": {"findings": [event]}}
    if "class_uid" in event:
        return {"source": "aws.securityhub", "detail-type": "Findings Imported V2", "detail": {"findings": [event]}}
    if str(event.get("messageType", "")).startswith("ComplianceChange"):
        return {"source": "aws.config", "detail-type": "Config Rules Compliance Change", "detail": event}
    return {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": event}


def read_events(folder):
    events = {}
    for path in sorted(glob.glob(folder + "/**/*.json", recursive=True)):
        with open(path, encoding="utf-8") as file:
            event = json.load(file)
        if isinstance(event, dict):
            events[os.path.relpath(path, folder)] = enveloped(event)
    return events


def named_hits(readme):
    """Returns the examples of the table: {pattern: files that it matches}."""
    with open(readme, encoding="utf-8") as file:
        rows = [line.split("|") for line in file if line.startswith("| ") and line.count("|") == 5]
    return {row[1].strip(): [name.strip() for name in row[4].split(",")] for row in rows if row[2].strip().isdigit()}


def check_published(program):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/event-patterns")
    samples = os.path.join(os.environ.get("REEVE_VECTORS", ""), "events")
    if not os.environ.get("REEVE_VECTORS") or not os.path.isdir(samples):
        skipped.append("published events: REEVE_VECTORS names no folder that has them; moto judges generated patterns and events instead")
        print("skipped: " + skipped[0])
        return
    events, hits = read_events(samples), named_hits(os.path.join(folder, "README.md"))
    found = named = 0
    for path in sorted(glob.glob(folder + "/*.json")):
        name = os.path.basename(path)[:-len(".json")]
        with open(path, encoding="utf-8") as file:
            pattern = json.load(file)
        answers = dict(zip(events, program.ask([(pattern, event) for event in events.values()])))
        found += sum(answer == "match" for answer in answers.values())
        for sample in hits.get(name, []):
            if sample in events:
                named += 1
                expect(f"{name} on {sample}", answers[sample], "match")
        # Security Hub's findings are objects in an array, which moto does not look into.
        if "findings" not in pattern.get("detail", {}):
            for sample, event in events.items():
                expect(f"{name} on {sample}", answers[sample], "match" if moto_matches(pattern, event) else "no match")
        print(f"  {name}: {sum(answer == 'match' for answer in answers.values())} of {len(events)} published events")
    print(f"published events: {found} matches, of which {named} are examples that the patterns' list names")
    expect("published events match", found > 0 and named > 0, True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20000)
    arguments = parser.parse_args()
    program = Program(arguments.program)
    check_decided(program)
    check_random(program, arguments.seed, arguments.count)
    check_published(program)
    print(f"moto differs from AWS's documentation in {differ} of {len(DECIDED) + len(REFUSED)} listed cases")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

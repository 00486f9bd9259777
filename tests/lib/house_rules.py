#!/usr/bin/env python3
"""The house rules that a compiler doesn't know. Prints what breaks them; exits 1 when something does.

usage: house_rules.py        (from the project's root)"""
import glob
import re
import subprocess
import sys

ROOMS = ["orchestrator", "accounts", "baselines"]
MAX_LINES = 560
broken = []


def offend(rule, where):
    broken.append("%s: %s" % (rule, where))


def sources():
    for room in ROOMS:
        yield from sorted(glob.glob(room + "/**/*.[ch]", recursive=True))


def strip_comments(text):
    blank = lambda m: re.sub(r"[^\n]", " ", m.group(0))
    text = re.sub(r"/\*.*?\*/", blank, text, flags=re.S)
    return re.sub(r'"(\\.|[^"\\\n])*"', lambda m: '"' + " " * (len(m.group(0)) - 2) + '"', text)


def functions(text):
    """(head, name, body, line) of each function that is defined in the text."""
    for match in re.finditer(r"^([a-zA-Z_][^;{}#=]*?\b(\w+)\([^;{}=]*\)[^;{}=()]*)\n\{\n(.*?)^\}", text, re.S | re.M):
        yield match[1], match[2], match[3], text[:match.start()].count("\n") + 1


def yielding(text):
    """Names that the text declares or defines as MAY_YIELD."""
    return set(re.findall(r"MAY_YIELD\s[^;{}#]*?\b\**(\w+)\([^;{}]*\)[^;{}()]*[;\n]", text))


def check_yields(texts):
    """A function that calls one which may suspend its fiber says MAY_YIELD itself, where it is declared."""
    public = set()
    for path, text in texts.items():
        if path.endswith(".h") and not path.endswith("base/compiler.h"):
            public |= yielding(text)
    for path, text in texts.items():
        if re.match(r"orchestrator/(cmd/|main)", path):
            continue                                    # commands run outside every fiber, where waiting blocks
        names = public | yielding(text)
        call = re.compile(r"\b(%s)\(" % "|".join(sorted(names)))
        for head, name, body, line in functions(text):
            found = call.search(body)
            if found and name not in names and "MAY_YIELD" not in head:
                offend("waits without saying MAY_YIELD", "%s:%d: %s calls %s" % (path, line, name, found[1]))


def check_includes(path, text):
    rules = [
        (r"#include <curl/", lambda p: p.startswith("orchestrator/io/http/"), "only io/http uses curl"),
        (r"#include <lmdb\.h>", lambda p: p.startswith("orchestrator/store/"), "only store uses LMDB"),
    ]
    for pattern, allowed, rule in rules:
        for number, line in enumerate(text.split("\n"), 1):
            if re.match(pattern, line) and not allowed(path):
                offend(rule, "%s:%d: %s" % (path, number, line))


def check_file(path, text):
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        offend("too long", "%s: %d lines" % (path, len(lines)))
    if path.endswith(".c") and '"base/banned.h"' not in text and len(lines) > 40:
        offend("does not include base/banned.h", path)
    for number, line in enumerate(lines, 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            offend("left open", "%s:%d" % (path, number))
        if line != line.rstrip():
            offend("white space at the end", "%s:%d" % (path, number))


def check_repository():
    """The project speaks of itself alone."""
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True).stdout.split("\n")
    for path in filter(None, tracked):
        try:
            text = open(path, encoding="utf-8").read()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if path != "tests/lib/house_rules.py" and re.search(r"(/root/|/home/[a-z]|/tmp/build-)", line):
                offend("a path of one machine", "%s:%d: %s" % (path, number, line.strip()[:100]))


def main():
    raw = {path: open(path, encoding="utf-8").read() for path in sources()}
    check_yields({path: strip_comments(text) for path, text in raw.items()})
    for path, text in raw.items():
        check_includes(path, text)
        check_file(path, text)
    check_repository()
    print("\n".join(broken) or "all house rules kept")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

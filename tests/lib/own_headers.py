#!/usr/bin/env python3
"""A function that other files call is declared in the header of its own source's name: store/read.c, store/read.h.

Two exceptions. A source whose own header is included by other rooms may declare functions that only its own
room calls in an internal header (internal.h, private.h, *_internal.h, *_private.h). A row of an X-macro list declares
functions without naming them, which this can't see.
usage: own_headers.py [--self-test] (from the project's root)"""
import glob
import os
import re
import sys

ROOMS = ["orchestrator", "accounts", "baselines"]
INTERNAL = re.compile(r"(^|_)(internal|private)\.h$")


def strip(text):
    """Returns the text without comments, with empty strings and characters."""
    token = r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    return re.sub(token, lambda match: {'"': '""', "'": "''"}.get(match[0][0], " "), text, flags=re.S)


def declared_names(text):
    return set(re.findall(r"\b([a-z]\w*)\s*\(", strip(text)))


def defined_names(text):
    """Returns the functions that the text of a source defines and that other files can call."""
    head = re.compile(r"^(?!static\b)[A-Za-z_][^\n;={}()]*[ *](\w+)\([^;{}=]*\)[\w\s()\",]*?\n\{", re.M)
    return {match[1] for match in head.finditer(strip(text))}


def misplaced(sources, headers):
    """Returns (source, function, header) of each function whose declaration is elsewhere. Both arguments are {path: text}."""
    declared = {path: declared_names(text) for path, text in headers.items()}
    for path, text in sorted(sources.items()):
        own = path[:-2] + ".h"
        for name in sorted(defined_names(text)):
            places = [header for header in declared if name in declared[header]]
            if own in places or not places:
                continue
            if own in declared and all(INTERNAL.search(os.path.basename(place)) for place in places):
                continue
            yield path, name, places[0]


def read(suffix):
    paths = (path for room in ROOMS for path in glob.glob(room + "/**/*" + suffix, recursive=True))
    return {path: open(path, encoding="utf-8").read() for path in paths}


def breaches():
    for path, name, header in misplaced(read(".c"), read(".h")):
        yield "%s: %s is declared in %s" % (path, name, header)


def self_test():
    sources = {"a/x.c": "int x_do(void)\n{\n}\nstatic int helper(void)\n{\n}\n", "a/y.c": 'int y_do(const char *text)\n{\n\tputs("/*");\n}\n'}
    assert list(misplaced(sources, {"a/x.h": "int x_do(void);", "a/y.h": "int y_do(const char *text);"})) == []
    assert list(misplaced(sources, {"a/x.h": "int x_do(void); int y_do(const char *text);"})) == [("a/y.c", "y_do", "a/x.h")]
    assert list(misplaced(sources, {"a/internal.h": "int x_do(void);"})) == [("a/x.c", "x_do", "a/internal.h")]
    assert list(misplaced(sources, {"a/internal.h": "int x_do(void);", "a/x.h": "struct x;", "a/y.h": "/* x_do() */"})) == []


if __name__ == "__main__":
    self_test()
    if sys.argv[1:] != ["--self-test"]:
        found = list(breaches())
        print("\n".join(found))
        sys.exit(1 if found else 0)

#!/usr/bin/env python3
"""Checks that the objects of a room call only functions of the room itself and of the rooms that its link line reaches.
check_rooms.py checks the same for includes, but can't find a declaration that was copied by hand or that is in the wrong
room's header. Prints every symbol that breaks the rule.

usage: room_symbols.py BUILD        (from the project's root)
       room_symbols.py --self-test"""
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_rooms


def read_symbols(library):
    """Returns (names that the library defines, {name that it needs: object})."""
    text = subprocess.run(["nm", "-A", "-P", library], check=True, capture_output=True, text=True).stdout
    defined, needed = set(), {}
    for line in text.splitlines():
        place, name, kind = line.split()[:3]
        if kind in "Uw":
            needed.setdefault(name, place.rsplit("[", 1)[1].rstrip("]:"))
        elif kind.isupper():
            defined.add(name)
    return defined, {name: place for name, place in needed.items() if name not in defined}


def find_breaches(links, symbols):
    """Finds breaches among the symbols that some room defines; all others are the system's. `links` is {room: [room]}, and
    `symbols` is {room: result of read_symbols}."""
    homes = {}
    for room, (defined, _) in symbols.items():
        for name in defined:
            homes.setdefault(name, set()).add(room)
    for room, (_, needed) in sorted(symbols.items()):
        reached = check_rooms.reach(links, room)
        for name, place in sorted(needed.items()):
            if name in homes and not homes[name] & reached:
                yield "%s: %s needs %s of %s, which %s does not link" % (room, place, name,
                                                                         " or ".join(sorted(homes[name])), room)


def self_test():
    links = {"high": ["low"], "low": [], "other": []}
    symbols = {"low": ({"add"}, {}), "other": ({"tell"}, {}),
               "high": ({"run"}, {"add": "run.c.o", "tell": "run.c.o", "malloc": "run.c.o"})}
    found = list(find_breaches(links, symbols))
    assert found == ["high: run.c.o needs tell of other, which high does not link"], found
    links["high"].append("other")
    assert list(find_breaches(links, symbols)) == []
    symbols["low"] = ({"add"}, {"run": "add.c.o"})
    assert len(list(find_breaches(links, symbols))) == 1


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    links, _ = check_rooms.read_rooms()
    found = {os.path.basename(path)[len("lib"):-len(".a")]: path
             for path in glob.glob(os.path.join(sys.argv[1], "**", "lib*.a"), recursive=True)}
    missing = sorted(set(links) - set(found))
    if missing:
        sys.exit("not built: %s" % ", ".join(missing))
    broken = list(find_breaches(links, {room: read_symbols(found[room]) for room in links}))
    print("\n".join(broken + ["%d breaches of the rooms by linked symbols" % len(broken)]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

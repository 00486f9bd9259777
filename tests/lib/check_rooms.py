#!/usr/bin/env python3
"""Checks that a room includes only itself and the rooms that its link line reaches. Prints every include that breaks this.

The link lines are in each room's CMakeLists.txt: `room(NAME LIBRARY...)`. A folder without such a line belongs to
the room of the folder above it. usage: check_rooms.py [--sizes | --self-test] (from the project's root)"""
import glob
import os
import re
import sys
import tempfile

INCLUDE_ROOTS = ["orchestrator", "."]


def read_rooms():
    """Returns ({room: [libraries that it links]}, {folder: room})."""
    links, folders = {}, {}
    for path in glob.glob("*/**/CMakeLists.txt", recursive=True):
        text = re.sub(r"#.*", "", open(path, encoding="utf-8").read())
        for name, libraries in re.findall(r"^room\((\w+)([^)]*)\)", text, re.M):
            links[name] = libraries.split()
            folders[os.path.dirname(path)] = name
        for name, libraries in re.findall(r"target_link_libraries\((\w+) PUBLIC ([^)]*)\)", text):
            links.setdefault(name, []).extend(libraries.split())
    return links, folders


def reach(links, name, seen=None):
    seen = {name} if seen is None else seen
    for other in links.get(name, ()):
        if other in links and other not in seen:
            seen.add(other)
            reach(links, other, seen)
    return seen


def room_of(folders, path):
    folder = os.path.dirname(path)
    while folder:
        if folder in folders:
            return folders[folder]
        folder = os.path.dirname(folder)
    return None


def find_file(name, beside):
    for root in [os.path.dirname(beside)] + INCLUDE_ROOTS:
        path = os.path.normpath(os.path.join(root, name))
        if os.path.exists(path):
            return path
    return None


def sources(folders):
    for top in sorted({folder.split("/")[0] for folder in folders}):
        for ending in ("c", "h", "def"):
            yield from sorted(glob.glob("%s/**/*.%s" % (top, ending), recursive=True))


def breaches():
    links, folders = read_rooms()
    seen = {name: reach(links, name) for name in links}
    for name in links:
        circle = [other for other in links[name] if other in links and name in seen[other]]
        for other in circle:
            yield "%s and %s link each other" % (name, other)
    for path in sources(folders):
        room = room_of(folders, path)
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            match = re.match(r'#\s*include "([^"]+)"', line)
            target = match and find_file(match[1], path)
            if not target or room is None:
                continue
            other = room_of(folders, target)
            if other is not None and other not in seen[room]:
                yield "%s:%d: %s does not link %s" % (path, number, room, other)


def measure_sizes():
    """Returns ({room: lines}, all lines) of the files under orchestrator/."""
    _, folders = read_rooms()
    sizes, total = {}, 0
    for path in sources(folders):
        lines = open(path, encoding="utf-8").read().count("\n")
        if path.startswith("orchestrator/"):
            total += lines
            name = room_of(folders, path) or "main"
            sizes[name] = sizes.get(name, 0) + lines
    return sizes, total


def print_sizes():
    sizes, total = measure_sizes()
    for name, lines in sorted(sizes.items(), key=lambda item: -item[1]):
        print("%6d  %4.1f %%  %s" % (lines, 100.0 * lines / total, name))


def self_test():
    """Checks that a breach is found, with rooms in a folder of their own, of which `low` includes a header that only `high` may include."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for path, text in {"orchestrator/low/CMakeLists.txt": "room(low)\n", "orchestrator/high/CMakeLists.txt": "room(high low)\n",
                               "orchestrator/low/low.h": "", "orchestrator/high/high.h": '#include "low/low.h"\n'}.items():
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            assert list(breaches()) == [], list(breaches())
            with open("orchestrator/low/low.c", "w", encoding="utf-8") as file:
                file.write('#include "low/low.h"\n#include "high/high.h"\n')
            assert list(breaches()) == ["orchestrator/low/low.c:2: low does not link high"], list(breaches())
            with open("orchestrator/low/CMakeLists.txt", "w", encoding="utf-8") as file:
                file.write("room(low high)\n")
            assert sorted(breaches()) == ["high and low link each other", "low and high link each other"], sorted(breaches())
        finally:
            os.chdir(here)


def main():
    if sys.argv[1:] == ["--sizes"]:
        print_sizes()
        return 0
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        print("breaches are found")
        return 0
    broken = list(breaches())
    print("\n".join(broken + ["%d breaches of the rooms" % len(broken)]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Finds source files of a library that need each other in a circle, by linked symbols.

A file needs another when its object has an undefined symbol that the other's object defines. Files that need each
other, directly or through others, can be neither tested nor understood one at a time. Prints each circle and exits
with 1 when there is one.

usage: file_circles.py LIBRARY.a...
       file_circles.py --self-test"""
import collections
import os
import subprocess
import sys


def read_objects(library):
    """Returns {object: (symbols that it defines, symbols that it needs)}."""
    text = subprocess.run(["nm", "-A", "-P", library], check=True, capture_output=True, text=True).stdout
    objects = collections.defaultdict(lambda: (set(), set()))
    for line in text.splitlines():
        place, name, kind = line.split()[:3]
        defined, needed = objects[place.rsplit("[", 1)[1].rstrip("]:")]
        if kind in "Uw":
            needed.add(name)
        elif kind.isupper():
            defined.add(name)
    return objects


def needs_of(objects):
    """Returns {object: the other objects that it needs}."""
    home = {name: file for file, (defined, _) in objects.items() for name in defined}
    return {file: {home[name] for name in needed if name in home} - {file}
            for file, (_, needed) in objects.items()}


def reached_from(needs, start):
    seen, todo = set(), [start]
    while todo:
        for other in needs[todo.pop()]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def find_circles(needs):
    """Returns the strongly connected components of more than one file, each as a sorted list."""
    reached = {file: reached_from(needs, file) for file in needs}
    circles = {tuple(sorted(other for other in reached[file] if file in reached[other]))
               for file in needs if file in reached[file]}
    return sorted(map(list, circles))


def self_test():
    chain = {"a": ({"fa"}, {"fb"}), "b": ({"fb"}, {"fc", "malloc"}), "c": ({"fc"}, set())}
    assert find_circles(needs_of(chain)) == []
    chain["c"][1].add("fa")
    assert find_circles(needs_of(chain)) == [["a", "b", "c"]]
    chain["c"] = ({"fc"}, {"fb"})
    assert find_circles(needs_of(chain)) == [["b", "c"]]


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tied = 0
    for library in sys.argv[1:]:
        objects = read_objects(library)
        needs = needs_of(objects)
        for circle in find_circles(needs):
            tied += len(circle)
            print("%s: %d files tied: %s" % (os.path.basename(library), len(circle),
                                             " ".join(file.replace(".c.o", ".c") for file in circle)))
            for file in circle:
                for other in sorted(needs[file] & set(circle)):
                    names = sorted(objects[file][1] & objects[other][0])
                    print("    %s -> %s: %s" % (file.replace(".c.o", ".c"), other.replace(".c.o", ".c"), ", ".join(names)))
    print("%d files tied by circles" % tied)
    return 1 if tied else 0


if __name__ == "__main__":
    sys.exit(main())

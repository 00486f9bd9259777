#!/bin/sh
# Gives every C file the form that .clang-format describes. usage: sh tests/lib/format.sh [--check]
#   --check   change nothing; name the files that differ, and exit with 1 when there is one
#
# CLANG_FORMAT names the program. It must be version 19.1.7, which tests/requirements.txt pins,
# since each version formats some lines differently. `sh tests/check format` installs it into build/check/venv.
set -eu
cd "$(dirname "$0")/../.."
program=${CLANG_FORMAT:-build/check/venv/bin/clang-format}
command -v "$program" >/dev/null || { echo "no $program: run 'sh tests/check format' once, which installs it"; exit 1; }
"$program" --version | grep -qF 19.1.7 || { echo "$("$program" --version): 19.1.7 is needed"; exit 1; }
mode=-i
[ "${1:-}" != --check ] || mode="--dry-run --Werror"
git ls-files -z --cached --others --exclude-standard '*.c' '*.h' | xargs -0 -P 2 -n 40 "$program" $mode

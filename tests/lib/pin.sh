#!/bin/sh
# Compiles tests/requirements.in to tests/requirements.txt: every package at one version, with its
# hashes, for every Python from 3.11 on.
#
# usage: sh tests/lib/pin.sh              keeps the versions that still fit, and adds and drops packages
#        sh tests/lib/pin.sh --upgrade    updates every package to its newest version
#
# After a new botocore, write the operation tables again (orchestrator/aws/operations/generate.py).
set -eu
cd "$(dirname "$0")/../.."
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
python3 -m venv "$tool"
"$tool/bin/pip" install -q uv==0.13.9
"$tool/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --system-certs "$@" \
	--custom-compile-command "sh tests/lib/pin.sh" -o tests/requirements.txt tests/requirements.in

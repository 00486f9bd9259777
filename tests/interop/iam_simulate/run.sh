#!/bin/sh
# Judges the policies that Reeve prints by an independent evaluator. usage: run.sh BUILD_FOLDER (for node_modules)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1/iam_simulate
mkdir -p "$work"
cp "$here/package.json" "$here/package-lock.json" "$here/check_policies.mjs" "$work/"
[ ! -f "$here/.npmrc" ] || cp "$here/.npmrc" "$work/"
cd "$work"
if [ ! -d node_modules/@cloud-copilot ] && ! npm ci --silent --no-audit --no-fund; then
	echo "skipped: npm could not install the evaluator, so nothing independent judged the policies that Reeve prints; no other step does that"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
exec node check_policies.mjs

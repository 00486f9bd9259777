#!/bin/bash
# Tests the man pages, the completions and the systemd unit as `cmake --install` installs them. Tools that are not there (groff,
# mandoc, zsh, systemd-analyze) are named and left out. usage: manual.sh BUILD
set -u
build=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
failed=0

fail() {
	printf 'FAILED %s\n' "$*"
	failed=1
}

have() {
	command -v "$1" >/dev/null && return
	printf 'skipped: %s is not installed\n' "$1"
	return 1
}

# quiet WHAT COMMAND...: the command succeeds and prints nothing.
quiet() {
	local what=$1 said
	shift
	said=$("$@" 2>&1) && [[ -z $said ]] || fail "$what: $said"
}

cmake --install "$build" --prefix "$root" >"$root/log" 2>&1 || { cat "$root/log"; exit 1; }
pages=$root/share/man/man1
bash_completion=$root/share/bash-completion/completions/reeve
zsh_completion=$root/share/zsh/site-functions/_reeve
unit=$root/lib/systemd/system/reeve.service

# --- man pages: one for each command, with each of its options
mapfile -t commands < <("$root/bin/reeve" --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
((${#commands[@]} >= 17)) || fail "reeve --help lists ${#commands[@]} commands"
for command in "${commands[@]}"; do
	page=$pages/reeve-$command.1
	[[ -f $page ]] || { fail "$page is missing"; continue; }
	grep -qF "reeve\\-$command (1)" "$pages/reeve.1" || fail "reeve.1 does not name reeve-$command"
	for option in $("$root/bin/reeve" "$command" --help | sed -n 's/^  --\([a-z]*\).*/\1/p'); do
		grep -qF "\\-\\-$option\\fP" "$page" || fail "$page lacks --$option"
	done
done
if have groff; then
	for page in "$pages"/*.1; do quiet "groff $page" groff -ww -man -Tutf8 -z "$page"; done
fi
if have mandoc; then quiet "mandoc" mandoc -Tlint -W error "$pages"/*.1; fi

# --- bash: what is completed after these words, the last of which is the one at the cursor
completed() {
	bash --norc -c '
		. "$1"; shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_reeve 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}" | sort | tr "\n" " "' - "$bash_completion" "$@"
}

# completes WANTED WORD...
completes() {
	local wanted=$1 got
	shift
	got=$(completed "$@")
	[[ $got == "$wanted " ]] || fail "bash completes '$*' with '$got', not '$wanted'"
}

bash --norc -n "$bash_completion" || fail "the completion is no bash"
completes "apply approvals" reeve ap
completes "approve" reeve approvals appr
completes "approve deny list show" reeve --json approvals ""
completes "" reeve approvals show ""
completes "--shard --state" reeve plan --s
completes "--since --state" reeve audit --s
completes "--config" reeve --c
completes "aws system" reeve approvals approve a-1 --as ""
completes "iam.root-mfa" reeve plan --baseline iam.r
completes "iam.root-mfa" reeve plan --baseline = iam.r
completes "iam.root-mfa" reeve --config pause baselines iam.r
completes "schema" reeve --config = reeve.json config s
cd "$root" || exit 1
touch "a plan" "another"
mkdir "a folder"
completes "a folder a plan another" reeve apply a
completes "a folder" reeve --state a
if have zsh; then quiet "zsh" zsh -f -n "$zsh_completion"; fi

# --- the unit names the program that was installed with it
grep -q "^ExecStart=$root/bin/reeve " "$unit" || fail "the unit does not start $root/bin/reeve"
if have systemd-analyze; then quiet "systemd-analyze" systemd-analyze verify --man=no "$unit"; fi
exit $failed

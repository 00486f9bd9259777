# The steps of tests/check, in their order. Sourced by it.

# checked: the options of the check's own builds, which link by lld where it could be installed: that takes a third of the time.
checked="-DREEVE_WERROR=ON -DREEVE_TEST_HOOKS=ON"
use_linker() {
	! command -v ld.lld >/dev/null 2>&1 || checked="$checked -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld"
}
programs="reeve reeve-sim dump-operations notify-driver security-hub-driver match-pattern queue-driver protocol-driver http-driver parse-driver json-compare load-store web-driver"

# The unit tests and the scenarios run in the sanitized build; this build makes the unit programs only for --full.
build_release() {
	cmake -S . -B "$build/release" -G Ninja $checked && ninja -C "$build/release" ${full:-$programs} ${full:+all}
}

build_sanitized() {
	cmake -S . -B "$build/sanitized" -G Ninja $checked -DREEVE_SANITIZE=ON -DCMAKE_BUILD_TYPE=Debug && ninja -C "$build/sanitized"
}

# No two files of a room need each other, and no room calls what its link line does not reach. Two rooms are exempt: in
# io a fiber and its loop are one machine, and in web_server a connection, its exchange and the server.
run_circles() {
	python3 tests/lib/file_circles.py --self-test && python3 tests/lib/room_symbols.py --self-test &&
		python3 tests/lib/file_circles.py $(find "$build/release" -name 'lib*.a' ! -name libio.a ! -name libweb_server.a) && python3 tests/lib/room_symbols.py "$build/release"
}

# A build without options ignores the variables by which tests shorten waits: not even their names are in its objects.
run_plain_build() {
	sources=$(grep -rl --include='*.c' 'test_hook("' "$root/orchestrator")
	[ -n "$sources" ] && cmake -S . -B "$build/plain" -G Ninja || return 1
	for source in $sources; do
		ninja -C "$build/plain" "$source^" || return 1
		object=$(find "$build/plain" -name "$(basename "$source").o" -path "*/$(basename "$(dirname "$source")").dir/*")
		[ -n "$object" ] || { echo "FAILED: no object of $source"; return 1; }
		if grep -ao 'REEVE_TEST_[A-Z_]*' $object; then echo "FAILED: a plain build reads it: $source"; return 1; fi
	done
	grep -qa REEVE_TEST_INCONSISTENCY_MS "$build/release/reeve" || { echo "FAILED: the check's own build has no test hooks"; return 1; }
}

# Both compilers, three kinds of build, no warning in any.
run_builds() {
	good=0 bad=0
	for compiler in gcc clang; do
		for kind in RelWithDebInfo Release Debug; do
			folder=$build/builds/$compiler-$kind
			if CC=$compiler cmake -S . -B "$folder" -G Ninja -DREEVE_WERROR=ON -DCMAKE_BUILD_TYPE=$kind && ninja -C "$folder"; then
				good=$((good + 1))
			else
				bad=$((bad + 1))
				echo "FAILED: $compiler, $kind"
			fi
			rm -rf "$folder"
		done
	done
	printf '%s passed, %s failed\n' "$good" "$bad"
	[ "$bad" -eq 0 ]
}

# Prints ctest's closing line in the form that tests/check reads, with the reasons for skipped programs.
run_ctest() { # run_ctest FOLDER
	ctest --test-dir "$1" --output-on-failure -j6 -T Test --no-compress-output >"$logs/ctest.$$" 2>&1
	result=$?
	cat "$logs/ctest.$$"
	total=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of \([0-9]*\).*/\2 \1/p' "$logs/ctest.$$" | tail -n 1)
	unskipped=$(grep -ac '\*\*\*Skipped' "$logs/ctest.$$")
	for program in $(sed -n 's/.*Test *#[0-9]*: *\([a-z0-9_]*\) .*\*\*\*Skipped.*/\1/p' "$logs/ctest.$$"); do
		why=$("$1/tests/unit/$program" 2>&1 | grep -a skip | head -n 1)
		echo "skipped: $program: ${why:-it gave no reason}"
	done
	rm -f "$logs/ctest.$$"
	set -- $total
	[ $# -eq 2 ] || return 1
	printf '%s passed, %s failed, %s skipped\n' "$(($1 - $2 - unskipped))" "$2" "$unskipped"
	return $result
}

# Runs the unit test programs under valgrind, which finds reads of uninitialized memory; the sanitizers don't.
run_valgrind() {
	ls "$build"/release/tests/unit/ | grep -E '^test_' | grep -v '\.' |
		REEVE_SOURCE="$root" BUILD="$build" LOGS="$logs" xargs -P 2 -n 1 sh tests/lib/valgrind_one.sh
	good=$(cat "$logs"/valgrind-*.good 2>/dev/null | wc -l)
	bad=$(cat "$logs"/valgrind-*.bad 2>/dev/null | wc -l)
	rm -f "$logs"/valgrind-*.good "$logs"/valgrind-*.bad
	printf '%s passed, %s failed\n' "$good" "$bad"
	[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
}

build_fuzzers() {
	CC=clang cmake -S . -B "$build/fuzz" -G Ninja $checked -DREEVE_FUZZ=ON -DCMAKE_BUILD_TYPE=Debug && ninja -C "$build/fuzz" fuzzers
}

fuzz_one() { # fuzz_one PROGRAM SECONDS
	fuzzer=$(basename "$1")
	corpus=$build/fuzz/corpus/$fuzzer
	mkdir -p "$corpus" "$build/fuzz/crashes"
	if "$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$build/fuzz/crashes/" "$corpus" \
		"$root/tests/fuzz/corpus/${fuzzer#fuzz_}" >"$logs/$fuzzer.log" 2>&1; then
		tail -n 2 "$logs/$fuzzer.log"
		return 0
	fi
	echo "FAILED: $fuzzer"
	tail -n 30 "$logs/$fuzzer.log"
	return 1
}

run_fuzz() { # run_fuzz SECONDS: the total, which the targets share
	targets=$(find "$build/fuzz/tests/fuzz" -maxdepth 1 -type f -name 'fuzz_*' -perm -u+x | sort)
	number=$(echo "$targets" | wc -w)
	[ "$number" -gt 0 ] || return 1
	each=$(($1 / number)) good=0 bad=0
	for target in $targets; do
		if fuzz_one "$target" $each; then good=$((good + 1)); else bad=$((bad + 1)); fi
	done
	printf '%s passed, %s failed\n' "$good" "$bad"
	[ "$bad" -eq 0 ]
}

run_cppcheck() {
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j2 \
		--suppressions-list=tests/lib/cppcheck.txt --library=tests/lib/cppcheck.cfg -D_GNU_SOURCE --library=posix -I orchestrator -I . orchestrator accounts baselines
}

run_clang_tidy() {
	CC=clang cmake -S . -B "$build/tidy" -G Ninja -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null &&
		find orchestrator accounts baselines -name '*.c' | xargs -P 2 -n 8 clang-tidy -p "$build/tidy" --quiet \
			--checks='-*,clang-analyzer-*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-bugprone-branch-clone,-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result,-bugprone-suspicious-include,-bugprone-sizeof-expression,-bugprone-not-null-terminated-result' \
			--warnings-as-errors='*'
}

with_program() { # with_program FOLDER COMMAND...: runs COMMAND with the programs of that build
	folder=$1
	shift
	env REEVE="$folder/reeve" REEVE_SIM="$folder/reeve-sim" DRIVER="$folder/notify-driver" QUEUE_DRIVER="$folder/queue-driver" "$@"
}

# The steps that need the packages of tests/requirements.txt.
run_judged_steps() {
	release=$build/release
	step format env CLANG_FORMAT="$build/venv/bin/clang-format" sh tests/lib/format.sh --check
	begin moto with_program "$release" "$python" tests/interop/test_moto.py ${full:+--full}
	step simulator with_program "$release" "$python" tests/sim/selfcheck.py "$release/reeve-sim"
	step operations-generated "$python" orchestrator/aws/operations/generate.py --check
	step operations-generator "$python" tests/interop/check_generator.py "$release"
	step service-regions "$python" orchestrator/aws/endpoint/regions.py --check
	step operations with_program "$release" "$python" tests/interop/check_operations.py "$release/dump-operations"
	step protocol "$python" tests/interop/check_protocol.py "$release/protocol-driver" "$release/dump-operations" ${full:+--count 400}
	step parsers with_program "$release" "$python" tests/interop/check_http.py ${full:+--full}
	step patterns with_program "$release" "$python" tests/interop/check_patterns.py "$release/match-pattern"
	step formats with_program "$release" DRIVER="$release/security-hub-driver" "$python" tests/interop/check_ocsf.py
	step notifications with_program "$release" "$python" tests/interop/notify_sns.py
	step security-hub with_program "$release" DRIVER="$release/security-hub-driver" SIM="$release/reeve-sim" "$python" tests/interop/security_hub_moto.py
	finish moto
	begin audit-copy with_program "$release" "$python" tests/interop/test_audit_copy.py
	step queue with_program "$release" "$python" tests/interop/queue_sqs.py
	finish audit-copy
	begin moto-events with_program "$release" "$python" tests/interop/test_events.py
	step moto-strict with_program "$release" "$python" tests/interop/test_moto.py --strict ${full:+--full}
	finish moto-events
}

# Two of the tests of safety/ at a time.
pair() {
	begin "safety-$1" with_program "$build/release" python3 "tests/safety/$1.py" ${full:+--full}
	step "safety-$2" with_program "$build/release" python3 "tests/safety/$2.py" ${full:+--full}
	finish "safety-$1"
}

run_steps() {
	use_linker
	begin python make_python
	step build build_release
	step house-rules python3 tests/lib/house_rules.py
	step schema sh -c '"$1" config schema | diff - orchestrator/config/reeve.schema.json' schema "$build/release/reeve"
	step json "$build/release/json-compare" "$([ -n "$full" ] && echo 1000000 || echo 20000)" tests/fuzz/corpus/base_json
	step old-store with_program "$build/release" python3 tests/interop/check_old_store.py "$build/release/load-store"
	step readme with_program "$build/release" python3 tests/interop/check_readme.py
	step circles run_circles
	step plain-build run_plain_build
	step build-sanitized build_sanitized
	step unit run_ctest "$build/sanitized"
	begin scenarios with_program "$build/sanitized" python3 tests/scenarios/run.py --sanitized
	step cppcheck run_cppcheck
	step build-fuzzers build_fuzzers
	finish scenarios
	# These tests wait for the simulator more than they compute, so the fuzzers run beside them.
	begin fuzz run_fuzz "$([ -n "$full" ] && echo 720 || echo 60)"
	pair crash model
	pair serve blast
	pair events web
	pair operators http_surplus
	finish fuzz
	finish python
	if use_python; then
		run_judged_steps
	elif [ -n "${REEVE_REQUIRE_MOTO:-}" ]; then
		step moto sh -c 'echo "FAILED: the packages of tests/requirements.txt are required here and could not be installed"; exit 1'
	else
		skip moto "the Python packages could not be installed (the log of the step python says why), so no independent judge was asked: format, moto, simulator, operations-generated, operations-generator, service-regions, operations, protocol, parsers, patterns, formats, notifications, security-hub, audit-copy, queue, moto-events, moto-strict, add-baseline, api"
	fi
	! use_python || step api with_program "$release" "$python" tests/interop/check_api.py ${full:+--full}
	if command -v npm >/dev/null 2>&1; then
		step policies with_program "$build/release" sh tests/interop/iam_simulate/run.sh "$build"
	else
		skip policies "npm is not on this machine, so no independent evaluator judged the policies that Reeve prints; no other step does that"
	fi
	step demo env NO_COLOR=1 REEVE_BUILD="$build/release" sh tests/demo
	[ -z "$full" ] || run_full_steps
}

# Steps that are slow, or need much to be installed.
run_full_steps() {
	install_packages $full_packages
	! use_python || step add-baseline "$python" tests/interop/add_baseline.py
	step unit-plain run_ctest "$build/release"
	step scenarios-plain with_program "$build/release" python3 tests/scenarios/run.py --full
	step safety-faults with_program "$build/release" python3 tests/safety/faults.py --full
	step valgrind run_valgrind
	step builds run_builds
	step clang-tidy run_clang_tidy
	for suite in bookworm trixie; do
		step "fresh-$suite" sh tests/lib/fresh.sh "$suite"
	done
}

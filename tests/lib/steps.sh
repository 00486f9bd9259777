# The steps of tests/check, in their order. Sourced by it.

build_release() {
	cmake -S . -B "$build/release" -G Ninja -DREEVE_WERROR=ON -DREEVE_TEST_HOOKS=ON && ninja -C "$build/release"
}

build_sanitized() {
	cmake -S . -B "$build/sanitized" -G Ninja -DREEVE_WERROR=ON -DREEVE_TEST_HOOKS=ON -DREEVE_SANITIZE=ON -DCMAKE_BUILD_TYPE=Debug && ninja -C "$build/sanitized"
}

# ctest's own closing line, said in the form that tests/check reads.
run_ctest() {
	ctest --test-dir "$1" --output-on-failure -j2 -T Test --no-compress-output >"$logs/ctest.$$" 2>&1
	result=$?
	cat "$logs/ctest.$$"
	total=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of \([0-9]*\).*/\2 \1/p' "$logs/ctest.$$" | tail -n 1)
	unskipped=$(grep -ac '\*\*\*Skipped' "$logs/ctest.$$")
	rm -f "$logs/ctest.$$"
	set -- $total
	[ $# -eq 2 ] || return 1
	printf '%s passed, %s failed, %s skipped\n' "$(($1 - $2 - unskipped))" "$2" "$unskipped"
	return $result
}

# The programs of the unit tests under valgrind: in the short check those of the rooms that handle memory by hand.
run_valgrind() {
	pattern='test_(base|io_(fiber|sync|loop|reader|http$)|aws_(xml|protocol|sigv4|client|profile)|config_(error|inherit)|baselines|store_basic|daemon|engine_(run|policy|audit$|approvals$|queue_url|seen|event|own_change))'
	[ -z "$full" ] || pattern='test_'
	ls "$build"/release/tests/unit/ | grep -E "^$pattern" | grep -v '\.' |
		REEVE_VECTORS="$root/../shared/vectors" REEVE_SOURCE="$root" BUILD="$build" LOGS="$logs" xargs -P 2 -n 1 sh tests/lib/valgrind_one.sh
	good=$(cat "$logs"/valgrind-*.good 2>/dev/null | wc -l)
	bad=$(cat "$logs"/valgrind-*.bad 2>/dev/null | wc -l)
	rm -f "$logs"/valgrind-*.good "$logs"/valgrind-*.bad
	printf '%s passed, %s failed\n' "$good" "$bad"
	[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
}

run_fuzz() { # run_fuzz SECONDS
	CC=clang cmake -S . -B "$build/fuzz" -G Ninja -DREEVE_FUZZ=ON -DCMAKE_BUILD_TYPE=Debug >/dev/null && ninja -C "$build/fuzz" fuzzers || return 1
	good=0 bad=0
	for target in "$build"/fuzz/tests/fuzz/fuzz_*; do
		[ -x "$target" ] && [ -f "$target" ] || continue
		fuzzer=$(basename "$target")
		corpus=$build/fuzz/corpus/$fuzzer
		mkdir -p "$corpus" "$build/fuzz/crashes"
		if "$target" -max_total_time="$1" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$build/fuzz/crashes/" "$corpus" \
			"$root/tests/fuzz/corpus/${fuzzer#fuzz_}" >"$logs/$fuzzer.log" 2>&1; then
			good=$((good + 1))
			tail -n 2 "$logs/$fuzzer.log"
		else
			bad=$((bad + 1))
			tail -n 30 "$logs/$fuzzer.log"
		fi
	done
	printf '%s passed, %s failed\n' "$good" "$bad"
	[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
}

run_cppcheck() {
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j2 \
		--suppressions-list=tests/lib/cppcheck.txt --library=tests/lib/cppcheck.cfg -D_GNU_SOURCE --library=posix -I orchestrator -I . orchestrator accounts baselines
}

run_clang_tidy() {
	CC=clang cmake -S . -B "$build/tidy" -G Ninja -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null &&
		find orchestrator accounts baselines -name '*.c' | xargs -P 2 -n 8 clang-tidy -p "$build/tidy" --quiet \
			--checks='-*,clang-analyzer-*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-bugprone-branch-clone,-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result,-bugprone-suspicious-include' \
			--warnings-as-errors='*'
}

with_program() { # with_program FOLDER COMMAND...: the tests' programs by name
	folder=$1
	shift
	env REEVE="$folder/reeve" REEVE_SIM="$folder/reeve-sim" DRIVER="$folder/notify-driver" QUEUE_DRIVER="$folder/queue-driver" REEVE_FACTS="$root/../shared/facts" REEVE_VECTORS="$root/../shared/vectors" "$@"
}

run_steps() {
	step build build_release
	step house-rules python3 tests/lib/house_rules.py
	step schema sh -c '"$1" config schema | diff - orchestrator/config/reeve.schema.json' schema "$build/release/reeve"
	step json "$build/release/json-compare" "$([ -n "$full" ] && echo 1000000 || echo 20000)" tests/fuzz/corpus/base_json
	step unit run_ctest "$build/release"
	step cppcheck run_cppcheck
	step build-sanitized build_sanitized
	step unit-sanitized run_ctest "$build/sanitized"
	step scenarios with_program "$build/release" python3 tests/scenarios/run.py ${full:+--full}
	for safety in crash ${full:+faults} model blast events serve web http_surplus operators; do
		[ -f "tests/safety/$safety.py" ] && step "safety-$safety" with_program "$build/release" python3 "tests/safety/$safety.py" ${full:+--full}
	done
	step scenarios-sanitized with_program "$build/sanitized" python3 tests/scenarios/run.py --sanitized
	step valgrind run_valgrind
	if find_python tests/requirements.txt 'import boto3, moto, flask, flask_cors, awscli'; then
		begin moto with_program "$build/release" "$python" tests/interop/test_moto.py ${full:+--full}
		step simulator with_program "$build/release" "$python" tests/sim/selfcheck.py "$build/release/reeve-sim"
		step operations-generated "$python" orchestrator/aws/operations/generate.py --check
		step operations-generator "$python" tests/interop/check_generator.py "$build/release"
		step service-regions "$python" orchestrator/aws/endpoint/regions.py --check
		step operations with_program "$build/release" "$python" tests/interop/check_operations.py "$build/release/dump-operations"
		step parsers with_program "$build/release" "$python" tests/interop/check_http.py ${full:+--full}
		step patterns with_program "$build/release" "$python" tests/interop/check_patterns.py "$build/release/match-pattern"
		step formats with_program "$build/release" DRIVER="$build/release/security-hub-driver" "$python" tests/interop/check_ocsf.py
		step notifications with_program "$build/release" "$python" tests/interop/notify_sns.py
		step security-hub with_program "$build/release" DRIVER="$build/release/security-hub-driver" SIM="$build/release/reeve-sim" "$python" tests/interop/security_hub_moto.py
		finish moto
		begin audit-copy with_program "$build/release" "$python" tests/interop/test_audit_copy.py
		step queue with_program "$build/release" "$python" tests/interop/queue_sqs.py
		finish audit-copy
		begin moto-events with_program "$build/release" "$python" tests/interop/test_events.py
		step moto-strict with_program "$build/release" "$python" tests/interop/test_moto.py --strict ${full:+--full}
		finish moto-events
	elif [ -n "${REEVE_REQUIRE_MOTO:-}" ]; then
		step moto sh -c 'echo "moto is required here and could not be installed"; exit 1'
	else
		skip moto "moto is not on this machine and the package index is not reached"
	fi
	# It does what it can with what there is, and says what it skips.
	if find_python tests/requirements-api.txt 'import jsonschema, openapi_spec_validator, schemathesis' || find_python tests/requirements-api.txt 'import json'; then
		step api with_program "$build/release" "$python" tests/interop/check_api.py ${full:+--full}
	fi
	if command -v npm >/dev/null 2>&1; then
		step policies with_program "$build/release" sh tests/interop/iam_simulate/run.sh "$build"
	else
		skip policies "npm is not on this machine"
	fi
	step fuzz run_fuzz "$([ -n "$full" ] && echo 120 || echo 4)"
	if [ -n "$full" ]; then
		step clang-tidy run_clang_tidy
	fi
	step demo env NO_COLOR=1 REEVE_BUILD="$build/release" sh tests/demo
}

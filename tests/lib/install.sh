# Installs what is missing, with Debian's packages first. Sourced by tests/check and tests/demo.
# Without root or without the package index it goes on with the tools that the machine has, and the
# build says what is missing.

build_packages="gcc cmake ninja-build pkg-config libc6-dev libcurl4-openssl-dev libevent-dev libjansson-dev liblmdb-dev libexpat1-dev libssl-dev libjemalloc2 uthash-dev ca-certificates tzdata libcmocka-dev curl"
check_packages="openssl git python3 python3-venv lmdb-utils mount procps cppcheck clang lld llvm"
full_packages="valgrind clang-tidy mmdebstrap"

have_package() {
	dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed'
}

install_packages() {
	missing=
	for package in "$@"; do
		have_package "$package" || missing="$missing $package"
	done
	[ -z "$missing" ] && return 0
	say "installing:$missing"
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq >>"$logs/install.log" 2>&1
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >>"$logs/install.log" 2>&1 ||
		say "apt could not install everything; see $logs/install.log"
}

# The sanitizers and libFuzzer of clang: a package with the version in its name, which clang only recommends.
install_fuzzer_runtime() {
	version=$(clang --version 2>/dev/null | sed -n 's/.*clang version \([0-9]*\).*/\1/p')
	[ -z "$version" ] || install_packages "libclang-rt-$version-dev"
}

# Installs the packages of tests/requirements.txt, at exactly its versions, in a venv of the build
# folder, and updates it when the list has changed.
make_python() {
	venv=$build/venv
	cmp -s tests/requirements.txt "$venv/installed.txt" && return 0
	[ -x "$venv/bin/pip" ] || python3 -m venv "$venv" || return 1
	"$venv/bin/pip" install -q --no-compile --require-hashes -r tests/requirements.txt && cp tests/requirements.txt "$venv/installed.txt"
}

# Sets $python, and puts the programs of these packages (the AWS CLI) first on PATH; fails where
# they could not be installed.
use_python() {
	python=$build/venv/bin/python
	cmp -s tests/requirements.txt "$build/venv/installed.txt" || return 1
	PATH=$build/venv/bin:$PATH
	export PATH
}

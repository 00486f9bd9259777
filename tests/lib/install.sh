# Installs what is missing, with Debian's packages first. Sourced by tests/check and tests/demo.
# Without root or without the package index it goes on with what the machine has, and the build
# says what is missing.

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

# A Python with the packages of a requirements file: a venv inside the build folder where the package
# index is reached, else the machine's own Python when it has them. Sets $python, or leaves it empty.
find_python() {
	requirements=$1 probe=$2
	venv=$build/venv
	python=
	for candidate in "$venv/bin/python" python3; do
		if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$probe" >/dev/null 2>&1; then
			python=$candidate
			return 0
		fi
	done
	say "installing Python packages into $venv"
	if python3 -m venv "$venv" >>"$logs/install.log" 2>&1 && ! "$venv/bin/pip" install -q -r "$requirements" >>"$logs/install.log" 2>&1; then
		# One package that can't be had must not keep the others away.
		sed 's/#.*//' "$requirements" | while read -r package; do
			[ -z "$package" ] || "$venv/bin/pip" install -q "$package" >>"$logs/install.log" 2>&1 || say "pip could not install $package"
		done
	fi
	if "$venv/bin/python" -c "$probe" >/dev/null 2>&1; then
		python=$venv/bin/python
		return 0
	fi
	return 1
}

build_packages="gcc cmake ninja-build pkg-config libc6-dev libcurl4-openssl-dev libevent-dev libjansson-dev liblmdb-dev libexpat1-dev libssl-dev libjemalloc2 uthash-dev ca-certificates tzdata"

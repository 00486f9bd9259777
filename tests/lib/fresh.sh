#!/bin/sh
# Tests the project as somebody sees it who has a bare Debian and only a clone: makes such a system by mmdebstrap,
# clones the project into it, and runs `sh tests/demo` and the whole `sh tests/check` there.
#
# usage: sh tests/lib/fresh.sh SUITE       bookworm or trixie; as root, in a folder of its own below TMPDIR
#   FRESH_STEPS   only these steps of the check
#
# The logs of the steps are kept in build/check/logs/fresh-SUITE.
# The packages come from the same mirror as this machine's: the settings of apt and pip are passed to the new system
# at run time. It has only the committed files of the project.
set -eu
suite=$1
cd "$(dirname "$0")/../.."
source=$PWD
[ "$(id -u)" = 0 ] || { echo "skipped: fresh: only root can make a Debian"; echo "0 passed, 0 failed, 1 skipped"; exit 77; }
work=$(mktemp -d)
system=$work/debian

clean() {
	rm -rf "$source/build/check/logs/fresh-$suite"
	mkdir -p "$source/build/check/logs/fresh-$suite"
	cp -r "$system/srv/reeve/build/check/logs/." "$system/srv/reeve/build/demo/logs/." "$source/build/check/logs/fresh-$suite/" 2>/dev/null || :
	for mount in dev/pts dev/shm dev proc; do
		mountpoint -q "$system/$mount" && umount -l "$system/$mount" || :
	done
	# Never delete into a folder that is still mounted.
	grep -q " $work/" /proc/mounts || rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM

# The mirror of this machine for Debian itself, from sources in the deb822 or the one-line format.
mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null |
	sed -nE 's/^URIs: *([^ ]*debian)\/?( .*)?$/\1/p; s/^deb (\[[^]]*\] )?([^ ]*debian)\/? .*/\2/p' | head -n 1)
echo "making a bare $suite"
mmdebstrap --quiet --variant=apt --include=git,ca-certificates "$suite" "$system" $mirror
for file in /etc/pip.conf /etc/ssl/certs/ca-certificates.crt /etc/resolv.conf; do
	[ ! -e "$file" ] || cp -L "$file" "$system$file"
done
for file in /etc/apt/apt.conf.d/*proxy* /etc/apt/apt.conf.d/*registry*; do
	[ ! -e "$file" ] || cp -L "$file" "$system/etc/apt/apt.conf.d/"
done
mount --bind /dev "$system/dev"
mount --bind /dev/shm "$system/dev/shm"
mount --bind /dev/pts "$system/dev/pts"
mount -t proc proc "$system/proc"

git clone -q --no-hardlinks "$source" "$system/srv/reeve"
settings=$(env | grep -iE '^(pip_|[a-z_]*proxy=|ssl_cert)' | grep -viE '^pip_(find_links|cache)' || :)
inside() {
	chroot "$system" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
		NO_COLOR=1 $settings sh -c "cd /srv/reeve && $1"
}
echo "sh tests/demo"
inside 'sh tests/demo'
echo "sh tests/check ${FRESH_STEPS:-}"
inside "sh tests/check ${FRESH_STEPS:-}"

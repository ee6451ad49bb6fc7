#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: functions have the names that a container's own files give: in images with glibc, musl and
# none, from a debug file in the image that an absolute symbolic link leads to, and of binaries whose
# container and files are gone before the recording ends, debug files (by build id, and by name and
# checksum) included.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need runc musl-gcc objcopy

source=$(dirname "$0")/spin.c
for comm in glibc musl static gone linked; do
	root_folder "$T/$comm.root" "spin-$comm"
done
gcc -O1 -g -Wl,--build-id -o "$T/glibc" "$source" || fail "gcc"
musl-gcc -O1 -o "$T/musl" "$source" || fail "musl-gcc"
cp "$T/musl" "$T/musl.root/bin/spin-musl"
for program in glibc musl; do
	{
		ldd "$T/$program" || readelf -l "$T/$program"
	} 2>/dev/null | grep -o '/[^] ]*' | sort -u >"$T/libraries"
	# musl's loader is its library.
	[ $program = glibc ] || readelf -l "$T/musl" | sed -n 's/.*interpreter: \(.*\)]/\1/p' >"$T/libraries"
	while read -r library; do
		mkdir -p "$T/$program.root$(dirname "$library")"
		cp -L "$library" "$T/$program.root$library" || fail "no $library"
	done <"$T/libraries"
done

# Stripped, its symbols where a distribution puts them, by a link that means nothing on the host.
id=$(readelf -n "$T/glibc" | awk '/Build ID/ { print $3 }')
[ -n "$id" ] || fail "no build id"
debug=$T/glibc.root/only-here/.build-id/${id:0:2}
mkdir -p "$debug" "$T/glibc.root/usr/lib"
[ ! -e /only-here ] || skip "there is a /only-here on this host"
ln -s /only-here "$T/glibc.root/usr/lib/debug"
objcopy --only-keep-debug "$T/glibc" "$debug/${id:2}.debug" || fail "objcopy"
objcopy --strip-all "$T/glibc" "$T/glibc.root/bin/spin-glibc" || fail "objcopy"

# The same of two whose containers will be gone: one is found by its build id, the other by its link.
gcc -O1 -g -static -Wl,--build-id -o "$T/gone" "$source" || fail "gcc"
gcc -O1 -g -static -Wl,--build-id=none -o "$T/linked" "$source" || fail "gcc"
id=$(readelf -n "$T/gone" | awk '/Build ID/ { print $3 }')
debug=$T/gone.root/only-here/.build-id/${id:0:2}
mkdir -p "$debug" "$T/gone.root/usr/lib" "$T/linked.root/bin/.debug"
ln -s /only-here "$T/gone.root/usr/lib/debug"
objcopy --only-keep-debug "$T/gone" "$debug/${id:2}.debug" || fail "objcopy"
objcopy --strip-all "$T/gone" "$T/gone.root/bin/spin-gone" || fail "objcopy"
objcopy --only-keep-debug "$T/linked" "$T/linked.root/bin/.debug/linked.debug" || fail "objcopy"
objcopy --strip-all --add-gnu-debuglink="$T/linked.root/bin/.debug/linked.debug" "$T/linked" \
	"$T/linked.root/bin/spin-linked" || fail "objcopy"

# start NAME: from its own root.
start() {
	mkdir -p "$T/bundle-$1"
	(cd "$T/bundle-$1" && runc spec &&
		jq ".process.terminal = false | .process.args = [\"/bin/spin-$1\", \"60\"] |
			.process.rlimits = [] | .root.path = \"$T/$1.root\"" config.json >new &&
		mv new config.json) || fail "runc spec"
	cleanup runc delete -f "hp-$1"
	runc run -d -b "$T/bundle-$1" "hp-$1" </dev/null >"$T/last.err" 2>&1 || fail "runc does not start $1"
}

start glibc
start musl
record_start "$T/rec" -F 499
start static
start gone
start linked
mapfile -t pids < <(for name in static gone linked; do runc state hp-$name | jq .pid; done)
burns 500 "${pids[@]}"
for name in static musl gone linked; do
	runc delete -f "hp-$name" || fail "runc delete"
	rm -rf "$T/$name.root" "$T/bundle-$name"
done
record_stop
for name in glibc musl static gone linked; do
	all_in spin-$name hp-$name 100
	"$HOSTPROF" report "$T/rec" -k cpu --container hp-$name --comm spin-$name --format json -n 1 |
		jq -r '.rows[0].name' >"$T/name"
	[ "$(cat "$T/name")" = burn_some ] || fail "$name: the top function is $(cat "$T/name")"
done
for name in glibc gone linked; do
	"$HOSTPROF" report "$T/rec" -k cpu --container hp-$name --comm spin-$name --by line \
		--format json -n 1 | jq -r '.rows[0].name' >"$T/name"
	grep -q 'spin\.c:' "$T/name" || fail "$name: the top line is $(cat "$T/name")"
done
echo "burn_some in all five, with source lines where there is DWARF"

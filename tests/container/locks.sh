#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: in a container with a pid namespace and files of its own, the locks of a program that the
# host does not have are called by its variables, from the image's files, also by a debug file apart;
# what was waited for them is what the program measured; those who held them are called by the numbers
# that the host gives their threads; every wait has the container's name.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
# shellcheck source=../locks.sh
. "$ROOT/tests/locks.sh"
need runc objcopy

root=$T/root # of the container
root_folder "$root" spin
gcc -std=gnu11 -D_GNU_SOURCE -O1 -g -pthread -Wl,--build-id -o "$T/locks" \
	"$ROOT/tests/workload/locks.c" 2>"$T/last.err" || fail "locks.c does not compile"
ldd "$T/locks" | grep -o '/[^ ]*' | while read -r library; do
	mkdir -p "$root$(dirname "$library")"
	cp -L "$library" "$root$library"
done || fail "no libraries"
cp "$T/locks" "$root/bin/locks-inside"
id=$(readelf -n "$T/locks" | awk '/Build ID/ { print $3 }')
debug=$root/usr/lib/debug/.build-id/${id:0:2}
mkdir -p "$debug" "$root/var/tmp"
objcopy --only-keep-debug "$T/locks" "$debug/${id:2}.debug" || fail "objcopy"
objcopy --strip-all "$T/locks" "$root/bin/locks-bare" || fail "objcopy"

# start NAME PROGRAM CLASS SECONDS: its numbers are then in $T/threads, the namespace's and the host's.
start() {
	mkdir -p "$T/bundle-$1"
	(cd "$T/bundle-$1" && runc spec &&
		jq --arg root "$root" --arg program "/bin/$2" --arg class "$3" --arg seconds "$4" '
			.process.terminal = false | .process.rlimits = [] | .root.readonly = false |
			.process.args = [$program, $class, "4", $seconds, "2000"] |
			.root.path = $root' config.json >new && mv new config.json) || fail "runc spec"
	cleanup runc delete -f "$1"
	runc run -d -b "$T/bundle-$1" "$1" </dev/null >"$T/$1.out" 2>"$T/last.err" ||
		fail "runc does not start $1"
	PID=$(runc state "$1" | jq .pid)
	until_true 5 all_there || fail "$1: not five threads: $(cat "$T/threads")"
	! grep -q "^$PID	" "$T/threads" || fail "$1 has no pid namespace of its own"
}

all_there() {
	sed -n 's/^NSpid:\t\([0-9]*\)\t\([0-9]*\)$/\2\t\1/p' "/proc/$PID/task/"*/status >"$T/threads"
	[ "$(wc -l <"$T/threads")" = 5 ]
}

# all_of NAME PROGRAM: all its locks, and all its waits, have the container's name.
all_of() {
	jq -e --arg name "$1" --argjson pid "$PID" 'all(.locks[] | select(.comm == "'"$2"'");
		.container == $name and .pid == $pid)' "$T/rec/locks.json" >/dev/null ||
		fail "$1: not all locks are the container's"
	awk -v comm="comm:[$2]" -v name="container:[$1]" '/lock:\[/ && index($0, comm) {
		n++; if (!index($0, name)) wrong++ } END { exit !(n && !wrong) }' "$T/raw" ||
		fail "$1: waits without the container"
}

mark=$(stolen_mark)
record_start "$T/rec" --container hp-locks
start hp-locks locks-inside mutex 3
until_true 20 eval "! kill -0 $PID" || fail "hp-locks does not end"
record_stop
kept=$(stolen_since "$mark")
awk -F '\t' -v OFS='\t' 'NR == FNR { host[$1] = $2; next }
	$1 == "holder" { $2 = host[$2] } { print }' "$T/threads" "$T/hp-locks.out" >"$T/record.out"
truth the_mutex mutex 2
holders mutex
all_of hp-locks locks-inside

# Debug files are read at the end: the container is still there.
record_start "$T/rec" --container hp-bare
start hp-bare locks-bare rwlock 60
sleep 2
record_stop
adds_up
[ "$(lock rwlock '.[0].lock')" = the_rwlock ] || fail "the debug file's name: $(lock rwlock .)"
lock rwlock '.[0].holders[].holder' | sed 's/.*(\([0-9]*\))$/\1/' | sort >"$T/have"
[ -s "$T/have" ] || fail "hp-bare: no holders"
foreign=$(cut -f 2 "$T/threads" | sort | comm -13 - "$T/have")
[ -z "$foreign" ] || fail "hp-bare: held by $foreign, which is no thread of it"
all_of hp-bare locks-bare
echo "the_rwlock, held by $(wc -l <"$T/have") threads"

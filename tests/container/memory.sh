#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with `--container` the memory profiles have what that container's processes were given and
# have allocated, from the first page of one that starts meanwhile, and nothing of another's.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need runc

SPIN=$BUILD/tests/container/hoard
root_folder "$T/root" hoard-a hoard-b hoard-c

# start NAME COMM MB SECONDS
start() {
	mkdir -p "$T/$1"
	(cd "$T/$1" && runc spec &&
		jq ".process.terminal = false | .process.args = [\"/bin/$2\", \"$3\", \"$4\"] |
			.process.rlimits = [] | .root.path = \"$T/root\"" config.json >new &&
		mv new config.json) || fail "runc spec"
	cleanup runc delete -f "$1"
	runc run -d -b "$T/$1" "$1" </dev/null >"$T/last.err" 2>&1 || fail "runc does not start $1"
}

# bytes KIND VALUE COMM: of these processes. Nobody else's may be there, but those of the runtime.
bytes() {
	"$HOSTPROF" report "$T/rec" -k "$1" --value "$2" --by process -n 0 --format json \
		>"$T/report.json" 2>"$T/last.err" || fail "hostprof report -k $1"
	jq -r '.rows[].name' "$T/report.json" | grep -v -e "^$3\b" -e '^runc\b' >"$T/foreign" &&
		fail "$1: $(tr '\n' ' ' <"$T/foreign")is no process of the container"
	jq "[.rows[] | select(.name | startswith(\"$3\")).self] | add // 0" "$T/report.json"
}

# check_container COMM NAME
check_container() {
	"$HOSTPROF" report "$T/rec" -k heap --value alloc_space --by container -n 0 --format json \
		>"$T/report.json" 2>"$T/last.err" || fail "hostprof report --by container"
	[ "$(jq -r '.rows[].name' "$T/report.json")" = "$2" ] ||
		fail "the heap is not all in $2: $(jq -c .rows "$T/report.json")"
	[ "$(jq -r '[.growth.processes[].comm | select(startswith("runc") | not)] | unique | .[]' \
		"$T/rec/summary.json")" = "$1" ] ||
		fail "growth of others: $(summary "$T/rec" .growth.processes)"
}

KINDS=growth,heap
start hp-one hoard-a 400 40
start hp-two hoard-b 400 40
# The heap's probes come a moment after the others, on a busy host some tenths of a second.
record "$T/rec" -d 5 --container hp-one --heap-interval 4096
allocated=$(bytes heap alloc_space hoard-a) || exit
given=$(bytes growth growth hoard-a) || exit
check_container hoard-a hp-one
at_least "hp-one was given, bytes" "$given" 15000000
near "hp-one: allocated, and given" "$allocated" "$given" 10
near "hp-one: allocated, and in use" "$(bytes heap inuse_space hoard-a)" "$allocated" 1

# Nobody knows this one when the recording starts.
record_start "$T/rec" --container 'hp-th*' --heap-interval 4096
start hp-three hoard-c 60 3
has_ended() {
	runc state hp-three | jq -e '.status == "stopped"'
}
until_true 15 has_ended || fail "hp-three does not end"
record_stop
given=$(bytes growth growth hoard-c) || exit
check_container hoard-c hp-three
near "hp-three was given from its first page on, bytes" "$given" $((60 << 20)) 3
near "hp-three allocated" "$(bytes heap alloc_space hoard-c)" $((60 << 20)) 25

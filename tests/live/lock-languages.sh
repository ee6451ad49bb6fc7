#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: of Rust's locks, which are futexes of its own, and of Java's, which are made of glibc's
# conditions, what was waited for them is what the program measured; Rust's are known by their
# names, and their holders by who gave them back; of Java's and Go's, of which it cannot be known
# who has them, nobody is named. Goroutines that wait for a sync.Mutex are no threads that wait:
# with threads of their own they are seen to wait for the scheduler.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../locks.sh
. "$ROOT/tests/locks.sh"
need_root
need jq go

programs=$ROOT/tests/workload

# waited_in THREAD FUNCTION: ns that threads with such names waited there.
waited_in() {
	"$HOSTPROF" report "$T/rec" -k lock --waits all --by thread --focus "$2" -n 1000 \
		--format json >"$T/report.json" 2>"$T/last.err" || fail "report --focus $2"
	jq --arg thread "$1" '[.rows[] | select(.name | test($thread)) | .self] | add // 0' \
		"$T/report.json"
}

# no_holder CONDITION: of none of these locks.
no_holder() {
	jq -r ".locks[] | select($1) | select(.holders != []) |
		\"\(.class) \(.lock) \(.holders[0].holder)\"" "$T/rec/locks.json" >"$T/named"
	[ ! -s "$T/named" ] || fail "holders where nobody can be known: $(head -n 3 "$T/named")"
}

# named CONDITION: ns of these locks for which a holder is named.
named() {
	jq "[.locks[] | select($1) | .holders[].delay_ns] | add // 0" "$T/rec/locks.json"
}

if command -v rustc >/dev/null; then
	rustc -O -o "$T/locks-rust" "$programs/locks.rs" 2>"$T/last.err" || fail "rustc"
	run "$T/locks-rust" mutex 4 2 2000 && truth locks::THE_MUTEX futex 2 && holders futex
	run "$T/locks-rust" rwlock 4 2 2000 && truth locks::THE_RWLOCK futex 2 && holders futex
	run "$T/locks-rust" condvar 4 2 10000 && truth locks::THE_CONDVAR event 2
	no_holder '.class == "event"'
	# Without names it stays one that nobody holds, whatever its memory looks like.
	strip "$T/locks-rust" || fail "strip"
	run "$T/locks-rust" condvar 4 1 10000 && truth '' event 2
	no_holder '.class == "event"'
else
	echo "rustc is not installed: Rust is not tried"
fi

if command -v javac >/dev/null; then
	javac -d "$T" "$programs/Locks.java" 2>"$T/last.err" || fail "javac"
	# Each thread waits for a condition of its own, with time limits now and then: how often is
	# not the program's to know.
	for class in monitor reentrant; do
		run java -XX:+PreserveFramePointer -cp "$T" Locks $class 4 2 10000
		adds_up
		truth=$(awk -F '\t' '$1 == "class" { print $6 }' "$T/record.out")
		where='ObjectMonitor::enter'
		[ $class = monitor ] || where='^Unsafe_Park$'
		near "java $class: ns" "$(waited_in worker- "$where")" "$truth" 2
		no_holder '.held | not'
		# The run time's own mutexes, where so few waits were seen that their class is not
		# known, have holders; for a moment.
		ns=$(named '.class != "mutex" and .class != "kernel"')
		[ "$ns" -lt $((truth / 1000)) ] || apart "java: holders for $ns ns of nobody's locks"
	done
else
	echo "javac is not installed: Java is not tried"
fi

GOPROXY=off GO111MODULE=off GOCACHE=$T/go-cache go build -o "$T/locks-go" "$programs/locks.go" \
	2>"$T/last.err" || fail "go build"
for how in goroutines threads; do
	run "$T/locks-go" $how 4 2 10000
	adds_up
	no_holder '.held | not'
	truth=$(awk -F '\t' '$1 == "class" { print $6 }' "$T/record.out")
	asleep=$(awk -F '\t' '$1 == "asleep" { print $2 }' "$T/record.out")
	at_least "go: ms that $how waited" $((truth / 1000000)) 1000
	# The run time's own locks are held for a moment at most.
	held=$(jq '[.locks[] | select(.held and .class != "kernel") | .delay_ns] | add // 0' \
		"$T/rec/locks.json")
	[ "$held" -lt $((truth / 20)) ] || apart "go: $held ns for locks that no thread waits for"
done
near "go: ns that threads wait with their goroutines" "$(waited_in . '^runtime.stoplockedm$')" \
	$((truth + asleep)) 2

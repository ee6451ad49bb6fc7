#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: run.sh tells a pass, a failure, a skip, a hang and a kernel warning apart, counts them,
# and says so with its status; a layer that did not run is seen in the total. What was measured and
# is not what it should be is measured again, by run.sh and by lib.sh, as often as they say.
# shellcheck source=files.sh
. "$(dirname "$0")/files.sh"

T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
unset HOSTPROF_NO_SKIP COUNTS
bad=0

# script NAME LINE: a test that does LINE.
script() {
	printf '#!/bin/sh\n%s\n' "$2" >"$T/$1"
	chmod +x "$T/$1"
}

# expect STATUS REGEX COMMAND...: that status, and the regular expression in the output.
expect() {
	local status=$1 regex=$2 got

	shift 2
	"$@" >"$T/out" 2>&1
	got=$?
	if [ $got != "$status" ] || ! grep -Eq "$regex" "$T/out"; then
		echo "expected status $status and /$regex/, got status $got: $*"
		sed 's/^/	/' "$T/out"
		bad=1
	fi
}

script pass 'exit 0'
script fails 'echo the reason; exit 1'
script skips 'echo no such thing here; exit 77'
script skips-live 'echo "needs root"; exit 77'
script hangs 'sleep 60'

expect 0 '^1 passed, 0 failed, 0 skipped$' tests/run.sh "$T/pass"
expect 1 '^1 passed, 1 failed, 1 skipped$' tests/run.sh "$T/pass" "$T/fails" "$T/skips"
expect 1 'the reason' tests/run.sh "$T/fails"
expect 1 'repeat with:.*fails' tests/run.sh "$T/fails"
expect 0 'skip .*: no such thing here' tests/run.sh "$T/skips"
expect 1 'reason that is not allowed' tests/run.sh -l live "$T/skips"
expect 0 '^0 passed, 0 failed, 1 skipped$' tests/run.sh -l live "$T/skips-live"
expect 1 'nothing may be skipped' env HOSTPROF_NO_SKIP=1 tests/run.sh -l live "$T/skips-live"
expect 1 'not done after 1 s' tests/run.sh -t 1 "$T/hangs"
expect 2 'neither a layer' tests/run.sh "$T/missing"
expect 1 'no test was found' tests/run.sh workload

expect 1 '^1 passed, 1 failed, 0 skipped$' env COUNTS="$T/counts" tests/run.sh -l one "$T/pass" \
	"$T/fails"
expect 0 '' env COUNTS="$T/counts" tests/run.sh -l two "$T/pass" "$T/skips"
expect 1 '^2 passed, 1 failed, 1 skipped$' env COUNTS="$T/counts" tests/run.sh --total one two
expect 0 '^1 passed, 0 failed, 1 skipped$' env COUNTS="$T/counts" tests/run.sh --total two
expect 1 'three: did not run' env COUNTS="$T/counts" tests/run.sh --total two three

# A kernel message is made up by a dmesg of our own, whose newest one comes during the test.
mkdir "$T/bin"
script bin/dmesg 'cat "$0.text"'
echo '[  100.000001] BUG: an old one' >"$T/bin/dmesg.text"
expect 0 '^1 passed' env PATH="$T/bin:$PATH" tests/run.sh "$T/pass"
script warns "echo '[  100.500000] WARNING: CPU: 0 PID: 1 at some/place.c' >>'$T/bin/dmesg.text'"
expect 1 'the kernel warned' env PATH="$T/bin:$PATH" tests/run.sh "$T/warns"

# apart NAME TRIES: what it measures is right at that try only; $T/NAME.tries has a line for each.
apart() {
	script "$1" "echo >>'$T/$1.tries'; [ \$(wc -l <'$T/$1.tries') = $2 ] || {
		echo 'FAIL: so much'; exit 75; }"
}

# again TRIES STATUS NAME TEST...: run.sh has that status, and has run NAME so often.
again() {
	local tries=$1 status=$2 name=$3

	shift 3
	rm -f "$T/$name.tries"
	expect "$status" "once more, later: .*$name .*FAIL: so much" env PATH="$T/hypervisor:$PATH" \
		tests/run.sh "$@"
	if [ "$(wc -l <"$T/$name.tries")" != "$tries" ]; then
		echo "$name was run $(wc -l <"$T/$name.tries") times, not $tries:"
		sed 's/^/	/' "$T/out"
		bad=1
	fi
}

# hypervisor MS: it keeps that between each two looks at what it has kept, which is made up.
hypervisor() {
	mkdir -p "$T/hypervisor"
	echo 1000 >"$T/kept"
	script hypervisor/awk "case \$* in
		*' /proc/stat') echo \$((\$(cat '$T/kept') + $1)) >'$T/kept'; cat '$T/kept' ;;
		*) exec $(command -v awk) \"\$@\" ;;
		esac"
}

apart second 2
apart third 3
apart never 0
hypervisor 0
again 2 0 second "$T/second" "$T/pass"
grep -q '^2 passed, 0 failed, 0 skipped$' "$T/out" || { echo "not counted once"; bad=1; }
grep '^ok ' "$T/out" | tail -n 1 | grep -q second || { echo "not when the others are done"; bad=1; }
again 2 1 never "$T/never"
again 2 1 third "$T/third"
hypervisor 600000
again 2 0 second "$T/second"
again 3 0 third "$T/third"
again 4 1 never "$T/never" "$T/pass"
grep -q 'FAIL .*never (status 75): FAIL: so much' "$T/out" || { echo "no reason is given"; bad=1; }
[ "$(grep -c 'the hypervisor has kept [0-9.]* %' "$T/out")" = 2 ] || { echo "nor by whom"; bad=1; }

# twice NAME COMMAND...: lib.sh's undisturbed, of that.
twice() {
	printf '%s\n' '#!/bin/bash' ". '$PWD/tests/lib.sh'" \
		'nth() { echo >>"$T/tries"; [ "$(wc -l <"$T/tries")" = "$1" ] || "${@:2}"; }' \
		'lacking() { echo $NOT_SET; }' "undisturbed ${*:2}" 'echo done with it' >"$T/$1"
	chmod +x "$T/$1"
}

twice measured nth 1 apart wrong
expect 0 '^done with it$' "$T/measured"
! grep -q 'once more' "$T/out" || { echo "once more without need"; bad=1; }
twice measured nth 2 apart wrong
expect 0 '^once more: the hypervisor has kept [0-9.]+ % of' "$T/measured"
grep -q 'done with it' "$T/out" || { echo "it does not go on"; bad=1; }
twice measured nth 3 apart wrong
expect 75 '^FAIL: wrong' "$T/measured"
twice measured nth 3 fail wrong
expect 1 '^FAIL: wrong' "$T/measured"
twice measured lacking
expect 1 'NOT_SET: unbound variable' "$T/measured"
! grep -q 'done with it' "$T/out" || { echo "it goes on"; bad=1; }
exit $bad

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: run.sh tells a pass, a failure, a skip, a hang and a kernel warning apart, counts them,
# and says so with its status; a layer that did not run is seen in the total.
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
exit $bad

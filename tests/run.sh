#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs tests, one after the other:
#
#   tests/run.sh [-l LAYER] [-t SECONDS] LAYER|FILE...
#   tests/run.sh --total LAYER...
#
# LAYER is a folder of tests/ (check, golden, live, vm, ...); a FILE is a program or a script.
# A test passes with status 0, is skipped with 77 (its last line is the reason) and fails with any
# other, when it takes longer than SECONDS (120), or when the kernel warns while it runs. With 75 it
# says that what it measured is not what it should be: others that want the CPUs, and a hypervisor
# that keeps them, can be why, so it is run once more, when the others are done and that may be over,
# and that counts: unless the hypervisor has kept more than 2 % of the CPUs' time meanwhile, which is
# tried three times. The last line is "N passed, N failed, N skipped"; the status is 1 when something
# failed.
#
# --total adds up what the layers have counted in $COUNTS and names those that did not run.
#
# From the environment: O (the build directory, build), HOSTPROF (the program under test,
# $O/hostprof), HOSTPROF_NO_SKIP=1 (a skip is a failure), COUNTS (a file to append the result to).
set -u

cd "$(dirname "$0")/.." || exit 1
BUILD=$(realpath -m "${O:-build}")
HOSTPROF=$(realpath -m "${HOSTPROF:-$BUILD/hostprof}")
export BUILD HOSTPROF
# shellcheck source=stolen.sh
. tests/stolen.sh

# In the live layer a test may be skipped for these reasons only.
live_skips='^(needs root|[a-z0-9./_-]+ is not installed|no cgroup2 mount)'

label="" seconds=120 passed=0 failed=0 skipped=0 again=()

total() {
	local layer line missing=0

	for layer in "$@"; do
		line=$(grep "^$layer " "$COUNTS" 2>/dev/null | tail -n 1)
		if [ -z "$line" ]; then
			echo "$layer: did not run"
			missing=$((missing + 1))
			continue
		fi
		read -r _ p f s <<<"$line"
		echo "$layer: $p passed, $f failed, $s skipped"
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	done
	failed=$((failed + missing))
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}

# The time stamp of the newest kernel message, and the warnings after such a time stamp.
kernel_now() {
	dmesg 2>/dev/null | sed -n 's/^\[ *\([0-9.]*\)\].*/\1/p' | tail -n 1
}

kernel_warnings() {
	dmesg 2>/dev/null | awk -v since="$1" '
		/^\[/ { split($0, part, /[][ ]+/); now = part[2] + 0 > since + 0 }
		now && /WARNING:|BUG:|Oops|general protection fault|Call Trace:|soft lockup/'
}

tests_of() {
	if [ -d "tests/$1" ]; then
		find "tests/$1" -maxdepth 1 -name '*.sh' -perm -u+x | LC_ALL=C sort
	elif [ -f "$1" ]; then
		echo "$1"
	else
		echo "run.sh: $1 is neither a layer of tests/ nor a file" >&2
		return 1
	fi
}

reason_of() {
	grep -m 1 '^FAIL' "$1" || tail -n 1 "$1"
}

describe_failure() {
	echo "FAIL $1 ($2): $(reason_of "$3")"
	sed 's/^/    /' "$3"
	echo "  repeat with: O='${O:-build}' tests/run.sh $1"
	failed=$((failed + 1))
}

# attempt TEST OUT: with its status.
attempt() {
	local path=$1

	case $path in /*) ;; *) path=./$path ;; esac
	timeout -k 10 "$seconds" "$path" >"$2" 2>&1 </dev/null
}

# disturbed MARK: has the hypervisor kept more than 2 % of the CPUs' time since then?
disturbed() {
	local taken

	taken=$(stolen_percent "$1")
	awk -v taken="$taken" 'BEGIN { exit !(taken > 2) }' &&
		echo "the hypervisor has kept $taken % of the CPUs' time"
}

# attempt_again TEST OUT: with its status.
attempt_again() {
	local status try mark

	for try in 1 2 3; do
		mark=$(stolen_mark)
		attempt "$1" "$2"
		status=$?
		[ $status -eq 75 ] && [ $try -lt 3 ] && disturbed "$mark" || return $status
	done
}

# run_one TEST LAYER OUT [last]: what may be run once more, and not for the last time, is in $again.
run_one() {
	local test=$1 layer=$2 out=$3 status before reason warnings began=$SECONDS

	before=$(kernel_now)
	if [ "${4:-}" = last ]; then
		attempt_again "$test" "$out"
	else
		attempt "$test" "$out"
	fi
	status=$?
	if [ $status -eq 75 ] && [ "${4:-}" != last ]; then
		echo "once more, later: $test ($((SECONDS - began)) s): $(reason_of "$out")"
		again+=("$test")
		return
	fi
	warnings=$(kernel_warnings "${before:-0}")
	if [ -n "$warnings" ]; then
		printf '%s\n' "the kernel warned:" "$warnings" >>"$out"
		describe_failure "$test" "kernel warning" "$out"
	elif [ $status -eq 0 ]; then
		echo "ok   $test ($((SECONDS - began)) s)"
		passed=$((passed + 1))
	elif [ $status -eq 77 ]; then
		reason=$(tail -n 1 "$out")
		if [ "${HOSTPROF_NO_SKIP:-}" = 1 ]; then
			describe_failure "$test" "skipped, and nothing may be skipped here" "$out"
		elif [ "$layer" = live ] && ! [[ $reason =~ $live_skips ]]; then
			describe_failure "$test" "skipped for a reason that is not allowed" "$out"
		else
			echo "skip $test: $reason"
			skipped=$((skipped + 1))
		fi
	elif [ $status -eq 124 ] || [ $status -eq 137 ]; then
		describe_failure "$test" "not done after $seconds s" "$out"
	else
		describe_failure "$test" "status $status" "$out"
	fi
}

main() {
	local list="" test

	while getopts l:t: opt; do
		case $opt in
		l) label=$OPTARG ;;
		t) seconds=$OPTARG ;;
		*) exit 2 ;;
		esac
	done
	shift $((OPTIND - 1))
	for test in "$@"; do
		list+=$(tests_of "$test")$'\n' || exit 2
	done
	[ -n "$label" ] || label=$(sed -n '1s,^tests/\([a-z]*\)/.*,\1,p' <<<"$list")
	out=$(mktemp)
	trap 'rm -f "$out"' EXIT
	dmesg >/dev/null 2>&1 || echo "note: dmesg cannot be read: kernel warnings go unseen"
	while read -r test; do
		[ -z "$test" ] || run_one "$test" "$label" "$out"
	done <<<"$list"
	for test in ${again[@]+"${again[@]}"}; do
		run_one "$test" "$label" "$out" last
	done
	if [ $((passed + failed + skipped)) -eq 0 ]; then
		echo "FAIL: no test was found"
		failed=1
	fi
	[ -z "${COUNTS:-}" ] || echo "${label:-tests} $passed $failed $skipped" >>"$COUNTS"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
}

if [ "${1:-}" = --total ]; then
	shift
	total "$@"
else
	main "$@"
fi

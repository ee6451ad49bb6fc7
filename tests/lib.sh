# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For the scripts of tests/live: source it first. $T is the test's own folder, removed at the end;
# processes started with `background` are ended then. Times are nanoseconds unless said otherwise.
set -u
export LC_ALL=C

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=stolen.sh
. "$ROOT/tests/stolen.sh"
BUILD=${BUILD:-$(cd "$ROOT" && realpath -m "${O:-build}")}
HOSTPROF=${HOSTPROF:-$BUILD/hostprof}
# shellcheck disable=SC2034 # for the tests
W=$BUILD/tests/workload PYTHON=/usr/bin/python3
T=$(mktemp -d)
chmod 755 "$T"
started=()
cleanups=()

# The test fails: says why, shows what hostprof last said, ends with STATUS.
fail_with() {
	local status=$1 file

	shift
	echo "FAIL: $*" >&2
	for file in "$T"/record.err "$T"/last.err; do
		[ ! -s "$file" ] || sed "s,^,  ${file##*/}: ," "$file" | tail -n 20 >&2
	done
	exit "$status"
}

fail() {
	fail_with 1 "$@"
}

# apart WHY: it fails because what was measured is not what it should be. That can be the doing of
# others on this machine: see run.sh.
apart() {
	fail_with 75 "$@"
}

skip() {
	echo "$*"
	exit 77
}

# need PROGRAM...: skips unless all are installed.
need() {
	local program

	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

need_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	[ -x "$HOSTPROF" ] || fail "$HOSTPROF is not built"
}

# cleanup COMMAND...: run at the end, last one first.
cleanup() {
	cleanups+=("$(printf '%q ' "$@")")
}

at_exit() {
	local i

	for ((i = ${#started[@]} - 1; i >= 0; i--)); do
		kill -9 "${started[i]}" 2>/dev/null
	done
	wait 2>/dev/null
	for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do
		eval "${cleanups[i]}"
	done
	rm -rf "$T"
}
trap at_exit EXIT
trap 'exit 1' INT TERM

# background COMMAND...: its process id is then $LAST; its output is in $T/background.out.
background() {
	"$@" >>"$T/background.out" 2>&1 &
	LAST=$!
	started+=("$LAST")
}

# until_true SECONDS COMMAND...: waits until COMMAND succeeds; fails when SECONDS are over.
until_true() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $end ] || return 1
		sleep 0.05
	done
}

# --- comparing numbers ---

# near WHAT MEASURED TRUTH PERCENT: MEASURED is within PERCENT percent of TRUTH.
near() {
	awk -v m="$2" -v t="$3" -v p="$4" \
		'BEGIN { d = m - t; if (d < 0) d = -d; exit !(t > 0 && d <= t * p / 100) }' ||
		apart "$1: measured $2, the truth is $3: more than $4 % apart"
	echo "$1: measured $2, truth $3 (allowed: $4 %)"
}

# within WHAT MEASURED TRUTH POINTS: the same in absolute numbers.
within() {
	awk -v m="$2" -v t="$3" -v p="$4" 'BEGIN { d = m - t; if (d < 0) d = -d; exit !(d <= p) }' ||
		apart "$1: measured $2, the truth is $3: more than $4 apart"
	echo "$1: measured $2, truth $3 (allowed: $4)"
}

# percent PART WHOLE
percent() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", (b > 0 ? 100 * a / b : 0) }'
}

# at_least WHAT MEASURED MINIMUM
at_least() {
	awk -v m="$2" -v t="$3" 'BEGIN { exit !(m >= t) }' || apart "$1: $2, expected at least $3"
	echo "$1: $2 (at least $3)"
}

# undisturbed COMMAND...: a measurement with its comparisons, done in a subshell; once more if they
# fail: others that want the CPUs, and the hypervisor that keeps them, are in what a program measures
# of its waits. What is wrong by itself is so twice.
undisturbed() {
	local mark

	mark=$(stolen_mark)
	("$@") && return
	echo "once more: the hypervisor has kept $(stolen_percent "$mark") % of the CPUs' time"
	("$@") || exit
}

# nginx_config PORT [MAIN [HTTP]]: $T/nginx.conf, for a page of 4 KB; more directives of these parts.
nginx_config() {
	mkdir -p "$T/www" "$T/tmp"
	head -c 4096 /dev/zero | tr '\0' x >"$T/www/index.html"
	cat >"$T/nginx.conf" <<-EOF
		daemon off; user root; ${2:-}
		pid $T/nginx.pid; error_log $T/error.log;
		events { worker_connections 256; }
		http {
			access_log off; ${3:-}
			client_body_temp_path $T/tmp/body; proxy_temp_path $T/tmp/proxy;
			fastcgi_temp_path $T/tmp/fastcgi; uwsgi_temp_path $T/tmp/uwsgi;
			scgi_temp_path $T/tmp/scgi;
			server { listen 127.0.0.1:$1; root $T/www; }
		}
	EOF
}

# --- recording ---

KINDS=cpu # what is recorded, with commas between

# record DIR OPTION...: records $KINDS; the output goes to $T/record.out and $T/record.err.
record() {
	local dir=$1 kind

	shift
	rm -rf "$dir"
	"$HOSTPROF" record -k "$KINDS" -o "$dir" "$@" >"$T/record.out" 2>"$T/record.err" ||
		fail "hostprof record $* ended with status $?"
	for kind in ${KINDS//,/ }; do
		[ -s "$dir/$kind.pb.gz" ] || fail "hostprof record $* wrote no $kind.pb.gz"
	done
	[ -s "$dir/summary.json" ] || fail "hostprof record $* wrote no summary.json"
}

is_recording() {
	local fd

	if [ "$KINDS" != cpu ]; then
		grep -q 'sampling since' "$T/record.err"
		return
	fi
	for fd in "/proc/$1/fd/"*; do
		case $(readlink "$fd") in *perf_event*) return 0 ;; esac
	done
	return 1
}

# record_start DIR OPTION...: the same, in the background, and returns once it samples; its process
# id is then $RECORDER. record_stop [SIGNAL] ends it.
record_start() {
	local dir=$1

	shift
	rm -rf "$dir"
	[ "$KINDS" = cpu ] || set -- -v "$@" # says when it samples
	"$HOSTPROF" record -k "$KINDS" -o "$dir" "$@" >"$T/record.out" 2>"$T/record.err" &
	RECORDER=$!
	started+=("$RECORDER")
	until_true 20 is_recording "$RECORDER" || fail "hostprof record $* does not start to sample"
}

record_stop() {
	local status

	kill "-${1:-INT}" "$RECORDER"
	wait "$RECORDER"
	status=$?
	[ $status = 0 ] || fail "hostprof record ended with status $status after SIG${1:-INT}"
}

# --- reading what was recorded ---

# Go's pprof, offline. Its stderr goes to $T/pprof.err.
go_pprof() {
	GOPROXY=off GOFLAGS=-mod=mod GO111MODULE=off HOME=$T PPROF_TMPDIR=$T \
		go tool pprof -symbolize=none "$@" 2>"$T/pprof.err"
}

# samples FILE: one line a sample, with tabs between
#   1 count  2 nanoseconds  3 pid  4 tid  5 comm  6 thread  7 stack, leaf first, split by ';'
#   8 reason  9 waker
# A frame is "name"; kernel frames end in _[k], frames without a name are "module+address".
samples() {
	go_pprof -raw "$1" >"$T/raw" || fail "go tool pprof -raw $1: $(cat "$T/pprof.err")"
	awk -f "$ROOT/tests/samples.awk" "$T/raw"
}

# sum [CONDITION]: adds up the counts of the samples on stdin for which CONDITION (awk) holds.
sum() {
	awk -F '\t' "${1:-1} { n += \$1 } END { print n + 0 }"
}

# sum_ns [CONDITION]: the same for nanoseconds.
sum_ns() {
	awk -F '\t' "${1:-1} { n += \$2 } END { printf \"%.0f\\n\", n }"
}

# rows DIR BY [OPTION...]: `hostprof report`'s rows as lines "self<TAB>cumulative<TAB>name".
rows() {
	local dir=$1 by=$2

	shift 2
	"$HOSTPROF" report "$dir" -k cpu --by "$by" -n 1000000 --format json "$@" \
		>"$T/report.json" 2>"$T/last.err" || fail "hostprof report $dir --by $by $*"
	jq -r '.rows[] | [.self, .cumulative, .name] | @tsv' "$T/report.json" ||
		fail "the report is not the JSON that was promised"
}

# summary DIR FILTER: a value of summary.json.
summary() {
	jq -r "$2" "$1/summary.json"
}

# ledger DIR FILTER: a value of ledger.json.
ledger() {
	jq -r "$2" "$1/ledger.json"
}

# books_balance DIR: every row's wall time is the sum of its parts to the nanosecond, processes are
# the sum of their threads, the host is the sum of the processes, and no thread was lost.
books_balance() {
	jq -r '
		def parts: [.on_cpu_ns, .runq_ns, .residual_ns, .blocked_ns[]] | add;
		def sums: [.wall_ns, .on_cpu_ns, .runq_ns, .residual_ns, .switches, .blocked_ns[]];
		def total: map(sums) | transpose | map(add);
		(.threads | group_by(.process) |
			map({key: "\(.[0].process)", value: {n: length, sums: total}}) |
			from_entries) as $of |
		(.threads[], .processes[], .containers[], .host |
			select(.wall_ns != parts) | "wall \(.wall_ns) is not \(parts): \(.)"),
		(if .host.threads_folded == 0 then
			.processes | to_entries[] |
			select($of["\(.key)"] != {n: .value.threads, sums: (.value | sums)}) |
			"not the sum of its threads: \(.value)"
		else empty end),
		(if .processes == [] then "there is nobody in it" else empty end),
		(if (.processes | total) != (.host | sums) then
			"the host is not the sum of its processes: \(.host)" else empty end)
		' "$1/ledger.json" >"$T/books" || fail "ledger.json is not the JSON that was promised"
	[ ! -s "$T/books" ] || fail "the books do not balance: $(head -n 3 "$T/books")"
	[ "$(summary "$1" .ledger.threads_lost)" = 0 ] || fail "threads were lost"
}

# cpu_ticks PID: utime + stime of /proc/PID/stat.
cpu_ticks() {
	sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

has_used() {
	[ "$(cpu_ticks "$1")" -ge "$2" ]
}

# burns MS PID...: returns when each of them has used so much more CPU time, however long that takes
# beside the others that want the CPUs.
burns() {
	local ticks=$(($1 * $(getconf CLK_TCK) / 1000)) pid targets=()

	shift
	for pid in "$@"; do
		targets+=("$pid $(($(cpu_ticks "$pid") + ticks))")
	done
	for pid in "${targets[@]}"; do
		until_true 30 has_used "${pid% *}" "${pid#* }" || fail "process ${pid% *} does not burn"
	done
}

# The mount point of cgroup2, wherever it is.
cgroup2_mount() {
	awk '{ for (i = 7; i <= NF; i++) if ($i == "-" && $(i + 1) == "cgroup2") { print $5; exit } }' \
		/proc/self/mountinfo
}

# --- what must not be left behind ---

# Programs, links, maps and pins of ours, one line each.
leftovers() {
	{
		bpftool prog show | sed -n 's/^\([0-9]*\): .* name \(hp_[^ ]*\).*/prog \1 \2/p'
		bpftool map show | sed -n 's/^\([0-9]*\): .* name \(hp_[^ ]*\).*/map \1 \2/p'
		bpftool link show | sed -n 's/^\([0-9]*\): .* prog \([0-9]*\).*/link \1 \2/p'
		find /sys/fs/bpf -mindepth 1 2>/dev/null
	} | sort
}

# Links to uprobes of more than one place, as bpftool says it.
count_links() {
	bpftool link show | grep -c '^[0-9]*: \(uprobe_multi\|type 12\)'
}

# leftovers_mark, then nothing_left: everything that has come since is gone again (the kernel frees
# BPF objects a moment after their last user).
leftovers_mark() {
	leftovers >"$T/leftovers.before"
}

nothing_new() {
	leftovers | comm -13 "$T/leftovers.before" - >"$T/leftovers.new"
	[ ! -s "$T/leftovers.new" ]
}

nothing_left() {
	until_true 5 nothing_new || fail "left behind: $(tr '\n' ';' <"$T/leftovers.new")"
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the heap profile costs, in turns with nothing, with a bpftrace script that does what memleak
# does (entry and return of malloc, entry of free, a stack of each block) and with heaptrack, which
# has to start the program: a program that does nothing but allocate and free (ns of its CPU time a
# pair, traps a pair), redis under redis-benchmark, a python program. PAIRS: turns (3).
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq redis-server redis-benchmark "$PYTHON"

PAIRS=${PAIRS:-3} ROUNDS=${ROUNDS:-6000} # of 21 blocks
ways=(nothing hostprof)
! command -v bpftrace >/dev/null || ways+=(memleak)
! command -v heaptrack >/dev/null || ways+=(heaptrack)
WAIT=8 # seconds that attaching has

cat >"$T/objects.py" <<'PY'
import json, sys, time
time.sleep(float(sys.argv[1]))
for i in range(60):
    text = json.dumps([{"name": "x" * 600, "values": list(range(40)), "id": k} for k in range(300)])
    rows = [row["name"] + str(row["id"]) for row in json.loads(text)]
PY

# Copies of their own for the programs that are measured: bpftrace probes a file in all processes.
mkdir "$T/lib"
for program in redis-server "$W/churn"; do
	ldd "$(command -v "$program")" | grep -o '/[^ ]*\(libc\.so\|libjemalloc\)[^ ]*' |
		xargs -r cp -L -t "$T/lib"
done

# allocator PID: the file with its malloc.
allocator() {
	awk '$6 ~ /libjemalloc/ { print $6; found = 1; exit }
		$6 ~ /libc\.so/ { libc = $6 } END { if (!found) print libc }' "/proc/$1/maps"
}

# watch WAY PID: starts to; sets $watcher.
watch() {
	local file

	watcher=
	case $1 in
	hostprof)
		rm -rf "$T/rec"
		"$HOSTPROF" record -q -k heap -p "$2" -o "$T/rec" 2>"$T/record.err" &
		watcher=$!
		sleep 1
		;;
	memleak)
		file=$(allocator "$2")
		: >"$T/bpftrace"
		bpftrace -B line -p "$2" -o "$T/bpftrace" -e "
			uprobe:$file:malloc { @asked[tid] = arg0; }
			uretprobe:$file:malloc /@asked[tid]/ {
				@size[retval] = @asked[tid]; @stack[retval] = ustack(32); delete(@asked[tid]); }
			uprobe:$file:free /@size[arg0]/ { delete(@size[arg0]); delete(@stack[arg0]); }" >/dev/null 2>"$T/bpftrace.err" &
		watcher=$!
		until_true 10 grep -q Attaching "$T/bpftrace" || fail "bpftrace does not start"
		sleep 4
		;;
	esac
}

unwatch() {
	[ -n "$watcher" ] || return 0
	kill -INT "$watcher" 2>/dev/null # bpftrace may end with the program
	wait "$watcher"
}

# cpu WAY COMMAND...: seconds of CPU time of a program that first waits for WAIT seconds.
cpu() {
	local way=$1 TIMEFORMAT='%U %S' starter=() shell

	shift
	[ "$way" != heaptrack ] || starter=(heaptrack -o "$T/heaptrack")
	"${starter[@]}" bash -c "TIMEFORMAT='cpu %U %S'; time LD_LIBRARY_PATH=$T/lib $*" >"$T/time" 2>&1 &
	shell=$!
	if [ "$way" = hostprof ] || [ "$way" = memleak ]; then
		until_true 5 pgrep -P $shell >/dev/null || fail "$* does not start"
		sleep 0.5 # it has loaded its libraries
		watch "$way" "$(pgrep -P $shell)"
	fi
	wait $shell
	[ "$way" = nothing ] || [ "$way" = heaptrack ] || unwatch
	awk '$1 == "cpu" { print $2 + $3 }' "$T/time"
}

# requests WAY: a second, of redis.
requests() {
	local port=$((20000 + RANDOM % 10000)) starter=() server

	[ "$1" != heaptrack ] || starter=(heaptrack -o "$T/heaptrack")
	LD_LIBRARY_PATH=$T/lib "${starter[@]}" redis-server --port $port --bind 127.0.0.1 --save '' --dir "$T" \
		>"$T/redis" 2>&1 &
	server=$!
	until_true 10 redis-cli -p $port ping >/dev/null || fail "redis-server does not start"
	watch "$1" $server
	redis-benchmark -p $port -t set -n 40000 -c 20 -d 400 --csv | tail -n 1 | cut -d '"' -f 4
	unwatch
	redis-cli -p $port shutdown nosave 2>/dev/null
	wait $server
}

pairs=$((ROUNDS * 21 * 15 / 16)) # one block in eight is left
for ((turn = 0; turn < PAIRS; turn++)); do
	for way in "${ways[@]}"; do
		seconds=$(cpu "$way" "$W/churn 1 $ROUNDS $WAIT")
		traps=
		[ "$way" != hostprof ] || traps=$(summary "$T/rec" .overhead.traps)
		echo "$way pair $(awk -v s="$seconds" -v n=$pairs 'BEGIN { print 1e9 * s / n }') ${traps:-0}"
		echo "$way redis $(requests "$way")"
		echo "$way python $(cpu "$way" "$PYTHON $T/objects.py $WAIT")"
	done
done | tee "$T/all" >&2
awk -v pairs=$pairs '
	{ sum[$1, $2] += $3; traps[$1] += $4; n[$1, $2]++; seen[$1] }
	END {
		split("nothing hostprof memleak heaptrack", order, " ")
		print "             ns a pair   traps a pair   redis SET/s   python, CPU s"
		for (i = 1; i in order; i++) {
			way = order[i]
			if (!(way in seen))
				continue
			printf "%-10s %11.0f %14s %13.0f %15.2f\n", way, sum[way, "pair"] / n[way, "pair"],
				way == "hostprof" ? sprintf("%.2f", traps[way] / n[way, "pair"] / pairs) : "",
				sum[way, "redis"] / n[way, "redis"], sum[way, "python"] / n[way, "python"]
		}
		base = sum["nothing", "pair"] / n["nothing", "pair"]
		ours = sum["hostprof", "pair"] / n["hostprof", "pair"] - base
		for (way in seen)
			if (way != "nothing" && way != "hostprof")
				printf "what a pair costs more with %s: %.1f times ours\n", way,
					(sum[way, "pair"] / n[way, "pair"] - base) / ours
	}' "$T/all"

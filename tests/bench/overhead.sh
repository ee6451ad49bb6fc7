#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what a recording of the whole host costs at 99 Hz while redis, nginx and python work, of the
# CPU alone and of all kinds, and how long it takes from the command to the first sample. Usage: overhead.sh [SECONDS] [HZ]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go redis-server redis-benchmark redis-cli nginx wrk "$PYTHON"

seconds=${1:-10} hz=${2:-99}
long=$((2 * seconds + 30)) # of load: two recordings
redis_port=$((20000 + $$ % 10000)) nginx_port=$((30000 + $$ % 10000))
background redis-server --port $redis_port --bind 127.0.0.1 --save '' --dir "$T"
nginx_config $nginx_port 'master_process off;'
cp -L /usr/share/common-licenses/GPL-2 "$T/www/" || fail "no page"
background nginx -c "$T/nginx.conf" -e "$T/error.log"
until_true 20 redis-cli -p $redis_port ping || fail "redis-server does not start"
until_true 20 test -s "$T/nginx.pid" || fail "nginx does not start: $(cat "$T/background.out")"
background redis-benchmark -p $redis_port -t set,get -n 100000000 -c 20 -q
background wrk -t1 -c8 -d$long "http://127.0.0.1:$nginx_port/GPL-2"
background "$PYTHON" "$ROOT/tests/workload/burn.py" $long
sleep 1

# cost KINDS
cost() {
	local stop end

	KINDS=$1
	echo "kinds               $KINDS"
	record_start "$T/rec" -v -F "$hz"
	sleep "$seconds"
	stop=$(date +%s%N)
	record_stop INT
	end=$(date +%s%N)
	grep -h ' after the \|probes were in' "$T/record.err"
	jq -r --arg write $(((end - stop) / 1000000)) '
		"recorded            \(.duration_ns / 1e9 * 100 | floor / 100) s",
		"until written       \($write) ms after Ctrl-C",
		"samples             \(.kinds.cpu.attempted), lost \([.kinds.cpu.lost[]] | add)",
		"agent CPU           \(.overhead.agent_cpu_ns / 1e6 | floor) ms",
		"BPF                 \((.overhead.bpf_ns // 0) / 1e6 | floor) ms",
		"percent of the host \(.overhead.percent_of_host)",
		"RSS                 \(.overhead.rss_bytes / 1048576 | floor) MiB"' "$T/rec/summary.json"
}

cost cpu
cost cpu,offcpu,growth,lock # as without -k

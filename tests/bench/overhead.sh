#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what a recording of the whole host costs at 99 Hz while redis, nginx and python work, of the
# CPU alone and of all kinds, and how long it takes from the command to the first sample. Usage: overhead.sh [SECONDS] [HZ]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go redis-server redis-benchmark nginx wrk "$PYTHON"

seconds=${1:-10} hz=${2:-99}
redis_port=$((20000 + $$ % 10000)) nginx_port=$((30000 + $$ % 10000))
background redis-server --port $redis_port --bind 127.0.0.1 --save '' --dir "$T"
printf '%s\n' "daemon off; master_process off; pid $T/nginx.pid; error_log $T/error.log;" \
	"events { }" "http { access_log off; client_body_temp_path $T; proxy_temp_path $T;" \
	"fastcgi_temp_path $T; uwsgi_temp_path $T; scgi_temp_path $T;" \
	"server { listen 127.0.0.1:$nginx_port; root /usr/share; } }" >"$T/nginx.conf"
background nginx -c "$T/nginx.conf" -e "$T/error.log"
sleep 0.5
background redis-benchmark -p $redis_port -t set,get -n 100000000 -c 20 -q
background wrk -t1 -c8 -d$((seconds + 30)) "http://127.0.0.1:$nginx_port/common-licenses/GPL-2"
background "$PYTHON" "$ROOT/tests/workload/burn.py" $((seconds + 30))
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

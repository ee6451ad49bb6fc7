#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: nginx under wrk: both are found in a recording of the whole host with the CPU time of
# /proc/PID/stat (together +-15 %), with nginx' own functions and the kernel's below them.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go nginx wrk

port=$((30000 + $$ % 10000))
nginx_config $port
background nginx -c "$T/nginx.conf" -e "$T/error.log"
master=$LAST
cleanup eval "kill -9 \$(cat $T/worker) 2>/dev/null || :"
until_true 10 pgrep -P "$master" || fail "nginx does not start: $(cat "$T/background.out")"
pgrep -P "$master" >"$T/worker"
worker=$(cat "$T/worker")
background wrk -t1 -c8 -d30 "http://127.0.0.1:$port/"
client=$LAST
burns 100 "$worker" "$client"
# They run while it records, and no moment more, however long it takes to start and to end.
kill -STOP "$worker" "$client"
record_start "$T/rec" -F 999
mark=$(stolen_mark)
worker_before=$(cpu_ticks "$worker") client_before=$(cpu_ticks "$client")
kill -CONT "$worker" "$client"
sleep 3
kill -STOP "$worker" "$client"
worker_ticks=$(($(cpu_ticks "$worker") - worker_before))
client_ticks=$(($(cpu_ticks "$client") - client_before))
kept=$(stolen_since "$mark")
record_stop

samples "$T/rec/cpu.pb.gz" >"$T/tsv"
worker_ns=$(sum_ns "\$3 == $worker && \$5 == \"nginx\"" <"$T/tsv")
client_ns=$(sum_ns "\$3 == $client && \$5 == \"wrk\"" <"$T/tsv")
# Tolerances are wide: they hand over tens of thousands of times a second, and the kernel's own
# counters (run time, task-clock) are 5 points apart there, since they cut a switch at different
# places; and time in which a virtual CPU waits for a real one counts for samples only:
# that much more may be theirs.
truth=$(((worker_ticks + client_ticks) * 10000000))
within "CPU time of both" $((worker_ns + client_ns)) $truth $((truth * 15 / 100 + kept * 1000000))
at_least "nginx: percent of its CPU time" "$(percent "$worker_ns" $((worker_ticks * 10000000)))" 60
at_least "its client: percent of its CPU time" \
	"$(percent "$client_ns" $((client_ticks * 10000000)))" 60
at_least "samples in the kernel" "$(sum "\$3 == $worker && \$7 ~ /_\[k\]/" <"$T/tsv")" 100
at_least "samples in nginx' own functions" "$(sum "\$3 == $worker &&
	\$7 ~ /(^|;)ngx_/" <"$T/tsv")" 30

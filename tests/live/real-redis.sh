#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: redis-server under redis-benchmark: both programs are found in a recording of the whole
# host with the CPU time of /proc/PID/stat (together +-15 %), with redis' own functions and the
# kernel's frames of the network below them; nothing is lost.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go redis-server redis-benchmark redis-cli

port=$((20000 + $$ % 10000))
background redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no --dir "$T"
server=$LAST
until_true 10 redis-cli -p $port ping || fail "redis-server does not start"
background redis-benchmark -p $port -t set,get -n 100000000 -c 20 -q
client=$LAST
burns 100 "$server" "$client"
# They run while it records, and no moment more, however long it takes to start and to end.
kill -STOP "$server" "$client"
record_start "$T/rec" -F 999
server_before=$(cpu_ticks "$server") client_before=$(cpu_ticks "$client")
kill -CONT "$server" "$client"
sleep 3
kill -STOP "$server" "$client"
server_ticks=$(($(cpu_ticks "$server") - server_before))
client_ticks=$(($(cpu_ticks "$client") - client_before))
record_stop

samples "$T/rec/cpu.pb.gz" >"$T/tsv"
server_ns=$(sum_ns "\$3 == $server && \$5 ~ /^redis/" <"$T/tsv")
client_ns=$(sum_ns "\$3 == $client && \$5 ~ /^redis/" <"$T/tsv")
# Tolerances are wide: they hand over tens of thousands of times a second, and the kernel's own
# counters (run time, task-clock) are 5 points apart there, since they cut a switch at different
# places; and time in which a virtual CPU waits for a real one counts for samples only.
near "CPU time of both" $((server_ns + client_ns)) $(((server_ticks + client_ticks) * 10000000)) 15
at_least "redis-server: percent of its CPU time" "$(percent "$server_ns" $((server_ticks * 10000000)))" 60
at_least "its client: percent of its CPU time" \
	"$(percent "$client_ns" $((client_ticks * 10000000)))" 60
at_least "samples in the kernel's TCP" "$(sum "\$3 == $server && \$7 ~ /tcp_[a-z_]*_\[k\]/" \
	<"$T/tsv")" 50
at_least "samples in redis' own functions" "$(sum "\$3 == $server &&
	\$7 ~ /(readQueryFromClient|processCommand|call|aeProcessEvents|aeMain|writeToClient)/" \
	<"$T/tsv")" 50
[ "$(summary "$T/rec" '[.kinds.cpu.lost[]] | add')" = 0 ] || fail "samples were lost"

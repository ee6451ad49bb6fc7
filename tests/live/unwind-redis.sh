#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: redis-server under redis-benchmark: 99 percent of the stacks of both reach the bottom,
# _start or where a thread begins; every return address follows a call; libdw gives the same frames
# for the same instants.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq redis-server redis-benchmark redis-cli

port=$((20000 + $$ % 10000))
background redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no --dir "$T"
server=$LAST
until_true 10 redis-cli -p $port ping || fail "redis-server does not start"
background redis-benchmark -p $port -t set,get,lrange,zadd -n 100000000 -c 20 -q
client=$LAST
burns 100 "$server" "$client"
record "$T/rec" -F 499 -p "$server,$client" -d 3
complete "$T/rec" 99
at_least "percent from _start or a thread's start on" "$(percent \
	"$(stacks_sum "$T/rec" '$2 ~ /^_start;/ || $2 ~ /^(__)?clone3?;|^libc\.so\.6\+/')" \
	"$(walkable "$T/rec")")" 99
at_least "samples of main threads" "$(stacks_sum "$T/rec" '$2 ~ /^_start;__libc_start_main;/')" 500
follow_calls "$T/rec"
equal --seconds 2 -p "$server"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: an nginx worker under wrk: 99 percent of its stacks reach _start; every return address
# follows a call; libdw gives the same frames for the same instants.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq nginx wrk

port=$((30000 + $$ % 10000))
nginx_config $port 'master_process off;' 'gzip on; gzip_types *;'
background nginx -c "$T/nginx.conf" -e "$T/error.log"
server=$LAST
until_true 10 test -s "$T/nginx.pid" || fail "nginx does not start: $(cat "$T/background.out")"
background wrk -t1 -c8 -d30 -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port/"
burns 100 "$server"
record "$T/rec" -F 499 -p "$server" -d 3
complete "$T/rec" 99
at_least "percent from _start on" "$(percent "$(stacks_sum "$T/rec" '$2 ~ /^_start;|^nginx\+/')" \
	"$(walkable "$T/rec")")" 99
follow_calls "$T/rec"
equal --seconds 2 -p "$server"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with --debuginfod a stripped program without any debug file here has the names and lines
# that a server has for it, and the summary counts what was fetched; without the option nobody is
# asked; a server that is down is said in one line, and the recording is whole.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go gcc objcopy strip readelf python3
ldconfig -p | grep -q 'libdebuginfod\.so\.1' || skip "libdebuginfod is not installed"

cat >"$T/hot.c" <<'END'
#include <time.h>
static __attribute__((noinline)) unsigned secret(unsigned x)
{
	for (int i = 0; i < 1000; i++)
		x = x * 1664525u + 1013904223u; /* line 5 */
	return x;
}
int main(int argc, char **argv)
{
	unsigned x = argc;
	while (clock() < CLOCKS_PER_SEC / 2)
		for (int i = 0; i < 1000; i++)
			x = secret(x);
	return argv[0][0] == x;
}
END
gcc -O1 -g -Wl,--build-id -o "$T/hot" "$T/hot.c" || fail "cannot compile"
id=$(readelf -n "$T/hot" | sed -n 's/.*Build ID: //p')
mkdir -p "$T/www/buildid/$id"
objcopy --only-keep-debug "$T/hot" "$T/www/buildid/$id/debuginfo"
strip "$T/hot"

python3 -u -c 'import http.server as h, functools, sys
class Handler(h.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
server = h.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=sys.argv[1]))
print(server.server_port, file=open(sys.argv[2], "w"), flush=True)
server.serve_forever()' "$T/www" "$T/port" 2>"$T/requests" &
SERVER=$!
started+=("$SERVER")
disown "$SERVER" # the shell would tell of its end
until_true 10 test -s "$T/port" || fail "no server"
DEBUGINFOD_URLS="http://127.0.0.1:$(cat "$T/port")"
export DEBUGINFOD_URLS DEBUGINFOD_CACHE_PATH=$T/cache

# secret_percent: of the samples of the program that are in its function, by name.
secret_percent() {
	samples "$T/rec/cpu.pb.gz" >"$T/tsv"
	percent "$(sum '$7 ~ /(^|;)secret;main;/' <"$T/tsv")" "$(sum '$5 == "hot"' <"$T/tsv")"
}

record "$T/rec" -F 999 -- "$T/hot"
[ "$(secret_percent)" = 0.000 ] || fail "a name without a debug file"
[ ! -s "$T/requests" ] || fail "asked without the option: $(cat "$T/requests")"
! summary "$T/rec" .debuginfod | grep -qv null || fail "a line on downloads without the option"

record "$T/rec" -F 999 --debuginfod -- "$T/hot"
at_least "percent with the name from the server" "$(secret_percent)" 80
grep -q "GET /buildid/$id/debuginfo" "$T/requests" || fail "the server was not asked"
"$HOSTPROF" report "$T/rec" --by line -n 1 --format json |
	jq -e '.rows[0] | (.file | endswith("/hot.c")) and .line >= 4 and .line <= 5' >/dev/null ||
	fail "no line from the server's file"
[ "$(summary "$T/rec" '.debuginfod | .fetched == 1 and .bytes > 1000 and .why == null')" = true ] ||
	fail "the summary says $(summary "$T/rec" .debuginfod)"
grep -q '^debuginfod: 1 debug file fetched' "$T/record.err" || fail "the download is not said"

record "$T/rec" -F 999 --debuginfod -- "$T/hot"
[ "$(summary "$T/rec" '.debuginfod | .fetched == 0 and .cached == 1')" = true ] ||
	fail "not from the cache: $(summary "$T/rec" .debuginfod)"

# A file of another program under this build id is not believed.
rm -rf "$T/cache"
cp "$HOSTPROF" "$T/www/buildid/$id/debuginfo"
record "$T/rec" -F 999 --debuginfod -- "$T/hot"
[ "$(secret_percent)" = 0.000 ] || fail "names out of another program's file"

kill -9 "$SERVER"
rm -rf "$T/cache"
record "$T/rec" -F 999 --debuginfod -- "$T/hot"
[ "$(grep -c 'no server of DEBUGINFOD_URLS answers' "$T/record.err")" -ge 1 ] ||
	fail "not said that the server is down"
[ "$(grep -c '^hostprof: ' "$T/record.err")" = 1 ] || fail "more than one line on a server that is down"
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
at_least "samples all the same" "$(sum '$5 == "hot"' <"$T/tsv")" 300

unset DEBUGINFOD_URLS
record "$T/rec" -F 999 --debuginfod -- "$T/hot"
grep -q 'DEBUGINFOD_URLS names no server' "$T/record.err" || fail "not said that there is no server"

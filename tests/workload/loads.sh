# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For tests/bench and tests/live, behind lib.sh: real programs at work. Each load_NAME starts one in
# the background and returns once it works; load_pids says which processes to look at; load_end ends
# it. Whether it is installed, have_NAME says.

# shellcheck disable=SC2034 # for the scripts
LOADS="python redis nginx postgres clang cc1 go node"
PROGRAMS=$ROOT/tests/instant/programs
LONG=3600 # seconds: for ever

LOAD=() # process groups; the first is the one to look at
COMM=	# what its processes are called

# load_pids: separated by commas. postgres's children leave their parent's group.
load_pids() {
	until_true 10 pgrep -g "${LOAD[0]}" -x "$COMM" || fail "$COMM does not run"
	{ pgrep -g "${LOAD[0]}" -x "$COMM"; pgrep -P "${LOAD[0]}" -x "$COMM"; } | sort -un |
		paste -sd,
}

# load_end: ends what the last load_NAME started, with all it started.
load_end() {
	local pid

	for pid in "${LOAD[@]}"; do
		kill -- "-$pid" 2>/dev/null
	done
	for pid in "${LOAD[@]}"; do
		wait "$pid" 2>/dev/null
	done
	LOAD=()
}
cleanup load_end

# begin COMMAND...: in the background, as the leader of a process group.
begin() {
	background setsid "$@"
	LOAD+=("$LAST")
}

have() {
	local program

	for program in "$@"; do
		command -v "$program" >/dev/null || return 1
	done
}

have_python() { have "$PYTHON"; }
load_python() {
	COMM=$(basename "$PYTHON")
	begin "$PYTHON" "$PROGRAMS/burn.py" $LONG
}

have_redis() { have redis-server redis-benchmark redis-cli; }
load_redis() {
	local port=$((20000 + $$ % 10000))

	COMM=redis-server
	begin redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no --dir "$T"
	until_true 20 redis-cli -p $port ping || fail "redis-server does not start"
	begin redis-benchmark -p $port -t set,get,lrange,zadd -n 100000000 -c 20 -q
}

have_nginx() { have nginx wrk; }
load_nginx() {
	local port=$((30000 + $$ % 10000))

	COMM=nginx
	nginx_config $port 'master_process off;' 'gzip on; gzip_types *;'
	begin nginx -c "$T/nginx.conf" -e "$T/error.log"
	until_true 20 test -s "$T/nginx.pid" || fail "nginx does not start"
	begin wrk -t1 -c8 -d$LONG -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port/"
}

postgres_bin() {
	find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1
}

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
}

have_postgres() { have setpriv && [ -x "$(postgres_bin)/pgbench" ]; }
load_postgres() {
	local bin dir=$T/postgres

	COMM=postgres
	bin=$(postgres_bin)
	rm -rf "$dir"
	mkdir "$dir"
	chown 65534:65534 "$dir"
	(cd "$dir" && as_nobody "$bin/initdb" -D "$dir/data" -U bench -A trust -N) \
		>"$T/last.err" 2>&1 || fail "initdb"
	cd "$dir" || fail "cannot go to $dir"
	begin setpriv --reuid=65534 --regid=65534 --clear-groups -- "$bin/postgres" -D "$dir/data" \
		-k "$dir" -c listen_addresses= -c fsync=off -c shared_buffers=64MB
	cd "$ROOT" || fail "cannot go to $ROOT"
	until_true 20 "$bin/pg_isready" -h "$dir" -U bench || fail "postgres does not start"
	as_nobody "$bin/pgbench" -h "$dir" -U bench -i -s 5 postgres >"$T/last.err" 2>&1 ||
		fail "pgbench -i"
	begin "$bin/pgbench" -h "$dir" -U bench -c 4 -T $LONG postgres
}

# c_source FILE FUNCTIONS: code with loops, branches, calls, structures and strings. The functions
# form a tree, since compilers recurse along a chain of calls.
c_source() {
	awk -v n="$2" 'BEGIN {
		print "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>"
		print "struct item { int a, b; double weight; struct item *next; char name[16]; };"
		for (i = 0; i < n; i++) {
			m = i % 7 + 2
			printf "static int step%d(struct item *at, int n, int *to)\n{\n", i
			printf "\tstruct item other = {.a = n, .b = %d, .weight = n * %d.5};\n", i, m
			printf "\tint sum = %d;\n\n", i
			printf "\tfor (int i = 0; i < n %% %d + %d; i++) {\n", m + 11, m
			printf "\t\tswitch ((i + at->a) %% %d) {\n", m
			for (j = 0; j < m; j++)
				printf "\t\tcase %d: sum += to[i %% %d] * %d; at->weight /= i + %d.25; break;\n",
					j, j + 3, i + j, j + 1
			printf "\t\t}\n\t\tif (at->next && sum > %d)\n\t\t\tat = at->next;\n\t}\n", i * 31
			printf "\tmemcpy(other.name, at->name, sizeof(other.name));\n"
			printf "\tsnprintf(at->name, sizeof(at->name), \"%%d %%s\", sum, other.name);\n"
			if (i)
				printf "\treturn n > 0 ? sum + step%d(&other, n - 1, to) : sum;\n}\n\n", int(i / 2)
			else
				print "\treturn sum;\n}\n"
		}
		print "int main(int argc, char **argv)\n{\n\tstruct item item = {.a = argc};"
		print "\tint to[16] = {argc};\n\n\t(void)argv;"
		printf "\treturn step%d(&item, argc, to);\n}\n", n - 1
	}' >"$1"
}

# One compilation after the other, each of some 10 s or more.
begin_compiling() {
	begin bash -c 'while :; do "$@" || exit 1; done' compile "$@"
}

have_clang() { have clang-14; }
load_clang() {
	COMM=clang-14
	c_source "$T/large.c" 20000
	begin_compiling clang-14 -w -O2 -c -o "$T/clang.o" "$T/large.c"
}

have_cc1() { have gcc; }
load_cc1() {
	COMM=cc1
	c_source "$T/large.c" 20000
	begin_compiling gcc -w -O2 -c -o "$T/gcc.o" "$T/large.c"
}

have_go() { have go; }
load_go() {
	COMM=burn-go
	(cd "$PROGRAMS" && HOME=$T GOCACHE=$T/go GOPROXY=off GO111MODULE=off \
		go build -o "$T/burn-go" burn.go) || fail "burn.go does not compile"
	begin "$T/burn-go" $LONG
}

have_node() { have node; }
load_node() {
	COMM=node
	begin node "$PROGRAMS/burn.js" $LONG
}

# --- short-lived processes ---

# project DIR FILES: a small project with a Makefile.
project() {
	local i

	mkdir -p "$1"
	for ((i = 0; i < $2; i++)); do
		c_source "$1/part$i.c" $((20 + i % 5 * 10))
	done
	printf '%s\n' 'ALL := $(patsubst %.c,%,$(wildcard *.c))' 'all: $(ALL)' \
		'%: %.o ; @gcc -o $@ $<' '%.o: %.c ; @gcc -w -O1 -c -o $@ $<' \
		'clean: ; @rm -f *.o $(ALL)' '.SECONDARY:' >"$1/Makefile"
}

# exec_storm SECONDS: runs a build with two jobs, and shell loops that start programs which end at
# once, all the time. Run it as a process of its own: `bash -c` with $STORM_DIR from project().
exec_storm() {
	local end=$((SECONDS + $1))

	(while [ $SECONDS -lt $end ]; do
		make -s -C "$STORM_DIR" clean all -j2 || exit 1
	done) &
	(while [ $SECONDS -lt $end ]; do
		"$PYTHON" -S -c 'import sys; sum(range(20000))'
		echo 'int main(void) { return 0; }' | gcc -x c -o /dev/null -
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			/bin/true
		done
	done) &
	wait
}

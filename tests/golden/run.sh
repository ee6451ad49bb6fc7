#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a kept recording comes out of every output byte for byte as expected; Go's pprof opens
# our files without a word on stderr and counts the same; we read what Go's runtime writes.
#
#   tests/golden/run.sh [--update]    --update writes tests/golden/expected anew: look at the diff
#
# From the environment: HOSTPROF (the program), BUILD (its build folder, with libhostprof.a).
set -u
export LC_ALL=C
unset COLUMNS NO_COLOR

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$root/build}
HOSTPROF=${HOSTPROF:-$BUILD/hostprof}
update=0 bad=0
[ "${1:-}" != --update ] || update=1

T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
mkdir rec out go

for program in golden wall locks; do
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -I"$root/user" -I"$root/include" \
		-o $program "$here/$program.c" "$BUILD/libhostprof.a" -lprotobuf-c -ljansson -lz ||
		{ echo "FAIL build $program.c"; exit 1; }
done
./golden rec || { echo "FAIL golden wrote nothing"; exit 1; }
mkdir wrec
./wall wrec || { echo "FAIL wall wrote nothing"; exit 1; }
mkdir lrec
./locks lrec || { echo "FAIL locks wrote nothing"; exit 1; }
cp wrec/ledger.json out/ledger.json
cp rec/summary.json out/summary.json

ok() {
	echo "ok $1"
}

failed() {
	echo "FAIL $1"
	bad=1
}

# check NAME COMMAND...: COMMAND succeeds.
check() {
	local name=$1

	shift
	if "$@"; then
		ok "$name"
	else
		failed "$name: $* failed; stderr: $(cat err 2>/dev/null)"
	fi
}

# quiet COMMAND...: it succeeds and says nothing on stderr.
quiet() {
	"$@" 2>err && [ ! -s err ]
}

# same NAME: the file out/NAME is as expected.
same() {
	if [ $update = 1 ]; then
		cp "out/$1" "$here/expected/$1" && ok "$1 (updated)"
	elif diff -u "$here/expected/$1" "out/$1" >difference 2>&1; then
		ok "$1"
	else
		failed "$1"
		head -n 40 difference
	fi
}

# report NAME ARGUMENT...: the report is as expected, and says nothing on stderr.
report() {
	local name=$1 status

	shift
	"$HOSTPROF" report "$@" >"out/$name" 2>err
	status=$?
	if [ $status != 0 ] || [ -s err ]; then
		failed "$name: status $status, $(cat err)"
	else
		same "$name"
	fi
}

# refused NAME STATUS PATTERN ARGUMENT...: one line on stderr that matches, nothing on stdout.
refused() {
	local name=$1 status=$2 pattern=$3 got

	shift 3
	"$HOSTPROF" report "$@" >stdout 2>err
	got=$?
	if [ $got = "$status" ] && [ ! -s stdout ] && [ "$(wc -l <err)" = 1 ] &&
		grep -Eq "$pattern" err; then
		ok "$name"
	else
		failed "$name: status $got (expected $status), stderr: $(cat err)"
	fi
}

outputs() {
	local by kind width

	for by in function line module stack thread process container; do
		report "cpu-$by.txt" rec -k cpu --by $by -n 0
		report "cpu-$by.json" rec -k cpu --by $by -n 3 --format json
	done
	for width in 80 200; do
		COLUMNS=$width report "cpu-text-$width.txt" rec -k cpu
		COLUMNS=$width report "cpu-tree-$width.txt" rec -k cpu --format tree
		./golden summary $width >"out/summary-$width.txt" && same "summary-$width.txt"
	done
	./golden summary 100 colour >out/summary-colour.txt && same summary-colour.txt
	same summary.json
	report cpu-cumulative.txt rec -k cpu --cumulative -n 5
	report cpu-samples.txt rec -k cpu --value samples -n 5
	for kind in cpu lock heap; do
		report "$kind.folded" rec/$kind.pb.gz --format folded
		report "$kind.tree" rec/$kind.pb.gz --format tree
		report "$kind.txt" rec/$kind.pb.gz
	done
	report cpu-ns.folded rec/cpu.pb.gz --format folded --value cpu
	report heap-alloc.txt rec/heap.pb.gz --value alloc_space
	report filter-pid.txt rec -k cpu -p 101,102
	report filter-comm.folded rec -k cpu --comm redis-server --format folded
	report filter-container.txt rec -k cpu --container shop
	report filter-container-id.txt rec -k cpu --container 0123456
	for names in nobody,shop "nobody --container sh*"; do
		# shellcheck disable=SC2086 # several words
		"$HOSTPROF" report rec -k cpu --container $names >out/by-name.txt
		check "of the containers $names" cmp out/filter-container.txt out/by-name.txt
	done
	report filter-focus.folded rec -k cpu --focus '^fib' --format folded
	for kind in cpu lock heap; do
		report "$kind.svg" rec/$kind.pb.gz --format svg
	done
	report heap-alloc.svg rec/heap.pb.gz --format svg --value alloc_space
	report filter-ignore.folded rec -k cpu --ignore 'main|^\[jit' --format folded
}

# listed NAME ARGUMENT...: as report(), of what names our folder.
listed() {
	local name=$1

	shift
	check "$name: quiet" quiet "$HOSTPROF" report rec -k cpu "$@" -o file
	sed "s,$T/,FOLDER/,g" file >"out/$name"
	same "$name"
}

# Functions from the inside: source where there is one, older and newer than the recording; code and
# kernel that are not on this host; names and lines that mean harm.
listing() {
	printf 'int fib(int n)\n{\n\treturn n < 2 ? n : \033[2Jfib(n - 1) + fib(n - 2);\n}\n' >fib.cc
	touch -d 2020-01-01 fib.cc
	listed list-source.txt --list '^fib'
	COLUMNS=60 listed list-source-60.txt --list '^fib'
	listed list-source.json --list '^fib' --format json
	listed list-samples.txt --list '^fib' --value samples
	mkdir -p tree/app && head -n 2 fib.cc >tree/app/fib.cc
	listed list-newer.txt --list '^fib' --source-path tree/app
	listed list-addresses.txt --list 'Engine::run|tcp_sendmsg|jit|na.*me|0xdeadbeef'
	listed list-addresses.json --list 'Engine::run|tcp_sendmsg' --format json
	listed list-cumulative.txt --list 'std::|fib|Engine' --cumulative -n 2
	listed list-filter.txt --list 'fib' --comm pricing-engine --ignore nothing
	refused "a list as a picture" 2 'cannot list functions as svg' rec -k cpu --list fib \
		--format svg
	refused "a wrong pattern of a list" 2 "list: 'fib\('" rec -k cpu --list 'fib('
	refused "a list of nothing" 1 "matches 'fob': did you mean 'fib'" rec -k cpu --list fob
	refused "a list of nothing like it" 1 "matches 'zzzz': the largest are '" rec -k cpu \
		--list zzzz
	refused "--source-path alone" 2 'say which functions with --list' rec -k cpu \
		--source-path tree
}

# Formats that name the version, in lines that can be compared.
versioned() {
	local kind

	for kind in cpu heap; do
		quiet "$HOSTPROF" report rec/$kind.pb.gz --format speedscope -o file
		sed -e 's/"exporter":"hostprof@[^"]*"/"exporter":"hostprof@VERSION"/' \
			-e 's/,\(["{[]\)/,\n\1/g' file >out/$kind.speedscope.json
		same $kind.speedscope.json
		quiet "$HOSTPROF" report rec/$kind.pb.gz --format html -o file
		sed -n 's,^<script id="data" type="text/plain">\([^<]*\)</script>$,\1,p' file |
			base64 -d | gunzip | sed -e 's/"hostprof":"[^"]*"/"hostprof":"VERSION"/' \
			-e 's/,\(["{[]\)/,\n\1/g' >out/$kind.html.json
		same $kind.html.json
	done
	check "the page has no marker left" [ "$(grep -cE '@(STYLE|DATA|SCRIPT)@' file)" = 0 ]
	check "the page asks for nothing" [ "$(grep -cE '(src|href)=|url\(|import ' file)" = 0 ]
}

merging() {
	report merged.folded rec/cpu-1.pb.gz rec/cpu-2.pb.gz --format folded
	if cmp -s out/merged.folded out/cpu.folded; then
		ok "two halves are the whole"
	else
		failed "two halves are not the whole"
	fi
	refused "other values" 1 'cannot merge .*delay/nanoseconds' rec/cpu.pb.gz rec/lock.pb.gz
}

# What was written, read and written again is the same; and where it is written.
writing() {
	quiet "$HOSTPROF" report rec/cpu.pb.gz --format pprof -o again.pb.gz
	check "pprof again" cmp rec/cpu.pb.gz again.pb.gz
	echo old >file
	refused "a wrong pattern with -o" 2 focus rec/cpu.pb.gz --focus '(' -o file
	check "the file of a failed report stays" [ "$(cat file)" = old ]
	quiet "$HOSTPROF" report rec/cpu.pb.gz -o file
	check "-o" cmp file out/cpu.txt
	ln -s pointed-to link
	echo old >pointed-to
	quiet "$HOSTPROF" report rec/cpu.pb.gz -o link
	check "-o through a link" cmp pointed-to out/cpu.txt
	check "-o leaves the link" [ -L link ]
	mkfifo pipe
	cat pipe >file &
	quiet "$HOSTPROF" report rec/cpu.pb.gz -o pipe
	wait $!
	check "-o into a pipe" cmp file out/cpu.txt
	check "-o leaves the pipe" [ -p pipe ]
	check "-o leaves no other file" [ -z "$(find . -name '.*.tmp')" ]
	cat rec/cpu.pb.gz >pipe &
	quiet "$HOSTPROF" report pipe >file
	check "reading a pipe" cmp file out/cpu.txt
	"$HOSTPROF" report rec/cpu.pb.gz --by stack -n 0 --format json 2>err | head -n 1 >/dev/null
	check "| head" [ "${PIPESTATUS[0]}" = 0 ]
	check "| head is quiet" [ ! -s err ]
}

errors() {
	local size

	refused "nothing given" 2 'nothing to report'
	refused "no such file" 1 'cannot open nowhere: No such file' nowhere
	mkdir empty
	refused "an empty folder" 1 'no profile in empty: it holds no .*cpu' empty
	: >zero
	refused "an empty file" 1 'cannot read zero: the file is empty' zero
	refused "JSON" 1 'rec/summary.json: not a pprof file: it looks like JSON' rec/summary.json
	refused "a program" 1 'golden: not a pprof file: it is an ELF file' golden
	size=$(stat -c %s rec/cpu.pb.gz)
	head -c $((size - 1)) rec/cpu.pb.gz >cut.pb.gz
	refused "cut short" 1 'cannot read cut.pb.gz: truncated' cut.pb.gz
	zcat rec/cpu.pb.gz | head -c 900 >cut.pb.gz
	refused "unpacked, cut short" 1 'cannot read cut.pb.gz: .*(not a pprof|damaged)' cut.pb.gz
	refused "a wrong pattern" 2 "focus '\('" rec/cpu.pb.gz --focus '('
	refused "an unknown kind" 2 'nonsense' rec -k nonsense
	refused "an unknown value" 2 "'nonsense' of rec/cpu.pb.gz: it has samples, cpu" \
		rec/cpu.pb.gz --value nonsense
	refused "an unwritable folder" 1 'cannot write to nowhere/x: No such file' rec/cpu.pb.gz \
		-o nowhere/x
	ln -s /dev/full full
	refused "a full disk" 1 'cannot write to full: No space left' rec/cpu.pb.gz -o full
	"$HOSTPROF" report rec/cpu.pb.gz -p 5 --format json >stdout 2>err
	check "nothing matches: no failure" [ $? = 0 ]
	check "nothing matches: a word about it" grep -q 'no sample of rec/cpu.pb.gz' err
	check "nothing matches: no rows" grep -q '"rows": \[\]' stdout
}

# A ledger, and what is made of it with the profiles of the same recording.
wall_time() {
	local width by

	same ledger.json
	for width in 60 80 120; do
		./wall summary $width >"out/wall-summary-$width.txt" && same "wall-summary-$width.txt"
		COLUMNS=$width report "ledger-$width.txt" wrec -k ledger
	done
	./wall summary 120 colour >out/wall-summary-colour.txt && same wall-summary-colour.txt
	for by in process thread container; do
		report "ledger-$by.txt" wrec -k ledger --by $by -n 0
	done
	report ledger-again.json wrec -k ledger --format json
	check "the ledger written again" cmp wrec/ledger.json out/ledger-again.json
	report ledger-filter.txt wrec -k ledger -p 101,300 --container shop
	for name in 'sh?p' 012345 nobody,shop; do
		"$HOSTPROF" report wrec -k ledger -p 101,300 --container "$name" >out/by-name.txt
		check "the ledger of container $name" cmp out/ledger-filter.txt out/by-name.txt
	done
	report wall-all.txt wrec
	report wall.tree wrec -k wall --format tree
	report wall.folded wrec -k wall --format folded
	report wall.svg wrec -k wall --format svg -p 300
	report wall-process.txt wrec -k wall --by process
	report waits.txt wrec -k offcpu
	report waits-idle.txt wrec -k offcpu --waits idle --by reason
	report waits-all.tree wrec -k offcpu --waits all --format tree
	report waits-reason.txt wrec -k offcpu --reason poll,lock --by reason
	report waits-reason.json wrec -k offcpu --by reason --format json
	report waits-waker.txt wrec -k offcpu --by waker
	report waits-waker.folded wrec -k offcpu --by waker --format folded
	check "wall time is the ledger's, in microseconds" [ "$(awk '{ sum += $NF } END {
		printf "%.0f", sum / 1000 }' out/wall.folded)" = "$(($(ledger .host.wall_ns) / 1000))" ]
	refused "a ledger as a tree" 2 'cannot write the ledger as tree' wrec -k ledger --format tree
	refused "a part of a ledger as JSON" 2 'cannot write a part' wrec -k ledger --format json -p 9
	refused "stacks of a ledger" 2 'cannot choose stacks or waits of the ledger' wrec -k ledger --focus main
	refused "lines of a ledger" 2 'cannot choose stacks or waits of the ledger' wrec -k ledger --by line
	refused "leaks as JSON" 2 'cannot choose among the leaks' wrec --leaks --format json
	refused "wall time without a ledger" 1 'no profile in rec: it holds no ledger.json:' rec -k wall
	refused "no ledger" 1 'no profile in rec: it holds no ledger.json' rec -k ledger
	refused "two ledgers" 1 'give one folder' wrec wrec -k wall
	mkdir -p damaged
	head -c 3000 wrec/ledger.json >damaged/ledger.json
	refused "half a ledger" 1 'cannot read damaged/ledger.json: .*cut off' damaged -k ledger
}

# Locks, their holders, and waits that are for no lock; of a part, and without the exact sums.
locks() {
	local width

	for width in 60 80 120; do
		COLUMNS=$width report "locks-$width.txt" lrec -k lock
		./locks top $width >"out/locks-top-$width.txt" && same "locks-top-$width.txt"
	done
	./locks top 100 colour >out/locks-colour.txt && same locks-colour.txt
	report locks.json lrec -k lock --by lock --format json -n 3
	report locks-holder.txt lrec -k lock --by holder
	report locks-holder.json lrec -k lock --by holder --format json -n 2
	report locks-all.txt lrec -k lock --waits all -n 4
	report locks-events.txt lrec -k lock --waits idle
	report locks-comm.txt lrec -k lock --comm nginx
	report locks-container.txt lrec -k lock --by lock --container search --waits all
	"$HOSTPROF" report lrec -k lock --by lock --container nobody,search --waits all >out/by-name.txt
	check "the locks of containers" cmp out/locks-container.txt out/by-name.txt
	report locks-focus.txt lrec -k lock --focus log_checkpoint
	report locks-file.txt lrec/lock.pb.gz
	report locks-stack.txt lrec -k lock --by stack -n 2
	report locks-function.txt lrec -k lock --by function -n 3
	report locks-plain.txt rec/lock.pb.gz --by lock
	report locks.folded lrec -k lock --by holder --format folded
	check "delay is the waits', in microseconds" [ "$(awk '{ sum += $NF } END {
		print sum }' out/locks.folded)" = 83668000 ]
	mkdir -p halfway
	cp lrec/lock.pb.gz halfway/
	head -c 900 lrec/locks.json >halfway/locks.json
	refused "half of the locks" 1 'cannot read halfway/locks.json: ' halfway -k lock
	quiet "$HOSTPROF" report halfway -k lock --format folded -o file
	check "... where it is not asked for" cmp -s file out/locks.folded
	quiet "$HOSTPROF" report lrec -k lock --format html -o file
	sed -n 's,^<script id="data" type="text/plain">\([^<]*\)</script>$,\1,p' file |
		base64 -d | gunzip | sed -e 's/"hostprof":"[^"]*"/"hostprof":"VERSION"/' \
		-e 's/,\(["{[]\)/,\n\1/g' >out/locks.html.json
	same locks.html.json
}

ledger() {
	jq -r "$1" wrec/ledger.json
}

# The books in the file add up, by themselves.
# shellcheck disable=SC2016 # variables of jq
ledger_sums() {
	command -v jq >/dev/null || { echo "jq is not installed: ledger.json was not asked"; return; }
	check "every row adds up" [ "$(ledger '[.threads[], .processes[], .containers[], .host |
		select(.wall_ns != .on_cpu_ns + .runq_ns + ([.blocked_ns[]] | add) + .residual_ns)] |
		length')" = 0 ]
	check "processes are their threads" [ "$(ledger '. as $all | [.processes | to_entries[] |
		.key as $at | .value.wall_ns - ([$all.threads[] | select(.process == $at).wall_ns] | add) |
		select(. != 0)] | length')" = 0 ]
	check "containers are their processes" [ "$(ledger '. as $all | [.containers[] | . as $c |
		.blocked_ns.lock - ([$all.processes[] |
		select(.cgroup_id == $c.cgroup_id).blocked_ns.lock] | add) |
		select(. != 0)] | length')" = 0 ]
	check "the host is all processes" [ "$(ledger '.host.runq_ns - ([.processes[].runq_ns] | add)')" = 0 ]
	check "every thread has every reason" \
		[ "$(ledger '[.threads[].blocked_ns | length] | unique | .[]')" = 12 ]
}

# go_pprof FILE ARGUMENT...: Go's pprof, offline, its report in FILE.
go_pprof() {
	local to=$1

	shift
	GOPROXY=off GOFLAGS=-mod=mod GO111MODULE=off HOME=$T PPROF_TMPDIR=$T \
		go tool pprof "$@" >"$to"
}

# Go's pprof reads ours: no warning, and the same sums. It leaves out samples without a stack: one.
go_reads() {
	local kind

	for kind in cpu lock heap; do
		check "pprof -raw $kind" quiet go_pprof go/$kind.raw -raw rec/$kind.pb.gz
		check "pprof -top $kind" quiet go_pprof go/$kind.top -top rec/$kind.pb.gz
	done
	check "pprof knows the pid" grep -q 'pid:\[101\]' go/cpu.raw
	check "pprof knows the comm" grep -q 'comm:\[nginx\]' go/cpu.raw
	check "pprof knows the build id" grep -q 00112233 go/cpu.raw
	check "pprof counts the same" [ "$(awk '
		/^Samples:/ { samples = 1 }
		/^Locations/ { samples = 0 }
		samples && /^ +[0-9]+ +[0-9]+: / { n += $1 }
		END { print n }' go/cpu.raw)" = 1412 ]
	check "pprof sums the same" grep -Eq '^ +4\.50s .*ngx_buf_size' go/cpu.top
}

# first_row ARGUMENT...: the name in the first row of a report.
first_row() {
	"$HOSTPROF" report "$@" -n 1 --format json 2>err | sed -n 's/^ *"name": "\(.*\)",$/\1/p'
}

we_read_go() {
	local kind

	if ! { GOPROXY=off GO111MODULE=off HOME=$T go build -o go/profiles "$here/profiles.go" &&
		go/profiles go; }; then
		failed "profiles.go"
		return
	fi
	for kind in cpu heap mutex goroutine block; do
		check "Go's $kind profile" quiet "$HOSTPROF" report go/go-$kind.pprof -o out/go-$kind
		quiet "$HOSTPROF" report go/go-$kind.pprof --format pprof -o go/again.pb.gz
		check "Go's $kind profile, written by us" \
			quiet go_pprof go/again.top -top go/again.pb.gz
	done
	check "a function of Go's" \
		[ "$(first_row go/go-cpu.pprof --cumulative --focus spinForGold)" = main.spinForGold ]
	check "Go's heap in use" [ "$(first_row go/go-heap.pprof)" = main.keepForGold ]
	check "bytes of Go's heap" grep -Eq '^total 6[4-6]\.[0-9]+ MiB of inuse_space' \
		out/go-heap
}

outputs
listing
versioned
merging
writing
errors
ledger_sums
wall_time
locks
if command -v go >/dev/null; then
	go_reads
	we_read_go
else
	echo "go is not installed: its pprof was not asked"
fi
exit $bad

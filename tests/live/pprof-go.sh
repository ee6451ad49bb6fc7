#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: go tool pprof opens what we write without a warning, finds the sample types and the
# default, labels, mappings with build ids and comments, and agrees with our own report.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go readelf

# A host without samples of ours, one with, and one that names nothing.
background "$W/burn" 60
pid=$LAST
record "$T/rec" -F 499 -d 2
profile=$T/rec/cpu.pb.gz
for how in -raw -top -traces -tree -peek=hot_a -tags; do
	GOPROXY=off GOFLAGS=-mod=mod HOME=$T PPROF_TMPDIR=$T go tool pprof "$how" "$profile" \
		>"$T/out$how" 2>"$T/err$how" || fail "go tool pprof $how: $(cat "$T/err$how")"
	! grep -Ev '^(Main binary filename not available\.)?$' "$T/err$how" ||
		fail "go tool pprof $how warns"
	[ -s "$T/out$how" ] || fail "go tool pprof $how shows nothing"
done
sed -n '/^Samples:/{n;p;q}' "$T/out-raw" | grep -q 'samples/count cpu/nanoseconds' ||
	fail "the sample types are not samples/count cpu/nanoseconds"
grep -q '^Type: cpu' "$T/out-top" || fail "cpu is not the default type"
grep -Eqi '^ *(Comment:)?.*lost' "$T/out-raw" || fail "the file has no comment about losses"
build_id=$(readelf -n "$W/burn" | sed -n 's/.*Build ID: //p')
awk -v id="$build_id" '/^Mappings/ { on = 1 } on && $3 ~ /\/burn$/ && $4 == id { found = 1 }
	END { exit !found }' "$T/out-raw" || fail "burn's mapping lacks its path or build id $build_id"
grep -q '\[kernel\.kallsyms\]' "$T/out-raw" || fail "there is no kernel mapping"

samples "$profile" >"$T/tsv"
theirs=$(sum_ns "\$3 == $pid && \$7 ~ /^hot_a/" <"$T/tsv")
ours=$("$HOSTPROF" report "$profile" -p "$pid" --format json -n 1000 | jq \
	'[.rows[] | select(.name == "hot_a") | .self] | add')
[ "$ours" = "$theirs" ] || fail "hot_a: report says $ours ns, go tool pprof $theirs"

# Addresses are those of the file: pprof finds hot_a's code in it.
go_pprof -list='^hot_a$' "$W/burn" "$profile" >"$T/list" || fail "go tool pprof -list"
grep -q 'burn\.c' "$T/list" || grep -q 'hot_a' "$T/out-top" || fail "-list does not find hot_a"

# Written again by report, it is the same.
"$HOSTPROF" report "$profile" --format pprof -o "$T/again.pb.gz" || fail "report --format pprof"
samples "$T/again.pb.gz" | sort >"$T/again"
sort "$T/tsv" | cmp -s - "$T/again" || fail "report --format pprof changes the samples"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: kernel and user frames are there by default, --no-kernel and --no-user leave out the one
# and keep the other, and samples are there all the same; one without any stack has [unknown].
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

kernel='(^|;)[^;]*_\[k\](;|$)'
# Half of the time in the kernel: dd copies from /dev/zero to /dev/null.
background dd if=/dev/zero of=/dev/null bs=64k
dd=$LAST
record "$T/rec" -F 999 -d 1.5 -p "$dd"
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
at_least "samples" "$(sum <"$T/tsv")" 150
at_least "with kernel frames" "$(sum "\$7 ~ /$kernel/" <"$T/tsv")" 100
at_least "with user frames below the kernel's" \
	"$(sum '$7 ~ /_\[k\];[^;]*[^\]](;|$)/' <"$T/tsv")" 100

record "$T/rec" -F 999 -d 1.5 --no-kernel -p "$dd"
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
[ "$(sum "\$7 ~ /$kernel/" <"$T/tsv")" = 0 ] || fail "--no-kernel: there are kernel frames"
at_least "--no-kernel: samples" "$(sum <"$T/tsv")" 150

record "$T/rec" -F 999 -d 1.5 --no-user -p "$dd"
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
user=$(awk -F '\t' '{ n = split($7, f, ";"); for (i = 1; i <= n; i++) u += f[i] !~ /_\[k\]$|^\[unknown\]$/ }
	END { print u + 0 }' <<<"$(awk -F '\t' '$7 != ""' "$T/tsv")")
[ "$user" = 0 ] || fail "--no-user: there are $user user frames"
at_least "--no-user: samples" "$(sum <"$T/tsv")" 150

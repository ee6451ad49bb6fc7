#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: functions of D, Ada and Go have the names that their programmers gave them; of Go also
# when the binary is stripped.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

cd "$T" || exit 1

# named WHAT REGEX COMMAND: most samples of the command are in that function.
named() {
	record "$T/rec" -F 999 -- "$3"
	samples "$T/rec/cpu.pb.gz" >"$T/tsv"
	at_least "$1: percent in $2" "$(percent "$(sum "\$7 ~ /$2/" <"$T/tsv")" \
		"$(sum <"$T/tsv")")" 80
}

if command -v gdc >/dev/null; then
	cat >hot.d <<'END'
module hot;
struct Box(T) { T n; T work(T x) { for (int i = 0; i < 1000; i++) x = x * 1664525u + 1013904223u; return x + n; } }
void main() {
	import core.time;
	Box!uint b;
	uint s;
	auto end = MonoTime.currTime + 1.seconds;
	while (MonoTime.currTime < end) foreach (i; 0 .. 1000) s = b.work(s);
	assert(s != 1);
}
END
	gdc -O1 -fno-inline -fno-omit-frame-pointer -o hot-d hot.d || fail "gdc"
	named D '(^|;)hot\.Box!\(uint\)\.Box\.work\(uint\)(;|$)' "$T/hot-d"
else
	echo "gdc is not installed: D is not tried"
fi
if command -v gnatmake >/dev/null; then
	cat >spin.adb <<'END'
with Ada.Calendar; use Ada.Calendar;
procedure Spin is
   package Worker is
      function Turn (X : Long_Integer) return Long_Integer;
   end Worker;
   package body Worker is
      function Turn (X : Long_Integer) return Long_Integer is
         Y : Long_Integer := X;
      begin
         for I in 1 .. 1000 loop
            Y := (Y * 1103 + 13) mod 100003;
         end loop;
         return Y;
      end Turn;
   end Worker;
   S : Long_Integer := 1;
   E : constant Time := Clock + 1.0;
begin
   while Clock < E loop
      for I in 1 .. 1000 loop
         S := Worker.Turn (S);
      end loop;
   end loop;
end Spin;
END
	gnatmake -q -O1 -fno-inline -fno-omit-frame-pointer spin.adb || fail "gnatmake"
	named Ada '(^|;)spin\.worker\.turn;spin;main;' "$T/spin"
else
	echo "gnat is not installed: Ada is not tried"
fi

cat >hot.go <<'END'
package main

import "time"

//go:noinline
func spin(x uint32) uint32 {
	var table [16]uint32
	for i := 0; i < 1000; i++ {
		x = x*1664525 + 1013904223 // line 9
		table[x>>28] += x
	}
	return table[x>>28]
}

func main() {
	x := uint32(1)
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		for i := 0; i < 1000; i++ {
			x = spin(x)
		}
	}
	println(x)
}
END
export GOPROXY=off GO111MODULE=off GOCACHE=$T/go-cache
# -s and -w: no symbols and no DWARF. A linker that is not Go's gives its table no section.
for flags in "-ldflags=-s -w" "-buildmode=pie -ldflags=-s -w" \
	"-buildmode=pie -ldflags=-s -w -linkmode=external"; do
	case $flags in -b*) mode=(-buildmode=pie "${flags#* }") ;; *) mode=("$flags") ;; esac
	go build "${mode[@]}" -o hot-go hot.go || fail "go build $flags"
	! nm hot-go 2>/dev/null | grep -q main.spin || fail "$flags: not stripped"
	named "Go $flags" '(^|;)main\.spin;main\.main;' "$T/hot-go"
	"$HOSTPROF" report "$T/rec" --by line -n 1 --format json |
		jq -e '.rows[0] | (.file | endswith("/hot.go")) and .line >= 7 and .line <= 11' \
			>/dev/null || fail "$flags: no line"
done

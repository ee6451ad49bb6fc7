#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: each kind of bad input gets one clear line, a non-zero status, and leaves nothing behind.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq bpftool setpriv unshare

leftovers_mark
bad=0

# refused WHAT STATUS REGEX COMMAND...: goes wrong with STATUS; the one line on stderr ($LINES: so
# many) holds REGEX.
refused() {
	local what=$1 status=$2 regex=$3 lines=${LINES:-1} got

	shift 3
	timeout 20 "$@" >"$T/last.out" 2>"$T/last.err"
	got=$?
	if [ $got != "$status" ]; then
		echo "$what: status $got, expected $status"
	elif [ "$(wc -l <"$T/last.err")" != "$lines" ]; then
		echo "$what: $(wc -l <"$T/last.err") lines on stderr, expected $lines"
	elif ! grep -Eq "^hostprof.*($regex)" "$T/last.err"; then
		echo "$what: the line lacks /$regex/"
	elif [ -s "$T/last.out" ]; then
		echo "$what: there is something on stdout"
	else
		echo "ok: $(cat "$T/last.err")"
		return
	fi
	sed 's/^/	/' "$T/last.err"
	bad=1
}

rec=("$HOSTPROF" record -k cpu -d 1)
new=$T/new

# --- record: targets ---
true &
dead=$!
wait $dead
refused "a pid that cannot be" 1 '999999' "${rec[@]}" -o "$new" -p 999999
refused "a process that is dead" 1 "$dead" "${rec[@]}" -o "$new" -p $dead
refused "a thread that does not exist" 1 '999999' "${rec[@]}" -o "$new" -t 999999
refused "a cgroup that does not exist" 1 'no-such-cgroup' "${rec[@]}" -o "$new" \
	--cgroup no-such-cgroup
refused "a folder that is no cgroup" 1 '/usr' "${rec[@]}" -o "$new" --cgroup /usr
refused "a name that leads out of the tree" 1 'usr is not in' "${rec[@]}" -o "$new" \
	--cgroup ../../../../../../usr
refused "a name that no process can have" 1 'comm' "${rec[@]}" -o "$new" \
	--comm a-name-longer-than-the-kernel-keeps
refused "a pid that is no number" 2 'abc' "${rec[@]}" -o "$new" -p abc
refused "a pid of 0" 2 '0' "${rec[@]}" -o "$new" -p 0

# --- record: options ---
refused "0 Hz" 2 '0.*9999' "${rec[@]}" -o "$new" -F 0
refused "a million Hz" 2 '1000000.*9999' "${rec[@]}" -o "$new" -F 1000000
refused "a negative frequency" 2 '-1' "${rec[@]}" -o "$new" -F -1
refused "a duration that is no number" 2 'soon' "$HOSTPROF" record -k cpu -o "$new" -d soon
refused "an unknown kind" 2 'nonsense.*cpu' "$HOSTPROF" record -k nonsense -d 1 -o "$new"
refused "an unknown option" 2 'no-such-option' "${rec[@]}" -o "$new" --no-such-option
refused "a depth of 0" 2 'max-depth' "${rec[@]}" -o "$new" --max-depth 0
refused "an unknown command" 2 'recrod.*record' "$HOSTPROF" recrod

# --- record: where to write ---
mkdir "$T/foreign"
echo precious >"$T/foreign/notes.txt"
refused "a folder with other people's files" 1 'foreign' "${rec[@]}" -o "$T/foreign"
[ "$(find "$T/foreign" -type f)" = "$T/foreign/notes.txt" ] || fail "the foreign folder was changed"
refused "a file where the folder should be" 1 'notes.txt' "${rec[@]}" -o "$T/foreign/notes.txt"
refused "a folder below a missing one" 1 'missing' "${rec[@]}" -o "$T/missing/new"
mkdir "$T/small" "$T/ro"
mount -t tmpfs -o ro none "$T/ro" || fail "cannot mount a tmpfs"
cleanup umount "$T/ro"
refused "a file system that is read-only" 1 '/ro.*Read-only' "${rec[@]}" -o "$T/ro/new"
mount -t tmpfs -o size=64k none "$T/small" || fail "cannot mount a tmpfs"
cleanup umount "$T/small"
head -c 1000000 /dev/zero >"$T/small/filler" 2>/dev/null
# One line for each of the three files that cannot be written.
LINES=3 refused "a full disk" 1 '[Nn]o space' "${rec[@]}" -q -o "$T/small/new"
left=$(find "$T/small" -type f ! -name filler ! -size 0)
[ -z "$left" ] || fail "a full disk: left behind: $left"

# What is smaller than 1 KiB is there and whole.
# shellcheck disable=SC2016 # of the shell that is limited
bash -c 'ulimit -f 1; exec "$@"' - "${rec[@]}" -q -o "$T/limited" >"$T/last.out" 2>"$T/last.err"
got=$?
[ $got = 1 ] || fail "a limit of the size of files: status $got, expected 1"
grep -q 'report.html.*File too large' "$T/last.err" || fail "a limit of the size of files: not said"
[ ! -s "$T/limited/report.html" ] || fail "a limit of the size of files: half of the page is there"
[ ! -s "$T/limited/cpu.pb.gz" ] || gzip -t "$T/limited/cpu.pb.gz" || fail "half of a profile is there"
warned=$("$HOSTPROF" record -k cpu,offcpu -d 0.3 -o "$T/nobody" --comm hp-nobody 2>&1 >/dev/null)
[[ $warned = "hostprof: warning: "*hp-nobody* ]] || fail "a name that nobody has: $warned"

# --- record: privileges and the kernel ---
cp "$HOSTPROF" "$T/hostprof"
chmod 755 "$T/hostprof"
mkdir -m 777 "$T/open"
refused "no privilege" 1 'root|CAP_' setpriv --reuid 65534 --regid 65534 --clear-groups \
	"$T/hostprof" record -k cpu -d 1 -o "$T/open/new"
refused "no BTF" 1 'BTF' unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf &&
	exec "$@"' - "${rec[@]}" -o "$new"
[ ! -e "$new" ] || fail "files were written: $(ls "$new")"

# --- report ---
report=("$HOSTPROF" report)
"$HOSTPROF" record -k cpu -q -F 999 -o "$T/good" -- "$W/burn" 0.3 || fail "cannot record"
whole=$T/good/cpu.pb.gz size=$(stat -c %s "$T/good/cpu.pb.gz")
refused "a file that does not exist" 1 'nowhere' "${report[@]}" "$T/nowhere.pb.gz"
for part in 1 10 50 99; do
	head -c $((size * part / 100 + 1)) "$whole" >"$T/cut.pb.gz"
	refused "a profile cut at $part %" 1 'cut\.pb\.gz' "${report[@]}" "$T/cut.pb.gz"
done
zcat "$whole" | head -c 300 >"$T/cut.pb"
refused "an unpacked profile cut short" 1 'cut\.pb' "${report[@]}" "$T/cut.pb"
: >"$T/empty.pb.gz"
refused "an empty file" 1 'empty\.pb' "${report[@]}" "$T/empty.pb.gz"
echo "this is not a profile" >"$T/text"
refused "a text file" 1 'text' "${report[@]}" "$T/text"
refused "a program" 1 'burn' "${report[@]}" "$W/burn"
refused "a JSON file" 1 'summary\.json' "${report[@]}" "$T/good/summary.json"
head -c 20000 /dev/urandom | gzip >"$T/noise.gz"
refused "packed noise" 1 'noise' "${report[@]}" "$T/noise.gz"
mkdir "$T/empty-folder"
refused "an empty folder" 1 'empty-folder' "${report[@]}" "$T/empty-folder"
refused "a wrong pattern" 2 'focus' "${report[@]}" "$T/good" --focus '('
refused "an unknown kind to report" 2 'nonsense' "${report[@]}" "$T/good" -k nonsense
refused "an unknown format" 2 'nonsense' "${report[@]}" "$T/good" --format nonsense
refused "nothing to report" 2 'report' "${report[@]}"
refused "a report onto a full disk" 1 '[Nn]o space' "${report[@]}" "$T/good" --format folded \
	-o "$T/small/out"
refused "a full stdout" 1 '[Nn]o space' sh -c 'exec "$0" report "$1" >/dev/full' "$HOSTPROF" \
	"$T/good"

nothing_left
[ $bad = 0 ] || fail "see above"

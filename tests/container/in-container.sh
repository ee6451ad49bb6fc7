#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: hostprof in a container, with the host's process ids and the capabilities that README lists,
# sees what it sees on the host: its processes with symbols from their own roots, other containers
# by name, filters; and that doctor in there names what is missing.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need runc

# What README says that it needs: the test and the words cannot drift apart.
README=$(dirname "$0")/../../README.md
caps=$(sed -n '/^## In a container/,/^## /p' "$README" | grep -o 'CAP_[A-Z_]*' | awk '!seen[$0]++' | head -n 6)
[ "$(wc -w <<<"$caps")" = 6 ] || fail "README has no list of capabilities: $caps"
echo "capabilities: $(tr '\n' ' ' <<<"$caps")"

root_folder "$T/root" spin-a spin-b
root_folder "$T/own" spin-c
mkdir -p "$T/own/out" "$T/own/usr/bin" "$T/own/run/runc"
cp "$HOSTPROF" "$T/own/usr/bin/hostprof"
ldd "$HOSTPROF" | grep -o '/[^ ]*' | while read -r library; do
	mkdir -p "$T/own$(dirname "$library")"
	cp -L "$library" "$T/own$library"
done
mkdir "$T/out"

# start NAME COMM
start() {
	mkdir -p "$T/$1"
	(cd "$T/$1" && runc spec &&
		jq ".process.terminal = false | .process.args = [\"/bin/$2\", \"60\"] |
			.process.rlimits = [] | .root.path = \"$T/root\"" config.json >new &&
		mv new config.json) || fail "runc spec"
	cleanup runc delete -f "$1"
	runc run -d -b "$T/$1" "$1" </dev/null >"$T/last.err" 2>&1 || fail "runc does not start $1"
}

# inside NAMESPACES CAPABILITIES ARGUMENT...: hostprof with them, in a container that has those kinds
# of namespaces of its own. Its status; what it prints is in $T/inside.out and $T/inside.err.
inside() {
	local spaces=$1 held=$2 words

	shift 2
	words=$(printf '%s\n' "$@")
	mkdir -p "$T/inside"
	(cd "$T/inside" && rm -f config.json && runc spec &&
		jq --arg spaces "$spaces" --arg caps "$held" --arg root "$T" --arg words "$words" '
		def words: split("\\s+"; "") | map(select(. != ""));
		.process.terminal = false | .process.rlimits = [] | .root.path = $root + "/own" |
		.process.args = ["/usr/bin/hostprof"] + ($words | split("\n")) |
		.process.capabilities = ({bounding: ($caps | words)} |
			.effective = .bounding | .permitted = .bounding | .inheritable = []) |
		.linux.namespaces = ($spaces | words | map({type: .})) |
		.linux.maskedPaths = [] | .linux.readonlyPaths = [] |
		.mounts = [{destination: "/proc", type: "proc", source: "proc"},
			{destination: "/tmp", type: "tmpfs", source: "tmpfs"},
			{destination: "/sys", type: "none", source: "/sys", options: ["rbind", "ro"]},
			{destination: "/run/runc", type: "none", source: "/run/runc",
			 options: ["bind", "ro"]},
			{destination: "/out", type: "none", source: ($root + "/out"),
			 options: ["bind", "rw"]}]' config.json >new &&
		mv new config.json) || fail "runc spec"
	runc run -b "$T/inside" hp-inside </dev/null >"$T/inside.out" 2>"$T/inside.err"
}

start hp-one spin-a
start hp-two spin-b
cp "$W/burn" "$T/host-burn"
background "$T/host-burn" 60

cleanup runc delete -f hp-inside
inside "mount ipc uts cgroup" "$caps" doctor --json
jq -r '.features[] | select(.optional | not) | select(.status != "ok") | "\(.name): \(.detail)"' \
	"$T/inside.out" >"$T/missing" || fail "doctor: $(cat "$T/inside.err")"
[ ! -s "$T/missing" ] || fail "doctor finds something missing: $(cat "$T/missing")"

inside "mount ipc uts cgroup" "$caps" record -k cpu,offcpu,growth -F 499 -d 2 -o /out/rec ||
	fail "record in a container: $(cat "$T/inside.err")"
all_in spin-a hp-one 200 "$T/out/rec"
all_in spin-b hp-two 200 "$T/out/rec"
mv "$T/out/rec" "$T/inside-rec"
record "$T/rec" -F 499 -d 2
# functions DIR COMM: the names of its functions; those with a share to speak of.
functions() {
	"$HOSTPROF" report "$1" -k cpu --by function --comm "$2" --format json -n 0 |
		jq -r '.total as $all | .rows[] | select(.self * 20 > $all) | .name' | sort
}
for comm in spin-a spin-b host-burn; do
	functions "$T/rec" $comm >"$T/there"
	functions "$T/inside-rec" $comm >"$T/here"
	diff "$T/there" "$T/here" || fail "$comm has other names of functions inside"
	echo "$comm: $(tr '\n' ' ' <"$T/here")"
done
[ "$(summary "$T/inside-rec" '.kinds.cpu | .attempted == .delivered + ([.lost[]] | add)')" = true ] ||
	fail "the books do not balance"

inside "mount ipc uts cgroup" "$caps" record -k cpu -F 499 -d 1 -o /out/one --container hp-one ||
	fail "record --container in a container: $(cat "$T/inside.err")"
[ "$(rows "$T/out/one" container | cut -f 3)" = hp-one ] || fail "--container hp-one, inside"
inside "mount ipc uts cgroup" "$caps" record -k cpu -F 499 -d 1 -o /out/group --cgroup /hp-two ||
	fail "record --cgroup in a container: $(cat "$T/inside.err")"
[ "$(rows "$T/out/group" container | cut -f 3)" = hp-two ] || fail "--cgroup /hp-two, inside"

# lacks FEATURE REMEDY: doctor says so.
lacks() {
	jq -e --arg name "$1" --arg remedy "$2" '.features[] | select(.name == $name) |
		select(.status != "ok") | .remedy | contains($remedy)' "$T/inside.out" >"$T/last.err" ||
		fail "doctor does not name $1: $(jq -c ".features[] | select(.name == \"$1\")" \
			"$T/inside.out")"
	echo "doctor names $1"
}
inside "mount pid ipc uts cgroup" "$caps" doctor --json
lacks pid-namespace --pid=host
lacks host-root --pid=host
lacks cgroup-namespace --cgroupns=host
inside "mount ipc uts cgroup" "CAP_BPF CAP_PERFMON" doctor --json
for cap in sys-ptrace syslog dac-read-search; do
	lacks cap-$cap "CAP_$(tr a-z- A-Z_ <<<$cap)"
done
inside "mount ipc uts cgroup" "" doctor --json
lacks bpf-load CAP_BPF
inside "mount ipc uts cgroup" "" record -d 1 -o /out/none && fail "it records without capabilities"
grep -q CAP_BPF "$T/inside.err" || fail "record does not say what it lacks: $(cat "$T/inside.err")"

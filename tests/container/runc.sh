#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with cgroup v1, v2 and both, the samples of runc's containers have the right name, those of
# one that starts while recording from its first sample on; and that `--container` and `--cgroup` let no other in.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need runc

if [ -z "${1:-}" ]; then
	for tree in host v2 v1; do
		HP_FRESH_HOST="" "$0" $tree || exit
	done
	exit 0
fi
cgroup_tree "$1"
echo "cgroups: $1"

root_folder "$T/root" spin-a spin-b spin-c

# start NAME COMM SECONDS
start() {
	mkdir -p "$T/$1"
	(cd "$T/$1" && runc spec &&
		jq ".process.terminal = false | .process.args = [\"/bin/$2\", \"$3\"] |
			.process.rlimits = [] | .root.path = \"$T/root\"" config.json >new &&
		mv new config.json) || fail "runc spec"
	cleanup runc delete -f "$1"
	runc run -d -b "$T/$1" "$1" </dev/null >"$T/last.err" 2>&1 || fail "runc does not start $1"
}

start hp-one spin-a 30
start hp-two spin-b 30
record "$T/rec" -d 1
all_in spin-a hp-one 150
all_in spin-b hp-two 150
is_label "$T/rec" spin-a container_id hp-one
is_label "$T/rec" spin-a cgroup /hp-one
record "$T/rec" -d 1 --cgroup /hp-one
all_in spin-a hp-one 150
[ "$(rows "$T/rec" container | cut -f 3)" = hp-one ] || fail "--cgroup /hp-one"

# Nobody knows this one when the recording starts. The truth is what the kernel has charged it.
record_start "$T/rec" -F 499 --container 'hp-th*'
start hp-three spin-c 2
has_ended() {
	runc state hp-three | jq -e '.status == "stopped"'
}
until_true 10 has_ended || fail "hp-three does not end"
truth=$(cgroup_ms /hp-three)
record_stop
all_in spin-c hp-three 300
near "hp-three from its first moment on, ms" "$(container_ms "$T/rec" hp-three)" "$truth" 15
foreign=$(rows "$T/rec" container | cut -f 3 | grep -vx hp-three)
[ -z "$foreign" ] || fail "--container hp-th*: samples of $foreign"
at_least "samples" "$(summary "$T/rec" .kinds.cpu.delivered)" 200
[ "$(summary "$T/rec" '.kinds.cpu | .attempted == .delivered + ([.lost[]] | add)')" = true ] ||
	fail "the books do not balance"

record "$T/rec" -d 1 --container hp-nobody
grep -q "nothing ran in what was asked for; there was: .*hp-one" "$T/record.err" ||
	fail "a name that fits nothing is not told: $(cat "$T/record.err")"

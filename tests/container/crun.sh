#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with cgroup2 alone the samples of crun's containers have their names.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need crun

cgroup_tree v2
root_folder "$T/root" spin-a
mkdir "$T/bundle"
(cd "$T/bundle" && crun spec &&
	jq ".process.terminal = false | .process.args = [\"/bin/spin-a\", \"60\"] |
		.process.rlimits = [] | del(.linux.resources) | .root.path = \"$T/root\"" config.json \
		>new && mv new config.json) || fail "crun spec"
cleanup crun delete -f hp-crun
crun run -d -b "$T/bundle" hp-crun </dev/null >"$T/last.err" 2>&1 || fail "crun does not start it"
record "$T/rec" -F 499 -d 2
all_in spin-a hp-crun 200
is_label "$T/rec" spin-a cgroup /hp-crun
record "$T/rec" -F 499 -d 1 --container hp-crun
[ "$(rows "$T/rec" container | cut -f 3)" = hp-crun ] || fail "--container hp-crun"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the samples of podman's containers have its names, ids and images; those of the process that
# watches over one have not.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need podman runc

cleanup pod_remove_all
root_folder "$T/root" spin
tar -C "$T/root" -c . | pod import - localhost/hp-image:1 >"$T/last.err" 2>&1 || fail "podman import"

# start NAME: its id is then $ID.
start() {
	ID=$(pod_run -d --network none --name "$1" localhost/hp-image:1 /bin/spin 60 \
		2>"$T/last.err") || fail "podman run"
}

start hp-one
record_start "$T/rec" -F 499
start hp-two
burns 500 "$(pod inspect -f '{{.State.Pid}}' hp-two)"
record_stop
rows "$T/rec" container --comm spin | cut -f 3 | sort >"$T/names"
printf 'hp-%s\n' one two | diff - "$T/names" || fail "not the two names, and them alone"
is_label "$T/rec" spin image localhost/hp-image:1
label "$T/rec" spin container_id | grep -qx "$ID" || fail "no sample has the id $ID"
[ -z "$(label "$T/rec" conmon container)" ] || fail "conmon is not in the container"
record "$T/rec" -F 499 -d 1 --container hp-two
[ "$(rows "$T/rec" container | cut -f 3)" = hp-two ] || fail "--container hp-two"

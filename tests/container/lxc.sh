#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the samples of LXC's containers have their names, and --container chooses by them.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need lxc-start lxc-stop

root_folder "$T/root" spin-a spin-b
mkdir "$T/lxc"
# What it leaves behind, everywhere.
cleanup remove_cgroups lxc.pivot
# start NAME COMM
start() {
	mkdir -p "$T/lxc/$1"
	cat >"$T/lxc/$1/config" <<-END
		lxc.rootfs.path = dir:$T/root
		lxc.uts.name = $1
		lxc.net.0.type = empty
		lxc.apparmor.profile = unconfined
		lxc.pty.max = 0
		lxc.tty.max = 0
	END
	cleanup lxc-stop -P "$T/lxc" -n "$1" -k
	lxc-start -P "$T/lxc" -n "$1" -d -l ERROR -o "$T/last.err" -- "/bin/$2" 60 ||
		fail "lxc-start $1"
}
start hp-one spin-a
start hp-two.x spin-b
record "$T/rec" -F 499 -d 2
all_in spin-a hp-one 200
all_in spin-b hp-two.x 200
is_label "$T/rec" spin-a container_id hp-one
record "$T/rec" -F 499 -d 1 --container 'hp-two*'
[ "$(rows "$T/rec" container | cut -f 3)" = hp-two.x ] || fail "--container 'hp-two*'"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with cgroup2 alone, as hosts with systemd have it, the samples of systemd-nspawn's
# containers have the name of the machine, by the scope or service that it runs in.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need systemd-nspawn

cgroup_tree v2
root_folder "$T/root" spin-a spin-b
mkdir -p "$T/root/usr" "$T/root/var" "$T/root/run"
echo 'ID=test' >"$T/root/etc/os-release"
tree=$(cgroup2_mount)
# systemd-nspawn makes the same in the tree that systemd has where there is v1.
sweep() {
	if grep -q ':name=systemd:' /proc/self/cgroup; then
		mkdir -p "$T/v1"
		mount -t cgroup -o none,name=systemd cgroup "$T/v1"
	fi
	remove_cgroups machine.slice
	umount -q "$T/v1"
}
cleanup sweep

# start CGROUP MACHINE COMM: systemd, which is not here, would have put it into this cgroup.
start() {
	mkdir -p "$tree/$1" || fail "mkdir"
	cp -a "$T/root" "$T/root-$2"
	background sh -c "echo \$\$ >'$tree/$1/cgroup.procs' && exec systemd-nspawn -q --register=no \
		--keep-unit -D '$T/root-$2' -M '$2' '/bin/$3' 60 </dev/null"
	# Its mounts go with the namespace of this test.
	until_true 10 pgrep -x "$3" || fail "systemd-nspawn does not start: $(cat "$T/background.out")"
}
start machine.slice/machine-hp\\x2done.scope hp-one spin-a
start machine.slice/systemd-nspawn@hp-two.service hp-two spin-b
record "$T/rec" -F 499 -d 2
for comm in spin-a spin-b; do
	pid=$(pgrep -x $comm)
	echo "$comm: $(grep '^0::' "/proc/$pid/cgroup")"
done
# It starts and watches over the container from within the same scope.
rows "$T/rec" container --comm spin-a | cut -f 3 | grep -qx hp-one || fail "spin-a is not in hp-one"
rows "$T/rec" container --comm spin-b | cut -f 3 | grep -qx hp-two || fail "spin-b is not in hp-two"
record "$T/rec" -F 499 -d 1 --container hp-two
[ "$(rows "$T/rec" process | grep -c 'spin-b')" = 1 ] || fail "--container hp-two"
! rows "$T/rec" process | grep -q spin-a || fail "--container hp-two has hp-one's samples"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the containers of a user's own podman have the names that stand in that user's folders,
# below the cgroup that the user's systemd gives them.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need podman crun newuidmap setpriv

cgroup_tree v2
tree=$(cgroup2_mount)
# A user for this test alone: the files that say so are copies.
uid=24242
for file in passwd group subuid subgid; do
	cp "/etc/$file" "$T/$file"
	mount --bind "$T/$file" "/etc/$file" || fail "cannot mount on /etc/$file"
done
echo "hp-user:x:$uid:$uid::$T/home:/bin/sh" >>/etc/passwd
echo "hp-user:x:$uid:" >>/etc/group
echo "hp-user:1000000:65536" | tee -a /etc/subuid >>/etc/subgid
mkdir "$T/home" "$T/run"
chmod 755 "$T"
chmod 700 "$T/run"
chown $uid:$uid "$T/home" "$T/run"

as_user() {
	(cd "$T/home" && setpriv --reuid $uid --regid $uid --clear-groups env -i PATH="$PATH" \
		HOME="$T/home" XDG_RUNTIME_DIR="$T/run" TMPDIR="$T/home" \
		podman --runtime crun --cgroup-manager cgroupfs "$@")
}
stop_all() {
	as_user rm -af
	remove_cgroups user.slice
	# The process that keeps the user's namespace.
	pgrep -U $uid | xargs -r kill -9
	# Files of the user's other ids.
	rm -rf "${T:?}/home"
} >/dev/null 2>&1
cleanup stop_all

root_folder "$T/root" spin-a
chmod -R a+rX "$T/root"
tar -C "$T/root" -c . | as_user import - localhost/hp-image:2 >"$T/last.err" 2>&1 ||
	skip "podman does not run for a user here: $(tail -n 1 "$T/last.err")"
id=$(as_user run -d --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 --pids-limit 0 \
	--network none --name hp-mine localhost/hp-image:2 /bin/spin-a 60 2>"$T/last.err") ||
	skip "podman does not run for a user here: $(tail -n 1 "$T/last.err")"
pid=$(as_user inspect -f '{{.State.Pid}}' hp-mine)
# Where the user's systemd, which is not here, would have put it.
scope=$tree/user.slice/user-$uid.slice/user@$uid.service/user.slice/libpod-$id.scope
mkdir -p "$scope"
echo "$pid" >"$scope/cgroup.procs" || fail "cannot move $pid"

record "$T/rec" -F 499 -d 2
all_in spin-a hp-mine 200
is_label "$T/rec" spin-a container_id "$id"
is_label "$T/rec" spin-a image localhost/hp-image:2
record "$T/rec" -F 499 -d 1 --container 'hp-m*'
[ "$(rows "$T/rec" container | cut -f 3)" = hp-mine ] || fail "--container 'hp-m*'"

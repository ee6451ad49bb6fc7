#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the samples of containerd's containers have their names; with the annotations and cgroups
# that Kubernetes gives them, in the forms of both cgroup drivers, those of pod and namespace.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need containerd ctr runc

cat >"$T/config.toml" <<-END
	version = 2
	root = "$T/root-folder"
	state = "/run/containerd"
	disabled_plugins = ["io.containerd.grpc.v1.cri"]
	[grpc]
	  address = "$T/containerd.sock"
	[plugins."io.containerd.internal.v1.opt"]
	  path = "$T/opt"
END
daemon containerd -c "$T/config.toml"

stop_all() {
	local space id

	remove_cgroups kubepods
	remove_cgroups kubepods.slice
	for space in hp-space k8s.io; do
		for id in $(ctr -a "$T/containerd.sock" -n $space tasks ls -q); do
			ctr -a "$T/containerd.sock" -n $space tasks rm -f "$id"
		done
		remove_cgroups $space
	done
	stop "$DAEMON"
} >/dev/null 2>&1
cleanup stop_all
until_true 20 ctr -a "$T/containerd.sock" version || fail "containerd does not start"

root_folder "$T/root" spin-a spin-b spin-c

# start NAMESPACE ID COMM [OPTION...]
start() {
	local space=$1 id=$2 comm=$3

	shift 3
	ctr -a "$T/containerd.sock" -n "$space" run -d --null-io "$@" --rootfs "$T/root" "$id" \
		"/bin/$comm" 60 >"$T/last.err" 2>&1 || fail "ctr run"
}

uid=12345678-90ab-cdef-1234-567890abcdef
cri=io.kubernetes.cri
id_b=$(printf 'b%.0s' {1..64}) id_c=$(printf 'c%.0s' {1..64})
names() {
	echo "--annotation $cri.container-type=container --annotation $cri.container-name=$1
		--annotation $cri.sandbox-name=$1-0 --annotation $cri.sandbox-namespace=shop
		--annotation $cri.image-name=$1:9"
}
start hp-space hp-plain spin-a
# shellcheck disable=SC2046 # a list of options
start k8s.io "$id_b" spin-b $(names cart) --cgroup "/kubepods/besteffort/pod$uid/$id_b"
# shellcheck disable=SC2046
start k8s.io "$id_c" spin-c $(names mail) \
	--cgroup "/kubepods.slice/kubepods-pod${uid//-/_}.slice/cri-containerd-$id_c.scope"

record "$T/rec" -F 499 -d 2
all_in spin-a hp-plain 200
all_in spin-b cart 200
all_in spin-c mail 200
is_label "$T/rec" spin-b container_id "$id_b"
is_label "$T/rec" spin-b pod cart-0
is_label "$T/rec" spin-b namespace shop
is_label "$T/rec" spin-b image cart:9
is_label "$T/rec" spin-c pod mail-0
is_label "$T/rec" spin-c cgroup \
	"/kubepods.slice/kubepods-pod${uid//-/_}.slice/cri-containerd-$id_c.scope"
record "$T/rec" -F 499 -d 1 --pod 'mail-*' --namespace shop
[ "$(rows "$T/rec" container | cut -f 3)" = mail ] || fail "--pod mail-*"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: .deploy/Dockerfile installs every package that what we build needs. With IMAGE_WHOLE=1
# (`make image`), too: its steps, run one by one in fresh Debian roots, make an image that holds that
# and nothing to build with, and in which hostprof records this host.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need debootstrap runc dpkg

SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
DOCKERFILE=$SOURCE/.deploy/Dockerfile
mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources 2>/dev/null)
[ -n "$mirror" ] || skip "this is no Debian with debian.sources"

# Each instruction on a line of its own: comments gone, lines that go on joined.
instructions() {
	sed -e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d' "$DOCKERFILE" |
		sed -e ':more' -e '/\\$/{N;s/\\\n[[:space:]]*//;b more' -e '}'
}

# The packages of the libraries that ours is linked with; the C library's is in every Debian.
needed() {
	ldd "$HOSTPROF" | awk '$3 ~ /^\// { print $3 }' >"$T/libraries"
	objdump -p "$HOSTPROF" | awk '$1 == "NEEDED" { print $2 }' | while read -r name; do
		path=$(grep -m 1 "/$name\$" "$T/libraries") || fail "no $name"
		dpkg -S "$path" 2>/dev/null || dpkg -S "$(realpath "$path")" ||
			fail "$path is of no package"
	done | sed 's/:.*//' | sort -u | grep -vx libc6
}

installed=$(instructions | sed -n '/^FROM/h; /^RUN apt-get/{x;/ AS /{x;d};x;p}' | tr ' ' '\n')
needed >"$T/needed" || fail "no packages: $(cat "$T/needed")"
while read -r package; do
	grep -qx "$package" <<<"$installed" || fail "the Dockerfile does not install $package"
done <"$T/needed"
echo "installed there: $(tr '\n' ' ' <"$T/needed")"
if [ -z "${IMAGE_WHOLE:-}" ]; then
	echo "the steps themselves: make image"
	exit
fi

# What both images begin with. Packages come from where this host's come from.
fresh_root() {
	if [ ! -d "$T/debian" ]; then
		debootstrap --variant=minbase bookworm "$T/debian" "$mirror" >"$T/last.err" 2>&1 || {
			tail -n 3 "$T/last.err"
			skip "debootstrap cannot reach $mirror"
		}
		cp -a /etc/apt/sources.list.d/debian.sources "$T/debian/etc/apt/sources.list.d/"
		cp -a /etc/apt/apt.conf.d/. "$T/debian/etc/apt/apt.conf.d/"
		rm -f "$T/debian/etc/apt/sources.list" "$T/debian/etc/apt/apt.conf.d/"*appstream*
	fi
	cp -a --reflink=auto "$T/debian" "$1"
	cp -L /etc/resolv.conf "$1/etc/resolv.conf"
	cleanup umount -l "$1/proc"
	mount -t proc proc "$1/proc" || fail "cannot mount /proc"
}

# copy FROM... TO: into the stage's root, from the source tree or, with --from=, from another stage.
copy() {
	local from=$SOURCE to last item

	case $1 in --from=*)
		from=$T/stage-${1#--from=}
		shift
		;;
	esac
	last=${*: -1}
	case $last in /*) to=$root$last ;; *) to=$root$folder/$last ;; esac
	for item in "${@:1:$#-1}"; do
		mkdir -p "$to"
		if [ -d "$from/$item" ]; then
			cp -a "$from/$item/." "$to"
		else
			cp -a "$from/$item" "$to"
		fi || fail "COPY $item"
	done
}

root="" folder=/ stages=0 entry="" default=""
while read -r word rest; do
	case $word in
	FROM)
		read -r base as name <<<"$rest"
		[ "$base" = debian:bookworm-slim ] || fail "FROM $base is not known here"
		[ -z "$as" ] || [ "$as" = AS ] || fail "FROM $rest"
		stages=$((stages + 1))
		root=$T/stage-${name:-$stages} folder=/
		fresh_root "$root"
		;;
	WORKDIR) folder=$rest && mkdir -p "$root$folder" ;;
	COPY)
		read -ra words <<<"$rest"
		copy "${words[@]}"
		;;
	RUN)
		chroot "$root" /bin/sh -c "cd '$folder' && export DEBIAN_FRONTEND=noninteractive && $rest" \
			>"$T/last.err" 2>&1 </dev/null || fail "RUN $rest"
		;;
	ENTRYPOINT) entry=$(jq -r '.[]' <<<"$rest") ;;
	CMD) default=$(jq -r '.[]' <<<"$rest") ;;
	*) fail "the Dockerfile has an instruction that is not known here: $word" ;;
	esac
	echo "$word ${rest:0:60}"
done < <(instructions)
[ $stages = 2 ] || fail "not two stages: $stages"

[ -x "$root$entry" ] || fail "there is no $entry"
"$HOSTPROF" --version | diff - <(chroot "$root" "$entry" --version) || fail "another version"
chroot "$root" ldd "$entry" | grep 'not found' && fail "a library is missing"
for tool in gcc clang make bpftool; do
	! chroot "$root" sh -c "command -v $tool" || fail "the image has $tool"
done
echo "size of the image, MB: $(du -smx "$root" | cut -f 1), of Debian alone: $(du -smx "$T/debian" | cut -f 1)"

# With what the manifest gives it: capabilities, and the folders of the host it mounts.
manifest=$(/usr/bin/python3 -c 'import json, sys, yaml
print(json.dumps([d for d in yaml.safe_load_all(open(sys.argv[1])) if d["kind"] == "DaemonSet"][0]))' \
	"$SOURCE/.deploy/daemonset.yaml") || skip "python3-yaml is not installed"
mkdir -p "$T/bundle" "$T/recordings"
# inside ARGUMENT...
inside() {
	local words

	words=$(printf '%s\n' "$entry" "$@")
	(cd "$T/bundle" && rm -f config.json && runc spec &&
		jq --argjson set "$manifest" --arg root "$root" --arg words "$words" --arg here "$T" '
		$set.spec.template.spec as $pod | $pod.containers[0] as $it |
		.process.terminal = false | .process.rlimits = [] | .root.path = $root |
		.root.readonly = $it.securityContext.readOnlyRootFilesystem |
		.process.args = ($words | split("\n")) |
		.process.noNewPrivileges = ($it.securityContext.allowPrivilegeEscalation | not) |
		.process.capabilities = ({bounding:
				[$it.securityContext.capabilities.add[] | "CAP_" + .]} |
			.effective = .bounding | .permitted = .bounding | .inheritable = []) |
		.linux.namespaces = ([{type: "mount"}, {type: "ipc"}, {type: "uts"}, {type: "cgroup"}] +
			if $pod.hostPID then [] else [{type: "pid"}] end) |
		.mounts = [{destination: "/proc", type: "proc", source: "proc"}] +
			[$it.volumeMounts[] | . as $mount |
			($pod.volumes[] | select(.name == $mount.name)) as $volume |
			{destination: .mountPath} +
			if $volume.emptyDir then {type: "tmpfs", source: "tmpfs"}
			else {type: "none", source: (if .name == "recordings" then $here + "/recordings"
				else $volume.hostPath.path end),
				options: ["rbind", (if .readOnly then "ro" else "rw" end)]} end]' \
			config.json >new && mv new config.json) || fail "runc spec"
	runc run -b "$T/bundle" hp-image </dev/null >"$T/inside.out" 2>"$T/inside.err"
}
cleanup runc delete -f hp-image
# shellcheck disable=SC2086 # words
inside $default || fail "hostprof $default: $(cat "$T/inside.out" "$T/inside.err")"
grep -q '^  cpu *ok' "$T/inside.out" || fail "doctor: $(cat "$T/inside.out")"
cp "$W/burn" "$T/host-burn"
background "$T/host-burn" 60
inside record -F 499 -d 1 -o /recordings/now || fail "record: $(cat "$T/inside.err")"
"$HOSTPROF" report "$T/recordings/now" -k cpu --comm host-burn --format json >"$T/report.json" ||
	fail "report"
jq -r '.rows[].name' "$T/report.json" | grep -qx hot_a || fail "no names: $(cat "$T/report.json")"
echo "a recording in the image has the names of the host's functions"

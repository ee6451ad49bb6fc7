#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: ten containers of one image cost one unwind table and one reading of symbols a file, where
# they share the image's files (overlayfs) and where each has copies of its own (docker's vfs,
# folders); and none of it is shared with a file that only claims to be the same.
# shellcheck source=engines.sh
. "$(dirname "$0")/engines.sh"
need runc dockerd docker

# A program and its library, so that both sorts of file are there.
root_folder "$T/root" unused
gcc -O1 -Wl,--build-id=0x0123456789abcdef -o "$T/root/bin/copied" "$(dirname "$0")/spin.c" ||
	fail "gcc"
{
	ldd "$T/root/bin/copied" || fail "ldd"
} | grep -o '/[^ ]*' | sort -u | while read -r library; do
	mkdir -p "$T/root$(dirname "$library")"
	cp -L "$library" "$T/root$library" || fail "no $library"
done

# run NAME ROOT [PROGRAM]: a container.
run() {
	rm -rf "$T/bundle-$1"
	mkdir -p "$T/bundle-$1"
	(cd "$T/bundle-$1" && runc spec &&
		jq ".process.terminal = false | .process.args = [\"/bin/${3:-copied}\", \"90\", \"20\"] |
			.process.rlimits = [] | .root.path = \"$2\"" config.json >new &&
		mv new config.json) || fail "runc spec"
	cleanup runc delete -f "$1"
	runc run -d -b "$T/bundle-$1" "$1" </dev/null >"$T/last.err" 2>&1 || fail "runc does not start $1"
}

# cost DIR: tables built and shared, files whose symbols were read and shared.
cost() {
	summary "$1" '.overhead | [.unwind_tables.built, .unwind_tables.shared,
		.symbol_files.read, .symbol_files.shared] | @tsv'
}

# before WHAT NAME: with one container.
before() {
	record "$T/one" -F 499 -d 1 --container "$2"
	read -r -a one < <(cost "$T/one")
	echo "$1, one container: ${one[*]}"
}

# after WHAT TABLES SYMBOLS: with nine more, of whose files so many are new to us, and have cost no
# table and no reading of symbols. Tables are those of all that run on this host.
after() {
	record "$T/rec" -F 499 -d 2 --container 'hp-*'
	read -r -a ten < <(cost "$T/rec")
	echo "$1, ten containers: ${ten[*]}"
	[ "${ten[1]}" -ge "$2" ] || fail "$1: ${ten[1]} tables are shared, not $2"
	[ "${ten[2]}" -le "${one[2]}" ] || fail "$1: symbols of ${ten[2]} files were read"
	[ "${ten[3]}" = "$3" ] || fail "$1: symbols of ${ten[3]} files are shared, not $3"
	rows "$T/rec" container | cut -f 3 | sort >"$T/names"
	printf 'hp-%s\n' 0 1 2 3 4 5 6 7 8 9 | diff - "$T/names" || fail "$1: not the ten names"
	for name in 0 9; do
		"$HOSTPROF" report "$T/rec" -k cpu --container hp-$name --comm copied --format json |
			jq -e '.rows[0].name == "burn_some"' >"$T/last.err" || fail "$1: hp-$name has other names"
	done
	[ "$(summary "$T/rec" '.kinds.cpu.stacks.truncated |
		.unsupported_rule + .bad_frame + .not_code + .bad_return_address')" -le 1 ] ||
		fail "$1: stacks are cut: $(summary "$T/rec" .kinds.cpu.stacks)"
}

for i in 0 1 2 3 4 5 6 7 8 9; do
	cp -a "$T/root" "$T/copy-$i"
	run hp-$i "$T/copy-$i"
	[ $i != 0 ] || before folders hp-0
done
# The program, its library and the loader, nine times; the loader runs no code any more.
after folders 27 18

# Another program of the same build id, headers and size, in containers of its own, the first to be
# seen: nobody else's functions get its names.
sed 's/burn_some/burn_fake/g' "$T/root/bin/copied" >"$T/copy-3/bin/forged"
chmod 755 "$T/copy-3/bin/forged"
cmp -s "$T/root/bin/copied" "$T/copy-3/bin/forged" && fail "nothing is forged"
runc delete -f hp-3
record_start "$T/rec" -F 499 --container 'hp-*'
run hp-3 "$T/copy-3" forged
burns 300 "$(runc state hp-3 | jq .pid)"
record_stop
for i in 0 3 9; do
	name=burn_some
	[ $i != 3 ] || name=burn_fake
	"$HOSTPROF" report "$T/rec" -k cpu --container hp-$i --by function --format json -n 0 |
		jq -r '.rows[].name' | grep '^burn_' >"$T/names"
	[ "$(cat "$T/names")" = $name ] || fail "hp-$i has the names: $(cat "$T/names")"
done
echo "burn_fake in hp-3 alone"
for i in 0 1 2 3 4 5 6 7 8 9; do
	runc delete -f hp-$i
done

export DOCKER_HOST=unix://$T/docker.sock
remove_all() {
	docker ps -aq | xargs -r docker rm -f
} >/dev/null 2>&1

stop_all() {
	remove_all
	stop "$DAEMON"
	remove_cgroups docker
	unmount_below "$T"
}

for driver in overlay2 vfs; do
	daemon dockerd --iptables=false --bridge=none --ip-masq=false --exec-root "$T/exec-$driver" \
		--storage-driver $driver -H "$DOCKER_HOST" -p "$T/docker-$driver.pid"
	cleanup stop_all
	until_true 30 docker version || fail "dockerd does not start: $(tail -n 5 "$T/daemon.out")"
	tar -C "$T/root" -c . | docker import - hp-image:1 >/dev/null || fail "docker import"
	for i in 0 1 2 3 4 5 6 7 8 9; do
		docker run -d --network none --name "hp-$i" hp-image:1 /bin/copied 90 20 >/dev/null \
			2>"$T/last.err" || fail "docker run"
		[ $i != 0 ] || before "docker, $driver" hp-0
	done
	# Of an image's layers all containers have the same files.
	if [ $driver = vfs ]; then
		after "docker, $driver" 27 18
	else
		after "docker, $driver" 0 0
	fi
	stop_all
done

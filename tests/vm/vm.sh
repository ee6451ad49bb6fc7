#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: hostprof works on Debian's own kernel: boots it in QEMU without installing it and runs
# guest.sh inside. A kernel warning in the guest is a failure.
#
#   tests/vm/vm.sh [KERNEL]      a bzImage; default: that of Debian's linux-image-cloud-amd64
#
# The kernel is kept in $BUILD/vm. KEEP=1 keeps the image and the console's text.
set -u

cd "$(dirname "$0")/../.." || exit 1
BUILD=$(realpath -m "${BUILD:-${O:-build}}")
HOSTPROF=${HOSTPROF:-$BUILD/hostprof}
W=$BUILD/tests/workload
SECONDS_MAX=${VM_SECONDS:-300}
export LC_ALL=C

for program in qemu-system-x86_64 busybox mke2fs bpftool jq; do
	PATH=$PATH:/sbin:/usr/sbin command -v $program >/dev/null ||
		{ echo "$program is not installed"; exit 77; }
done
PATH=$PATH:/sbin:/usr/sbin
[ -x "$HOSTPROF" ] || { echo "$HOSTPROF is not built"; exit 1; }
mkdir -p "$BUILD/vm"
T=$(mktemp -d "$BUILD/vm/run.XXXXXX")
qemu=
finish() {
	[ -z "$qemu" ] || kill -9 "$qemu" 2>/dev/null
	[ "${KEEP:-}" = 1 ] || rm -rf "$T"
}
trap finish EXIT
trap 'exit 1' INT TERM

# The newest kernel of the suite this system is from: out of /boot, out of the cache, or unpacked
# from its package.
kernel_find() {
	local package version

	package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
		awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ { print $2; exit }')
	[ -n "$package" ] || { echo "the package lists name no cloud kernel"; return 1; }
	version=${package#linux-image-}
	for kernel in "/boot/vmlinuz-$version" "$BUILD/vm/boot/vmlinuz-$version"; do
		[ ! -r "$kernel" ] || return 0
	done
	(cd "$BUILD/vm" && apt-get -q download "$package" && dpkg -x "$package"_*.deb . &&
		rm -f "$package"_*.deb && rm -rf lib usr) >"$T/apt" 2>&1 ||
		{ cat "$T/apt"; return 1; }
	[ -r "$kernel" ]
}

# put FILE...: into /t/bin of the image, with the shared libraries they need.
put() {
	local file

	for file in "$@"; do
		cp -L "$file" "$T/root/t/bin" || return 1
		ldd "$file" 2>/dev/null | grep -o '/[^ ]*' | sort -u |
			xargs -r -I{} cp -L --parents -n {} "$T/root"
	done
}

image_make() {
	local size

	mkdir -p "$T/root"/{bin,proc,sys,dev,tmp,t/bin,etc}
	cp "$(command -v busybox)" "$T/root/bin/busybox"
	cp tests/vm/init tests/vm/guest.sh "$T/root/t/"
	cp tests/vm/init "$T/root/init"
	put "$HOSTPROF" "$(realpath "$(command -v bpftool)")" "$(command -v jq)" \
		"$W"/{burn,tree,short,forkbomb,grow,waits,alloc,klock,klockheld,locks,pthreads} || return 1
	size=$(du -sm "$T/root" | cut -f 1)
	mke2fs -q -t ext4 -O ^has_journal -d "$T/root" "$T/image" $((size + size / 4 + 32))M >/dev/null
}

kernel=${1:-}
[ -n "$kernel" ] || kernel_find || exit 1
[ -r "$kernel" ] || { echo "$kernel cannot be read"; exit 1; }
image_make || { echo "the image cannot be made"; exit 1; }

# cmpxchg16b makes QEMU 7.2's emulation corrupt the flags: -cx16. With a thread for each CPU it now
# and then goes on with the old translation of code that the other CPU has patched: both then take a
# breakpoint for ever that is long gone. Tracepoints are switched on and off by such patches.
timeout -k 5 "$SECONDS_MAX" qemu-system-x86_64 -accel tcg,thread=single -machine pc -cpu max,-cx16 -smp 2 \
	-m 1024 -nodefaults -display none -no-reboot -serial stdio -snapshot -kernel "$kernel" \
	-drive "file=$T/image,if=none,id=d,format=raw" -device nvme,drive=d,serial=x \
	-append "root=/dev/nvme0n1 rw rootfstype=ext4 console=ttyS0 panic=-1 quiet init=/init \
mitigations=off" </dev/null >"$T/console" 2>&1 &
qemu=$!
wait $qemu
status=$?
qemu=

tr -d '\r' <"$T/console" >"$T/text"
sed -n '/^VM-BEGIN/,$p' "$T/text" | grep -v '^VM-BEGIN'
code=$(sed -n 's/^VMRC \([0-9]*\)$/\1/p' "$T/text" | tail -n 1)
if [ -z "$code" ]; then
	echo "FAIL: the guest did not come to its end (qemu: status $status); its last lines:"
	tail -n 30 "$T/text"
	code=1
fi
if grep -E 'WARNING:|BUG:|Oops|general protection|soft lockup|Kernel panic' "$T/text"; then
	echo "FAIL: the kernel warned"
	code=1
fi
[ "$code" = 0 ] || echo "repeat with: KEEP=1 BUILD=$BUILD tests/vm/vm.sh $kernel"
exit "$code"

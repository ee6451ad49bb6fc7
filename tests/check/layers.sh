#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: every folder of user/ includes only the folders below it, the wire contract stays with
# those who speak it, a skeleton is included by its own probe only, and bpf/ stands on its own.
# shellcheck source=files.sh
. "$(dirname "$0")/files.sh"

files 'user/*.c' 'user/*.h' 'bpf/*.c' 'bpf/*.h' 'vmlinux/*.h' 'include/*.h' | xargs awk '
BEGIN {
	allow("util", "")
	allow("elf", "util")
	allow("proc", "util")
	allow("model", "util")
	allow("sym", "util model elf proc")
	allow("unwind", "util elf proc")
	allow("hook", "util elf")
	allow("probes", "util hook")
	allow("out", "util model")
	allow("capture", "util model proc sym unwind hook probes")
	allow("cmd", "util elf proc model sym unwind hook probes out capture")
	allow("main", "util cmd")
	n = split("unwind hook probes capture cmd main", part, " ")
	for (i = 1; i <= n; i++)
		speaks[part[i]]
	bpf_folders = " lib klock sched uselock unwind probes hostprof "
}

function allow(folder, list,    n, part, i) {
	known[folder]
	allowed[folder, folder]
	n = split(list, part, " ")
	for (i = 1; i <= n; i++)
		allowed[folder, part[i]]
}

function wrong(why) {
	printf "%s:%d: includes \"%s\": %s\n", FILENAME, FNR, what, why
	bad = 1
}

FNR == 1 {
	seen++
	split(FILENAME, path, "/")
	side = path[1]
	room = path[2]
	if (FILENAME == "user/main.c")
		room = "main"
	else if (side == "user" && !(room in known)) {
		printf "%s: the folder user/%s has no line in this check\n", FILENAME, room
		bad = 1
	}
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	what = $0
	sub(/^[^"]*"/, "", what)
	sub(/".*/, "", what)
	folder = what
	if (!sub(/\/.*/, "", folder))
		folder = ""
	included++
	if (side == "user")
		check_user()
	else if (side == "bpf")
		check_bpf()
	else if (side == "include" && folder != "hostprof")
		wrong("the contract includes nothing but itself")
	else if (side == "vmlinux" && folder != "" )
		wrong("the kernel types include nothing of ours")
}

function check_user(    own) {
	if (what ~ /\.skel\.h$/) {
		own = "user/probes/" substr(what, 1, length(what) - 7) ".c"
		if (FILENAME != own)
			wrong("only " own " may")
	} else if (what ~ /\.pb-c\.h$/) {
		if (room != "out")
			wrong("only out/ may")
	} else if (folder == "hostprof") {
		if (!(room in speaks))
			wrong(room " does not speak the wire contract")
	} else if (folder == "") {
		wrong("an include is written from the top of user/")
	} else if (!((room, folder) in allowed)) {
		wrong(room " may not use " folder)
	}
}

function check_bpf() {
	if (folder != "" && index(bpf_folders, " " folder " ") == 0)
		wrong("bpf/ uses only vmlinux/, include/ and itself")
}

END {
	printf "%d files, %d includes\n", seen, included
	exit bad || !seen || !included
}'

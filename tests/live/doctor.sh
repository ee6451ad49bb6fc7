#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doctor's word about this machine, as root and as nobody; the man page and the completion.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq setpriv

# is WHAT GOT WANT
is() {
	[[ $2 == "$3" ]] || fail "$1: got '$2', want '$3'"
}

# has WHAT TEXT PART
has() {
	[[ $2 == *"$3"* ]] || fail "$1: '$3' is not in '$2'"
}

# nobody must be able to run it, wherever it was built
install -m 755 "$HOSTPROF" "$T/hostprof"
hp=$T/hostprof

nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$hp" "$@"
}

json_is() {
	is "$1" "$(jq -r "$3" <<<"$2" 2>&1)" "$4"
}

check_json() {
	local who=$1 text=$2

	jq -e . >/dev/null 2>&1 <<<"$text" || fail "$who: doctor --json is no JSON"
	json_is "$who: schema" "$text" .schema 1
	json_is "$who: version" "$text" .hostprof "$("$hp" --version | cut -d' ' -f2)"
	json_is "$who: kernel" "$text" .kernel "$(uname -r)"
	json_is "$who: arch" "$text" .arch "$(uname -m)"
	json_is "$who: a kind's keys" "$text" '.kinds.cpu | keys | join(" ")' \
		"remedy source status why"
	json_is "$who: states" "$text" \
		'[.features[].status] - ["ok", "missing", "denied", "unknown"] | length' 0
	json_is "$who: details" "$text" '[.features[] | select(.detail == "")] | length' 0
}

as_root() {
	local text status cycles

	text=$("$hp" doctor --json 2>"$T/err")
	status=$?
	is "root: stderr" "$(cat "$T/err")" ""
	check_json root "$text"
	is "root: status against .kinds" "$status" \
		"$(jq 'if all(.kinds[]; .status == "ok") then 0 else 1 end' <<<"$text")"
	if [[ -r /sys/kernel/btf/vmlinux && $(jq -r '.features[] | select(.name == "bpf-load").status' \
		<<<"$text") == ok ]]; then
		json_is "root: cpu" "$text" .kinds.cpu.status ok
		cycles=$(jq -r '.features[] | select(.name == "perf-cycles").status' <<<"$text")
		json_is "root: source" "$text" .kinds.cpu.source \
			"$([[ $cycles == ok ]] && echo cycles || echo cpu-clock)"
		json_is "root: why" "$text" .kinds.cpu.why null
	else
		echo "note: root cannot load BPF here; the rest is tried all the same"
	fi
	json_is "root: kinds that are there have a source" "$text" \
		'[.kinds[] | select(.status == "ok" and .source == null)] | length' 0
	text=$("$hp" doctor)
	has "root: for people" "$text" "Linux $(uname -r)"
	has "root: for people" "$text" "as root"
	is "root: lines over 80 columns" "$(awk 'length > 80' <<<"$text")" ""
	is "root: colours without a terminal" "$(grep -c $'\033' <<<"$text")" 0
}

as_nobody() {
	local text status

	text=$(nobody doctor --json)
	status=$?
	is "nobody: status" "$status" 1
	check_json nobody "$text"
	json_is "nobody: cpu" "$text" .kinds.cpu.status unavailable
	json_is "nobody: source" "$text" .kinds.cpu.source null
	# Every kind is made of BPF programs, and nobody may load one.
	json_is "nobody: kinds that are there" "$text" \
		'[.kinds | to_entries[] | select(.value.status == "ok").key] | join(" ")' ""
	has "nobody: remedy" "$(jq -r .kinds.cpu.remedy <<<"$text")" \
		"run as root, or with CAP_BPF, CAP_PERFMON"
	json_is "nobody: CAP_BPF" "$text" '.features[] | select(.name == "cap-bpf").status' denied
	text=$(nobody doctor)
	is "nobody: status for people" "$?" 1
	has "nobody: for people" "$text" "What to do"
	is "nobody: lines over 80 columns" "$(awk 'length > 80' <<<"$text")" ""
}

tries() {
	{ bpftool prog show; bpftool map show; } 2>/dev/null | grep -c 'name hp_try'
}

no_more_than() {
	[ "$(tries)" -le "$1" ]
}

leaves_nothing() {
	local before

	command -v bpftool >/dev/null || { echo "note: no bpftool, leftovers not looked for"; return; }
	before=$(tries)
	"$hp" doctor >/dev/null
	# The kernel frees maps and programs a moment after their last descriptor is closed.
	until_true 5 no_more_than "$before" ||
		fail "BPF objects left behind: $before before, $(tries) after 5 s"
}

command_line() {
	local text

	text=$("$hp" 2>/dev/null); is "no command: status" "$?" 2
	has "no command" "$text" "Commands:"
	text=$("$hp" --help); is "--help: status" "$?" 0
	for name in record report doctor; do
		has "--help" "$text" "$name"
		"$hp" "$name" --help | grep -q "Usage: hostprof $name" || fail "$name --help"
		is "help $name" "$("$hp" help "$name")" "$("$hp" "$name" --help)"
	done
	has "--version" "$("$hp" --version)" "hostprof "
	text=$("$hp" docter 2>&1); is "mistyped: status" "$?" 2
	has "mistyped" "$text" "did you mean 'doctor'"
	is "mistyped: lines" "$(wc -l <<<"$text")" 1
	text=$("$hp" doctor --jsn 2>&1); is "mistyped option: status" "$?" 2
	has "mistyped option" "$text" "did you mean --json"
	"$hp" doctor extra 2>/dev/null; is "extra argument: status" "$?" 2
	"$hp" doctor --json 2>"$T/err" | true
	is "reader gone: stderr" "$(cat "$T/err")" ""
	if [[ -c /dev/full ]]; then
		"$hp" doctor >/dev/full 2>"$T/err"
		is "disk full: status" "$?" 1
		has "disk full" "$(cat "$T/err")" "No space left on device"
	fi
}

man_page() {
	local text

	"$hp" --man >"$T/hostprof.8" || fail "--man failed"
	for section in NAME SYNOPSIS DESCRIPTION COMMANDS FILES EXAMPLES; do
		grep -qx "\.SH $section" "$T/hostprof.8" || fail "man page: no section $section"
	done
	command -v groff >/dev/null || { echo "note: no groff, the man page was not set"; return; }
	text=$(groff -man -ww -Tascii "$T/hostprof.8" 2>&1 >/dev/null)
	is "groff's warnings" "$text" ""
}

# complete WORD...: what bash would offer for the last word
complete_words() {
	# shellcheck disable=SC2016
	bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hostprof
		printf "%s " "${COMPREPLY[@]}"' bash "$T/completion" "$@"
}

completion() {
	"$hp" --completion >"$T/completion" || fail "--completion failed"
	bash -n "$T/completion" || fail "the completion is no bash"
	is "completion of a command" "$(complete_words hostprof doc)" "doctor "
	is "completion after help" "$(complete_words hostprof help rec)" "record "
	is "completion of an option" "$(complete_words hostprof doctor --js)" "--json "
	has "completion of pids" " $(complete_words hostprof record -p $$)" " $$ "
	mkdir "$T/here" "$T/here/recording"
	is "completion of a folder" \
		"$(cd "$T/here" && complete_words hostprof report rec)" "recording "
	is "completion of -o" \
		"$(cd "$T/here" && complete_words hostprof record -o rec)" "recording "
	is "completion of --output=" \
		"$(cd "$T/here" && complete_words hostprof record --output = rec)" "recording "
	has "completion of a command to run" " $(complete_words hostprof record -- setpri)" " setpriv "
}

as_root
as_nobody
leaves_nothing
command_line
man_page
completion
echo "ok"

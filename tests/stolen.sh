# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a hypervisor keeps of this machine's CPU time, by "steal" of /proc/stat, which counts in ticks.
# It needs nothing and sets nothing: who measures holds the mark.
#
#	mark=$(stolen_mark); ...; stolen_since "$mark"

# stolen: since this machine started, of all CPUs together, in ms.
stolen() {
	awk -v hz="$(getconf CLK_TCK)" '/^cpu / { printf "%.0f\n", $9 * 1000 / hz }' /proc/stat
}

# stolen_mark: the beginning of what is measured, in ms that were stolen by then and us of the clock.
stolen_mark() {
	echo "$(stolen) ${EPOCHREALTIME/[!0-9]/}"
}

# stolen_since MARK: in ms.
stolen_since() {
	echo $(($(stolen) - ${1% *}))
}

# stolen_percent MARK: at least so much of all CPUs' time since then. Two readings of a clock that
# shows whole ticks can be one too far apart: that one is left out.
stolen_percent() {
	LC_ALL=C awk -v ms="$(stolen_since "$1")" -v tick="$((1000 / $(getconf CLK_TCK)))" \
		-v us="$(((${EPOCHREALTIME/[!0-9]/} - ${1#* }) * $(getconf _NPROCESSORS_ONLN)))" \
		'BEGIN { printf "%.1f\n", (ms > tick && us > 0 ? 1e5 * (ms - tick) / us : 0) }'
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/failures.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/places.h"
#include "model/ledger.h"
#include "model/recording.h"
#include "probes/probes.h"
#include "sym/symbolize.h"
#include "util/buf.h"
#include "util/caps.h"
#include "util/log.h"

/* In a user namespace they would not count; doctor knows. */
static bool is_capable(void)
{
	uint64_t caps = caps_read();

	return caps_have(caps, CAP_BPF) && caps_have(caps, CAP_PERFMON);
}

static const char *remedy(int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		if (is_capable())
			return "the capabilities are there: a seccomp filter, a security module or "
			       "a user namespace may be in the way; see `hostprof doctor`";
		return "run as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE; see "
		       "`hostprof doctor`";
	case ESRCH:
	case ENOENT:
		if (access("/sys/kernel/btf/vmlinux", R_OK))
			return "the kernel's BTF is missing (/sys/kernel/btf/vmlinux): use a "
			       "kernel built with CONFIG_DEBUG_INFO_BTF";
		/* fallthrough */
	case EOPNOTSUPP: return "this kernel lacks something it needs; see `hostprof doctor`";
	default: return "see `hostprof doctor`";
	}
}

/* One line for those that failed in the same step for the same reason. */
static void log_failures(const struct probe_failures *failures)
{
	for (size_t i = 0; i < failures->list.n;) {
		const struct probe_failure *first = &failures->list.at[i], *next = first;
		struct buf names = {0};

		while (i < failures->list.n && next->err == first->err &&
		       next->step == first->step) {
			buf_printf(&names, "%s%s", names.len ? " and " : "", next->probe->name);
			next = &failures->list.at[++i];
		}
		log_error("cannot %s the %s probe%s: %s; %s", first->step, buf_str(&names),
			  next - first > 1 ? "s" : "", strerror(-first->err), remedy(first->err));
		buf_done(&names);
	}
}

void failures_say(const struct probe_failures *failures, const struct probes *probes,
		  uint32_t kinds, struct recording *recording)
{
	const struct probe_failure *last;

	if (!failures->list.n)
		return;
	last = &failures->list.at[failures->list.n - 1];
	log_failures(failures);
	for (uint32_t i = 0; i < recording->kinds.n; i++) {
		struct recording_kind *kind = &recording->kinds.at[i];

		if (!(kinds & 1u << i) || probes_of_kind(probes, i) || kind->why)
			continue;
		kind->ok = false;
		kind->why = mem_printf("cannot %s the %s probe: %s", last->step, last->probe->name,
				       strerror(-last->err));
	}
}

void failures_say_unmatched(const struct places *places)
{
	struct buf seen = {0};

	if (!places_any_wanted(places, &seen))
		log_warn("nothing ran in what was asked for; there was: %s",
			 seen.len ? buf_str(&seen) : "no container and no service");
	buf_done(&seen);
}

static bool is_empty(const struct recording *recording)
{
	const struct recording_kind *kind;
	uint64_t attempted = 0;

	vec_each(kind, &recording->kinds)
		attempted += kind->attempted;
	return !attempted && !(recording->ledger && recording->ledger->processes.n);
}

void failures_say_unnamed(const struct recording *recording, const char *comm)
{
	if (comm && is_empty(recording))
		log_warn("nothing ran that is called %s: names are those of `ps -eo comm`", comm);
}

void failures_say_unread(const struct symbolizer *symbolizer)
{
	const struct symbolizer_failure *failure;
	size_t n = symbolizer_failures(symbolizer, &failure), i;

	for (i = 0; i < n; i++)
		log_warn("cannot read all %s of %s: %s; what they lack has no more than an address",
			 failure[i].what, failure[i].path,
			 failure[i].err == -EBADMSG	? "malformed"
			 : failure[i].err == -ECANCELED ? "malformed, or asks for too much memory"
			 : failure[i].err == -ETIME	? "takes too long"
							: strerror(-failure[i].err));
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/downloads.h"

#include <errno.h>

#include "model/recording.h"
#include "sym/debuginfod.h"
#include "sym/symbolize.h"
#include "util/log.h"

static const char *why_not_fetched(int err)
{
	switch (-err) {
	case 0: return NULL;
	case ENOSYS: return "libdebuginfod is not installed";
	case EDESTADDRREQ:
		return "DEBUGINFOD_URLS names no server (sudo removes it: sudo --preserve-env)";
	case ETIME: return "it took too long";
	case ECONNREFUSED:
	case EHOSTUNREACH: return "no server of DEBUGINFOD_URLS answers";
	default: return "a server of DEBUGINFOD_URLS gave no usable answer";
	}
}

void downloads_take(const struct symbolizer *symbolizer, struct recording *r)
{
	const struct debuginfod *d = symbolizer_debuginfod(symbolizer);
	const char *why = why_not_fetched(d->err);

	r->downloads = (struct recording_downloads){
		.wanted = true,
		.asked = d->asked,
		.fetched = d->fetched,
		.cached = d->cached,
		.absent = d->absent,
		.bytes = d->bytes,
		.why = why,
	};
	if (why)
		log_warn("not all debug files were asked for: %s", why);
}

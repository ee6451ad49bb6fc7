// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/request.h"

#include <sys/random.h>

#include "capture/places.h"
#include "capture/session.h"
#include "capture/target.h"
#include "probes/probe.h"

void request_fill(struct probe_request *request, const struct session_options *o,
		  uint32_t ring_bytes)
{
	*request = (struct probe_request){
		.kinds = o->kinds,
		.frequency = o->frequency,
		.ring_bytes = ring_bytes,
		.heap_interval = o->heap_interval,
		.filter_tasks = o->target.tids.n || o->target.comm || o->target.cgroups.n ||
				!place_filter_is_empty(&o->target.places),
		.use_locks = o->use_locks,
		.per_thread = o->per_thread,
		.follow = o->target.command != NULL,
		.scan_all = !o->target.pids.n && !o->target.tids.n && !o->target.command,
		.config =
			{
				.max_depth = o->max_depth,
				.no_kernel = o->no_kernel,
				.no_user = o->no_user,
				.min_wait_ns = o->min_wait_ns,
				.ring_wake = ring_bytes / 8,
			},
	};
	target_configure(&o->target, &request->config);
	/* Early in a boot there is none: then the ids can be foreseen, and are as good otherwise.
	 */
	if (getrandom(&request->config.stack_seed, sizeof(request->config.stack_seed),
		      GRND_NONBLOCK) < 0)
		request->config.stack_seed = 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_REQUEST_H
#define HOSTPROF_CAPTURE_REQUEST_H
/* From what a recording was asked for to what its probes are asked for. */
#include <stdint.h>

struct probe_request;
struct session_options;

void request_fill(struct probe_request *request, const struct session_options *options,
		  uint32_t ring_bytes);

#endif

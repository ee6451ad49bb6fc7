/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_SESSION_REQUEST_H
#define HOSTPROF_CAPTURE_SESSION_REQUEST_H
/* What a recording's options mean to its probes. */
#include <stdint.h>

struct probe_request;
struct session_options;

void session_request(const struct session_options *o, uint32_t ring_bytes,
		     struct probe_request *ret_request);

#endif

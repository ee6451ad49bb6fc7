/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_PROFILE_JSON_H
#define HOSTPROF_OUT_PROFILE_JSON_H
/* Parts of a profile that several outputs have in JSON. The caller owns what is returned. */
#include <jansson.h>
#include <stdint.h>

struct profile;

/* The names of a stack's frames, leaf first, inlined ones by themselves. */
json_t *profile_frames_json(const struct profile *p, uint32_t stack);
json_t *profile_comments_json(const struct profile *p);

#endif

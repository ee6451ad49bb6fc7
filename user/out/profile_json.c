// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/profile_json.h"

#include "model/frame.h"
#include "model/profile.h"
#include "out/json_text.h"

json_t *profile_frames_json(const struct profile *p, uint32_t stack)
{
	const struct profile_span *span = &p->stacks.at[stack];
	json_t *frames = json_array();
	struct buf name = {0};

	for (uint32_t i = 0; i < span->n; i++) {
		uint32_t location = p->frames.at[span->first + i];

		for (uint32_t j = 0; j < frame_count(p, location); j++) {
			buf_clear(&name);
			frame_name(p, location, j, &name);
			json_array_append_new(frames, json_text(buf_str(&name)));
		}
	}
	buf_done(&name);
	return frames;
}

json_t *profile_comments_json(const struct profile *p)
{
	json_t *comments = json_array();
	const uint32_t *comment;

	vec_each(comment, &p->comments)
		json_array_append_new(comments, json_text(profile_str(p, *comment)));
	return comments;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_FRAME_KIND_H
#define HOSTPROF_OUT_FRAME_KIND_H
/* What sort of code a frame is: pictures tell them apart by colour. */
#include <stdbool.h>

/* The numbers stand in the page's data: web/model.js has the same list. */
enum frame_kind { FRAME_USER, FRAME_KERNEL, FRAME_JIT, FRAME_UNNAMED, FRAME_PROCESS, FRAME_STATE };

/* `module` as in model/frame.h: a base name, or "[...]". */
enum frame_kind frame_kind_of(const char *module, bool kernel, bool named);

#endif

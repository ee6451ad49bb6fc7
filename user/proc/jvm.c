// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/jvm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "/libjvm.so\n"

static bool maps_libjvm(pid_t tgid)
{
	char path[32], *line = NULL;
	bool found = false;
	size_t size = 0;
	ssize_t n;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", tgid);
	maps = fopen(path, "re");
	if (!maps)
		return false;
	for (int i = 0; i < JVM_MAX_LINES && !found && (n = getline(&line, &size, maps)) > 0; i++)
		found = n > (ssize_t)strlen(LIBRARY) &&
			!strcmp(line + n - strlen(LIBRARY), LIBRARY);
	free(line);
	fclose(maps);
	return found;
}

bool jvms_has(struct jvms *jvms, pid_t tgid, uint64_t start)
{
	struct jvm_process asked = {.tgid = tgid, .start = start};
	const struct jvm_process *known;

	vec_each(known, &jvms->list)
		if (known->tgid == tgid && known->start == start)
			return known->is_jvm;
	if (jvms->list.n >= JVM_MAX_PROCESSES)
		return false;
	asked.is_jvm = maps_libjvm(tgid);
	vec_push(&jvms->list, asked);
	return asked.is_jvm;
}

void jvms_done(struct jvms *jvms)
{
	vec_done(&jvms->list);
}

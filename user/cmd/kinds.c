// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/kinds.h"

#include <string.h>

#include "hostprof/event.h"

#define HP_KIND(id, name, file, question, types) name "|"
const char kinds_words[] =
#include "hostprof/kinds.def"
	"memory";
#undef HP_KIND

uint32_t kinds_of_memory(void)
{
	return 1u << HP_KIND_GROWTH | 1u << HP_KIND_HEAP;
}

uint32_t kinds_all(void)
{
	return (1u << HP_KINDS) - 1;
}

uint32_t kinds_of_index(unsigned int index)
{
	return index < HP_KINDS ? 1u << index : kinds_of_memory();
}

unsigned int kinds_index(const char *word)
{
	static const char *const names[] = {
#define HP_KIND(id, name, file, question, types) name,
#include "hostprof/kinds.def"
#undef HP_KIND
	};
	unsigned int i = 0;

	while (i < HP_KINDS && strcmp(names[i], word))
		i++;
	return i;
}

uint32_t kinds_of(const char *word)
{
	return kinds_of_index(kinds_index(word));
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/nearest.h"

#include <string.h>

/* Longer words are never suggested for: they bound the table of the distance. */
#define NEAREST_MAX_LEN 40

static unsigned int min_of(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/*
 * Edits that make one word of the other: insert, delete, replace, swap two neighbours. Both are
 * at most NEAREST_MAX_LEN long.
 */
static unsigned int edit_distance(const char *a, const char *b)
{
	unsigned int rows[3][NEAREST_MAX_LEN + 1];
	unsigned int *before = rows[0], *last = rows[1], *now = rows[2], *spare;
	size_t i, j, na = strlen(a), nb = strlen(b);

	for (j = 0; j <= nb; j++)
		last[j] = before[j] = (unsigned int)j;
	for (i = 1; i <= na; i++) {
		now[0] = (unsigned int)i;
		for (j = 1; j <= nb; j++) {
			now[j] = min_of(min_of(last[j], now[j - 1]) + 1,
					last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = min_of(now[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[nb];
}

void nearest_init(struct nearest *n, const char *word)
{
	*n = (struct nearest){.word = word};
}

void nearest_try(struct nearest *n, const char *candidate)
{
	size_t len = strlen(n->word);
	unsigned int distance;

	if (!len || len > NEAREST_MAX_LEN || strlen(candidate) > NEAREST_MAX_LEN)
		return;
	if (len >= 2 && !strncmp(candidate, n->word, len))
		distance = 1; /* only the end is missing */
	else
		distance = edit_distance(n->word, candidate);
	/* One slip in every three letters is still a slip; more is another word. */
	if (distance > (len + 2) / 3 || (n->best && distance >= n->distance))
		return;
	n->best = candidate;
	n->distance = distance;
}

// SPDX-License-Identifier: GPL-2.0-or-later
// As alloc.c, with operator new and delete in all their forms; and a program that catches
// bad_alloc.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <unistd.h>

static unsigned long rounds = 1000;
static void *volatile sink;

struct truth {
	unsigned long objects, bytes, left, bytes_left;
};

/* Multiples of the alignment: libstdc++ asks malloc for such. */
static size_t size_of(unsigned long i)
{
	static const size_t sizes[] = {64, 128, 192, 256, 1024, 4096, 9984, 69952, 300032};

	return sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
}

#define SITE(name, ask, give)                                                                      \
	extern "C" __attribute__((noinline)) void site_##name(truth *t)                            \
	{                                                                                          \
		for (unsigned long i = 0; i < rounds; i++) {                                       \
			size_t size = size_of(i);                                                  \
			void *p = ask;                                                             \
                                                                                                   \
			sink = p;                                                                  \
			t->objects++;                                                              \
			t->bytes += size;                                                          \
			if (i % 4) {                                                               \
				give;                                                              \
			} else {                                                                   \
				t->left++;                                                         \
				t->bytes_left += size;                                             \
			}                                                                          \
		}                                                                                  \
	}

#define ALIGNED std::align_val_t(64)

SITE(new, operator new(size), operator delete(p))
SITE(new_array, operator new[](size), operator delete[](p))
SITE(new_nothrow, operator new(size, std::nothrow), operator delete(p, std::nothrow))
SITE(new_sized, operator new(size), operator delete(p, size))
SITE(new_aligned, operator new(size, ALIGNED), operator delete(p, ALIGNED))
SITE(new_array_aligned, operator new[](size, ALIGNED), operator delete[](p, ALIGNED))

/* More than there is: every one throws. */
static __attribute__((noinline)) unsigned long site_throw()
{
	unsigned long caught = 0;

	for (unsigned long i = 0; i < rounds; i++) {
		volatile size_t much = (size_t(1) << 47) - (1 << 20);

		try {
			sink = operator new(much);
		} catch (const std::bad_alloc &) {
			caught++;
		}
	}
	return caught;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(truth *);
	} sites[] = {
		{"site_new", site_new},
		{"site_new_array", site_new_array},
		{"site_new_nothrow", site_new_nothrow},
		{"site_new_sized", site_new_sized},
		{"site_new_aligned", site_new_aligned},
		{"site_new_array_aligned", site_new_array_aligned},
	};

	if (argc > 1)
		rounds = strtoul(argv[1], nullptr, 10);
	operator delete(operator new(1)); /* seen, and then there is time for its unwind table */
	usleep(500000);
	if (argc <= 2 && site_throw() != rounds) /* another argument: this allocator aborts */
		return 1;
	for (const auto &site : sites) {
		truth t = {};

		site.run(&t);
		printf("%s %lu %lu %lu %lu\n", site.name, t.objects, t.bytes, t.left, t.bytes_left);
	}
	return 0;
}

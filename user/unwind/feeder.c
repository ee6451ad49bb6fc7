// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/feeder.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "elf/file.h"
#include "elf/trace.h"
#include "elf/vdso_image.h"
#include "hostprof/event.h"
#include "hostprof/unwind.h"
#include "unwind/chunks.h"
#include "unwind/tables.h"
#include "util/clock.h"

#define VDSO_FD	   -1	      /* the job of our own vDSO's image */
#define GRACE_US   20000      /* a walk that still reads an evicted table is over after that */
#define TRIM_BYTES (1u << 20) /* blobs this large leave much behind in malloc */
/* On a host without an idle CPU, which is when people look, stacks are cut until the worker has had
 * its turns: its work is the same, but soon. */
#define WORKER_NICE (-10)
/* Files with the headers of one that is new that are compared with it, the latest first: enough for
 * honest ones, and somebody's who writes a thousand of them keep nobody busy. */
#define SHARE_TRIES 4
#define MAX_READS   (1u << 20) /* of all traces: 16 MiB; a file is some hundred */

struct job {
	int fd;
	uint32_t space;
	unsigned char key[FEEDER_MAX_KEY];
	bool keyed;
};

struct placed {		       /* a table in the arena, oldest first */
	VEC(struct job) users; /* one at least */
	struct hp_unwind_table table;
	uint32_t size;
	struct elf_trace trace; /* of the file it was made of */
};

struct feeder {
	struct feeder_maps maps;
	pthread_t worker;
	pthread_mutex_t lock; /* of all below, up to the chunks */
	pthread_cond_t more, idle;
	VEC(struct job) jobs;
	bool busy, stop;
	struct feeder_counts counts;
	/* The worker's own. */
	struct chunks chunks;
	VEC(struct placed) placed;
	size_t reads; /* of all their traces */
	struct digest_key key;
};

static int set_table(const struct feeder *f, uint32_t space, struct hp_unwind_table table)
{
	uint32_t pages = table.pages;

	/* `pages` last: the walker looks at it first. */
	table.pages = 0;
	if (bpf_map_update_elem(f->maps.tables, &space, &table, BPF_ANY))
		return -errno;
	table.pages = pages;
	if (pages && bpf_map_update_elem(f->maps.tables, &space, &table, BPF_ANY))
		return -errno;
	return 0;
}

static void count(struct feeder *f, const struct feeder_counts *change)
{
	pthread_mutex_lock(&f->lock);
	f->counts.tables += change->tables;
	f->counts.bytes += change->bytes;
	f->counts.built += change->built;
	f->counts.shared += change->shared;
	f->counts.without += change->without;
	f->counts.failed += change->failed;
	f->counts.evicted += change->evicted;
	pthread_mutex_unlock(&f->lock);
}

static void placed_done(struct feeder *f, struct placed *placed)
{
	f->reads -= placed->trace.reads.n;
	vec_done(&placed->users);
	elf_trace_done(&placed->trace);
}

static bool may_go(const struct placed *placed)
{
	const struct job *job;

	vec_each(job, &placed->users)
		if (!job->keyed)
			return false;
	return true;
}

/* Moves the oldest tables that may go to the front, a tenth of all; how many there are. */
static size_t choose_evicted(struct feeder *f)
{
	size_t want = f->placed.n / 10 + 1, n = 0;

	for (size_t i = 0; i < f->placed.n && n < want; i++) {
		struct placed placed = f->placed.at[i];

		if (!may_go(&placed))
			continue;
		memmove(&f->placed.at[n + 1], &f->placed.at[n], (i - n) * sizeof(placed));
		f->placed.at[n++] = placed;
	}
	return n;
}

/* Takes the oldest tables away. False: there is none to take. */
static bool evict(struct feeder *f)
{
	size_t n = choose_evicted(f);
	const struct job *job;

	if (!n)
		return false;
	for (size_t i = 0; i < n; i++) {
		vec_each(job, &f->placed.at[i].users) {
			set_table(f, job->space, (struct hp_unwind_table){0});
			bpf_map_delete_elem(f->maps.binaries, job->key);
		}
	}
	usleep(GRACE_US);
	for (size_t i = 0; i < n; i++) {
		struct placed *old = &f->placed.at[i];

		chunks_drop(&f->chunks, old->table.at, old->size);
		count(f, &(struct feeder_counts){.tables = -(uint32_t)old->users.n,
						 .bytes = -(uint64_t)old->size,
						 .evicted = (uint32_t)old->users.n});
		placed_done(f, old);
	}
	f->placed.n -= n;
	memmove(f->placed.at, f->placed.at + n, f->placed.n * sizeof(*f->placed.at));
	return true;
}

/* Takes the trace over when it returns 0. */
static int place(struct feeder *f, const struct job *job, const struct unwind_blob *blob,
		 const struct elf_trace *trace)
{
	struct placed placed = {
		.table = blob->table, .size = (uint32_t)blob->bytes.len, .trace = *trace};
	int err;

	if (blob->bytes.len > f->chunks.cap)
		return -ENOSPC;
	while ((err = chunks_put(&f->chunks, blob->bytes.data, blob->bytes.len,
				 &placed.table.at)) == -ENOSPC &&
	       evict(f))
		;
	if (err)
		return err;
	err = set_table(f, job->space, placed.table);
	if (err) {
		chunks_drop(&f->chunks, placed.table.at, placed.size);
		return err;
	}
	if (f->reads + trace->reads.n > MAX_READS) {
		elf_trace_done(&placed.trace);
		placed.trace.broken = true;
	}
	f->reads += placed.trace.reads.n;
	vec_push(&placed.users, *job);
	vec_push(&f->placed, placed);
	count(f, &(struct feeder_counts){.tables = 1, .bytes = placed.size});
	return 0;
}

/* Gives the file the table of one of the same content, if there is one. */
static bool share(struct feeder *f, const struct job *job, const struct elf_file *file,
		  const struct elf_trace *headers)
{
	int tries = SHARE_TRIES;

	for (size_t i = f->placed.n; i-- > 0 && tries;) {
		struct placed *placed = &f->placed.at[i];

		if (!elf_trace_begins(&placed->trace, headers))
			continue;
		tries--;
		if (!elf_trace_matches(&placed->trace, file) ||
		    set_table(f, job->space, placed->table))
			continue;
		vec_push(&placed->users, *job);
		count(f, &(struct feeder_counts){.tables = 1, .shared = 1});
		return true;
	}
	return false;
}

/* The image the kernel maps into every process, from our own memory. */
static int read_vdso(struct unwind_table *ret_table)
{
	const void *image;
	size_t size;
	int err = vdso_image(&image, &size);

	if (err)
		return err == -ENOENT ? -ENODATA : err;
	return unwind_table_read_memory(image, size, ret_table);
}

/* Without a mark when there is no room, as if the table were to come: code that has one is not to
 * be guessed at. */
static void keep(struct feeder *f, const struct job *job, int err, struct unwind_table *table,
		 struct elf_trace *trace)
{
	/* A mark for "seen, has none": pages 0, but first set. */
	struct hp_unwind_table none = {.first = 1};
	size_t bytes;

	if (err) {
		set_table(f, job->space, none);
		if (err == -ENODATA)
			count(f, &(struct feeder_counts){.without = 1});
		else
			count(f, &(struct feeder_counts){.failed = 1});
		elf_trace_done(trace);
		return;
	}
	bytes = table->blob.bytes.len;
	count(f, &(struct feeder_counts){.built = 1});
	if (place(f, job, &table->blob, trace)) {
		count(f, &(struct feeder_counts){.failed = 1});
		elf_trace_done(trace);
	}
	unwind_table_done(table);
	if (bytes > TRIM_BYTES)
		malloc_trim(0);
}

static void build(struct feeder *f, const struct job *job)
{
	struct elf_trace trace = {.broken = true};
	struct unwind_table table;
	struct elf_file file;
	int err;

	if (job->fd == VDSO_FD) {
		keep(f, job, read_vdso(&table), &table, &trace);
		return;
	}
	err = elf_file_init(&file, job->fd);
	if (err) {
		keep(f, job, err, &table, &trace);
		return;
	}
	elf_trace_init(&trace, &f->key, &file);
	if (share(f, job, &file, &trace)) {
		elf_trace_done(&trace);
	} else {
		file.trace = &trace;
		err = unwind_table_read_file(&file, &table);
		keep(f, job, err, &table, &trace);
	}
	elf_file_done(&file);
}

static void *work(void *arg)
{
	struct feeder *f = arg;

	setpriority(PRIO_PROCESS, (id_t)gettid(), WORKER_NICE); /* of this thread only */
	pthread_mutex_lock(&f->lock);
	while (!f->stop) {
		struct job job;

		if (!f->jobs.n) {
			f->busy = false;
			pthread_cond_broadcast(&f->idle);
			pthread_cond_wait(&f->more, &f->lock);
			continue;
		}
		f->busy = true;
		job = f->jobs.at[--f->jobs.n]; /* the last one told runs right now */
		pthread_mutex_unlock(&f->lock);
		build(f, &job);
		pthread_mutex_lock(&f->lock);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

int feeder_new(const struct feeder_maps *maps, uint64_t max_bytes, struct feeder **ret_feeder)
{
	struct feeder *f = mem_zalloc(sizeof(*f));
	pthread_condattr_t monotonic;
	int err = digest_key_init(&f->key);

	if (err) {
		free(f);
		return err;
	}
	f->maps = *maps;
	chunks_init(&f->chunks, maps->arena, max_bytes);
	pthread_mutex_init(&f->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&f->more, NULL);
	pthread_cond_init(&f->idle, &monotonic);
	pthread_condattr_destroy(&monotonic);
	err = pthread_create(&f->worker, NULL, work, f);
	if (err) {
		free(f);
		return -err;
	}
	pthread_setname_np(f->worker, "hostprof-unwind");
	feeder_add(f, &(struct feeder_job){.fd = VDSO_FD, .space = HP_SPACE_VDSO});
	*ret_feeder = f;
	return 0;
}

void feeder_free(struct feeder *f)
{
	struct placed *placed;

	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_signal(&f->more);
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->worker, NULL);
	pthread_cond_destroy(&f->more);
	pthread_cond_destroy(&f->idle);
	pthread_mutex_destroy(&f->lock);
	chunks_done(&f->chunks);
	vec_each(placed, &f->placed)
		placed_done(f, placed);
	vec_done(&f->jobs);
	vec_done(&f->placed);
	free(f);
}

void feeder_add(struct feeder *f, const struct feeder_job *job)
{
	struct job copy = {.fd = job->fd, .space = job->space, .keyed = job->key != NULL};

	if (job->key && job->key_size <= sizeof(copy.key))
		memcpy(copy.key, job->key, job->key_size);
	pthread_mutex_lock(&f->lock);
	vec_push(&f->jobs, copy);
	f->busy = true;
	pthread_cond_signal(&f->more);
	pthread_mutex_unlock(&f->lock);
}

bool feeder_wait(struct feeder *f, uint64_t timeout_ns)
{
	uint64_t until_ns = clock_mono_ns() + timeout_ns;
	struct timespec until = {.tv_sec = (time_t)(until_ns / NSEC_PER_SEC),
				 .tv_nsec = (long)(until_ns % NSEC_PER_SEC)};
	bool done;
	int err = 0;

	pthread_mutex_lock(&f->lock);
	while (f->busy && !err)
		err = pthread_cond_timedwait(&f->idle, &f->lock, &until);
	done = !f->busy;
	pthread_mutex_unlock(&f->lock);
	return done;
}

void feeder_counts(struct feeder *f, struct feeder_counts *ret_counts)
{
	pthread_mutex_lock(&f->lock);
	*ret_counts = f->counts;
	pthread_mutex_unlock(&f->lock);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/duty.h"

#include <math.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "capture/accounts.h"
#include "capture/meter.h"
#include "capture/slowdown.h"
#include "capture/spread.h"
#include "model/recording.h"
#include "probes/probes.h"
#include "util/log.h"
#include "util/mem.h"

#define MARGIN		1.1  /* what is asked to cost less: no cycle is like the one before */
#define PROGRAMS_MARGIN 1.25 /* the same with programs whose time varies as well */
#define LEAST_SHARE	0.25 /* of the limit that is the probes' even if the rest takes more */
#define GIVES_SHARE	0.5  /* of the limit that the probes on free may take */
#define NEW_PART	0.5  /* of a cost that has fallen: of the moving average */

enum phase { BEFORE, OPEN, AFTER };

/* A moment, and what had been used until then. */
struct moment {
	uint64_t ns, cpu_ns, probes_ns; /* of the second, the third was in the probes */
};

struct duty {
	struct duty_setup setup;
	double limit; /* share of all CPUs */
	double margin;
	uint32_t n_cpus;
	uint64_t trap_ns;
	uint64_t started_ns, started_cpu_ns;

	/* The cycle. */
	enum phase phase;
	uint32_t weight;
	uint64_t cycle_ns;	/* when it began */
	uint64_t open_ns;	/* when the window opened, or is to */
	uint64_t end_ns;	/* AFTER: when it ends */
	uint64_t window_ns;	/* how long the window is to be */
	struct moment entered;	/* when it had opened */
	struct hp_stats opened; /* before it opened */
	uint64_t opened_ns;	/* programs_ns() then */
	struct duty_sums seen;	/* the same */
	uint64_t switch_cpu_ns; /* what attaching took: of this cycle */
	uint64_t all_switch_cpu_ns;

	/* What it comes to, and what was learnt. */
	double take_share, give_share; /* of all CPUs, while attached */
	bool gives_stay;
	struct spread spread[DUTY_SUMS];
	double inside; /* of weights above 1: the first sum, of what was in the windows itself */
	struct slowdown slowdown;
	struct moment left;	     /* when nothing was attached any more */
	uint64_t shortest_ns;	     /* window of a weight above 1 */
	uint64_t windows, inside_ns; /* the time that windows were open */
	uint64_t covered_ns;	     /* that they stand for */
};

static void read_stats(const struct duty *duty, struct hp_stats *ret_stats)
{
	*ret_stats = (struct hp_stats){0};
	accounts_read(probes_map(duty->setup.probes, "hp_stats"), duty->setup.kind, ret_stats);
}

static void read_sums(const struct duty *duty, struct duty_sums *ret_sums)
{
	*ret_sums = (struct duty_sums){0};
	duty->setup.sums(duty->setup.sums_arg, ret_sums);
}

/* What the programs of the probes have cost, where that is as much as the traps; or 0. */
static uint64_t programs_ns(const struct duty *duty)
{
	uint64_t ns = 0, runs;

	if (duty->setup.ends_itself)
		probes_cost_of_files(duty->setup.probes, duty->setup.kind, &ns, &runs);
	return ns;
}

static void switch_probes(struct duty *duty, bool takes, bool gives)
{
	struct probe_window window = {.takes = takes,
				      .gives = gives,
				      .weight = duty->weight,
				      .length_ns = duty->weight > 1 ? duty->window_ns : 0,
				      .between = duty->setup.read,
				      .arg = duty->setup.read_arg};
	uint64_t before = clock_cpu_ns();

	probes_window(duty->setup.probes, duty->setup.kind, &window);
	duty->switch_cpu_ns += clock_cpu_ns() - before;
}

static struct moment moment_now(const struct duty *duty)
{
	struct hp_stats stats;

	read_stats(duty, &stats);
	return (struct moment){.ns = clock_mono_ns(),
			       .cpu_ns = duty->setup.cpu_ns(duty->setup.cpu_arg),
			       .probes_ns = stats.ticks * duty->trap_ns + programs_ns(duty)};
}

/* The time between two windows, in which nothing is in the program's way. */
static void take_outside(struct duty *duty)
{
	struct moment now = moment_now(duty);

	if (!duty->left.ns)
		return;
	duty->slowdown.out_ns += now.ns - duty->left.ns;
	duty->slowdown.out_cpu_ns +=
		(int64_t)(now.cpu_ns - duty->left.cpu_ns - (now.probes_ns - duty->left.probes_ns));
}

static void take_inside(struct duty *duty)
{
	struct moment now = moment_now(duty);

	duty->slowdown.in_ns += now.ns - duty->entered.ns;
	duty->slowdown.in_cpu_ns += now.cpu_ns - duty->entered.cpu_ns;
	duty->slowdown.in_trap_ns += now.probes_ns - duty->entered.probes_ns;
}

static void read_opened(struct duty *duty)
{
	read_sums(duty, &duty->seen);
	read_stats(duty, &duty->opened);
	duty->opened_ns = programs_ns(duty);
}

static void open_window(struct duty *duty)
{
	take_outside(duty);
	read_opened(duty);
	switch_probes(duty, true, true);
	duty->entered = moment_now(duty);
	duty->open_ns = duty->entered.ns;
	duty->phase = OPEN;
}

/* What the rest of us costs, the probes' programs included that programs_ns() does not tell. */
static double other_share(const struct duty *duty)
{
	double time = (double)(clock_mono_ns() - duty->started_ns) * duty->n_cpus;
	uint64_t bpf_ns, runs;

	meter_read(duty->setup.meter, duty->setup.probes, &bpf_ns, &runs);
	return ((double)(clock_cpu_ns() - duty->started_cpu_ns - duty->all_switch_cpu_ns) +
		(double)bpf_ns - (double)programs_ns(duty)) /
	       time;
}

uint32_t duty_weight(double share, double limit)
{
	double weight = limit > 0 ? ceil(share / limit) : DUTY_MOST_WEIGHT;

	if (weight < 1)
		return 1;
	return weight < DUTY_MOST_WEIGHT ? (uint32_t)weight : DUTY_MOST_WEIGHT;
}

/* Rises at once, falls slowly. */
static void learn(double *average, double now)
{
	*average = now > *average ? now : *average * (1 - NEW_PART) + now * NEW_PART;
}

/* The next cycle's weight, and whether the probes on free can stay. */
static void plan(struct duty *duty)
{
	double limit = duty->limit - other_share(duty);

	if (limit < duty->limit * LEAST_SHARE)
		limit = duty->limit * LEAST_SHARE;
	if (duty->gives_stay && duty->give_share * duty->margin > limit * GIVES_SHARE &&
	    (duty->take_share + duty->give_share) * duty->margin > limit) {
		log_debug("heap: the probes on free cost %.1f %%: they come and go with the others",
			  100 * duty->give_share);
		duty->gives_stay = false;
	}
	duty->weight =
		duty->gives_stay
			? duty_weight(duty->take_share * duty->margin, limit - duty->give_share)
			: duty_weight((duty->take_share + duty->give_share) * duty->margin, limit);
}

static double draw(void)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = 1u << 31;
	return (double)random / 4294967296.0;
}

/* Short where there are few of them, so that a recording has some. */
static uint64_t window_length(uint32_t weight)
{
	uint64_t length = NSEC_PER_SEC / weight;

	if (length > DUTY_WINDOW_NS)
		return DUTY_WINDOW_NS;
	return length < DUTY_SHORTEST_NS ? DUTY_SHORTEST_NS : length;
}

static void begin_cycle(struct duty *duty, uint64_t now)
{
	bool stayed = duty->gives_stay;

	plan(duty);
	duty->cycle_ns = now;
	duty->all_switch_cpu_ns += duty->switch_cpu_ns;
	duty->switch_cpu_ns = 0;
	duty->window_ns = window_length(duty->weight);
	duty->open_ns = now + (uint64_t)(draw() * (double)((duty->weight - 1) * duty->window_ns));
	if (duty->phase == OPEN && duty->weight == 1) { /* it goes on */
		read_opened(duty);
		return;
	}
	if (duty->phase == OPEN || stayed != duty->gives_stay)
		switch_probes(duty, false, duty->gives_stay);
	if (duty->phase == OPEN)
		duty->left = moment_now(duty);
	duty->phase = BEFORE;
	if (duty->weight == 1)
		open_window(duty);
}

/* What the window has cost, while attached. */
static void take_cost(struct duty *duty, uint64_t length)
{
	double time = (double)length * duty->n_cpus;
	struct hp_stats now;
	uint64_t gives;

	read_stats(duty, &now);
	gives = now.free_ticks - duty->opened.free_ticks;
	learn(&duty->give_share, (double)(gives * duty->trap_ns) / time);
	learn(&duty->take_share,
	      ((double)((now.ticks - duty->opened.ticks - gives) * duty->trap_ns) +
	       (double)(programs_ns(duty) - duty->opened_ns) + (double)duty->switch_cpu_ns) /
		      time);
}

static void take_window(struct duty *duty, uint64_t length)
{
	struct duty_sums now;
	double cycle = (double)length * duty->weight;

	duty->setup.read(duty->setup.read_arg);
	read_sums(duty, &now);
	duty->windows++;
	duty->inside_ns += length;
	duty->covered_ns += length * duty->weight;
	if (duty->weight > 1) {
		if (!duty->shortest_ns || duty->window_ns < duty->shortest_ns)
			duty->shortest_ns = duty->window_ns;
		duty->inside += (now.sum[0] - duty->seen.sum[0]) / duty->weight;
		for (int i = 0; i < DUTY_SUMS; i++)
			spread_add(&duty->spread[i], cycle, now.sum[i] - duty->seen.sum[i]);
	}
}

static void shut_window(struct duty *duty)
{
	if (duty->weight > 1)
		probes_window(duty->setup.probes, duty->setup.kind,
			      &(struct probe_window){.shut = true});
}

/* How long the window was open until `now`. */
static uint64_t open_until(const struct duty *duty, uint64_t now)
{
	uint64_t length = now - duty->open_ns;

	if (duty->setup.ends_itself && duty->weight > 1 && length > duty->window_ns)
		return duty->window_ns;
	return length;
}

static void close_window(struct duty *duty, uint64_t now)
{
	uint64_t length;

	shut_window(duty);
	length = open_until(duty, clock_mono_ns());
	if (duty->weight > 1) {
		take_inside(duty);
		switch_probes(duty, false, duty->gives_stay);
		duty->left = moment_now(duty);
		duty->phase = AFTER;
	}
	take_cost(duty, length);
	take_window(duty, length);
	duty->end_ns = duty->cycle_ns + length * duty->weight;
	if (duty->weight == 1 || duty->end_ns <= now)
		begin_cycle(duty, duty->end_ns);
}

void duty_tick(struct duty *duty)
{
	uint64_t now = clock_mono_ns();

	if (duty->phase == BEFORE && now >= duty->open_ns)
		open_window(duty);
	else if (duty->phase == OPEN && now >= duty->open_ns + duty->window_ns)
		close_window(duty, now);
	else if (duty->phase == AFTER && now >= duty->end_ns)
		begin_cycle(duty, duty->end_ns); /* what we are late is not lost */
}

struct duty *duty_new(const struct duty_setup *setup)
{
	struct duty *duty = mem_zalloc(sizeof(*duty));

	duty->setup = *setup;
	duty->limit = setup->percent / 100;
	duty->margin = setup->ends_itself ? PROGRAMS_MARGIN : MARGIN;
	duty->n_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	duty->trap_ns = probes_of_files(setup->probes, setup->kind)->trap_ns;
	duty->started_ns = duty->cycle_ns = duty->open_ns = clock_mono_ns();
	duty->started_cpu_ns = clock_cpu_ns();
	duty->weight = 1;
	duty->window_ns = DUTY_WINDOW_NS;
	duty->gives_stay = !setup->ends_itself;
	duty->phase = OPEN;
	read_opened(duty);
	return duty;
}

void duty_free(struct duty *duty)
{
	free(duty);
}

/*
 * What all weights are to be multiplied by: the last cycle ends before its time, with its window or
 * without; and what windows stand for besides themselves is what a program does that is not probed.
 */
static double scale_of(const struct duty *duty, const struct duty_sums *seen, uint64_t now,
		       double factor)
{
	double time = (double)(now - duty->started_ns) / (double)duty->covered_ns;
	double outside = duty->spread[0].sum - duty->inside;

	return seen->sum[0] > 0 ? time * (1 + outside * (1 / factor - 1) / seen->sum[0]) : time;
}

void duty_end(struct duty *duty, struct recording_windows *ret_windows)
{
	uint64_t now = clock_mono_ns();
	struct duty_sums seen;
	double scale, factor, factor_doubt, doubt, share;

	if (duty->phase == OPEN) {
		shut_window(duty);
		take_window(duty, open_until(duty, now));
	} else {
		take_outside(duty);
	}
	read_sums(duty, &seen);
	if (duty->weight == 1 && !duty->spread[0].n)
		return; /* it never cost too much */
	factor = slowdown_factor(&duty->slowdown, &factor_doubt);
	scale = scale_of(duty, &seen, now, factor);
	doubt = factor_doubt / factor * scale;
	share = (double)duty->inside_ns / (double)(now - duty->started_ns);
	if (duty->spread[0].n < 2) /* nothing tells how much the rest is like them */
		doubt += (1 - share) * scale;
	*ret_windows = (struct recording_windows){
		.n = duty->windows,
		.share = share,
		.scale = scale,
		.speed = factor,
		.speed_doubt = factor_doubt,
		.shortest_ns = duty->shortest_ns,
		.frees_missed = !duty->gives_stay,
	};
	for (int i = 0; i < DUTY_SUMS; i++) {
		double error = hypot(spread_error(&duty->spread[i]) * scale, seen.sum[i] * doubt);

		ret_windows->sum[i] = seen.sum[i] * scale;
		ret_windows->error[i] = hypot(error, sqrt(seen.variance[i]) * scale);
	}
}

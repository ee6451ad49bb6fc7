// SPDX-License-Identifier: GPL-2.0-or-later
/* Looking in windows only: the weight that keeps a limit, the sum's error, a program slowed down.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/duty.h"
#include "capture/slowdown.h"
#include "capture/spread.h"

#define SECONDS 1000
#define TRIALS	400
#define WEIGHT	10

static void test_weight(void **state)
{
	(void)state;
	assert_int_equal(duty_weight(0, 0.01), 1);
	assert_int_equal(duty_weight(0.01, 0.01), 1);
	assert_int_equal(duty_weight(0.011, 0.01), 2);
	assert_int_equal(duty_weight(0.25, 0.01), 25);
	assert_int_equal(duty_weight(1e9, 0.01), DUTY_MOST_WEIGHT);
	assert_int_equal(duty_weight(0.5, 0), DUTY_MOST_WEIGHT);
	assert_int_equal(duty_weight(0, 0), DUTY_MOST_WEIGHT);
}

static double draw(void)
{
	return (double)rand() / ((double)RAND_MAX + 1);
}

/* A load that comes and goes, by the second; looked at in one second of each WEIGHT. */
static void look(const double *load, struct spread *spread)
{
	for (int cycle = 0; cycle < SECONDS / WEIGHT; cycle++)
		spread_add(spread, WEIGHT, WEIGHT * load[cycle * WEIGHT + (int)(draw() * WEIGHT)]);
}

/* Over many trials the sum is right, and its error is what it is off by, or somewhat more. */
static void test_spread(void **state)
{
	double load[SECONDS], truth = 0, mean = 0, off = 0, told = 0;
	int beyond = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < SECONDS; i++) {
		load[i] = 100 + 60 * sin(i / 40.0) + 30 * draw();
		truth += load[i];
	}
	for (int i = 0; i < TRIALS; i++) {
		struct spread spread = {0};

		look(load, &spread);
		mean += spread.sum / TRIALS;
		off += (spread.sum - truth) * (spread.sum - truth) / TRIALS;
		told += spread_error(&spread) / TRIALS;
		beyond += fabs(spread.sum - truth) > 3 * spread_error(&spread);
	}
	assert_true(fabs(mean / truth - 1) < 0.005);
	assert_true(told > 0.8 * sqrt(off) && told < 2 * sqrt(off));
	assert_true(beyond <= TRIALS / 100);
}

static void test_spread_few(void **state)
{
	struct spread spread = {0};

	(void)state;
	assert_true(fabs(spread_error(&spread)) < 1e-9);
	spread_add(&spread, 10, 50);
	assert_true(fabs(spread_error(&spread) - 50) < 1e-9);
	spread_add(&spread, 0, 0);
	assert_true(spread_error(&spread) > 0);
}

static void test_slowdown(void **state)
{
	/* It waits for work: its CPU time grows by what the traps take. */
	struct slowdown waits = {1000, 700, 400, 1000, 300};
	/* It computes: the CPU's time is all there is. */
	struct slowdown computes = {1000, 1000, 500, 1000, 1000};
	/* What it does is less than what is not known of the traps. */
	struct slowdown drowns = {1000, 1000, 990, 1000, 1000};
	/* The traps on free, which stay, are thought to take more than all of its CPU time. */
	struct slowdown dear = {1000, 1000, 500, 1000, -10};
	struct slowdown none = {0};
	double doubt;

	(void)state;
	assert_true(fabs(slowdown_factor(&none, &doubt) - 1) < 1e-9 && fabs(doubt) < 1e-9);
	assert_true(fabs(slowdown_factor(&dear, &doubt) - 1) < 1e-9 && fabs(doubt) < 1e-9);
	assert_true(fabs(slowdown_factor(&waits, &doubt) - 1) < 1e-9 && fabs(doubt) < 1e-9);
	assert_true(fabs(slowdown_factor(&computes, &doubt) - 0.5) < 1e-9);
	assert_true(fabs(doubt - 0.5 * SLOWDOWN_DOUBT) < 1e-9);
	assert_true(fabs(slowdown_factor(&drowns, &doubt) - doubt) < 1e-9 && doubt > 0.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weight),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_spread_few),
		cmocka_unit_test(test_slowdown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

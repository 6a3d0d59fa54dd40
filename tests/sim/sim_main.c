/*
 * sim_main.c - thousands of random schedules of a VRRP group; a violation prints its schedule.
 *
 *   test_vrrp_sim [--schedules N] [--seed S] [--first K] [--until-violation]
 *
 * Schedule k of seed S is the same on every machine: --seed S --first k --schedules 1 repeats it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/sim/sim.h"

#define SCHEDULES_DEFAULT 3000

struct totals {
	unsigned long steps;
	unsigned long masters;
	unsigned long accepted;
	unsigned long dropped;
};

static void
add_totals(struct totals *t, const struct sim *s)
{
	t->steps += s->n_steps;
	for (int i = 0; i < s->n_routers; i++) {
		const struct router *r = &s->routers[i];

		t->masters += r->fsm.n_become_master;
		for (int d = 0; d < VRRP_N_DROPS; d++)
			*(d == VRRP_DROP_NONE ? &t->accepted : &t->dropped) += r->drops[d];
	}
}

static void
print_trace(const struct sim *s)
{
	size_t from = s->n_trace > TRACE_LINES ? s->n_trace - TRACE_LINES : 0;

	for (size_t i = from; i < s->n_trace; i++)
		printf("%s\n", s->trace[i % TRACE_LINES]);
}

static unsigned long
number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (*text == '\0' || *end != '\0') {
		fprintf(stderr, "'%s' is no number\n", text);
		exit(2);
	}
	return n;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {{"schedules", required_argument, NULL, 'n'},
						{"seed", required_argument, NULL, 's'},
						{"first", required_argument, NULL, 'f'},
						{"until-violation", no_argument, NULL, 'u'},
						{0}};
	static struct sim s;
	unsigned long n = SCHEDULES_DEFAULT, seed = (unsigned long)time(NULL), first = 0, bad = 0;
	struct totals t = {0};
	bool until_violation = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "n:s:f:u", options, NULL)) != -1) {
		if (opt == 'n')
			n = number(optarg);
		else if (opt == 's')
			seed = number(optarg);
		else if (opt == 'f')
			first = number(optarg);
		else if (opt == 'u')
			until_violation = true;
		else
			return 2;
	}
	for (unsigned long k = first; k < first + n && !(until_violation && bad); k++) {
		sim_schedule(&s, seed * 1000003u + k);
		add_totals(&t, &s);
		if (!s.violated)
			continue;
		if (bad++ > 0)
			continue;
		print_trace(&s);
		printf("repeat with: --seed %lu --first %lu --schedules 1\n", seed, k);
	}
	printf("%lu steps, %lu times master, %lu adverts accepted, %lu dropped\n", t.steps,
	       t.masters, t.accepted, t.dropped);
	printf("%lu schedules, %lu violations, seed %lu\n", n, bad, seed);
	return bad > 0;
}

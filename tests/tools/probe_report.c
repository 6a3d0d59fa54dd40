/*
 * probe_report.c - what the probe saw, for people and as one JSON object.
 */
#include "probe.h"

#include <time.h>

const char *const result_names[RESULT_N] = {
#define X(id, name) name,
    RESULT_TABLE(X)
#undef X
};

static void
print_instant(const char *name, struct instant at)
{
	printf("\"%s_mono_us\":%lld,\"%s_real_us\":%lld,", name, (long long)at.mono, name,
	       (long long)at.real);
}

static double
ms(usec_t us)
{
	return (double)us / 1000.0;
}

static void
print_outages_json(const struct probe *p)
{
	const struct outage *longest = outages_longest(&p->outages);
	const struct outage *o;

	printf("\"longest_outage_ms\":%.1f,\"outages\":[", longest ? ms(longest->length) : 0.0);
	for (size_t i = 0; i < p->outages.n; i++) {
		o = &p->outages.list[i];
		printf("%s{\"ms\":%.1f,\"failed\":%llu,", i ? "," : "", ms(o->length),
		       (unsigned long long)o->n_failed);
		print_instant("last_ok", o->last_ok);
		print_instant("next_ok", o->next_ok);
		printf("\"open\":%s,\"at_start\":%s}", o->open ? "true" : "false",
		       o->at_start ? "true" : "false");
	}
	printf("],");
}

void
probe_print_json(const struct probe *p, usec_t took)
{
	printf("{\"tool\":\"probe\",\"target\":");
	json_string(p->target_text, stdout);
	printf(",\"interval_ms\":%.3f,\"deadline_ms\":%.3f,\"seconds\":%.3f,\"attempts\":%llu,",
	       ms(p->interval), ms(p->deadline), ms(took) / 1000, (unsigned long long)p->n_started);
	for (int r = RESULT_OK; r < RESULT_N; r++)
		printf("\"%s\":%llu,", result_names[r], (unsigned long long)p->n_results[r]);
	printf("\"failed\":%llu,\"errors\":",
	       (unsigned long long)(p->n_started - p->n_results[RESULT_OK]));
	tally_json(&p->errors, stdout);
	putchar(',');
	print_outages_json(p);
	printf("\"answers\":{");
	for (size_t i = 0; i < p->n_answers; i++) {
		printf("%s", i ? "," : "");
		json_string(p->answers[i].text, stdout);
		printf(":%llu", (unsigned long long)p->answers[i].n);
	}
	printf("},\"max_late_ms\":%.3f,", ms(p->max_late));
	hist_json(&p->hist, stdout);
	printf("}\n");
}

static void
print_time(struct instant at)
{
	time_t seconds = (time_t)(at.real / USEC_PER_SEC);
	char text[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%FT%T", &tm);
	printf("%s.%06lldZ (mono %lld us)", text, (long long)(at.real % USEC_PER_SEC),
	       (long long)at.mono);
}

void
probe_print_text(const struct probe *p, usec_t took)
{
	const struct outage *longest = outages_longest(&p->outages);
	const struct outage *o;

	printf("probe %s: %llu attempts in %.3f s", p->target_text,
	       (unsigned long long)p->n_started, ms(took) / 1000);
	for (int r = RESULT_OK; r < RESULT_N; r++)
		printf(", %s %llu", result_names[r], (unsigned long long)p->n_results[r]);
	printf(", longest outage %.1f ms, p50 %lld us, max %lld us, max late %.3f ms\n",
	       longest ? ms(longest->length) : 0.0, (long long)hist_quantile(&p->hist, 0.5),
	       (long long)p->hist.max, ms(p->max_late));
	for (size_t i = 0; i < p->outages.n; i++) {
		o = &p->outages.list[i];
		printf("  outage %.1f ms%s%s, %llu failed, from ", ms(o->length),
		       o->open ? " (open)" : "", o->at_start ? " (from the start)" : "",
		       (unsigned long long)o->n_failed);
		print_time(o->last_ok);
		printf(" to ");
		print_time(o->next_ok);
		putchar('\n');
	}
	for (size_t i = 0; i < p->n_answers; i++)
		printf("  %llu x '%s'\n", (unsigned long long)p->answers[i].n, p->answers[i].text);
}

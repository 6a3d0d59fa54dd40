/*
 * show.c - what is asked once for one answer that shows many things.
 */
#include "vrrpd/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "common/daemon.h"
#include "vrrpd/nl.h"

#define ADDRESSES_MAX 65536 /* more than that nobody wants to be shown */

static void
collect(const struct nl_address *a, void *arg)
{
	struct show *s = arg;
	struct nl_address *more;

	if (s->n_addresses % 64 == 0) {
		more = s->n_addresses < ADDRESSES_MAX
			   ? realloc(s->addresses, (s->n_addresses + 64) * sizeof(*more))
			   : NULL;
		if (!more)
			return;
		s->addresses = more;
	}
	s->addresses[s->n_addresses++] = *a;
}

void
show_open(struct show *s, struct nl *nl)
{
	struct err e;

	*s = (struct show){.now = clock_boot()};
	s->addresses_known = nl_list_addresses(nl, AF_UNSPEC, collect, s, &e) == 0;
}

void
show_close(struct show *s)
{
	free(s->addresses);
	s->addresses = NULL;
}

bool
show_has_address(const struct show *s, int ifindex, const struct addr *a)
{
	for (size_t i = 0; i < s->n_addresses; i++)
		if (s->addresses[i].ifindex == ifindex && addr_ip_equal(&s->addresses[i].addr, a))
			return true;
	return false;
}

const char *
show_time(int64_t wall, bool with_zone, char text[SHOW_TIME_MAX])
{
	time_t seconds = (time_t)(wall / USEC_PER_SEC);
	char day[24], zone[8] = "";
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(day, sizeof(day), with_zone ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);
	if (with_zone)
		strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text, SHOW_TIME_MAX, "%s.%03d%s", day, (int)(wall % USEC_PER_SEC / USEC_PER_MS),
		 zone);
	return text;
}

void
show_duration(struct strbuf *b, usec_t t)
{
	if (t < USEC_PER_SEC)
		strbuf_addf(b, "%.1f ms", (double)t / (double)USEC_PER_MS);
	else
		strbuf_addf(b, "%.3f s", (double)t / (double)USEC_PER_SEC);
}

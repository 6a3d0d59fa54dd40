/*
 * peak.c - the largest of a stream of measurements: of all times, and recently.  Pure.
 */
#include "vrrpd/peak.h"

void
peak_note(struct peak *l, usec_t late, usec_t now)
{
	if (late < 0)
		late = 0;
	if (l->n++ == 0)
		l->window_at = now;
	if (now - l->window_at >= PEAK_WINDOW) {
		l->window[1] = now - l->window_at < 2 * PEAK_WINDOW ? l->window[0] : 0;
		l->window[0] = 0;
		l->window_at = now;
	}
	if (late > l->window[0])
		l->window[0] = late;
	if (late <= l->max)
		return;
	l->max = late;
	l->max_at = now;
}

usec_t
peak_recent(const struct peak *l, usec_t now)
{
	usec_t age = now - l->window_at;

	if (age >= 2 * PEAK_WINDOW)
		return 0;
	if (age >= PEAK_WINDOW)
		return l->window[0];
	return l->window[0] > l->window[1] ? l->window[0] : l->window[1];
}

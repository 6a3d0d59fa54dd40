/*
 * base.c - the event loop: timers to the microsecond, libevent's own complaints in our log.
 */
#include "vrrpd/base.h"

#include <event2/event.h>

#include "common/log.h"

static void
to_log(int severity, const char *text)
{
	if (severity == EVENT_LOG_ERR)
		log_err("libevent: %s", text);
	else if (severity == EVENT_LOG_WARN)
		log_warn("libevent: %s", text);
}

struct event_base *
base_new(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base = NULL;

	event_set_log_callback(to_log);
	if (!cfg)
		return NULL;
	/* adverts and deadlines count in milliseconds; the cached time may be older than that */
	event_config_set_flag(cfg, EVENT_BASE_FLAG_PRECISE_TIMER);
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NO_CACHE_TIME);
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK);
	event_config_set_flag(cfg, EVENT_BASE_FLAG_IGNORE_ENV);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	return base;
}

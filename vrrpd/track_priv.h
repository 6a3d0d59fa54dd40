/*
 * track_priv.h - between track.c and the probers, one per kind of tracker.
 *
 * A prober reads its configuration through its track at each use: a reload moves it.  Whenever
 * its fact changes it says so with track_changed(), as the last thing it does: that may weigh,
 * and weighing may run commands.
 */
#ifndef VRRPD_TRACK_PRIV_H
#define VRRPD_TRACK_PRIV_H

#include <stdint.h>

#include "vrrpd/track.h"

struct event;

struct track {
	struct track_world *world;
	char *name; /* an instance that leaves may still tell it when the configuration is gone */
	const struct track_conf *conf;
	const struct track_ops *ops;
	void *probe;
	track_fn fn;
	void *arg;
	int refs;
	bool stopped;
	struct track_fact logged;
};

/* NULL: that kind has nothing to do there.  Details are what stands behind the common words. */
struct track_ops {
	void *(*open)(struct track *t); /* NULL: out of memory */
	void (*start)(void *probe);
	void (*close)(void *probe);
	void (*fact)(const void *probe, struct track_fact *out);
	void (*ordered)(void *probe, usec_t grace);
	void (*order_done)(void *probe, bool well);
	void (*links_changed)(void *probe);
	void (*text)(const void *probe, struct strbuf *b);
	void (*json)(const void *probe, struct strbuf *b); /* ,"key":value ... */
};

extern const struct track_ops track_socket_ops;
extern const struct track_ops track_script_ops;
extern const struct track_ops track_interface_ops;
extern const struct track_ops track_process_ops;
extern const struct track_ops track_file_ops;
extern const struct track_ops track_gateway_ops;

void track_changed(struct track *t);
/* Arm a timer to an instant of clock_now(); USEC_NEVER: not at all. */
void track_arm(struct event *timer, usec_t at);
void track_json_text(struct strbuf *b, const char *key, const char *value);
void track_json_number(struct strbuf *b, const char *key, int64_t value);

#endif

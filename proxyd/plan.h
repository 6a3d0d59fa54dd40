/*
 * plan.h - a configuration file read, checked and ready to be handed to an engine.
 *
 * The monitor keeps the plan that runs, so that a dead engine's successor needs no file.
 */
#ifndef PROXYD_PLAN_H
#define PROXYD_PLAN_H

#include <stddef.h>

#include "proxyd/binds.h"
#include "proxyd/conf.h"

struct plan {
	char *text;
	size_t text_len;
	struct conf *conf;
	struct bind_spec *specs; /* every listening socket it wants */
	size_t n_specs;
	size_t n_fds; /* descriptors that its engine needs */
};

/*
 * Touches nothing.  Every mistake goes to el: those of the text, unknown users and groups, a
 * chroot that is not there.  `name` stands in messages.
 */
int plan_load(struct plan *p, const char *path, const char *name, struct errlist *el)
    __attribute__((warn_unused_result));
/* The same from text in memory; takes the text over (malloc'ed, freed on failure too). */
int plan_from_text(struct plan *p, char *text, size_t len, const char *name, struct errlist *el)
    __attribute__((warn_unused_result));
void plan_free(struct plan *p);
/* Settings that differ but are fixed when an engine starts; "user, threads", or "" (in buf). */
const char *plan_fixed_changes(const struct plan *old, const struct plan *now_current, char *buf,
			       size_t size);

#endif

/*
 * statics.h - addresses, routes and rules that the host has as long as vrrpd runs: added at the
 * start, put back when somebody removes them, taken away at the end.
 *
 * What was there before is somebody else's: an address of that kind is left alone and stays, and
 * what is in the place of a route is a failure, which is tried again.
 */
#ifndef VRRPD_STATICS_H
#define VRRPD_STATICS_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/strbuf.h"
#include "vrrpd/conf.h"

struct event_base;
struct links;
struct nl;
struct statics;

struct statics *statics_new(struct event_base *base, struct nl *nl, const struct links *links);
/* Takes what it added away. */
void statics_free(struct statics **s);
/* Carries the difference to what was before out; sc (NULL: nothing) outlives the next call. */
void statics_set(struct statics *s, const struct static_conf *sc);
/* At the start: what is marked as ours, but for the addresses that are wanted again. */
void statics_remove_left_overs(struct statics *s, const struct static_conf *sc);

/* --- what the kernel tells -------------------------------------------------------------------- */

void statics_address_gone(struct statics *s, int ifindex, const struct addr *a);
void statics_routes_gone(struct statics *s, uint8_t proto);
/* A link changed, or messages were lost. */
void statics_look(struct statics *s);
bool statics_have_routes(const struct statics *s); /* or rules */

void statics_text(const struct statics *s, struct strbuf *b);
void statics_json(const struct statics *s, struct strbuf *b); /* a member of an object */
uint64_t statics_restored(const struct statics *s);
uint64_t statics_failures(const struct statics *s);

#endif

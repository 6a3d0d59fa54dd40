/*
 * recall.c - the state file as text: what a killed vrrpd leaves to the next one.  Pure.
 */
#include "vrrpd/recall.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vrrpd/conf.h"

/* --- digest ----------------------------------------------------------------------------------- */

/* FNV-1a, 64 bits: nobody is to be kept out, only a change is to be seen. */
static void
mix(uint64_t *h, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		*h = (*h ^ p[i]) * 0x100000001b3u;
}

static void
mix_text(uint64_t *h, const char *text)
{
	if (text)
		mix(h, text, strlen(text));
	mix(h, "", 1);
}

static void
mix_number(uint64_t *h, int64_t n)
{
	mix(h, &n, sizeof(n));
}

static void
mix_addr(uint64_t *h, const struct addr *a)
{
	char text[ADDR_STRLEN];

	mix_text(h, a->len > 0 ? addr_format_ip(a, text) : NULL);
}

uint64_t
recall_digest(const struct instance_conf *ic)
{
	const int64_t numbers[] = {ic->virtual_router_id, ic->priority,       ic->advert_int,
				   ic->version,           ic->auth_type,      ic->family,
				   (int64_t)ic->n_vips,   (int64_t)ic->n_held};
	uint64_t h = 0xcbf29ce484222325u;

	mix_text(&h, ic->interface);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		mix_number(&h, numbers[i]);
	mix(&h, ic->auth_pass, sizeof(ic->auth_pass));
	mix_addr(&h, &ic->source);
	for (size_t i = 0; i < ic->n_unicast_peers; i++)
		mix_addr(&h, &ic->unicast_peers[i]);
	for (size_t i = 0; i < ic->n_routes; i++)
		mix_text(&h, ic->routes[i].text);
	for (size_t i = 0; i < ic->n_rules; i++)
		mix_text(&h, ic->rules[i].text);
	for (size_t i = 0; i < ic->n_held; i++) {
		mix_addr(&h, &ic->vips[i].addr);
		mix_addr(&h, &ic->vips[i].peer);
		mix_number(&h, ic->vips[i].prefix_len);
		mix_text(&h, ic->vips[i].dev);
		mix_text(&h, ic->vips[i].label);
	}
	return h;
}

/* --- text ------------------------------------------------------------------------------------- */

size_t
recall_header(const char *boot, char buf[RECALL_LINE_MAX])
{
	return (size_t)snprintf(buf, RECALL_LINE_MAX, "vrrpd-state 1 boot=%.*s\n", RECALL_BOOT_MAX,
				boot);
}

void
recall_at(usec_t at_sent, char buf[RECALL_AT_LEN + 1])
{
	snprintf(buf, RECALL_AT_LEN + 1, "%0*" PRId64, RECALL_AT_LEN, at_sent);
}

size_t
recall_line(const char *name, const struct recall *r, char buf[RECALL_LINE_MAX], size_t *at)
{
	char digits[RECALL_AT_LEN + 1];
	size_t len;

	recall_at(r->at_sent, digits);
	len = (size_t)snprintf(buf, RECALL_LINE_MAX, "%.63s digest=%016" PRIx64 " state=%s at=%s\n",
			       name, r->digest, r->master ? "MASTER" : "OTHER", digits);
	*at = len - 1 - RECALL_AT_LEN;
	return len;
}

/* The next line without its end into buf; false: there is none, or it is none of ours. */
static bool
next_line(const char **text, size_t *len, char buf[RECALL_LINE_MAX])
{
	const char *end = memchr(*text, '\n', *len);
	size_t n = end ? (size_t)(end - *text) : 0;

	if (!end || n >= RECALL_LINE_MAX || memchr(*text, '\0', n))
		return false;
	memcpy(buf, *text, n);
	buf[n] = '\0';
	*text += n + 1;
	*len -= n + 1;
	return true;
}

static bool
read_digits(const char *text, usec_t *at)
{
	usec_t n = 0;

	if (strlen(text) != RECALL_AT_LEN || strspn(text, "0123456789") != RECALL_AT_LEN ||
	    strncmp(text, "000", 3) != 0) /* as many as fit */
		return false;
	for (; *text; text++)
		n = n * 10 + (*text - '0');
	*at = n;
	return true;
}

bool
recall_find(const char *text, size_t len, const char *boot, const char *name, uint64_t digest,
	    usec_t *at_sent)
{
	char line[RECALL_LINE_MAX], wanted[RECALL_LINE_MAX];
	const struct recall r = {.digest = digest, .master = true};
	size_t at;

	wanted[recall_header(boot, wanted) - 1] = '\0';
	if (!next_line(&text, &len, line) || strcmp(line, wanted) != 0)
		return false;
	recall_line(name, &r, wanted, &at);
	while (next_line(&text, &len, line))
		if (strncmp(line, wanted, at) == 0 && read_digits(line + at, at_sent))
			return true;
	return false;
}

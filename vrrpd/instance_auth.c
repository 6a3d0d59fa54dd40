/*
 * instance_auth.c - what an instance tells about its authentication: how, and who signs with which
 * key.  Never a secret.
 */
#include "common/daemon.h"
#include "common/json.h"
#include "vrrpd/instance_priv.h"
#include "vrrpd/show.h"

static const char *
type_of(const struct instance *in)
{
	static const char *const names[] = {"none", "PASS", "AH"};

	return in->wire.hmac ? "HMAC-SHA256" : names[in->wire.auth_type];
}

static const char *
mode_of(const struct vrrp_hmac *h)
{
	static const char *const names[] = {"enforce", "permissive", "receive-only"};

	return names[h->mode];
}

static usec_t
age_of(const struct auth_sender *a)
{
	usec_t age = clock_utc() - a->at;

	return age > 0 ? age : 0; /* the clock was set back */
}

static void
text_hmac(const struct instance *in, struct strbuf *b)
{
	const struct vrrp_hmac *h = in->wire.hmac;
	char text[ADDR_STRLEN];

	strbuf_addf(b, ", %s, key %d of", mode_of(h), h->active_key);
	for (size_t i = 0; i < h->n_keys; i++)
		strbuf_addf(b, "%s %d", i ? "," : "", h->keys[i].id);
	if (h->anti_replay == HMAC_TIME)
		strbuf_addf(b, ", clocks within %lld s\n", (long long)(h->window / USEC_PER_SEC));
	else
		strbuf_adds(b, ", numbers grow\n");
	for (size_t i = 0; i < AUTH_SENDERS_MAX; i++) {
		const struct auth_sender *a = &in->auth.senders[i];

		if (a->used == 0)
			continue;
		strbuf_addf(b, "  signed     %s with key %d, ", addr_format_ip(&a->src, text),
			    a->key_id);
		show_duration(b, age_of(a));
		strbuf_adds(b, " ago\n");
	}
	if (in->count.unsigned_received > 0)
		strbuf_addf(b, "  unsigned   %llu adverts accepted\n",
			    (unsigned long long)in->count.unsigned_received);
}

void
instance_auth_text(const struct instance *in, struct strbuf *b)
{
	if (!in->wire.hmac && in->wire.auth_type == VRRP_AUTH_NONE)
		return;
	strbuf_addf(b, "  auth       %s", type_of(in));
	if (in->wire.hmac)
		text_hmac(in, b);
	else if (in->wire.auth_type == VRRP_AUTH_AH)
		strbuf_addf(b, ", number %lu\n", (unsigned long)in->auth.ah_seq);
	else
		strbuf_adds(b, ", in clear, protects from nobody\n");
}

static void
json_senders(const struct instance *in, struct strbuf *b)
{
	char text[ADDR_STRLEN];

	json_open(b, "senders", '[');
	for (size_t i = 0; i < AUTH_SENDERS_MAX; i++) {
		const struct auth_sender *a = &in->auth.senders[i];

		if (a->used == 0)
			continue;
		json_open(b, NULL, '{');
		json_str(b, "address", addr_format_ip(&a->src, text));
		json_int(b, "key", a->key_id);
		json_seconds(b, "age_s", age_of(a));
		json_close(b, '}');
	}
	json_close(b, ']');
}

static void
json_hmac(const struct instance *in, struct strbuf *b)
{
	const struct vrrp_hmac *h = in->wire.hmac;

	json_str(b, "mode", mode_of(h));
	json_int(b, "active_key", h->active_key);
	json_open(b, "keys", '[');
	for (size_t i = 0; i < h->n_keys; i++)
		json_int(b, NULL, h->keys[i].id);
	json_close(b, ']');
	json_str(b, "anti_replay", h->anti_replay == HMAC_TIME ? "time" : "monotonic");
	if (h->anti_replay == HMAC_TIME)
		json_int(b, "time_window_s", h->window / USEC_PER_SEC);
	json_int(b, "clock_skew_s", in->auth.skew_s);
	json_senders(in, b);
}

void
instance_auth_json(const struct instance *in, struct strbuf *b)
{
	json_open(b, "auth", '{');
	json_str(b, "type", type_of(in));
	if (in->wire.hmac)
		json_hmac(in, b);
	else if (in->wire.auth_type == VRRP_AUTH_AH)
		json_u64(b, "sequence", in->auth.ah_seq);
	json_close(b, '}');
}

/*
 * http_auth.c - users and passwords of the status page (RFC 7617).  Pure.
 */
#include "proxyd/http_auth.h"

#include <string.h>
#include <strings.h>

#include "common/strbuf.h"
#include "proxyd/conf.h"

static void
base64(const char *in, size_t len, char *out)
{
	enum { PAD = 64 };
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

	for (size_t i = 0; i < len; i += 3) {
		unsigned a = (unsigned char)in[i];
		unsigned b = i + 1 < len ? (unsigned char)in[i + 1] : 0;
		unsigned c = i + 2 < len ? (unsigned char)in[i + 2] : 0;

		*out++ = digits[a >> 2];
		*out++ = digits[(a & 3) << 4 | b >> 4];
		*out++ = digits[i + 1 < len ? (b & 15) << 2 | c >> 6 : PAD];
		*out++ = digits[i + 2 < len ? c & 63 : PAD];
	}
	*out = '\0';
}

/* No early exit: the time does not tell how much of a guess was right. */
static bool
same_text(const char *given, const char *expected)
{
	size_t n = strlen(given), m = strlen(expected);
	unsigned differs = n != m;

	for (size_t i = 0; i < n; i++)
		differs |= (unsigned char)given[i] ^ (unsigned char)expected[m ? i % m : 0];
	return differs == 0;
}

bool
http_auth_ok(const char *authorization, const struct conf_auth *auth, size_t n_auth)
{
	struct strbuf plain;
	bool ok = false;

	if (strncasecmp(authorization, "Basic ", 6) != 0)
		return false;
	strbuf_init(&plain);
	for (size_t i = 0; i < n_auth; i++) {
		char expected[512];

		strbuf_clear(&plain);
		strbuf_addf(&plain, "%s:%s", auth[i].user, auth[i].password);
		if (plain.failed || (plain.len + 2) / 3 * 4 >= sizeof(expected))
			continue;
		base64(plain.s, plain.len, expected);
		ok |= same_text(authorization + 6, expected);
	}
	strbuf_free(&plain);
	return ok;
}

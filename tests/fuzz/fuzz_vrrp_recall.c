/*
 * fuzz_vrrp_recall.c - any bytes as the state file of an earlier life, and as the file of a secret.
 *
 * An instant that is found stands in the text, in a line of that instance and that configuration;
 * the complaint about a secret does not repeat it.
 */
#include <inttypes.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vrrpd/hmac.h"
#include "vrrpd/recall.h"

#define BOOT   "5c0bb8e1"
#define NAME   "VI_1"
#define DIGEST UINT64_C(0x0123456789abcdef)

static bool
contains(const char *text, size_t size, const char *part, size_t len)
{
	for (size_t i = 0; i + len <= size; i++)
		if (memcmp(text + i, part, len) == 0)
			return true;
	return false;
}

static void
check_state(const char *text, size_t size)
{
	struct recall r = {.digest = DIGEST, .master = true};
	char line[RECALL_LINE_MAX];
	size_t len, at;

	if (!recall_find(text, size, BOOT, NAME, DIGEST, &r.at_sent))
		return;
	len = recall_line(NAME, &r, line, &at);
	FUZZ_ASSERT(len < RECALL_LINE_MAX && at + RECALL_AT_LEN + 1 == len);
	FUZZ_ASSERT(r.at_sent >= 0 && contains(text, size, line, len));
	len = recall_header(BOOT, line);
	FUZZ_ASSERT(size > len && memcmp(text, line, len) == 0);
	FUZZ_ASSERT(!recall_find(text, size, BOOT "x", NAME, DIGEST, &r.at_sent));
}

static void
check_secret(const char *text)
{
	struct hmac_key key = {.id = 1};
	struct err e;

	if (hmac_key_parse(text, &key, &e) == 0)
		FUZZ_ASSERT(key.len >= HMAC_KEY_MIN && key.len <= HMAC_KEY_MAX);
	else
		FUZZ_ASSERT(e.text[0] && (strlen(text) < 8 || !strstr(e.text, text)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char *exact = malloc(size ? size : 1); /* without an end: a sanitizer sees the rest */

	FUZZ_ASSERT(text != NULL && exact != NULL);
	memcpy(text, data, size);
	memcpy(exact, data, size);
	text[size] = '\0';
	check_state(exact, size);
	check_secret(text);
	free(exact);
	free(text);
	return 0;
}

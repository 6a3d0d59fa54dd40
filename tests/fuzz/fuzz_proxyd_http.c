/*
 * fuzz_proxyd_http.c - any bytes on the status port: request heads and credentials.
 */
#include <string.h>

#include "common/http.h"
#include "proxyd/conf.h"
#include "proxyd/http_auth.h"
#include "tests/fuzz/fuzz.h"

static void
check_request(const struct http_request *rq)
{
	static const struct conf_auth auth[] = {{"admin", "admin"}, {"u", ""}};

	FUZZ_ASSERT(memchr(rq->target, '\0', sizeof(rq->target)) != NULL);
	FUZZ_ASSERT(memchr(rq->authorization, '\0', sizeof(rq->authorization)) != NULL);
	if (rq->status != 0)
		return;
	FUZZ_ASSERT(rq->target[0] != '\0');
	(void)http_auth_ok(rq->authorization, auth, 2);
	FUZZ_ASSERT(!http_auth_ok(rq->authorization, auth, 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1); /* exactly as long: reading on is found out */
	size_t used = 0, n;
	struct http_request rq;

	FUZZ_ASSERT(bytes != NULL);
	memcpy(bytes, data, size);
	while (used < size) { /* pipelined requests */
		n = http_parse(bytes + used, size - used, &rq);
		FUZZ_ASSERT(n <= size - used);
		if (n == 0)
			break;
		check_request(&rq);
		if (rq.status != 0)
			break;
		used += n;
	}
	free(bytes);
	return 0;
}

/*
 * fuzz_vrrp_conflict.c - any bytes as an Ethernet frame: does it claim an address?
 *
 * Whatever is believed is an address of one of the two families and comes from within the frame.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vrrpd/conflict.h"

static bool
contains(const uint8_t *data, size_t size, const void *bytes, size_t n)
{
	for (size_t i = 0; i + n <= size; i++)
		if (memcmp(data + i, bytes, n) == 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conflict_claim claim;

	memset(&claim, 0, sizeof(claim));
	if (!conflict_read(data, size, &claim))
		return 0;
	FUZZ_ASSERT(contains(data, size, claim.mac, sizeof(claim.mac)));
	if (addr_family(&claim.addr) == AF_INET)
		FUZZ_ASSERT(contains(data, size, &claim.addr.in.sin_addr, 4));
	else if (addr_family(&claim.addr) == AF_INET6)
		FUZZ_ASSERT(contains(data, size, &claim.addr.in6.sin6_addr, 16));
	else
		FUZZ_ASSERT(false);
	return 0;
}

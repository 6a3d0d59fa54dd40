/*
 * foreign.h - virtual addresses that somebody else configured on this host: an alarm, never a
 * fight.  Pure.
 *
 * An address is ours when it carries our mark, or when we hold it and it is as we would add it.
 * What was there without our mark before we added anything stays the other's: vrrpd neither adds
 * nor removes it, and says so.
 */
#ifndef VRRPD_FOREIGN_H
#define VRRPD_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/usec.h"

/* An address as the kernel lists it. */
struct foreign_seen {
	const struct addr *addr;
	int ifindex;
	uint8_t prefix_len;
	bool marked;  /* as ours */
	bool as_ours; /* where and as long as we would add it */
};

struct foreign {
	struct addr addr;
	int ifindex;
	uint8_t prefix_len;
	usec_t since;
	bool seen; /* in the present look */
};

/* As many as there are: what stood outside would be taken for ours, and removed. */
struct foreign_list {
	struct foreign *list;
	size_t n, room;
};

void foreign_free(struct foreign_list *f);

/* One look: begin, each address that is configured as virtual, end. */
void foreign_begin(struct foreign_list *f);
/* Is it foreign and new?  holds: we are holding this address. */
bool foreign_look(struct foreign_list *f, const struct foreign_seen *s, bool holds, usec_t now);
/* One that is not there any more: true and *gone, as often as there is one. */
bool foreign_end(struct foreign_list *f, struct foreign *gone);
bool foreign_has(const struct foreign_list *f, int ifindex, const struct addr *a,
		 uint8_t prefix_len);

/* --- left-overs at start ---------------------------------------------------------------------- */

/*
 * Is an address that an instance wants, found at start, ours from an earlier life?  By its mark; on
 * kernels that keep none, by having a lifetime, as only we give virtual addresses one.
 */
bool foreign_is_left_over(bool marked, bool kernel_marks, bool has_lifetime);

#endif

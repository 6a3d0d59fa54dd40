/*
 * foreign.c - whose is a virtual address that is configured on this host?
 */
#include "vrrpd/foreign.h"

#include <stdlib.h>

static struct foreign *
find(struct foreign_list *f, int ifindex, const struct addr *a, uint8_t prefix_len)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].ifindex == ifindex && f->list[i].prefix_len == prefix_len &&
		    addr_ip_equal(&f->list[i].addr, a))
			return &f->list[i];
	return NULL;
}

void
foreign_begin(struct foreign_list *f)
{
	for (size_t i = 0; i < f->n; i++)
		f->list[i].seen = false;
}

static bool
make_room(struct foreign_list *f)
{
	size_t room = f->room ? 2 * f->room : 8;
	struct foreign *more;

	if (f->n < f->room)
		return true;
	more = realloc(f->list, room * sizeof(*more));
	if (!more)
		return false;
	f->list = more;
	f->room = room;
	return true;
}

void
foreign_free(struct foreign_list *f)
{
	free(f->list);
	*f = (struct foreign_list){.list = NULL};
}

bool
foreign_look(struct foreign_list *f, const struct foreign_seen *s, bool holds, usec_t now)
{
	struct foreign *known = find(f, s->ifindex, s->addr, s->prefix_len);

	if (s->marked)
		return false;
	if (known) {
		known->seen = true;
		return false;
	}
	if ((holds && s->as_ours) || !make_room(f))
		return false;
	f->list[f->n++] = (struct foreign){.addr = *s->addr,
					   .ifindex = s->ifindex,
					   .prefix_len = s->prefix_len,
					   .since = now,
					   .seen = true};
	return true;
}

bool
foreign_end(struct foreign_list *f, struct foreign *gone)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->list[i].seen)
			continue;
		*gone = f->list[i];
		f->list[i] = f->list[--f->n];
		return true;
	}
	return false;
}

bool
foreign_has(const struct foreign_list *f, int ifindex, const struct addr *a, uint8_t prefix_len)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].ifindex == ifindex && f->list[i].prefix_len == prefix_len &&
		    addr_ip_equal(&f->list[i].addr, a))
			return true;
	return false;
}

bool
foreign_is_left_over(bool marked, bool kernel_marks, bool has_lifetime)
{
	return marked || (!kernel_marks && has_lifetime);
}

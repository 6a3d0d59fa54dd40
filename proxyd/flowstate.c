/*
 * flowstate.c - the table of one direction.  Pure; flow.c is its only caller beside the tests.
 */
#include "proxyd/flowstate.h"

void
flowstate_init(struct flowstate *f, enum flow_policy policy)
{
	*f = (struct flowstate){
	    .can_read = true,
	    .can_write = true,
	    .policy = (uint8_t)policy,
	    .want_splice = policy == FLOW_POLICY_SPLICE,
	};
}

void
flowstate_edges(struct flowstate *f, bool readable, bool writable, bool hup)
{
	if (readable || hup)
		f->can_read = true;
	if (writable)
		f->can_write = true;
	if (hup)
		f->hup = true;
}

enum flow_action
flowstate_next(const struct flowstate *f)
{
	bool splice = f->mode == FLOW_SPLICE;

	if (f->shut)
		return FLOW_DONE;
	if (f->write_failed)
		return FLOW_FAILED;
	if (f->pending > 0) /* what was read before an error still goes out */
		return f->can_write ? (splice ? FLOW_DRAIN : FLOW_WRITE) : FLOW_WAIT;
	if (f->read_failed)
		return FLOW_FAILED;
	if (f->eof)
		return FLOW_SHUTDOWN;
	if (!f->can_read || !f->can_write)
		return FLOW_WAIT;
	return splice ? FLOW_FILL : FLOW_READ;
}

/* Is this copied direction to go through a pipe? */
static bool
is_streamer(const struct flowstate *f)
{
	switch ((enum flow_policy)f->policy) {
	case FLOW_POLICY_AUTO:
		return f->streak >= FLOW_STREAK_TO_SPLICE;
	case FLOW_POLICY_SPLICE:
		return true;
	case FLOW_POLICY_COPY:
		break;
	}
	return false;
}

/* Streaks: full reads make a streamer, small fills end one. */
static void
note_size(struct flowstate *f, uint32_t n, uint32_t room)
{
	bool full = n >= room, small = n < FLOW_SMALL;

	if (f->mode == FLOW_COPY)
		f->streak = full ? (uint8_t)(f->streak + (f->streak < UINT8_MAX)) : 0;
	else
		f->streak = small ? (uint8_t)(f->streak + (f->streak < UINT8_MAX)) : 0;
	if (f->mode == FLOW_COPY && is_streamer(f))
		f->want_splice = true;
}

void
flowstate_read(struct flowstate *f, int64_t n, uint32_t room)
{
	if (n > 0) {
		f->pending = (uint32_t)n;
		note_size(f, (uint32_t)n, room);
		if (f->mode == FLOW_COPY && n < room && !f->hup)
			f->can_read =
			    false; /* epoll(7): a short read has emptied a stream socket */
	} else if (n == FLOW_EOF) {
		f->eof = true;
		f->can_read = false;
	} else if (n == FLOW_EAGAIN) {
		f->can_read = false;
		f->hup = false; /* the next hang-up is a new edge */
	} else {
		f->read_failed = true;
		f->can_read = false;
	}
}

void
flowstate_written(struct flowstate *f, int64_t n)
{
	if (n > 0)
		f->pending -= n > f->pending ? f->pending : (uint32_t)n;
	if (n == FLOW_EAGAIN || (n >= 0 && f->pending > 0 && f->mode == FLOW_COPY))
		f->can_write =
		    false; /* a short send has filled the socket; a short splice proves nothing */
	else if (n == FLOW_ERROR)
		f->write_failed = true;
}

void
flowstate_was_shut(struct flowstate *f)
{
	f->shut = true;
	f->want_splice = false;
}

void
flowstate_spliced(struct flowstate *f, bool got_pipe)
{
	f->want_splice = false;
	f->streak = 0;
	if (got_pipe)
		f->mode = FLOW_SPLICE;
}

void
flowstate_copying(struct flowstate *f)
{
	f->mode = FLOW_COPY;
	f->streak = 0;
}

void
flowstate_urgent(struct flowstate *f)
{
	f->policy = FLOW_POLICY_COPY;
	f->want_splice = false;
}

bool
flowstate_wants_copy(const struct flowstate *f)
{
	if (f->mode != FLOW_SPLICE || f->pending > 0)
		return false;
	if (f->shut || f->policy == FLOW_POLICY_COPY)
		return true;
	return f->policy == FLOW_POLICY_AUTO && f->streak >= FLOW_STREAK_TO_COPY;
}

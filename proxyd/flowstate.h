/*
 * flowstate.h - one direction of a connection as a pure table: what happened -> what to do next.
 *
 * Made for edge-triggered epoll: `can_read` and `can_write` remember the edges until a call says
 * EAGAIN.  The pump (flow.c) loops: flowstate_next(), do it, report the result, until WAIT, DONE
 * or FAILED, or its work cap (then the run queue: nothing is lost, the edges are remembered).
 *
 * Data is either nowhere (pending 0), or `pending` bytes wait in a private buffer (COPY) or in a
 * pipe (SPLICE).  Reading stops while anything is pending: that is the backpressure, and it makes
 * EAGAIN of a splice into the (then empty) pipe mean "source is empty" and nothing else.
 */
#ifndef PROXYD_FLOWSTATE_H
#define PROXYD_FLOWSTATE_H

#include <stdbool.h>
#include <stdint.h>

enum flow_mode { FLOW_COPY, FLOW_SPLICE };

/* [global] forwarding: by what the stream looks like, never by pipe, by pipe from the start. */
enum flow_policy { FLOW_POLICY_AUTO, FLOW_POLICY_COPY, FLOW_POLICY_SPLICE };

enum flow_action {
	FLOW_WAIT,     /* nothing to do before the next event */
	FLOW_READ,     /* copy mode: read into the shared buffer, then write at once */
	FLOW_FILL,     /* splice mode: splice source into the pipe */
	FLOW_WRITE,    /* copy mode: write the private buffer's rest */
	FLOW_DRAIN,    /* splice mode: splice the pipe into the destination */
	FLOW_SHUTDOWN, /* end of file and all is written: shutdown(dst, SHUT_WR) */
	FLOW_DONE,     /* this direction is over */
	FLOW_FAILED,   /* source or destination broke: the connection must be aborted */
};

#define FLOW_STREAK_TO_SPLICE 3     /* full reads in a row that make a stream of it */
#define FLOW_SMALL            16384 /* bytes: a fill below this is a small one */
#define FLOW_STREAK_TO_COPY   3     /* small fills in a row that end it */

struct flowstate {
	uint32_t pending; /* bytes read and not written yet */
	uint8_t mode;     /* enum flow_mode */
	uint8_t streak;
	uint8_t policy; /* enum flow_policy */
	bool can_read : 1, can_write : 1;
	bool hup : 1;  /* RDHUP or HUP seen: read until 0, a short read proves nothing */
	bool eof : 1;  /* source has ended */
	bool shut : 1; /* and the destination was told */
	bool read_failed : 1, write_failed : 1;
	bool want_splice : 1; /* streamer: take a pipe and call flowstate_spliced(true) */
};

/* can_read and can_write set: try before asking epoll */
void flowstate_init(struct flowstate *f, enum flow_policy policy);
/* Edges of epoll: source readable, destination writable, source hung up. */
void flowstate_edges(struct flowstate *f, bool readable, bool writable, bool hup);
enum flow_action flowstate_next(const struct flowstate *f);

/*
 * Results.  n > 0 bytes, 0 end of file, -1 EAGAIN, -2 any other error; `room` what was asked for.
 * After FLOW_READ the caller reports the read, then the immediate write (n = bytes accepted, may
 * be less than pending: the rest went to the private buffer).
 */
enum { FLOW_EOF = 0, FLOW_EAGAIN = -1, FLOW_ERROR = -2 };
void flowstate_read(struct flowstate *f, int64_t n, uint32_t room);
void flowstate_written(struct flowstate *f, int64_t n);
void flowstate_was_shut(struct flowstate *f);
/*
 * A streamer got its pipe (true), or is to go on copying: no pipe left, or splice not supported
 * (false; asked again after another streak).  Only with pending 0.
 */
void flowstate_spliced(struct flowstate *f, bool got_pipe);
/*
 * The source has urgent data: splice() stops at its mark as if the source were empty or had ended,
 * recv() goes on behind it.  This direction is copied from now on.
 */
void flowstate_urgent(struct flowstate *f);
/* In splice mode with an empty pipe, and it is not worth it any more: call flowstate_copying(). */
bool flowstate_wants_copy(const struct flowstate *f);
void flowstate_copying(struct flowstate *f);

#endif

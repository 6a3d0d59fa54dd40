/*
 * worker_priv.h - what the files of the data path share: worker, connection, their verbs.
 *
 * Everything here belongs to one worker thread unless a comment says otherwise.  A connection is
 * one record with two descriptors and two flows; it holds no buffer and no pipe while nothing is
 * pending.  Files: worker.c (thread and loop), workers.c (the control thread's side), listener.c
 * (accept), conn.c (life and end), connect.c (finding and reaching a server), spare.c (sockets used
 * again), relay.c (passing data on),
 * sessions.c (show sess).
 */
#ifndef PROXYD_WORKER_PRIV_H
#define PROXYD_WORKER_PRIV_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/log.h"
#include "common/strbuf.h"
#include "common/usec.h"
#include "proxyd/dataside.h"
#include "proxyd/flowstate.h"
#include "proxyd/logline.h"
#include "proxyd/mailbox.h"
#include "proxyd/pipes.h"
#include "proxyd/queue.h"
#include "proxyd/slab.h"
#include "proxyd/snapshot.h"
#include "proxyd/timerheap.h"
#include "proxyd/worker.h"

#define COPY_BUFFER  (256 << 10) /* one per worker, filled and written out at once */
#define TICK         (100 * USEC_PER_MS)
#define EVENTS_BATCH 256
#define SPARES_MAX   64 /* sockets per worker, see spare.c */

enum { CLIENT, SERVER }; /* sides of a connection; flow[CLIENT] carries what the client sends */

/* What epoll hands back: a record's address with one of these in its low bits. */
enum { TAG_CLIENT = CLIENT, TAG_SERVER = SERVER, TAG_LISTENER = 2, TAG_OTHER = 3, TAG_MASK = 3 };
/* Not records: the whole word. */
#define TAG_MAIL  ((uintptr_t)TAG_OTHER)
#define TAG_TIMER ((uintptr_t)TAG_OTHER + TAG_MASK + 1)
#define TAG_LOAN  (TAG_TIMER + TAG_MASK + 1)

enum conn_state {
	CONN_QUEUED,     /* waits for a place at a server */
	CONN_CONNECTING, /* to the server */
	CONN_PAUSED,     /* between two tries at the same server */
	CONN_RELAY,      /* passes data on */
	CONN_ABORTING,   /* one side broke off: the other gets the rest, then a reset */
	CONN_DEAD,       /* closed; the record goes back after the batch, or when a grant came */
	CONN_SPARE,      /* no connection: the record keeps a spare socket */
};

/* What could not be written at once; only while the destination is blocked. */
struct spill {
	uint32_t off, len;
	uint8_t bytes[];
};

/* A server's socket after a complete and graceful end, ready for another connect(): spare.c. */
struct spare {
	int fd; /* -1: none */
	bool nodelay;
	bool ready;                  /* epoll has had its last word about the connection before */
	const struct server *server; /* of the worker's present snapshot */
};

struct conn {
	TAILQ_ENTRY(conn) link;     /* worker's conns, dead, or spares */
	TAILQ_ENTRY(conn) run_link; /* while running */
	STAILQ_ENTRY(conn) grant_link;
	struct worker *worker;
	int fd[2];
	uint8_t state; /* enum conn_state */
	bool running;  /* in the run queue: more to do than one turn allows */
	bool granted;  /* dead, but a grant is on its way to it */
	bool redispatched;
	bool nodelay;             /* server side: TCP_NODELAY is set (before a second write) */
	uint8_t abort_tries;      /* ABORTING: looks at the send queue since it last shrank */
	uint8_t reason;           /* ABORTING: enum conn_close */
	bool read_to_end;         /* client: its end came before the relay began */
	bool urgent;              /* client: and urgent data did */
	bool hup[2];              /* HUP or ERR seen on that side */
	struct flowstate flow[2]; /* by source side */
	struct spill *spill[2];
	struct pipe *pipe[2];
	uint64_t bytes[2];
	usec_t at_active[2]; /* last byte read from or written to that side */
	struct timer timer;
	struct snapshot *snap;
	const struct frontend_view *fv;
	const struct backend_view *bv;
	const struct server_view *sv; /* whose place we hold; NULL: none */
	const struct server_view
	    *last_sv; /* for the log line: stays when the place is given back */
	struct queue_slot slot;
	uint64_t tried;
	uint32_t n_retries;
	uint32_t unsent; /* ABORTING: send queue at the last look */
	usec_t at_accept, at_assigned, at_connect, at_connected; /* 0: not reached */
	union peer peer;
	struct spare spare;
};

TAILQ_HEAD(conn_head, conn);
TAILQ_HEAD(listener_head, listener);

struct worker {
	/* read by other threads */
	_Alignas(64) _Atomic usec_t at_alive;
	_Atomic uint64_t acked;
	counter_t n_accepted, n_accept_errors, spliced_bytes, n_switches, n_limit_hits;
	atomic_uint load; /* n_conns, for balancing */
	atomic_uint n_pipes, n_pipes_used;
	atomic_uint n_running; /* in the run queue */

	/* this thread's own */
	unsigned id;
	unsigned n_conns; /* in conns */
	int epfd;
	struct workers *set;
	int timer_fd;
	bool has_mail;
	usec_t now;
	usec_t wall_offset;     /* wall clock - now */
	usec_t at_timer;        /* what timer_fd is armed for; USEC_NEVER: not */
	usec_t at_tick;         /* the next one */
	usec_t busy_poll;       /* how long to ask again before sleeping; 0: not */
	usec_t at_accept_again; /* out of descriptors: no accept before */
	struct snapshot *snap;
	uint8_t *buffer; /* COPY_BUFFER */
	struct conn_head conns, run, dead;
	struct conn_head spares; /* the ready ones first */
	unsigned n_spares;
	usec_t at_spared; /* last coming or going of a spare */
	struct listener_head listeners;
	struct mailbox mailbox;
	struct slab slab;
	struct pipes pipes;
	struct log_limit no_source; /* lines about source addresses that cannot be bound */
	struct timerheap timers;
	pthread_t thread; /* but worker 0's */
	bool stopping, ended;
};

/* All workers; fields are written by main before the threads start, or atomic. */
struct workers {
	unsigned n;
	struct worker **w;
	struct dataside *side;
	bool started; /* control thread only */
	int notify_fd;
	uint64_t generation; /* control thread only */
	atomic_uint maxconn;
	atomic_uint n_conns; /* of the process, counted at accept */
	/* Workers that stopped watching a listener for want of room; see listener.c. */
	_Atomic uint64_t waiting;
	atomic_bool stopping;
};

/* worker.c */
void *worker_main(void *arg);
int worker_init(struct worker *w, struct workers *set, unsigned id, struct err *e);
void worker_fini(struct worker *w);
void worker_notify_main(struct workers *set);
void worker_run_later(struct worker *w, struct conn *c); /* another turn in the next round */
void worker_run_not(struct worker *w, struct conn *c);

/* workers.c: pass on places that are free; backend.lock held, any thread */
void workers_grant(struct workers *ws, struct backend *b);

/* worker_mail.c */
void worker_mail(struct worker *w);

/* listener.c */
struct frontend;
/* Count one connection in if process and frontend have room; give the room back. */
bool room_take(struct workers *set, struct frontend *f);
void room_release(struct worker *w, struct frontend *f);

/* conn.c: each of these may free the connection; none is touched after it */
void conn_new(struct worker *w, const struct accepted *a); /* takes over a's fd and reference */
void conn_event(struct conn *c, int side, uint32_t events);
void conn_timer(struct conn *c);
void conn_run(struct conn *c); /* its turn in the run queue */
void conn_close(struct conn *c, enum conn_close reason);
void conn_abort(struct conn *c, enum conn_close reason); /* the survivor gets a reset */
void conn_arm(struct conn *c);
void conn_granted(struct conn *c);
void conn_kill(struct conn *c, char who);
void conn_reap(struct worker *w); /* free the dead ones */
void conn_close_fd(struct conn *c, int side, bool reset);

/* conn_log.c */
void conn_account(struct conn *c, enum conn_close reason);
void conn_log_start(struct conn *c);
void conn_log_end(struct conn *c, enum conn_close reason);

/* connect.c */
void connect_start(struct conn *c); /* find a server; connect or queue */
void connect_client_options(struct conn *c);
void connect_event(struct conn *c, uint32_t events); /* CONNECTING, the server's side */
void connect_timer(struct conn *c);                  /* QUEUED, CONNECTING, PAUSED */
void connect_kick(struct conn *c);                   /* PAUSED: is its server still there? */
void connect_granted(struct conn *c);                /* QUEUED: a place is ours */
void connect_give_back(struct conn *c);              /* release the place, if one is held */
usec_t connect_deadline(const struct conn *c);

/* relay.c */
void relay_start(struct conn *c, uint32_t events);
void relay_event(struct conn *c, int side, uint32_t events);
void relay_run(struct conn *c);
void relay_timer(struct conn *c);
usec_t relay_deadline(const struct conn *c, bool lazy);
usec_t relay_allowed_silence(const struct conn *c, int side); /* 0: any */
void relay_drop(struct conn *c);                              /* buffers and pipes */

/* flow.c */
enum flow_action flow_pump(struct conn *c, int side);

/* spare.c */
struct conn *spare_record(struct worker *w); /* a cleared record, with a spare if there is one */
void spare_keep(struct conn *c);             /* at the end: the server's socket, if it may be */
int spare_use(struct conn *c);               /* that socket for its server; -1: make one */
void spare_event(struct conn *c);
void spare_discard(struct conn *c);
bool spare_return(struct conn *c); /* a dead record with a spare: into the list */
void spare_expire(struct worker *w);
void spare_drop_all(struct worker *w);

/* sessions.c */
void session_list_unref(struct session_list **list);
void session_list_add(struct session_list *list, struct worker *w);

#endif

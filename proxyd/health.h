/*
 * health.h - check results into "up" or "down": HAProxy's rise/fall counter, pure.
 *
 * The counter runs from 0 to rise+fall-1 and is "up" from `rise` on.  A pass adds one and jumps
 * to the top once `rise` is reached; a failure takes one off and drops to 0 below `rise`.
 * A server starts up at exactly `rise`: its first failed check takes it down.
 */
#ifndef PROXYD_HEALTH_H
#define PROXYD_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/usec.h"

struct conf_server;

/* id, code as in CSV and logs, description, 1 when the check passed */
#define CHECK_STATUS_TABLE(X)                                                                      \
	X(UNK, "UNK", "Unknown", 0)                                                                \
	X(INI, "INI", "Initializing", 0)                                                           \
	X(SOCKERR, "SOCKERR", "Socket error", 0)                                                   \
	X(L4OK, "L4OK", "Layer4 check passed", 1)                                                  \
	X(L4TOUT, "L4TOUT", "Layer4 timeout", 0)                                                   \
	X(L4CON, "L4CON", "Layer4 connection problem", 0)                                          \
	X(L7OK, "L7OK", "Layer7 check passed", 1)                                                  \
	X(L7TOUT, "L7TOUT", "Layer7 timeout", 0)                                                   \
	X(L7RSP, "L7RSP", "Layer7 invalid response", 0)                                            \
	X(L7STS, "L7STS", "Layer7 wrong status", 0)
enum check_status {
#define X(id, code, text, passed) CHECK_##id,
	CHECK_STATUS_TABLE(X)
#undef X
};

const char *check_status_code(enum check_status s);
const char *check_status_text(enum check_status s);
bool check_status_passed(enum check_status s);

#define HEALTH_INFO_LEN 128

/* One finished check, as the checker reports it. */
struct check_result {
	enum check_status status;
	int code;                   /* layer 7 status, -1 none */
	usec_t duration;            /* from its start */
	char info[HEALTH_INFO_LEN]; /* "Connection refused"; "" none; one line */
};

struct health {
	int counter;
	int rise, fall;
	struct check_result last; /* status INI before the first */
	bool running;             /* a check is under way ("* L4OK") */
	bool enabled;             /* checks configured and not disabled at run time */
};

enum health_change { HEALTH_SAME, HEALTH_MOVED, HEALTH_WENT_UP, HEALTH_WENT_DOWN };

void health_init(struct health *h, int rise, int fall, bool enabled);
/* New rise/fall after a reload: the verdict stays, the counter moves into the new range. */
void health_reconfigure(struct health *h, int rise, int fall, bool enabled);
/* HEALTH_MOVED: the counter changed without changing the verdict. */
enum health_change health_result(struct health *h, const struct check_result *r)
    __attribute__((warn_unused_result));
bool health_is_up(const struct health *h);
void health_force(struct health *h, bool up); /* to the top, or to 0 */
/* Until the next check: inter when fully up, downinter when fully down, fastinter between. */
usec_t health_interval(const struct health *h, const struct conf_server *cs);
/*
 * Instant of a server's first check: within 100 ms of `now`, spread by the server's place, so
 * that a start does not probe everything in the same instant.
 */
usec_t health_first_at(usec_t now, size_t index, size_t n_servers);
/* Time that a check may take: connect phase and the whole of it (cfg: timeout check). */
usec_t health_connect_timeout(const struct conf_server *cs, usec_t timeout_connect,
			      usec_t timeout_check);
/* "1/3" as logs and status strings show it: steps and of-how-many. */
void health_fraction(const struct health *h, int *done, int *of);

#endif

/*
 * track_conf.h - one [track NAME] section: what is watched, how, and what it means for a priority.
 *
 * One key of the section says the kind; the fields below it belong to that kind alone and are
 * empty in others.  Constant once loaded, like all of the configuration.
 */
#ifndef VRRPD_TRACK_CONF_H
#define VRRPD_TRACK_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "common/addr.h"
#include "common/usec.h"
#include "vrrpd/track_core.h"

#define TRACK_WEIGHT_MAX        253        /* of an instance's priority */
#define TRACK_FILE_WEIGHT_MAX   2147483647 /* of a file's value */
#define TRACK_TARGETS_MAX       16         /* gateways of one section */
#define TRACK_PROCESS_WORDS     32
#define TRACK_PROCESS_UNBOUNDED 0x7fffffff /* quorum_max: no limit */

enum track_kind {
	TRACK_SOCKET,    /* a program that answers "show health" */
	TRACK_SCRIPT,    /* a command's exit status */
	TRACK_INTERFACE, /* a link's state */
	TRACK_PROCESS,   /* how many processes of a name run */
	TRACK_FILE,      /* a number in a file, times the weight */
	TRACK_GATEWAY,   /* addresses that must be reachable */
	TRACK_N_KINDS
};
const char *track_kind_name(enum track_kind k); /* the key that says it: "socket", ... */

enum param_match {
	PARAMS_ANY,     /* not looked at */
	PARAMS_EXACT,   /* these and no others */
	PARAMS_PARTIAL, /* the first ones are exactly these */
	PARAMS_INITIAL, /* as PARTIAL, and the last one may go on */
};

enum gateway_probe { GATEWAY_ICMP, GATEWAY_ARP };

struct gateway_conf {
	struct addr addr;
	const char *dev; /* NULL: as the host routes */
};

struct track_conf {
	const char *name;
	int line;
	enum track_kind kind;
	int weight; /* 0: failing is FAULT */
	bool reverse;
	struct track_params timing;

	const char *socket;  /* path */
	const char *backend; /* NULL: "show health" alone */

	const char *script;
	const char *user; /* "USER [GROUP]"; NULL: script_user */
	bool init_fail;   /* failing until `rise` says otherwise */

	const char *interface;

	const char **process; /* name and parameters */
	int n_process;
	bool full_command; /* compared with the command's first word, not with its short name */
	int param_match;   /* enum param_match */
	int quorum, quorum_max;

	usec_t up_delay, down_delay; /* interface, process */

	const char *file;
	bool has_init_file; /* write init_value when the file is not there, or overwrite it */
	int init_value;
	bool init_overwrite;

	struct gateway_conf *gateways;
	size_t n_gateways;
	int need;  /* how many must answer */
	int probe; /* enum gateway_probe */
};

/* A tracker as an instance uses it. */
struct track_use {
	const struct track_conf *track;
	int weight; /* the section's own unless the instance says another */
	bool reverse;
};

#endif

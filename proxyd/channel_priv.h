/*
 * channel_priv.h - packets of a channel, shared by channel.c and channel_recv.c only.
 */
#ifndef PROXYD_CHANNEL_PRIV_H
#define PROXYD_CHANNEL_PRIV_H

#include "proxyd/channel.h"

#define CHAN_MAGIC     0x70786431u /* "pxd1" */
#define CHAN_FDS       100         /* packet type: more descriptors of the CONFIG before */
#define HEADER_WORDS   8
#define HEADER_BYTES   ((size_t)HEADER_WORDS * 4)
#define FDS_PER_PACKET 250 /* the kernel takes at most 253 (SCM_MAX_FD) */
#define CHAN_KEYS_MAX  (CHAN_FDS_MAX * 160)
#define CHAN_NAME_MAX  4096

struct header {
	uint32_t type, id, name_len, text_len, keys_len, n_fds;
};

struct channel {
	int fd;
	bool takes_fds;
	struct chan_msg in; /* a CONFIG that is still coming in */
	size_t n_got;       /* descriptors of it that are here */
	bool in_progress;
	uint8_t packet[HEADER_BYTES + CHAN_ANSWER_MAX];
};

#endif

/*
 * channel_recv.c - the receiving half of a channel: packets into messages.
 *
 * What comes in is not trusted: lengths are bounded, a descriptor that is not expected is closed,
 * and the monitor's side has no room for descriptors at all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxyd/channel_priv.h"

#define FDS_FEW 16 /* for so many there is always room */

static bool
get_header(const uint8_t *p, size_t len, struct header *h)
{
	uint32_t words[HEADER_WORDS];

	if (len < sizeof(words))
		return false;
	memcpy(words, p, sizeof(words));
	*h = (struct header){words[1], words[2], words[3], words[4], words[5], words[6]};
	return words[0] == CHAN_MAGIC && h->name_len <= CHAN_NAME_MAX &&
	       h->text_len <= CHAN_TEXT_MAX && h->keys_len <= CHAN_KEYS_MAX &&
	       h->n_fds <= CHAN_FDS_MAX;
}

/* Descriptors of one received packet; returns how many. */
static size_t
take_fds(struct msghdr *mh, int fds[FDS_PER_PACKET])
{
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c != NULL; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	}
	return n;
}

static char *
read_string(int fd, size_t len, off_t *at)
{
	char *s = malloc(len + 1);

	if (s == NULL)
		return NULL;
	if (pread(fd, s, len, *at) != (ssize_t)len) {
		free(s);
		return NULL;
	}
	s[len] = '\0';
	*at += (off_t)len;
	return s;
}

/* The keys, NUL separated, into in.fds. */
static bool
unpack_keys(struct chan_msg *in, const char *keys, size_t len, size_t n)
{
	const char *end = keys + len;

	in->fds = calloc(n + 1, sizeof(*in->fds));
	if (in->fds == NULL)
		return false;
	for (; in->n_fds < n && keys < end; keys += strlen(keys) + 1) {
		in->fds[in->n_fds].fd = -1;
		in->fds[in->n_fds].key = strdup(keys);
		if (in->fds[in->n_fds++].key == NULL)
			return false;
	}
	return in->n_fds == n;
}

/* The kernel drops descriptors that find no room: see more_fds. */
static void
make_room(size_t n_fds)
{
	struct rlimit rl;

	if (n_fds <= FDS_FEW || getrlimit(RLIMIT_NOFILE, &rl) < 0)
		return;
	rl.rlim_cur = rl.rlim_max - rl.rlim_cur < n_fds ? rl.rlim_max : rl.rlim_cur + n_fds;
	(void)setrlimit(RLIMIT_NOFILE, &rl);
}

static bool
begin_config(struct channel *ch, const struct header *h, int memfd)
{
	struct chan_msg *in = &ch->in;
	off_t at = 0;
	char *keys = NULL;
	bool ok = false;

	chan_msg_free(in);
	in->type = CHAN_CONFIG;
	in->id = h->id;
	in->name = read_string(memfd, h->name_len, &at);
	in->text = read_string(memfd, h->text_len, &at);
	in->text_len = h->text_len;
	keys = read_string(memfd, h->keys_len, &at);
	if (in->name != NULL && in->text != NULL && keys != NULL)
		ok = unpack_keys(in, keys, h->keys_len, h->n_fds);
	free(keys);
	close(memfd);
	ch->n_got = 0;
	ch->in_progress = ok;
	make_room(ok ? h->n_fds : 0);
	return ok;
}

/* Those that the kernel dropped for want of room stay -1, and the configuration is refused. */
static bool
more_fds(struct channel *ch, const struct header *h, const int *fds, size_t n)
{
	bool ok = ch->in_progress && h->id == ch->in.id && n <= h->n_fds &&
		  h->n_fds <= ch->in.n_fds - ch->n_got;

	for (size_t i = 0; i < n; i++) {
		if (ok)
			ch->in.fds[ch->n_got++].fd = fds[i];
		else
			close(fds[i]);
	}
	if (ok)
		ch->n_got += h->n_fds - n;
	return ok;
}

/* A packet is here: 1 completes a message, 0 waits for more, -1 nonsense. */
static int
take_packet(struct channel *ch, size_t len, const int *fds, size_t n_fds, struct chan_msg *out)
{
	struct header h;
	bool ok = get_header(ch->packet, len, &h);

	if (ok && ch->takes_fds && h.type == CHAN_CONFIG && n_fds == 1) {
		if (!begin_config(ch, &h, fds[0]))
			return -1;
	} else if (ok && ch->takes_fds && h.type == CHAN_FDS) {
		if (!more_fds(ch, &h, fds, n_fds))
			return -1;
	} else {
		for (size_t i = 0; i < n_fds; i++)
			close(fds[i]);
		if (!ok || n_fds > 0 || h.type < CHAN_STOP || h.type > CHAN_FACTS ||
		    len != HEADER_BYTES + h.text_len)
			return -1;
		*out = (struct chan_msg){.type = (enum chan_type)h.type, .id = h.id};
		out->text = strndup((char *)ch->packet + HEADER_BYTES, h.text_len);
		out->text_len = out->text != NULL ? strlen(out->text) : 0;
		return 1;
	}
	if (ch->n_got < ch->in.n_fds)
		return 0;
	*out = ch->in;
	memset(&ch->in, 0, sizeof(ch->in));
	ch->in_progress = false;
	return 1;
}

int
channel_recv(struct channel *ch, struct chan_msg *out, struct err *e)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * FDS_PER_PACKET)];
	} control;
	int fds[FDS_PER_PACKET];

	for (;;) {
		struct iovec iov = {.iov_base = ch->packet, .iov_len = sizeof(ch->packet)};
		struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n;
		int rc;

		if (ch->takes_fds) {
			mh.msg_control = control.buf;
			mh.msg_controllen = sizeof(control.buf);
		}
		n = recvmsg(ch->fd, &mh, MSG_CMSG_CLOEXEC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return err_sys(e, "reading from the other process");
		if (n == 0)
			return err_set(e, "the other process has ended");
		rc = take_packet(ch, (size_t)n, fds, take_fds(&mh, fds), out);
		if (rc < 0)
			return err_set(e, "a message that makes no sense");
		if (rc > 0)
			return 1;
	}
}

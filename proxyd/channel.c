/*
 * channel.c - messages between the monitor and the engine: text and descriptors.
 *
 * A packet is a header of eight 32-bit numbers, then the text of a short message.  A CONFIG has
 * its file name, text and keys in a memfd that comes with the first packet, so that its size
 * never meets the socket buffer, and its descriptors in packets of FDS_PER_PACKET.
 * The monitor trusts nothing that an engine says: lengths are bounded, descriptors never taken.
 */
#include "proxyd/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/daemon.h"

#define CHAN_MAGIC     0x70786431u /* "pxd1" */
#define CHAN_FDS       100         /* packet type: more descriptors of the CONFIG before */
#define HEADER_WORDS   8
#define HEADER_BYTES   (HEADER_WORDS * 4)
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

void
chan_msg_free(struct chan_msg *m)
{
	for (size_t i = 0; i < m->n_fds; i++) {
		if (m->fds[i].fd >= 0)
			close(m->fds[i].fd);
		free(m->fds[i].key);
	}
	free(m->fds);
	free(m->name);
	free(m->text);
	memset(m, 0, sizeof(*m));
}

int
channel_pair(int fds[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
		return err_sys(e, "socketpair");
	return 0;
}

struct channel *
channel_new(int fd, enum channel_side side)
{
	struct channel *ch = calloc(1, sizeof(*ch));

	if (ch == NULL)
		abort();
	ch->fd = fd;
	ch->takes_fds = side == CHANNEL_ENGINE;
	return ch;
}

void
channel_free(struct channel **ch)
{
	if (*ch == NULL)
		return;
	chan_msg_free(&(*ch)->in);
	close((*ch)->fd);
	free(*ch);
	*ch = NULL;
}

int
channel_fd(const struct channel *ch)
{
	return ch->fd;
}

static void
put_header(uint8_t *p, const struct header *h)
{
	uint32_t words[HEADER_WORDS] = {
	    CHAN_MAGIC, h->type, h->id, h->name_len, h->text_len, h->keys_len, h->n_fds, 0,
	};

	memcpy(p, words, sizeof(words));
}

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

/* One packet; waits until `deadline` for room. */
static int
send_packet(struct channel *ch, const void *bytes, size_t len, const int *fds, size_t n_fds,
	    usec_t deadline, struct err *e)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * FDS_PER_PACKET)];
	} control;
	struct iovec iov = {.iov_base = (void *)bytes, .iov_len = len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n_fds > 0) {
		memset(&control, 0, sizeof(control));
		mh.msg_control = control.buf;
		mh.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	while (sendmsg(ch->fd, &mh, MSG_NOSIGNAL) < 0) {
		struct pollfd pf = {.fd = ch->fd, .events = POLLOUT};
		usec_t left = deadline - clock_now();

		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return err_sys(e, "the other process is gone");
		if (left <= 0)
			return err_set(e, "the other process does not read its messages");
		poll(&pf, 1, (int)(left / USEC_PER_MS) + 1);
	}
	return 0;
}

static int
write_all(int fd, const char *bytes, size_t len, struct err *e)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, "writing a configuration into memory");
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Name, text and keys into a memfd; h gets their lengths. */
static int
pack_config(const struct chan_msg *m, struct header *h, struct err *e)
{
	int fd = memfd_create("proxyd-config", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "memfd_create");
	h->name_len = m->name != NULL ? (uint32_t)strlen(m->name) : 0;
	h->text_len = (uint32_t)m->text_len;
	h->n_fds = (uint32_t)m->n_fds;
	if (write_all(fd, m->name, h->name_len, e) < 0 ||
	    write_all(fd, m->text, m->text_len, e) < 0)
		goto fail;
	for (size_t i = 0; i < m->n_fds; i++) {
		size_t len = strlen(m->fds[i].key) + 1;

		h->keys_len += (uint32_t)len;
		if (write_all(fd, m->fds[i].key, len, e) < 0)
			goto fail;
	}
	return fd;
fail:
	close(fd);
	return -1;
}

static int
send_config(struct channel *ch, const struct chan_msg *m, usec_t deadline, struct err *e)
{
	struct header h = {.type = (uint32_t)m->type, .id = m->id};
	uint8_t bytes[HEADER_BYTES];
	int memfd, fds[FDS_PER_PACKET];
	int rc;

	if (m->text_len > CHAN_TEXT_MAX || m->n_fds > CHAN_FDS_MAX)
		return err_set(e, "too large: %zu bytes, %zu sockets", m->text_len, m->n_fds);
	memfd = pack_config(m, &h, e);
	if (memfd < 0)
		return -1;
	put_header(bytes, &h);
	rc = send_packet(ch, bytes, sizeof(bytes), &memfd, 1, deadline, e);
	close(memfd);
	for (size_t done = 0; rc == 0 && done < m->n_fds;) {
		size_t n = 0;

		while (n < FDS_PER_PACKET && done < m->n_fds)
			fds[n++] = m->fds[done++].fd;
		h = (struct header){.type = CHAN_FDS, .id = m->id, .n_fds = (uint32_t)n};
		put_header(bytes, &h);
		rc = send_packet(ch, bytes, sizeof(bytes), fds, n, deadline, e);
	}
	return rc;
}

int
channel_send(struct channel *ch, const struct chan_msg *m, usec_t timeout, struct err *e)
{
	size_t len = m->text_len < CHAN_ANSWER_MAX ? m->text_len : CHAN_ANSWER_MAX;
	struct header h = {.type = (uint32_t)m->type, .id = m->id, .text_len = (uint32_t)len};
	usec_t deadline = clock_now() + timeout;
	uint8_t *bytes;
	int rc;

	if (m->type == CHAN_CONFIG)
		return send_config(ch, m, deadline, e);
	bytes = malloc(HEADER_BYTES + len);
	if (bytes == NULL)
		return err_set(e, "out of memory");
	put_header(bytes, &h);
	if (len > 0)
		memcpy(bytes + HEADER_BYTES, m->text, len);
	rc = send_packet(ch, bytes, HEADER_BYTES + len, NULL, 0, deadline, e);
	free(bytes);
	return rc;
}

int
channel_send_text(struct channel *ch, enum chan_type type, uint32_t id, const char *text,
		  usec_t timeout, struct err *e)
{
	struct chan_msg m = {
	    .type = type,
	    .id = id,
	    .text = (char *)text,
	    .text_len = strlen(text),
	};

	return channel_send(ch, &m, timeout, e);
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
	return ok;
}

static bool
more_fds(struct channel *ch, const struct header *h, const int *fds, size_t n)
{
	bool ok =
	    ch->in_progress && h->id == ch->in.id && n == h->n_fds && n <= ch->in.n_fds - ch->n_got;

	for (size_t i = 0; i < n; i++) {
		if (ok)
			ch->in.fds[ch->n_got++].fd = fds[i];
		else
			close(fds[i]);
	}
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

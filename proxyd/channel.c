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
#include "proxyd/channel_priv.h"

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

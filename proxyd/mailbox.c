/*
 * mailbox.c - see mailbox.h.  Posting from any thread; taking by the owner only.
 */
#include "proxyd/mailbox.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "proxyd/snapshot.h"
#include "proxyd/worker_priv.h"

int
mailbox_init(struct mailbox *mb, struct err *e)
{
	*mb = (struct mailbox){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
	if (mb->fd < 0)
		return err_sys(e, "eventfd");
	STAILQ_INIT(&mb->mails);
	STAILQ_INIT(&mb->grants);
	pthread_mutex_init(&mb->lock, NULL);
	return 0;
}

void
mailbox_fini(struct mailbox *mb)
{
	if (mb->fd < 0)
		return;
	close(mb->fd);
	mb->fd = -1;
	pthread_mutex_destroy(&mb->lock);
}

struct mail *
mail_new(enum mail_type type)
{
	struct mail *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->type = type;
	m->accepted.fd = -1;
	return m;
}

void
mail_free(struct mail *m)
{
	if (m->accepted.fd >= 0)
		close(m->accepted.fd);
	if (m->accepted.snap)
		snapshot_unref(&m->accepted.snap);
	if (m->snap)
		snapshot_unref(&m->snap);
	if (m->list)
		session_list_unref(&m->list);
	free(m->fds);
	free(m->log);
	free(m);
}

/* The lock is held; true: the caller must ring after unlocking. */
static bool
must_ring(struct mailbox *mb)
{
	bool ring = !mb->signalled;

	mb->signalled = true;
	return ring;
}

/* An eventfd that is full is readable as well: the result does not matter. */
static void
ring(struct mailbox *mb)
{
	ssize_t n = write(mb->fd, &(uint64_t){1}, sizeof(uint64_t));

	(void)n;
}

void
mailbox_post(struct mailbox *mb, struct mail *m)
{
	bool wake;

	pthread_mutex_lock(&mb->lock);
	STAILQ_INSERT_TAIL(&mb->mails, m, link);
	wake = must_ring(mb);
	pthread_mutex_unlock(&mb->lock);
	if (wake)
		ring(mb);
}

void
mailbox_flag(struct mailbox *mb, unsigned flags)
{
	bool wake;

	pthread_mutex_lock(&mb->lock);
	mb->flags |= flags;
	wake = must_ring(mb);
	pthread_mutex_unlock(&mb->lock);
	if (wake)
		ring(mb);
}

void
mailbox_grant(struct mailbox *mb, struct conn *c)
{
	bool wake;

	pthread_mutex_lock(&mb->lock);
	STAILQ_INSERT_TAIL(&mb->grants, c, grant_link);
	wake = must_ring(mb);
	pthread_mutex_unlock(&mb->lock);
	if (wake)
		ring(mb);
}

void
mailbox_take(struct mailbox *mb, struct mail_batch *out)
{
	uint64_t count;
	ssize_t n;

	STAILQ_INIT(&out->mails);
	STAILQ_INIT(&out->grants);
	pthread_mutex_lock(&mb->lock);
	n = read(mb->fd, &count, sizeof(count)); /* before `signalled` falls: no ring is lost */
	(void)n;
	STAILQ_CONCAT(&out->mails, &mb->mails);
	STAILQ_CONCAT(&out->grants, &mb->grants);
	out->flags = mb->flags;
	mb->flags = 0;
	mb->signalled = false;
	pthread_mutex_unlock(&mb->lock);
}

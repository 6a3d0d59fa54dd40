/*
 * fifo_show.c - what is told of the notify FIFO.
 */
#include "vrrpd/fifo_priv.h"

void
fifo_text(const struct fifo *f, struct strbuf *b)
{
	if (!f->path)
		return;
	strbuf_addf(b,
		    "notify fifo %s: %s, %llu lines written, %llu left out, %llu times replayed\n",
		    f->path, f->fd >= 0 ? "read by somebody" : "nobody reads",
		    (unsigned long long)f->queue.n_written, (unsigned long long)f->queue.n_left_out,
		    (unsigned long long)f->n_readers);
}

void
fifo_json(const struct fifo *f, struct strbuf *b)
{
	if (!f->path)
		return;
	strbuf_adds(b, ",\"notify_fifo\":{\"path\":");
	strbuf_add_json(b, f->path);
	strbuf_addf(b, ",\"has_reader\":%s,\"written\":%llu,\"left_out\":%llu,\"replayed\":%llu}",
		    f->fd >= 0 ? "true" : "false", (unsigned long long)f->queue.n_written,
		    (unsigned long long)f->queue.n_left_out, (unsigned long long)f->n_readers);
}

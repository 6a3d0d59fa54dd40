/*
 * firewall.c - the nftables table for no_accept, through libnftables.
 *
 * The library is loaded when an instance wants it and not before: linked, it would be a third of
 * the memory that vrrpd locks.  Who reloads his own rules flushes ours with them, so it is looked
 * after from time to time.
 */
#include "vrrpd/firewall.h"

#include <dlfcn.h>
#include <event2/event.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/strbuf.h"
#include "vrrpd/nft_text.h"

#define LIBRARY     "libnftables.so.1"
#define LOOK_AFTER  5  /* seconds */
#define BATCH_GENID 10 /* the subsystem of a batch's begin and end */

struct firewall {
	void *library; /* NULL: not loaded */
	struct nft_ctx *ctx;
	struct nft_ctx *(*ctx_new)(uint32_t flags);
	void (*ctx_free)(struct nft_ctx *ctx);
	int (*buffer_output)(struct nft_ctx *ctx);
	int (*buffer_error)(struct nft_ctx *ctx);
	const char *(*get_output)(struct nft_ctx *ctx);
	const char *(*get_error)(struct nft_ctx *ctx);
	int (*run)(struct nft_ctx *ctx, const char *text);
	struct event *timer;
	struct strbuf wanted; /* what was run last; empty: nothing is there */
	uint64_t n_restored;
};

/* --- a table that somebody left behind, where the library is not needed ----------------------- */

static struct nl_msg *
batch_message(int type, uint16_t resource)
{
	struct nfgenmsg head = {.nfgen_family = AF_UNSPEC, .res_id = htons(resource)};
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST);

	if (msg && nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) >= 0)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static struct nl_msg *
delete_message(void)
{
	struct nfgenmsg head = {.nfgen_family = NFPROTO_INET};
	struct nl_msg *msg =
	    nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE, NLM_F_REQUEST);

	if (msg && nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) >= 0 &&
	    nla_put_string(msg, NFTA_TABLE_NAME, NFT_TABLE) >= 0)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/* All three in one datagram, as the kernel wants it; it does not matter whether there was one. */
static void
send_batch(struct nl_sock *sock, struct nl_msg *const *msgs, size_t n)
{
	uint8_t buf[512];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		struct nlmsghdr *hdr = nlmsg_hdr(msgs[i]);
		size_t size = NLMSG_ALIGN(hdr->nlmsg_len);

		if (len + size > sizeof(buf))
			return;
		nl_complete_msg(sock, msgs[i]);
		memset(buf + len, 0, size);
		memcpy(buf + len, hdr, hdr->nlmsg_len);
		len += size;
	}
	(void)!nl_sendto(sock, buf, len);
}

static void
delete_left_over(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msgs[] = {batch_message(NFNL_MSG_BATCH_BEGIN, NFNL_SUBSYS_NFTABLES),
				 delete_message(),
				 batch_message(NFNL_MSG_BATCH_END, NFNL_SUBSYS_NFTABLES)};

	if (sock && msgs[0] && msgs[1] && msgs[2] && nl_connect(sock, NETLINK_NETFILTER) >= 0)
		send_batch(sock, msgs, 3);
	for (size_t i = 0; i < 3; i++)
		nlmsg_free(msgs[i]);
	if (sock)
		nl_socket_free(sock);
}

/* --- the library ------------------------------------------------------------------------------ */

static int
load(struct firewall *f, struct err *e)
{
	const struct {
		void **at;
		const char *name;
	} functions[] = {
	    {(void **)&f->ctx_new, "nft_ctx_new"},
	    {(void **)&f->ctx_free, "nft_ctx_free"},
	    {(void **)&f->buffer_output, "nft_ctx_buffer_output"},
	    {(void **)&f->buffer_error, "nft_ctx_buffer_error"},
	    {(void **)&f->get_output, "nft_ctx_get_output_buffer"},
	    {(void **)&f->get_error, "nft_ctx_get_error_buffer"},
	    {(void **)&f->run, "nft_run_cmd_from_buffer"},
	};

	if (f->library)
		return 0;
	f->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!f->library)
		return err_set(e, "no_accept needs nftables: %s", dlerror());
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		*functions[i].at = dlsym(f->library, functions[i].name);
		if (!*functions[i].at) {
			err_set(e, "no_accept needs nftables: %s", dlerror());
			goto fail;
		}
	}
	f->ctx = f->ctx_new(NFT_CTX_DEFAULT);
	if (f->ctx && f->buffer_output(f->ctx) == 0 && f->buffer_error(f->ctx) == 0)
		return 0;
	err_set(e, "no_accept needs nftables: it does not start");
	if (f->ctx)
		f->ctx_free(f->ctx);
fail:
	f->ctx = NULL;
	dlclose(f->library);
	f->library = NULL;
	return -1;
}

/* Both buffers grow with each run and are emptied by being read, so each is read once. */
static int
run(struct firewall *f, const char *text, struct err *e)
{
	int code = f->run(f->ctx, text);
	const char *why = f->get_error(f->ctx);

	(void)f->get_output(f->ctx);
	if (code == 0)
		return 0;
	return err_set(e, "no_accept needs nftables: %.*s", (int)strcspn(why, "\n"), why);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct firewall *f = arg;
	struct err e;

	(void)fd;
	(void)what;
	if (run(f, "list chain inet " NFT_TABLE " input", &e) == 0)
		return;
	f->n_restored++;
	if (run(f, strbuf_str(&f->wanted), &e) < 0)
		log_err("%s", e.text);
	else
		log_warn("the nftables table " NFT_TABLE " was removed by somebody else, put back");
}

/* --- what others see -------------------------------------------------------------------------- */

struct firewall *
firewall_new(struct event_base *base, struct err *e)
{
	struct firewall *f = calloc(1, sizeof(*f));

	if (f)
		f->timer = event_new(base, -1, EV_PERSIST, on_look, f);
	if (!f || !f->timer) {
		err_set(e, "out of memory");
		free(f);
		return NULL;
	}
	strbuf_init(&f->wanted);
	delete_left_over();
	return f;
}

void
firewall_free(struct firewall **firewall)
{
	struct firewall *f = *firewall;

	if (!f)
		return;
	if (f->wanted.len > 0)
		delete_left_over();
	if (f->ctx)
		f->ctx_free(f->ctx);
	if (f->library)
		dlclose(f->library);
	event_free(f->timer);
	strbuf_free(&f->wanted);
	free(f);
	*firewall = NULL;
}

int
firewall_set(struct firewall *f, const struct vrrpd_conf *c, struct err *e)
{
	struct timeval gap = {.tv_sec = LOOK_AFTER};
	bool needed = nft_text_needed(c);
	struct strbuf text;
	int result = 0;

	strbuf_init(&text);
	nft_text(c, &text);
	if ((!needed && f->wanted.len == 0) ||
	    (needed && strcmp(strbuf_str(&text), strbuf_str(&f->wanted)) == 0))
		goto out;
	if (load(f, e) < 0 || run(f, strbuf_str(&text), e) < 0) {
		result = -1;
		goto out;
	}
	strbuf_clear(&f->wanted);
	if (needed) {
		strbuf_adds(&f->wanted, strbuf_str(&text));
		evtimer_add(f->timer, &gap);
	} else {
		evtimer_del(f->timer);
	}
out:
	strbuf_free(&text);
	return result;
}

uint64_t
firewall_restored(const struct firewall *f)
{
	return f->n_restored;
}

/*
 * lg_report.c - the result of a run, for people and as one JSON object; what the servers counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "loadgen.h"

#define ASK_TIMEOUT_S 2

typedef unsigned long long ull;

static double
seconds(const struct load *l)
{
	return (double)(l->at_stop - l->at_counting) / 1e6;
}

static double
gbit(const struct load *l, uint64_t bytes)
{
	return seconds(l) > 0 ? (double)bytes * 8 / 1e9 / seconds(l) : 0;
}

static double
rate(const struct load *l)
{
	return seconds(l) > 0 ? (double)l->counts.n_ops / seconds(l) : 0;
}

static void
print_fields(const struct load *l)
{
	const struct load_counts *c = &l->counts;
	const struct {
		const char *name;
		uint64_t value;
	} row[] = {
	    {"operations", c->n_ops},
	    {"connected", c->n_connected},
	    {"failed_connects", c->connect_errors.total},
	    {"broken", c->n_broken},
	    {"differences", c->n_differences},
	    {"unfinished", c->n_unfinished},
	    {"held", c->n_held},
	    {"alive", c->n_alive},
	    {"server_differences", c->n_server_differences},
	    {"server_truncated", c->n_server_truncated},
	    {"server_bad_hello", c->n_server_bad_hello},
	    {"bytes_up", c->bytes_up},
	    {"bytes_down", c->bytes_down},
	    {"opened_us", l->at_opened ? (uint64_t)(l->at_opened - l->at_start) : 0},
	    {"seed", l->opt.seed},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		printf("\"%s\":%llu,", row[i].name, (ull)row[i].value);
}

void
load_print_json(const struct load *l)
{
	char at[ENDPOINT_STRLEN];

	printf("{\"tool\":\"loadgen\",\"workload\":\"%s\",\"target\":", l->workload->name);
	json_string(endpoint_text(&l->opt.target, at), stdout);
	printf(",\"seconds\":%.3f,\"conns\":%lld,\"size\":%lld,\"rate\":%.1f,", seconds(l),
	       (long long)l->opt.conns, (long long)l->opt.size, rate(l));
	print_fields(l);
	printf("\"gbit_up\":%.3f,\"gbit_down\":%.3f,\"valid\":%s,\"connect_errors\":",
	       gbit(l, l->counts.bytes_up), gbit(l, l->counts.bytes_down),
	       l->local_failure ? "false" : "true");
	tally_json(&l->counts.connect_errors, stdout);
	printf(",\"broken_errors\":");
	tally_json(&l->counts.broken_errors, stdout);
	putchar(',');
	hist_json(&l->counts.latency, stdout);
	printf("}\n");
}

void
load_print_text(const struct load *l)
{
	const struct load_counts *c = &l->counts;
	const struct hist *h = &c->latency;

	printf("loadgen %s: %.2f s, %.0f/s, %llu operations, %llu connected, %llu failed",
	       l->workload->name, seconds(l), rate(l), (ull)c->n_ops, (ull)c->n_connected,
	       (ull)c->connect_errors.total);
	tally_text(&c->connect_errors, stdout);
	printf(", %llu broken", (ull)c->n_broken);
	tally_text(&c->broken_errors, stdout);
	printf(", %llu unfinished, %llu bytes up (%.2f Gbit/s), %llu down (%.2f Gbit/s)",
	       (ull)c->n_unfinished, (ull)c->bytes_up, gbit(l, c->bytes_up), (ull)c->bytes_down,
	       gbit(l, c->bytes_down));
	if (h->count)
		printf(", p50 %lld us, p99 %lld, p99.9 %lld, max %lld",
		       (long long)hist_quantile(h, 0.5), (long long)hist_quantile(h, 0.99),
		       (long long)hist_quantile(h, 0.999), (long long)h->max);
	if (l->workload->verify)
		printf(", held %llu, alive %llu", (ull)c->n_held, (ull)c->n_alive);
	if (l->workload == &work_integrity)
		printf(", %llu differences, servers: %llu differences, %llu truncated, %llu bad "
		       "hellos, seed %llu",
		       (ull)c->n_differences, (ull)c->n_server_differences,
		       (ull)c->n_server_truncated, (ull)c->n_server_bad_hello, (ull)l->opt.seed);
	printf("%s\n", l->local_failure ? " - NOT VALID: out of local ports or descriptors" : "");
}

/* The whole answer of one server; dies when there is none. */
static void
ask(const char *path, char *buf, size_t size)
{
	struct timeval limit = {.tv_sec = ASK_TIMEOUT_S};
	struct endpoint at;
	size_t len = 0;
	ssize_t n;
	int fd;

	endpoint_parse(path, &at);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&at.ss, at.len) < 0 || write(fd, "show\n", 5) != 5)
		die("%s: %s", path, strerror(errno));
	while (len + 1 < size && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	close(fd);
	if (!len)
		die("%s: no answer", path);
}

uint64_t
load_ask_servers(const struct load *l, const char *counter)
{
	char buf[4096], key[64];
	uint64_t sum = 0;
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":", counter);
	for (size_t i = 0; i < l->opt.n_controls; i++) {
		ask(l->opt.controls[i], buf, sizeof(buf));
		at = strstr(buf, key); /* the sum over the listeners stands first */
		if (!at)
			die("%s: no counter %s", l->opt.controls[i], counter);
		sum += strtoull(at + strlen(key), NULL, 10);
	}
	return sum;
}

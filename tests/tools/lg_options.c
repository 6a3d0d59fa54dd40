/*
 * lg_options.c - the command line of the load generator.
 */
#include <getopt.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen.h"

#define CONNS_MAX 100000

static const struct workload *const workloads[] = {
    &work_short, &work_pingpong,  &work_bulk, &work_idle,
    &work_mix,   &work_integrity, &work_long, &work_storm,
};
#define WORKLOADS_N (sizeof(workloads) / sizeof(workloads[0]))

enum {
	OPT_FOR = 256,
	OPT_WARMUP,
	OPT_COUNT,
	OPT_INTERVAL,
	OPT_TIMEOUT,
	OPT_SOURCE,
	OPT_CONTROL,
	OPT_IDLE,
	OPT_CHATTY,
	OPT_BULK,
	OPT_OPENING,
	OPT_BULK_RATE,
	OPT_TARGETS,
	OPT_SERVE,
	OPT_MARKS,
	OPT_SEED,
	OPT_MAX_SIZE,
	OPT_UP,
	OPT_DOWN,
	OPT_BOTH,
	OPT_JSON,
	OPT_STRICT,
	OPT_RST
};

static const struct option options[] = {
    {"conns", required_argument, NULL, 'c'},
    {"size", required_argument, NULL, 's'},
    {"rate", required_argument, NULL, 'r'},
    {"for", required_argument, NULL, OPT_FOR},
    {"warmup", required_argument, NULL, OPT_WARMUP},
    {"count", required_argument, NULL, OPT_COUNT},
    {"interval", required_argument, NULL, OPT_INTERVAL},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"source", required_argument, NULL, OPT_SOURCE},
    {"server-control", required_argument, NULL, OPT_CONTROL},
    {"idle", required_argument, NULL, OPT_IDLE},
    {"chatty", required_argument, NULL, OPT_CHATTY},
    {"bulk", required_argument, NULL, OPT_BULK},
    {"opening", required_argument, NULL, OPT_OPENING},
    {"bulk-rate", required_argument, NULL, OPT_BULK_RATE},
    {"targets", required_argument, NULL, OPT_TARGETS},
    {"serve", required_argument, NULL, OPT_SERVE},
    {"marks", no_argument, NULL, OPT_MARKS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"max-size", required_argument, NULL, OPT_MAX_SIZE},
    {"up", no_argument, NULL, OPT_UP},
    {"down", no_argument, NULL, OPT_DOWN},
    {"both", no_argument, NULL, OPT_BOTH},
    {"json", no_argument, NULL, OPT_JSON},
    {"strict", no_argument, NULL, OPT_STRICT},
    {"rst", no_argument, NULL, OPT_RST},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const char usage[] =
    "  -c, --conns N      connections at once (64)     -s, --size N   bytes of a message (64)\n"
    "  -r, --rate R       short, pingpong: start R operations per second whatever the answers do\n"
    "      --for SECONDS  how long (3); idle: hold so long once all are open\n"
    "      --count N      short, pingpong, integrity: stop after N operations or connections\n"
    "      --warmup S     do not count the first S seconds (failures count)\n"
    "      --interval MS  long: between two messages of a connection (100)\n"
    "      --timeout MS   of connecting and of an answer (5000)\n"
    "      --source A     connect from A, or A+N: N addresses from A on; repeatable.  Default for\n"
    "                     many connections to 127.0.0.0/8: as many of 127.0.0.x as are needed\n"
    "      --up --down --both   bulk: direction\n"
    "      --idle N --chatty N --bulk N   mix: connections of each kind (500, 16, 2)\n"
    "      --bulk-rate N  bulk, mix: send at most N bytes per second on all of them together\n"
    "      --targets N    connect to N addresses in turn, the one given and those that follow\n"
    "      --serve A      be the server too, at A: ADDRESS:PORT is a proxy in front of it.  Knows\n"
    "                     what the workload wants: echo, sink, source or both\n"
    "      --opening N    connections being opened at once (256)\n"
    "      --seed N       integrity: same seed, same connections (default: by the clock)\n"
    "      --max-size N   integrity: of a stream; sizes grow to it by powers of two (2m)\n"
    "      --server-control PATH   tcpserver's control socket: its counters join the result\n"
    "      --rst          close with RST: leaves nothing in TIME_WAIT\n"
    "      --marks        tell on stderr when counting begins and ends\n"
    "      --json         one JSON object\n"
    "      --strict       exit 1 when anything failed, broke or differed\n"
    "exit: 0 the run was valid, 1 see --strict, 2 usage, 3 the run says nothing: out of local\n"
    "ports or descriptors, or no connection at all\n";

static void
print_usage(FILE *out)
{
	fprintf(out, "usage: loadgen WORKLOAD ADDRESS:PORT [options]\n");
	for (size_t i = 0; i < WORKLOADS_N; i++)
		fprintf(out, "  %-10s %s\n", workloads[i]->name, workloads[i]->text);
	fputs(usage, out);
}

void
load_add_sources(struct load_options *o, const char *text)
{
	char copy[128], with_port[140];
	struct endpoint ep;
	char *plus;
	uint32_t n = 1, base;

	snprintf(copy, sizeof(copy), "%s", text);
	plus = strchr(copy, '+');
	if (plus) {
		n = (uint32_t)parse_number(plus + 1, 1, SOURCES_MAX, "--source A+N");
		*plus = '\0';
	}
	snprintf(with_port, sizeof(with_port), "%s:0", copy);
	endpoint_parse(with_port, &ep);
	if (n > 1 && ep.ss.ss_family != AF_INET)
		die("--source A+N is for IPv4");
	base = ntohl(((struct sockaddr_in *)&ep.ss)->sin_addr.s_addr);
	for (uint32_t i = 0; i < n; i++) {
		if (o->n_sources == SOURCES_MAX)
			die("at most %d source addresses", SOURCES_MAX);
		if (n > 1)
			((struct sockaddr_in *)&ep.ss)->sin_addr.s_addr = htonl(base + i);
		o->sources[o->n_sources++] = ep;
	}
}

static void
set_direction(struct load_options *o, int opt)
{
	o->up = opt != OPT_DOWN;
	o->down = opt != OPT_UP;
}

static int64_t
conns_of(const char *arg, const char *what)
{
	return (int64_t)parse_number(arg, 0, CONNS_MAX, what);
}

static bool
set_number(struct load_options *o, int opt, const char *arg)
{
	switch (opt) {
	case 'c':
		o->conns = (int64_t)parse_number(arg, 1, CONNS_MAX, "--conns");
		return true;
	case 's':
		o->size = parse_bytes(arg, "--size");
		return true;
	case 'r':
		o->rate = parse_number(arg, 0.01, 1e7, "--rate");
		return true;
	case OPT_FOR:
		o->run_for = (usec_t)(parse_number(arg, 0.01, 1e6, "--for") * 1e6);
		return true;
	case OPT_WARMUP:
		o->warmup = (usec_t)(parse_number(arg, 0, 1e6, "--warmup") * 1e6);
		return true;
	case OPT_COUNT:
		o->count = (int64_t)parse_number(arg, 1, 1e12, "--count");
		return true;
	case OPT_INTERVAL:
		o->interval = (usec_t)(parse_number(arg, 0.1, 1e7, "--interval") * 1e3);
		return true;
	case OPT_TIMEOUT:
		o->timeout = (usec_t)(parse_number(arg, 1, 1e7, "--timeout") * 1e3);
		return true;
	case OPT_IDLE:
		o->idle_conns = conns_of(arg, "--idle");
		return true;
	case OPT_CHATTY:
		o->chatty_conns = conns_of(arg, "--chatty");
		return true;
	case OPT_BULK:
		o->bulk_conns = conns_of(arg, "--bulk");
		return true;
	case OPT_OPENING:
		o->opening = (int64_t)parse_number(arg, 1, CONNS_MAX, "--opening");
		return true;
	case OPT_BULK_RATE:
		o->bulk_rate = parse_bytes(arg, "--bulk-rate");
		return true;
	case OPT_TARGETS:
		o->n_targets = (int64_t)parse_number(arg, 1, 254, "--targets");
		return true;
	case OPT_MAX_SIZE:
		o->max_size = parse_bytes(arg, "--max-size");
		return true;
	case OPT_SEED:
		o->seed = (uint64_t)parse_number(arg, 0, 1e15, "--seed");
		return true;
	default:
		return false;
	}
}

static void
set_option(struct load_options *o, int opt, const char *arg)
{
	if (set_number(o, opt, arg))
		return;
	switch (opt) {
	case OPT_SOURCE:
		load_add_sources(o, arg);
		break;
	case OPT_CONTROL:
		if (o->n_controls == CONTROLS_MAX)
			die("at most %d control sockets", CONTROLS_MAX);
		o->controls[o->n_controls++] = arg;
		break;
	case OPT_UP:
	case OPT_DOWN:
	case OPT_BOTH:
		set_direction(o, opt);
		break;
	case OPT_SERVE:
		endpoint_parse(arg, &o->serve);
		break;
	case OPT_MARKS:
		o->marks = true;
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_STRICT:
		o->strict = true;
		break;
	case OPT_RST:
		o->rst = true;
		break;
	case 'h':
		print_usage(stdout);
		exit(0);
	default:
		print_usage(stderr);
		exit(EXIT_USAGE);
	}
}

const struct workload *
load_parse_args(struct load *l, int argc, char **argv)
{
	struct load_options *o = &l->opt;
	const struct workload *work = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:s:r:h", options, NULL)) != -1)
		set_option(o, opt, optarg);
	if (optind + 2 != argc)
		die("a workload and one ADDRESS:PORT are wanted; see --help");
	for (size_t i = 0; i < WORKLOADS_N; i++) {
		if (strcmp(workloads[i]->name, argv[optind]) == 0)
			work = workloads[i];
	}
	if (!work)
		die("no workload '%s'; see --help", argv[optind]);
	endpoint_parse(argv[optind + 1], &o->target);
	if (o->size < 1 || o->size > 1024 * 1024)
		die("--size: 1 to 1m");
	if (o->max_size < 1 || o->max_size > 1024 * 1024 * 1024)
		die("--max-size: 1 to 1g");
	if (o->n_targets > 1 && o->target.ss.ss_family != AF_INET)
		die("--targets is for IPv4");
	if (o->serve.len && work == &work_integrity)
		die("integrity: the server is tcpserver --integrity");
	if (work == &work_bulk && !o->up && !o->down)
		die("bulk: --up, --down or --both?");
	return work;
}

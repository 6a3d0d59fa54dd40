/*
 * schedule.c - a place before others on a busy host: real-time priority and locked memory.
 *
 * A starved master misses its adverts, a starved backup believes its master dead: both end in two
 * masters.  Children get neither (SCHED_RESET_ON_FORK, and locks do not survive exec).
 */
#include "vrrpd/schedule.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "common/log.h"

#define RTTIME_KILL 10 /* times the limit */

static void
set_priority(int priority)
{
	struct sched_param param = {.sched_priority = priority};
	int policy = (priority > 0 ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK;

	if (sched_setscheduler(0, policy, &param) == 0 || priority == 0)
		return;
	log_warn("vrrp_rt_priority %d refused: %s", priority, strerror(errno));
}

/*
 * A loop that never rests would take a processor away from everybody: SIGXCPU is a line in the log
 * (server.c), and ten times the limit the kernel's SIGKILL.  Then the next master takes over.
 */
static void
limit_rest(const struct global_conf *g)
{
	rlim_t soft = (rlim_t)g->rlimit_rttime;
	struct rlimit limit = {.rlim_cur = soft, .rlim_max = soft * RTTIME_KILL}, now;

	if (g->rlimit_rttime == 0)
		limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
	if (setrlimit(RLIMIT_RTTIME, &limit) == 0)
		return;
	/* who may not raise the second limit again, has the first below it at least */
	if (errno == EPERM && getrlimit(RLIMIT_RTTIME, &now) == 0) {
		limit.rlim_cur = limit.rlim_cur < now.rlim_max ? limit.rlim_cur : now.rlim_max;
		limit.rlim_max = now.rlim_max;
		if (setrlimit(RLIMIT_RTTIME, &limit) == 0)
			errno = EPERM;
	}
	log_warn("vrrp_rlimit_rttime refused: %s, what ends vrrpd stays as it was till the next "
		 "start",
		 strerror(errno));
}

/* Of the process, which has one: where it may run by itself, and where it is bound to. */
static struct {
	bool is_bound;
	cpu_set_t before, now;
} affinity;

static bool
go_to(const cpu_set_t *cpus)
{
	if (sched_setaffinity(0, sizeof(*cpus), cpus) == 0)
		return true;
	log_warn("vrrp_cpu_affinity refused: %s", strerror(errno));
	return false;
}

static void
bind_to(const struct global_conf *g)
{
	schedule_unbind();
	affinity.is_bound = false;
	if (g->n_cpus == 0)
		return;
	if (sched_getaffinity(0, sizeof(affinity.before), &affinity.before) < 0) {
		log_warn("vrrp_cpu_affinity refused: %s", strerror(errno));
		return;
	}
	CPU_ZERO(&affinity.now);
	for (size_t i = 0; i < g->n_cpus; i++)
		CPU_SET((size_t)g->cpus[i], &affinity.now);
	affinity.is_bound = go_to(&affinity.now); /* refused once: not tried with each command */
}

void
schedule_unbind(void)
{
	if (affinity.is_bound)
		(void)go_to(&affinity.before);
}

void
schedule_rebind(void)
{
	if (affinity.is_bound)
		(void)go_to(&affinity.now);
}

void
schedule_apply(const struct global_conf *g)
{
	bind_to(g);
	limit_rest(g);
	set_priority(g->rt_priority);
	if (setpriority(PRIO_PROCESS, 0, g->nice) < 0)
		log_warn("vrrp_priority %d refused: %s", g->nice, strerror(errno));
	/* on fault: the address space of libraries need not be read in as a whole */
	if (!g->no_swap)
		munlockall();
	else if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		log_warn("vrrp_no_swap refused: %s", strerror(errno));
}

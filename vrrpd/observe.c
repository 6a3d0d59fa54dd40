/*
 * observe.c - the number in a tracked file, the name and the parameters of a process.  Pure.
 */
#include "vrrpd/observe.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

bool
observe_number(const char *text, size_t len, int *value)
{
	size_t i = 0, first;
	int64_t n = 0;
	bool negative;

	while (i < len && isspace((unsigned char)text[i]))
		i++;
	negative = i < len && text[i] == '-';
	i += i < len && (text[i] == '-' || text[i] == '+');
	for (first = i; i < len && isdigit((unsigned char)text[i]); i++) {
		n = n * 10 + (text[i] - '0');
		if (n > TRACK_FILE_WEIGHT_MAX)
			return false;
	}
	if (i == first)
		return false;
	while (i < len && isspace((unsigned char)text[i]))
		i++;
	*value = (int)(negative ? -n : n);
	return i == len;
}

bool
observe_stat(const char *text, size_t len, char comm[OBSERVE_COMM_MAX + 1])
{
	const char *open = memchr(text, '(', len);
	const char *close = memrchr(text, ')', len);
	size_t n;

	if (!open || !close || close < open || (size_t)(text + len - close) < 3)
		return false;
	n = (size_t)(close - open - 1);
	if (n > OBSERVE_COMM_MAX || close[1] != ' ')
		return false;
	memcpy(comm, open + 1, n);
	comm[n] = '\0';
	return close[2] != 'Z' && close[2] != 'X';
}

bool
observe_may_match(const struct track_conf *tc, const char *comm)
{
	const char *slash = strrchr(tc->process[0], '/');
	const char *name = slash ? slash + 1 : tc->process[0];

	return tc->full_command || strncmp(name, comm, OBSERVE_COMM_MAX) == 0;
}

bool
observe_needs_cmdline(const struct track_conf *tc)
{
	return tc->full_command || tc->param_match != PARAMS_ANY;
}

/* Does the wanted word stand at *at?  Steps over it. */
static bool
take_word(const char **at, const char *end, const char *wanted, bool may_go_on)
{
	size_t len = strnlen(*at, (size_t)(end - *at)), want_len = strlen(wanted);

	if (*at >= end || len < want_len || memcmp(*at, wanted, want_len) != 0)
		return false;
	if (len > want_len && !may_go_on)
		return false;
	*at += len;
	*at += *at < end; /* its NUL */
	return true;
}

bool
observe_matches(const struct track_conf *tc, const char *cmdline, size_t len)
{
	const char *at = cmdline, *end = cmdline + len;

	if (tc->full_command) {
		if (!take_word(&at, end, tc->process[0], false))
			return false;
	} else {
		at += strnlen(at, len);
		at += at < end;
	}
	if (tc->param_match == PARAMS_ANY)
		return true;
	for (int i = 1; i < tc->n_process; i++) {
		bool is_last = i == tc->n_process - 1;

		if (!take_word(&at, end, tc->process[i],
			       is_last && tc->param_match == PARAMS_INITIAL))
			return false;
	}
	/* keepalived: param_match without parameters asks for a command that has none */
	if (tc->param_match == PARAMS_EXACT || tc->n_process == 1)
		return at == end;
	return true;
}

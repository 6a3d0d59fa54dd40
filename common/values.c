/*
 * values.c - the value rules of keytab.h: times, sizes, numbers, booleans, words.
 */
#include "common/keytab.h"

#include <string.h>

static const struct name bool_names[] = {
    {"yes", 1}, {"on", 1}, {"true", 1}, {"no", 0}, {"off", 0}, {"false", 0}, {0},
};

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit time_units[] = {
    {"us", 1},
    {"ms", USEC_PER_MS},
    {"s", USEC_PER_SEC},
    {"m", 60 * USEC_PER_SEC},
    {"h", 3600 * USEC_PER_SEC},
    {"d", 86400 * USEC_PER_SEC},
    {0},
};

static const struct unit size_units[] = {
    {"k", 1 << 10},
    {"K", 1 << 10},
    {"m", 1 << 20},
    {"M", 1 << 20},
    {"g", 1 << 30},
    {"G", 1 << 30},
    {0},
};

/* Decimal digits from *s on; false when there is none or too many. */
static bool
take_digits(const char **s, int64_t *n)
{
	const char *start = *s;

	for (*n = 0; **s >= '0' && **s <= '9'; (*s)++) {
		if (__builtin_mul_overflow(*n, 10, n) || __builtin_add_overflow(*n, **s - '0', n))
			return false;
	}
	return *s > start;
}

static bool
find_factor(const struct unit *units, const char *name, int64_t *factor)
{
	if (*name == '\0')
		return true;
	for (; units->name; units++) {
		if (strcmp(units->name, name) == 0) {
			*factor = units->factor;
			return true;
		}
	}
	return false;
}

/* The digits behind a decimal point, times the unit; finer than a microsecond is refused. */
static bool
take_fraction(const char **s, int64_t factor, int64_t *out)
{
	int64_t sum = 0;

	for (; **s >= '0' && **s <= '9'; (*s)++) {
		if ((factor % 10 != 0 || factor == 0) && **s != '0')
			return false;
		factor /= 10;
		sum += factor * (**s - '0');
	}
	*out = sum;
	return true;
}

static int
bad_time(const char *text, struct err *e)
{
	return err_set(e, "'%s' is not a time, expected a number with us, ms, s, m, h or d", text);
}

int
parse_time(const char *text, usec_t unit, usec_t *out, struct err *e)
{
	const char *s = text, *point;
	int64_t factor = unit, fraction = 0, n;

	if (!take_digits(&s, &n))
		return bad_time(text, e);
	point = *s == '.' ? s + 1 : NULL;
	if (point)
		s = point + strspn(point, "0123456789");
	if (s == point || !find_factor(time_units, s, &factor))
		return bad_time(text, e);
	if (point && !take_fraction(&point, factor, &fraction))
		return err_set(e, "'%s' is finer than a microsecond", text);
	if (__builtin_mul_overflow(n, factor, &n) || __builtin_add_overflow(n, fraction, &n) ||
	    n >= USEC_NEVER)
		return err_set(e, "'%s' is too long a time", text);
	*out = n;
	return 0;
}

int
parse_size(const char *text, int64_t *out, struct err *e)
{
	const char *s = text;
	int64_t factor = 1, n;

	if (!take_digits(&s, &n) || !find_factor(size_units, s, &factor) ||
	    __builtin_mul_overflow(n, factor, &n))
		return err_set(e, "'%s' is not a size, expected a number with k, m or g", text);
	*out = n;
	return 0;
}

int
parse_int(const char *text, int64_t min, int64_t max, int64_t *out, struct err *e)
{
	const char *s = text + (*text == '-');
	bool is_number;
	int64_t n;

	is_number = take_digits(&s, &n) && *s == '\0';
	if (is_number && *text == '-')
		n = -n;
	if (!is_number || n < min || n > max)
		return err_set(e, "'%s' is not a number from %lld to %lld", text, (long long)min,
			       (long long)max);
	*out = n;
	return 0;
}

int
parse_bool(const char *text, bool *out, struct err *e)
{
	int value;

	if (!names_find(bool_names, text, &value))
		return err_set(e, "'%s' is not yes|no|on|off|true|false", text);
	*out = value != 0;
	return 0;
}

int
split_words(struct arena *a, const char *text, const char **words, int max, struct err *e)
{
	char *s = arena_strdup(a, text); /* the words are written over it: quotes only go away */
	int n = 0;

	for (;;) {
		bool quoted = false;
		char *dst;

		s += strspn(s, " \t");
		if (*s == '\0')
			return n;
		if (n == max)
			return err_set(e, "too many words, expected at most %d", max);
		words[n++] = dst = s;
		for (; *s && (quoted || (*s != ' ' && *s != '\t')); s++) {
			if (*s == '"')
				quoted = !quoted;
			else
				*dst++ = *s;
		}
		if (*s)
			s++;
		*dst = '\0';
		if (quoted)
			return err_set(e, "a quote is not closed");
	}
}

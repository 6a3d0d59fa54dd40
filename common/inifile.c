/*
 * inifile.c - INI text into sections and entries, through libinih.
 *
 * libinih (Debian's version 55) splits over-long lines, cuts section names at 49 bytes, stops at
 * NUL bytes and tells only the first mistake.  So it sees only what read_line() hands over:
 * lines that are whole, checked and without comments, an empty one for each that was refused, and
 * a short "[s]" for each section.  Line numbers and titles are kept here.  libinih splits keys
 * from values and knows continuation lines; on_entry() receives what it found.
 */
#include "common/inifile.h"

#include <ctype.h>
#include <ini.h>
#include <string.h>

#include "common/strbuf.h"

#define BLANKS        " \t\r"
#define TEXT(x)       #x
#define TEXT_OF(x)    TEXT(x)
#define LINE_TOO_LONG "the line is too long, expected at most " TEXT_OF(INIFILE_LINE_MAX) " bytes"

/* Exported by Debian's libinih, absent in others: there the limit stays theirs. */
extern int ini_max_line __attribute__((weak));

struct parse {
	struct arena *arena;
	struct inifile *out;
	struct errlist *el;
	ini_getenv_fn getenv_fn;
	const char *text; /* what is not read yet */
	size_t len;
	int line;
	bool continued; /* the line handed over last is an indented one */
	bool orphaned;  /* the last key was refused: skip its indented lines too */
};

static struct ini_section *
section_now(const struct parse *p)
{
	return p->out->n_sections ? &p->out->sections[p->out->n_sections - 1] : NULL;
}

static const char *
title_now(const struct parse *p)
{
	return p->out->n_sections ? section_now(p)->title : NULL;
}

static void
mistake(struct parse *p, const char *what)
{
	errlist_add(p->el, p->out->file, p->line, title_now(p), NULL, "%s", what);
}

/* Cut the comment off: ';' or '#' at the start or behind a blank. */
static void
cut_comment(char *s)
{
	for (char *c = s; *c; c++) {
		if ((*c == ';' || *c == '#') && (c == s || strchr(BLANKS, c[-1]))) {
			*c = '\0';
			return;
		}
	}
}

static void
cut_blanks_at_end(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && strchr(BLANKS, s[len - 1]))
		s[--len] = '\0';
}

/* Words joined by single spaces, in the arena. */
static char *
fold_blanks(struct arena *a, const char *s, size_t len)
{
	char *folded = arena_strndup(a, s, len);
	char *dst = folded;

	for (const char *src = folded; *src;) {
		size_t word_len;

		src += strspn(src, BLANKS);
		word_len = strcspn(src, BLANKS);
		if (word_len == 0)
			break;
		if (dst != folded)
			*dst++ = ' ';
		memmove(dst, src, word_len);
		dst += word_len;
		src += word_len;
	}
	*dst = '\0';
	return folded;
}

/* "frontend main" into "frontend" and "main"; the second is "" when there is one word. */
static void
split_first(struct arena *a, const char *folded, const char **first, const char **rest)
{
	size_t len = strcspn(folded, " ");

	*first = arena_strndup(a, folded, len);
	*rest = folded[len] ? folded + len + 1 : "";
}

static void
open_section(struct parse *p, const char *title)
{
	struct inifile *f = p->out;
	struct ini_section *sec;

	f->sections = arena_grow(p->arena, f->sections, f->n_sections, sizeof(*f->sections));
	sec = &f->sections[f->n_sections++];
	sec->title = title;
	split_first(p->arena, title, &sec->type, &sec->name);
	sec->line = p->line;
	p->orphaned = false;
}

/*
 * "[title]".  A header with a mistake opens its section all the same: the keys below must not
 * land in the section above, and their own mistakes are worth telling in the same run.
 */
static void
read_section(struct parse *p, const char *s)
{
	const char *end = strrchr(s, ']');
	size_t len = end ? (size_t)(end - s - 1) : strlen(s + 1);
	const char *title = fold_blanks(p->arena, s + 1, len);

	open_section(p, title);
	if (!end)
		mistake(p, "']' is missing behind the section's name");
	else if (end[1] != '\0')
		mistake(p, "text behind ']', expected the end of the line or a comment");
	else if (*title == '\0')
		mistake(p, "the section has no name, expected [name]");
	else if (strpbrk(title, "[]"))
		mistake(p, "'[' or ']' inside the section's name");
}

/* Why this line, known not to be a section or empty, cannot be handed over; NULL: it can. */
static const char *
refuse_entry(const struct parse *p, const char *s, bool indented)
{
	const struct ini_section *sec = section_now(p);
	const char *equals = strchr(s, '=');

	if (!sec)
		return "text before the first [section]";
	if (indented)
		return sec->n_entries == 0 ? "an indented line goes on with the key above it, "
					     "but there is none in this section"
					   : NULL;
	if (!equals)
		return "'=' is missing, expected 'key = value' or '[section]'";
	if (equals == s)
		return "the key is missing in front of '='";
	if (memchr(s, ':', (size_t)(equals - s)))
		return "':' in a key or name, expected 'key = value'";
	return NULL;
}

/* Check one line and put what libinih shall see into str, which holds the line. */
static void
hand_over(struct parse *p, char *str)
{
	size_t indent = strspn(str, BLANKS);
	const char *why;

	cut_comment(str);
	cut_blanks_at_end(str);
	if (str[0] == '\0')
		return;
	if (str[0] == '[') {
		read_section(p, str);
		memcpy(str, "[s]", sizeof("[s]"));
		return;
	}
	p->continued = indent > 0;
	if (p->continued && p->orphaned) {
		str[0] = '\0';
		return;
	}
	why = refuse_entry(p, str, p->continued);
	p->orphaned = why != NULL;
	if (why) {
		mistake(p, why);
		str[0] = '\0';
	}
}

/* Why these bytes are no line of text; NULL: they are. */
static const char *
refuse_bytes(const char *s, size_t len, size_t max)
{
	if (len > max)
		return LINE_TOO_LONG;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\0')
			return "the line holds a NUL byte";
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return "the line holds a control character";
	}
	return NULL;
}

/* libinih's fgets(): one physical line per call. */
static char *
read_line(char *str, int num, void *stream)
{
	struct parse *p = stream;
	size_t max = (size_t)num - 1 < INIFILE_LINE_MAX ? (size_t)num - 1 : INIFILE_LINE_MAX;
	const char *newline, *why, *start = p->text;
	size_t len;

	if (p->len == 0)
		return NULL;
	p->line++;
	newline = memchr(start, '\n', p->len);
	len = newline ? (size_t)(newline - start) : p->len;
	p->text += len + (newline != NULL);
	p->len -= len + (newline != NULL);
	if (len > 0 && start[len - 1] == '\r')
		len--;
	str[0] = '\0';
	why = refuse_bytes(start, len, max);
	if (why) {
		p->orphaned = true;
		mistake(p, why);
		return str;
	}
	memcpy(str, start, len);
	str[len] = '\0';
	hand_over(p, str);
	return str;
}

static bool
is_name(const char *s, size_t len)
{
	if (len == 0 || isdigit((unsigned char)s[0]))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '_')
			return false;
	}
	return true;
}

/* One "${NAME}" at s, known to start so; returns what follows it, or NULL after an error. */
static const char *
expand_one(struct parse *p, const char *key, const char *s, struct strbuf *b)
{
	size_t len = strcspn(s + 2, "}");
	const char *name, *value;

	if (s[2 + len] == '\0' || !is_name(s + 2, len)) {
		errlist_add(p->el, p->out->file, p->line, title_now(p), key,
			    "'%s': expected ${NAME}, an environment variable", s);
		return NULL;
	}
	name = arena_strndup(p->arena, s + 2, len);
	value = p->getenv_fn ? p->getenv_fn(name) : NULL;
	if (!value) {
		errlist_add(p->el, p->out->file, p->line, title_now(p), key,
			    "the environment variable '%s' is not set", name);
		return NULL;
	}
	if (refuse_bytes(value, strlen(value), INIFILE_LINE_MAX)) {
		errlist_add(
		    p->el, p->out->file, p->line, title_now(p), key,
		    "the environment variable '%s' is too long or holds a control character", name);
		return NULL;
	}
	strbuf_adds(b, value);
	return s + 2 + len + 1;
}

/* The value with its "${NAME}" replaced, in the arena; "$${" stays as "${". */
static const char *
expand(struct parse *p, const char *key, const char *value)
{
	struct strbuf b;
	const char *s = value, *result;

	if (!strstr(value, "${"))
		return arena_strdup(p->arena, value);
	strbuf_init(&b);
	while (s && *s) {
		if (strncmp(s, "$${", 3) == 0) {
			strbuf_adds(&b, "${");
			s += 3;
		} else if (strncmp(s, "${", 2) == 0) {
			s = expand_one(p, key, s, &b);
		} else {
			strbuf_addc(&b, *s++);
		}
	}
	result = arena_strdup(p->arena, s ? strbuf_str(&b) : value);
	strbuf_free(&b);
	return result;
}

static int
on_entry(void *user, const char *section, const char *name, const char *value)
{
	struct parse *p = user;
	struct ini_section *sec = section_now(p);
	struct ini_entry *en;

	(void)section;
	if (!sec || !name) /* read_line() lets neither happen */
		return 1;
	sec->entries = arena_grow(p->arena, sec->entries, sec->n_entries, sizeof(*sec->entries));
	en = &sec->entries[sec->n_entries];
	if (p->continued && sec->n_entries > 0) {
		en->key = en[-1].key;
		en->arg = en[-1].arg;
	} else {
		split_first(p->arena, fold_blanks(p->arena, name, strlen(name)), &en->key,
			    &en->arg);
	}
	en->line = p->line;
	en->continued = p->continued;
	en->value = expand(p, en->key, value ? value : "");
	sec->n_entries++;
	return 1;
}

int
inifile_parse(struct arena *a, const char *file, const char *text, size_t len,
	      ini_getenv_fn getenv_fn, struct inifile *out, struct errlist *el)
{
	struct parse p = {
	    .arena = a,
	    .out = out,
	    .el = el,
	    .getenv_fn = getenv_fn,
	    .text = text,
	    .len = len,
	};
	size_t n_errors = el->n_errors;

	memset(out, 0, sizeof(*out));
	out->file = arena_strdup(a, file);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
		p.text += 3;
		p.len -= 3;
	}
	if (&ini_max_line)
		ini_max_line = INIFILE_LINE_MAX + 3; /* CR, LF, NUL */
	if (ini_parse_stream(read_line, &p, on_entry, &p) != 0 && el->n_errors == n_errors)
		errlist_add(el, file, 0, NULL, NULL, "cannot be read as INI text");
	return el->n_errors == n_errors ? 0 : -1;
}

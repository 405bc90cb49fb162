#include "mda/lmtp/reply.h"

#include "base/printable.h"
#include "mda/exits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A line of a reply has at most 512 bytes, including the code and CR LF. */
enum { LINE_MOST = 480 };

static void set_text(struct reply *r, struct str text)
{
	struct buf line = {0};
	printable_add(&line, text);
	size_t n = line.n < sizeof r->text - 1 ? line.n : sizeof r->text - 1;
	/* A character is not cut in half. */
	while (n < line.n && n && ((unsigned char)line.p[n] & 0xc0) == 0x80)
		n--;
	if (n)
		memcpy(r->text, line.p, n);
	r->text[n] = '\0';
	buf_free(&line);
}

void reply_set(struct reply *r, unsigned code, const char *dsn, const char *fmt, ...)
{
	char text[sizeof r->text];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	va_end(args);
	r->code = code;
	snprintf(r->dsn, sizeof r->dsn, "%s", dsn); /* it fits */
	set_text(r, str_of(text));
}

/* ---- what a delivery says ---- */

static const struct {
	int status;
	char first; /* of the enhanced code: this status allows no other */
	unsigned code;
	const char *dsn, *text;
} exits[] = {
	{EXIT_DONE, '2', 250, "2.0.0", "delivered"},
	{EXIT_NO_USER, '5', 550, "5.1.1", "no such user"},
	{EXIT_REFUSED, '5', 554, "5.7.1", "refused"},
	{EXIT_TRY_AGAIN, '4', 451, "4.3.0", "the delivery ended without a result"},
};

/* Codes that say more than the status. */
static const struct {
	const char *dsn;
	unsigned code;
} special[] = {{"4.2.2", 452}, {"5.2.2", 552}, {"5.2.3", 552}, {"5.3.4", 552}, {"5.1.1", 550}};

static unsigned code_of(const char *dsn, unsigned usual)
{
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (strcmp(special[i].dsn, dsn) == 0)
			return special[i].code;
	return usual;
}

/* Three numbers separated by dots; the first one is FIRST. */
static bool is_dsn(struct str word, char first)
{
	unsigned dots = 0, digits = 0;
	if (word.n < 5 || word.n >= sizeof((struct reply *)0)->dsn || word.p[0] != first)
		return false;
	for (size_t i = 0; i < word.n; i++) {
		bool is_dot = word.p[i] == '.';
		if (!is_dot && !ascii_isdigit(word.p[i]))
			return false;
		if (is_dot && digits == 0)
			return false;
		dots += is_dot;
		digits = is_dot ? 0 : digits + 1;
	}
	return dots == 2 && digits > 0;
}

void reply_of_exit(struct reply *r, int status, struct str told)
{
	enum { LAST = sizeof exits / sizeof *exits - 1 };
	size_t i = 0;
	struct str line, word;
	while (i < LAST && exits[i].status != status)
		i++;
	reply_set(r, exits[i].code, exits[i].dsn, "%s", exits[i].text);
	if (!str_line(&told, &line))
		return;
	struct str text = line;
	if (!str_word(&text, &word) || !is_dsn(word, exits[i].first))
		return;
	snprintf(r->dsn, sizeof r->dsn, STR_FMT, STR_ARGS(word)); /* it fits: is_dsn() */
	r->code = code_of(r->dsn, exits[i].code);
	set_text(r, str_trim(text));
}

void reply_of_err(struct reply *r, const struct err *err)
{
	struct buf line = {0};
	int status = exits_line(err, &line);
	reply_of_exit(r, status, buf_str(&line));
	buf_free(&line);
}

/* ---- writing ---- */

static void add_line(struct buf *to, const struct reply *r, struct str text, bool is_last)
{
	buf_fmt(to, "%u%c", r->code, is_last ? ' ' : '-');
	if (r->dsn[0])
		buf_fmt(to, "%s ", r->dsn);
	buf_add(to, text);
	buf_text(to, "\r\n");
}

/*
 * How much of TEXT goes into one line: up to a blank if there is one, and without cutting a
 * character.
 */
static size_t line_length(struct str text)
{
	size_t n = LINE_MOST;
	if (text.n <= LINE_MOST)
		return text.n;
	size_t blank = str_rfind(str_slice(text, 0, n), ' ');
	if (blank > 0 && blank < n)
		return blank;
	while (n > 1 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void reply_add(struct buf *to, const struct reply *r)
{
	struct str text = str_of(r->text);
	do {
		size_t n = line_length(text);
		struct str line = str_slice(text, 0, n);
		text = str_trim(str_slice(text, n, text.n));
		add_line(to, r, line, text.n == 0);
	} while (text.n);
}

void reply_add_lines(struct buf *to, unsigned code, const struct str_list *lines)
{
	const struct reply r = {.code = code};
	for (size_t i = 0; i < lines->count; i++)
		add_line(to, &r, lines->items[i], i + 1 == lines->count);
}

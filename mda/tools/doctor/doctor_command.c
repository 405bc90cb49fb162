#include "mda/tools/doctor/doctor_command.h"

#include "base/buf.h"
#include "base/path.h"
#include "base/str_list.h"
#include "mda/tools/doctor/doctor.h"

#include <sys/stat.h>

/* ---- words ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes a word off *REST; what is in quotes belongs to it. */
static bool next_word(struct str *rest, struct arena *mem, struct str *word)
{
	struct buf b = {0};
	char quote = '\0';
	size_t i = 0;
	while (i < rest->n && is_blank(rest->p[i]))
		i++;
	bool found = i < rest->n;
	for (; i < rest->n && (quote || !is_blank(rest->p[i])); i++) {
		char c = rest->p[i];
		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? '\0' : c;
		else
			buf_byte(&b, c);
	}
	*rest = str_slice(*rest, i, rest->n);
	*word = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return found;
}

static bool is_mda(struct str word)
{
	size_t slash = str_rfind(word, '/');
	struct str name = slash < word.n ? str_slice(word, slash + 1, word.n) : word;
	return str_eq(name, STR_LIT("mda"));
}

/* A command in quotes is a command line of its own, as after "sh -c". */
struct doctor_command doctor_command_find(struct str line, struct arena *mem)
{
	struct doctor_command c = {{0}};
	struct str word;
	while (next_word(&line, mem, &word)) {
		if (c.words.count || is_mda(word))
			str_list_add(&c.words, word, mem);
		else if (word.n && str_find(word, ' ') < word.n)
			c = doctor_command_find(word, mem);
	}
	return c;
}

const struct str *doctor_command_option(
	const struct doctor_command *c, char letter, const char *name, struct arena *mem)
{
	const struct str is = arena_fmt(mem, "-%c", letter), is_long = arena_fmt(mem, "--%s", name);
	const struct str begins = arena_fmt(mem, "--%s=", name);
	for (size_t i = 1; i < c->words.count; i++) {
		struct str word = c->words.items[i];
		struct str *value = arena_alloc(mem, sizeof *value);
		if ((str_eq(word, is) || str_eq(word, is_long)) && i + 1 < c->words.count)
			return &c->words.items[i + 1];
		*value = str_starts(word, begins) ? str_slice(word, begins.n, word.n)
						  : str_slice(word, is.n, word.n);
		if (str_starts(word, begins) || (str_starts(word, is) && word.n > is.n))
			return value;
	}
	return NULL;
}

/* ---- what holds for every MTA ---- */

bool doctor_command_is_lmtp(const struct doctor *d, struct str address)
{
	struct str part;
	for (size_t i = 0; i < d->conf->lmtp_listen.count; i++)
		if (str_iends(address, d->conf->lmtp_listen.items[i]))
			return true;
	while (address.n) {
		size_t slash = str_find(address, '/');
		part = str_slice(address, 0, slash);
		if (str_eq(part, STR_LIT("mda")))
			return true;
		address = str_slice(address, slash + 1, address.n);
	}
	return false;
}

void doctor_command_program(struct doctor *d, const struct doctor_command *c)
{
	struct stat st;
	const char *path = c->words.count ? arena_cstr(d->mem, c->words.items[0]) : NULL;
	if (!path)
		return;
	bool runs = path[0] == '/' && path_stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		    (st.st_mode & 0111);
	doctor_judge(d, !runs, DOCTOR_ERROR,
		DOCTOR_TEXT(d, "the MTA starts %s, which is not a program", path),
		STR_LIT("write the path that \"command -v mda\" prints into the MTA's "
			"configuration"),
		DOCTOR_TEXT(d, "the MTA starts %s", path));
}

void doctor_command_time(struct doctor *d, unsigned long long seconds, struct str mend)
{
	unsigned long long ours = d->conf->time_limit;
	doctor_judge(d, ours == 0 || seconds <= ours, DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"the MTA ends a delivery after %llu s, before time_limit (%llu s) can have "
			"it "
			"tried again",
			seconds, ours),
		mend,
		DOCTOR_TEXT(
			d, "the MTA waits %llu s, longer than time_limit (%llu s)", seconds, ours));
}

void doctor_command_size(struct doctor *d, unsigned long long bytes, struct str mend)
{
	unsigned long long ours = d->conf->message_max;
	doctor_judge(d, ours && (bytes == 0 || bytes > ours), DOCTOR_WARNING,
		DOCTOR_TEXT(d,
			"the MTA accepts messages of %llu bytes, which mda refuses (message_max is "
			"%llu): they bounce",
			bytes, ours),
		mend, STR_LIT("what the MTA accepts is not too large for mda"));
}

/* ---- numbers ---- */

static bool take_number(struct str *rest, unsigned long long *n)
{
	size_t digits = 0;
	while (digits < rest->n && ascii_isdigit(rest->p[digits]))
		digits++;
	if (!str_number(str_slice(*rest, 0, digits), 1ULL << 40, n))
		return false;
	*rest = str_slice(*rest, digits, rest->n);
	return true;
}

static unsigned long long seconds_in(char unit)
{
	static const struct {
		char unit;
		unsigned long long seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].unit == unit)
			return units[i].seconds;
	return 0;
}

bool doctor_command_seconds(struct str text, char unit, unsigned long long *seconds)
{
	struct str rest = str_trim(text);
	*seconds = 0;
	bool known = rest.n > 0;
	while (known && rest.n) {
		unsigned long long n = 0;
		known = take_number(&rest, &n) && seconds_in(rest.n ? rest.p[0] : unit) > 0;
		*seconds += known ? n * seconds_in(rest.n ? rest.p[0] : unit) : 0;
		rest = str_slice(rest, 1, rest.n);
	}
	return known;
}

bool doctor_command_bytes(struct str text, unsigned long long *bytes)
{
	static const char letters[] = "KMG";
	struct str rest = str_trim(text);
	if (!take_number(&rest, bytes))
		return false;
	for (size_t i = 0; rest.n == 1 && i < 3; i++)
		if (ascii_lower(rest.p[0]) == ascii_lower(letters[i])) {
			*bytes <<= 10 * (i + 1);
			rest.n = 0;
		}
	return rest.n == 0;
}

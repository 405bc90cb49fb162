#include "mda/conf/userdb.h"

#include "base/buf.h"
#include "base/printable.h"
#include "base/str_list.h"

/*
 * The number of our only request; every line of its answer has it as the second word. HELLO is the
 * version of Dovecot 2.3, which Dovecot 2.4 accepts.
 */
#define REQUEST "1"
#define HELLO   "VERSION\t1\t1\n"

enum { SHOWN = 80, SHOWN_OF_REASON = 160, MINOR_OF_2_4 = 3 };

/* ---- escapes ---- */

static const struct {
	char byte, letter;
} escapes[] = {{'\0', '0'}, {'\001', '1'}, {'\t', 't'}, {'\r', 'r'}, {'\n', 'n'}};
enum { ESCAPES = sizeof escapes / sizeof *escapes };

static void put_escaped(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		size_t k = 0;
		while (k < ESCAPES && escapes[k].byte != text.p[i])
			k++;
		if (k < ESCAPES)
			buf_byte(b, '\001');
		buf_byte(b, k < ESCAPES ? escapes[k].letter : text.p[i]);
	}
}

/* A byte 1 before any other byte stands for that byte, as in Dovecot. */
static struct str unescape(struct str word, struct arena *mem)
{
	if (str_find(word, '\001') == word.n)
		return word;
	char *to = arena_alloc(mem, word.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < word.n; i++) {
		char c = word.p[i];
		if (c == '\001' && i + 1 < word.n) {
			size_t k = 0;
			c = word.p[++i];
			while (k < ESCAPES && escapes[k].letter != c)
				k++;
			c = k < ESCAPES ? escapes[k].byte : c;
		}
		to[n++] = c;
	}
	return (struct str){to, n};
}

/* ---- asking ---- */

struct str userdb_ask(struct str name, struct arena *mem)
{
	struct buf b = {0};
	buf_text(&b, HELLO "USER\t" REQUEST "\t");
	put_escaped(&b, name);
	buf_text(&b, "\tservice=mda\n");
	struct str request = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return request;
}

/* Without the mask, Dovecot 2.4 lists nobody. */
struct str userdb_ask_all(void)
{
	return STR_LIT(HELLO "LIST\t" REQUEST "\tuser=*\tservice=mda\n");
}

/* ---- lines ---- */

/* Takes the next whole line off *REST. False when the LF is missing. */
static bool take_line(struct str *rest, struct str *line)
{
	size_t end = str_find(*rest, '\n');
	if (end == rest->n)
		return false;
	*line = str_slice(*rest, 0, end);
	*rest = str_slice(*rest, end + 1, rest->n);
	return true;
}

static struct str take_word(struct str *rest)
{
	size_t end = str_find(*rest, '\t');
	struct str word = str_slice(*rest, 0, end);
	*rest = str_slice(*rest, end + 1, rest->n);
	return word;
}

enum kind { HANDSHAKE, ENTRY, USER, NOTFOUND, FAIL, DONE, OTHER };
static const struct {
	const char *word;
	enum kind kind;
} kinds[] = {
	{"VERSION", HANDSHAKE},
	{"SPID", HANDSHAKE},
	{"LIST", ENTRY},
	{"USER", USER},
	{"NOTFOUND", NOTFOUND},
	{"FAIL", FAIL},
	{"DONE", DONE},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static enum kind kind_of(struct str line)
{
	struct str word = take_word(&line);
	for (size_t i = 0; i < KINDS; i++)
		if (str_eq(word, str_of(kinds[i].word)))
			return kinds[i].kind;
	return OTHER;
}

bool userdb_is_whole(void *seen, struct str reply)
{
	size_t *at = seen;
	struct str line, rest = str_slice(reply, *at, reply.n);
	for (; take_line(&rest, &line); *at = reply.n - rest.n) {
		enum kind kind = kind_of(line);
		if (kind != HANDSHAKE && kind != ENTRY)
			return true;
	}
	return false;
}

/* ---- reading ---- */

static int wrong(struct str line, struct arena *mem, struct err *err)
{
	struct str shown = printable_line(str_slice(line, 0, SHOWN), ' ', mem);
	if (str_starts(line, STR_LIT("CUID\t")) || str_starts(line, STR_LIT("MECH\t")))
		return err_temp(err, "this is a socket for logins and not Dovecot's auth-userdb");
	return err_temp(err, "the answer is not Dovecot's: \"" STR_FMT "\"", STR_ARGS(shown));
}

static int cut_off(struct err *err)
{
	return err_temp(err, "the answer ends too early");
}

/* Takes the lines before the answer; the first must be a version that we know. */
static int take_handshake(struct str *rest, bool *is_old, struct arena *mem, struct err *err)
{
	struct str line, words;
	unsigned long long minor;
	if (!take_line(rest, &line))
		return cut_off(err);
	words = line;
	if (!str_eq(take_word(&words), STR_LIT("VERSION")))
		return wrong(line, mem, err);
	struct str major = take_word(&words);
	if (!str_eq(major, STR_LIT("1"))) {
		major = printable_line(str_slice(major, 0, SHOWN), ' ', mem);
		return err_temp(err,
			"Dovecot's protocol has version \"" STR_FMT "\", not the known version 1",
			STR_ARGS(major));
	}
	if (!str_number(take_word(&words), UINT_MAX, &minor))
		return wrong(line, mem, err);
	*is_old = minor < MINOR_OF_2_4;
	while (kind_of(*rest) == HANDSHAKE)
		if (!take_line(rest, &line))
			return cut_off(err);
	return 0;
}

/* Takes the next line of the answer, its kind, and the number of the request. */
static int take_answer(
	struct str *rest, struct str *words, enum kind *kind, struct arena *mem, struct err *err)
{
	struct str line;
	if (!take_line(rest, &line))
		return cut_off(err);
	*kind = kind_of(line);
	*words = line;
	(void)take_word(words);
	bool is_ours = *kind != OTHER && str_eq(take_word(words), STR_LIT(REQUEST));
	return is_ours ? 0 : wrong(line, mem, err);
}

/* What Dovecot says about a failure: "reason=text", or words such as "temp". */
static int failed(struct str words, struct arena *mem, struct err *err)
{
	struct str reason = STR_EMPTY;
	while (words.n) {
		struct str word = take_word(&words);
		if (str_starts(word, STR_LIT("reason=")))
			reason = unescape(str_slice(word, 7, word.n), mem);
	}
	reason = printable_line(str_slice(reason, 0, SHOWN_OF_REASON), ' ', mem);
	return err_temp(err, "Dovecot could not look up the user%s" STR_FMT,
		reason.n ? ": " : "; its log says why", STR_ARGS(reason));
}

int userdb_read(struct str reply, struct arena *mem, struct userdb_reply *to, struct err *err)
{
	struct str words, line;
	enum kind kind = OTHER;
	*to = (struct userdb_reply){.answer = USERDB_UNKNOWN, .name = STR_EMPTY};
	if (take_handshake(&reply, &to->is_old, mem, err) < 0)
		return -1;
	line = reply;
	if (take_answer(&reply, &words, &kind, mem, err) < 0)
		return -1;
	if (reply.n)
		return wrong(reply, mem, err);
	if (kind == FAIL)
		return failed(words, mem, err);
	if (kind == NOTFOUND)
		return 0;
	if (kind != USER || words.n == 0)
		return wrong(line, mem, err);
	to->answer = USERDB_FOUND;
	to->name = unescape(take_word(&words), mem);
	while (words.n) {
		struct str word = unescape(take_word(&words), mem);
		if (word.n)
			str_list_add(&to->fields, word, mem);
	}
	return 0;
}

int userdb_read_all(struct str reply, struct arena *mem, struct str_list *names, struct err *err)
{
	struct str words, line;
	enum kind kind = OTHER;
	bool is_old;
	*names = (struct str_list){0};
	if (take_handshake(&reply, &is_old, mem, err) < 0)
		return -1;
	for (;;) {
		line = str_slice(reply, 0, str_find(reply, '\n'));
		if (take_answer(&reply, &words, &kind, mem, err) < 0)
			return -1;
		if (kind != ENTRY)
			break;
		struct str name = unescape(take_word(&words), mem);
		if (name.n == 0)
			return wrong(line, mem, err);
		str_list_add(names, name, mem);
	}
	if (kind != DONE || reply.n)
		return wrong(kind != DONE ? line : reply, mem, err);
	return str_eq(take_word(&words), STR_LIT("fail"))
		       ? err_temp(err, "Dovecot could not list its users; its log says why")
		       : 0;
}

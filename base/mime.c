#include "base/mime.h"

#include "base/buf.h"
#include "base/mime_module.h"
#include "base/path.h"
#include "base/self.h"
#include "base/transfer.h"
#include "base/utf8.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- the module ---- */

/* Loaded once and never unloaded, which GLib would not survive. */
static struct {
	bool tried;
	const struct mime_module *functions;
	bool missed;   /* it was needed but is missing */
	char why[256]; /* why it cannot be loaded; empty when it is loaded */
} module;

const struct mime_module *mime_functions(void)
{
	return mime_needed() ? NULL : module.functions;
}

/* In the build tree beside a program or a test, and installed. */
static const char *const places[] = {"modules", "../lib/mda", "../../modules"};

static void *open_module(void)
{
	struct arena *mem = arena_new();
	struct str dir = self_dir(mem);
	void *handle = NULL;
	struct stat st;
	snprintf(module.why, sizeof module.why, /* it fits */
		"mda_mime.so: it is in neither modules nor ../lib/mda beside the program");
	for (size_t i = 0; dir.n && i < sizeof places / sizeof *places; i++) {
		struct str path =
			arena_fmt(mem, STR_FMT "/%s/mda_mime.so", STR_ARGS(dir), places[i]);
		if (path_stat(path.p, &st) < 0)
			continue;
		handle = dlopen(path.p, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
		if (!handle)
			snprintf(module.why, sizeof module.why, "%s",
				dlerror()); /* a longer text is cut */
		break;
	}
	arena_free(mem);
	return handle;
}

static void load(void)
{
	void *handle = open_module();
	const struct mime_module *m = handle ? dlsym(handle, "mda_mime") : NULL;
	if (m && m->version == MIME_MODULE_VERSION)
		module.functions = m;
	else if (handle)
		snprintf(module.why, sizeof module.why,
			"mda_mime.so has another version"); /* it fits */
}

const char *mime_unavailable(void)
{
	if (!module.tried)
		load();
	module.tried = true;
	return module.functions ? NULL : module.why;
}

const char *mime_needed(void)
{
	const char *why = mime_unavailable();
	module.missed = module.missed || why;
	return why;
}

const char *mime_missed(void)
{
	return module.missed ? module.why : NULL;
}

void mime_forget_missed(void)
{
	module.missed = false;
}

/* ---- encoded words (RFC 2047) ---- */

struct word {
	struct str gap;   /* the blanks before it */
	struct str whole; /* as written */
	struct str charset;
	char encoding; /* 'b' or 'q' */
	struct str text;
};

static bool is_charset_char(char c)
{
	return c > ' ' && c < 0x7f && c != '?' && c != '=' && c != '/';
}

/*
 * Reads the encoded word at the start of S. Blanks in its text are accepted, because many mailers
 * write them.
 */
static bool read_word(struct str s, struct word *w)
{
	enum { LONGEST_CHARSET = 64 };
	size_t n = 2;
	if (s.n < 2 || s.p[0] != '=' || s.p[1] != '?')
		return false;
	while (n < s.n && n - 2 < LONGEST_CHARSET && is_charset_char(s.p[n]))
		n++;
	/* A language may follow the charset (RFC 2231 section 5). */
	w->charset = str_slice(s, 2, n);
	w->charset = str_slice(w->charset, 0, str_find(w->charset, '*'));
	if (w->charset.n == 0 || n + 2 >= s.n || s.p[n] != '?' || s.p[n + 2] != '?')
		return false;
	w->encoding = ascii_lower(s.p[n + 1]);
	struct str rest = str_slice(s, n + 3, s.n);
	size_t end = str_find(rest, '?');
	if (end + 1 >= rest.n || rest.p[end + 1] != '=')
		return false;
	w->text = str_slice(rest, 0, end);
	w->whole = str_slice(s, 0, n + 3 + end + 2);
	return w->encoding == 'b' || w->encoding == 'q';
}

/* An underscore means a blank there (RFC 2047 section 4.2). */
static bool decode_q(struct str text, struct arena *mem, struct str *bytes)
{
	char *p = arena_alloc(mem, text.n + 1);
	for (size_t i = 0; i < text.n; i++)
		p[i] = text.p[i] == '_' ? ' ' : text.p[i];
	return transfer_quoted_printable((struct str){p, text.n}, mem, bytes);
}

/* Some mailers leave the padding out. */
static bool decode_b(struct str text, struct arena *mem, struct str *bytes)
{
	static const char padding[] = "==";
	size_t missing = text.n % 4 ? 4 - text.n % 4 : 0;
	if (missing == 3 || (missing && str_find(text, '=') < text.n))
		return false;
	return transfer_base64(ARENA_JOIN(mem, text, {padding, missing}), mem, bytes);
}

static bool decode_bytes(const struct word *w, struct buf *to, struct arena *mem)
{
	struct str plain = STR_EMPTY;
	struct mime_bytes bytes;
	bool has_line_end = str_find(w->text, '\n') < w->text.n;
	if (!has_line_end && (w->encoding == 'b' ? decode_b : decode_q)(w->text, mem, &plain)) {
		buf_add(to, plain);
		return true;
	}
	const struct mime_module *m = mime_functions();
	if (!m || !m->decode_word(w->encoding, w->text.p, w->text.n, &bytes))
		return false;
	buf_add(to, (struct str){bytes.p, bytes.n});
	free(bytes.p);
	return true;
}

/* UTF-8, or text that is the same in it. */
static bool is_utf8(struct str charset, struct str bytes)
{
	if (str_ieq(charset, STR_LIT("utf-8")))
		return utf8_valid(bytes);
	return str_ieq(charset, STR_LIT("us-ascii")) && str_is_ascii(bytes);
}

/* Appends BYTES converted to UTF-8. */
static bool convert(struct str charset, struct str bytes, struct buf *to, struct arena *mem)
{
	struct mime_bytes out;
	const char *name = arena_cstr(mem, charset);
	if (is_utf8(charset, bytes)) {
		buf_add(to, bytes);
		return true;
	}
	if (str_ieq(charset, STR_LIT("iso-8859-1"))) {
		buf_add(to, transfer_latin1(bytes, mem));
		return true;
	}
	const struct mime_module *m = mime_functions();
	if (!m || !m->to_utf8(name, bytes.p, bytes.n, &out))
		return false;
	struct str text = {out.p, out.n};
	bool valid = utf8_valid(text);
	if (valid)
		buf_add(to, text);
	free(out.p);
	return valid;
}

static bool convert_words(const struct word *words, size_t count, struct buf *to, struct arena *mem)
{
	struct buf bytes = {0};
	bool good = true;
	for (size_t i = 0; i < count && good; i++)
		good = decode_bytes(&words[i], &bytes, mem);
	good = good && convert(words[0].charset, buf_str(&bytes), to, mem);
	buf_free(&bytes);
	return good;
}

/* A sequence of encoded words with only blanks between them, while it is decoded. */
struct sequence {
	struct word *words;
	size_t count;
	bool after_decoded; /* the last word could be decoded */
	struct arena *mem;
};

/* Decodes COUNT words as one. False when that is impossible: then nothing is added. */
static bool add_decoded(struct sequence *q, size_t from, size_t count, struct buf *to)
{
	size_t before = to->n;
	/* Blanks between two encoded words mean nothing (RFC 2047 section 6.2). */
	if (!q->after_decoded)
		buf_add(to, q->words[from].gap);
	q->after_decoded = convert_words(&q->words[from], count, to, q->mem);
	if (!q->after_decoded)
		to->n = before;
	return q->after_decoded;
}

/*
 * Words of the same charset are decoded together, because a character may be split between two
 * words.
 */
static size_t add_same_charset(struct sequence *q, size_t from, struct buf *to)
{
	size_t end = from + 1;
	while (end < q->count && str_ieq(q->words[end].charset, q->words[from].charset))
		end++;
	bool after_decoded = q->after_decoded;
	if (add_decoded(q, from, end - from, to))
		return end;
	q->after_decoded = after_decoded;
	for (size_t i = from; i < end; i++) {
		if (add_decoded(q, i, 1, to))
			continue;
		buf_add(to, q->words[i].gap);
		buf_add(to, q->words[i].whole);
	}
	return end;
}

/* Decodes the words at the start of S. Returns the bytes used; 0 when there is no word. */
static size_t decode_sequence(struct str s, struct buf *to, struct arena *mem)
{
	struct sequence q = {.mem = mem};
	struct word w;
	size_t end = 0, at = 0;
	while (read_word(str_slice(s, at, s.n), &w)) {
		w.gap = str_slice(s, end, at);
		*(struct word *)ARENA_PUSH(mem, q.words, q.count) = w;
		end = at + w.whole.n;
		for (at = end; at < s.n && ascii_isblank(s.p[at]); at++)
			;
	}
	for (size_t i = 0; i < q.count;)
		i = add_same_charset(&q, i, to);
	return end;
}

static void decode_text(struct str s, struct buf *to, struct arena *mem)
{
	while (s.n) {
		size_t n = str_find(s, '=');
		buf_add(to, str_slice(s, 0, n));
		s = str_slice(s, n, s.n);
		n = decode_sequence(s, to, mem);
		if (n == 0 && s.n) {
			buf_byte(to, s.p[0]); /* an equals sign that does not start a word */
			n = 1;
		}
		s = str_slice(s, n, s.n);
	}
}

struct str mime_decode(struct str text, struct arena *mem)
{
	struct buf decoded = {0};
	if (str_ifind(text, STR_LIT("=?")) == text.n)
		return text;
	decode_text(text, &decoded, mem);
	struct str s = arena_str(mem, buf_str(&decoded));
	buf_free(&decoded);
	return s;
}

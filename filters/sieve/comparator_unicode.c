/*
 * i;unicode-casemap (RFC 5051): each character in title case and fully decomposed; bytes that are
 * not UTF-8 stay as they are. The tables are libunistring's.
 */
#include "filters/sieve/ext.h"
#include "filters/sieve/unistring.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>

struct library {
	__typeof__(&uc_totitle) title;
	__typeof__(&uc_decomposition) decompose;
};

static const struct library *library(void)
{
	static struct library loaded;
	static bool tried, found;
	if (!tried)
		found = unistring_find("uc_totitle", &loaded.title) &&
			unistring_find("uc_decomposition", &loaded.decompose);
	tried = true;
	return found ? &loaded : NULL;
}

/* The folded text that is being made, and for each byte its place in the original. */
struct fold {
	const struct library *lib;
	struct buf text;
	size_t *origin;
	size_t room;
};

static void make_room(struct fold *f)
{
	for (; f->room < f->text.n + 1; f->room = 2 * f->room + 64)
		f->origin = mem_resize(f->origin, (2 * f->room + 64) * sizeof *f->origin);
}

/* Marks the bytes that were added since BEFORE as coming from FROM. */
static void mark(struct fold *f, size_t before, size_t from)
{
	make_room(f);
	for (size_t i = before; i < f->text.n; i++)
		f->origin[i] = from;
}

/* Decompositions have only a few levels; one character becomes at most 18 (U+FDFA). */
static void decompose(struct fold *f, uint32_t c, unsigned depth)
{
	enum { DEEPEST = 8 };
	ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
	int tag;
	int n = depth < DEEPEST ? f->lib->decompose(c, &tag, parts) : -1;
	if (n <= 0)
		utf8_put(&f->text, c);
	for (int i = 0; i < n; i++)
		decompose(f, parts[i], depth + 1);
}

static void fold_character(struct fold *f, struct str *rest)
{
	uint32_t c = 0;
	if (!utf8_next(rest, &c)) {
		buf_byte(&f->text, rest->p[0]);
		*rest = str_slice(*rest, 1, rest->n);
	} else if (c < 0x80) {
		buf_byte(&f->text, (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
	} else if (f->lib) {
		decompose(f, f->lib->title(c), 0);
	} else {
		utf8_put(&f->text, c);
	}
}

/* Byte by byte, so places need not be kept. */
static struct sv_folded fold_ascii(struct str text, struct arena *mem)
{
	char *p = arena_alloc(mem, text.n + 1);
	for (size_t i = 0; i < text.n; i++)
		p[i] = (char)(text.p[i] >= 'a' && text.p[i] <= 'z' ? text.p[i] - 'a' + 'A'
								   : text.p[i]);
	return (struct sv_folded){.text = {p, text.n}};
}

static struct sv_folded fold_unicode(struct str text, struct arena *mem)
{
	if (str_is_ascii(text))
		return fold_ascii(text, mem);
	struct fold f = {.lib = library()};
	struct str rest = text;
	while (rest.n) {
		size_t before = f.text.n, from = text.n - rest.n;
		fold_character(&f, &rest);
		mark(&f, before, from);
	}
	make_room(&f);
	f.origin[f.text.n] = text.n;
	size_t *origin = arena_alloc(mem, (f.text.n + 1) * sizeof *origin);
	memcpy(origin, f.origin, (f.text.n + 1) * sizeof *origin);
	struct sv_folded folded = {arena_str(mem, buf_str(&f.text)), origin};
	buf_free(&f.text);
	free(f.origin);
	return folded;
}

static const struct sv_comparator unicode_casemap[] = {
	{
		.name = "i;unicode-casemap",
		.abilities = SV_EQUALITY | SV_SUBSTRING | SV_ORDER,
		.fold = fold_unicode,
		.growth = 1 + sizeof(size_t),
	},
	{0},
};

const struct sv_ext ext_unicode_casemap = {
	.name = "comparator-i;unicode-casemap", .rfc = "RFC 5051", .comparators = unicode_casemap};

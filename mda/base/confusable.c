#include "mda/base/confusable.h"

#include "mda/base/printable.h"

#include <dlfcn.h>
#include <string.h>
#include <unicode/ucasemap.h>
#include <unicode/uspoof.h>

enum { LONGEST = 4096 };

/* ---- ICU, whose names bear its version ---- */

#define TEXT_OF(x)   #x
#define VERSIONED(x) TEXT_OF(x)

static struct {
	bool tried;
	USpoofChecker *checker;
	UCaseMap *casemap;
	int32_t (*skeleton)(const USpoofChecker *checker, uint32_t type, const char *id,
		int32_t length, char *dest, int32_t room, UErrorCode *status);
	int32_t (*fold)(const UCaseMap *map, char *dest, int32_t room, const char *text,
		int32_t length, UErrorCode *status);
} icu;

static void *open_icu(void *library)
{
	UErrorCode status = U_ZERO_ERROR, also = U_ZERO_ERROR;
	USpoofChecker *(*open_checker)(UErrorCode *);
	UCaseMap *(*open_casemap)(const char *, uint32_t, UErrorCode *);
	const struct {
		const char *name;
		void *function;
	} all[] = {
		{VERSIONED(uspoof_open), &open_checker},
		{VERSIONED(ucasemap_open), &open_casemap},
		{VERSIONED(uspoof_getSkeletonUTF8), &icu.skeleton},
		{VERSIONED(ucasemap_utf8FoldCase), &icu.fold},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		void *symbol = dlsym(library, all[i].name);
		if (!symbol)
			return NULL;
		memcpy(all[i].function, &symbol, sizeof symbol);
	}
	icu.checker = open_checker(&status);
	icu.casemap = open_casemap("", U_FOLD_CASE_DEFAULT, &also);
	return U_SUCCESS(status) && U_SUCCESS(also) ? icu.checker : NULL;
}

static bool has_icu(void)
{
	static bool works;
	if (!icu.tried) {
		icu.tried = true;
		void *library = dlopen("libicui18n.so." U_ICU_VERSION_SHORT,
			RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
		works = library && open_icu(library);
	}
	return works;
}

/* The skeleton of UTS #39 section 4, then without case: twice, as each may make what the other changes. */
static struct str skeleton_of(struct str text, struct arena *mem)
{
	char *one = arena_alloc(mem, LONGEST), *two = arena_alloc(mem, LONGEST);
	int32_t n = (int32_t)text.n;
	if (text.n > LONGEST / 8 || !has_icu())
		return text;
	for (int pass = 0; pass < 2; pass++) {
		UErrorCode status = U_ZERO_ERROR;
		n = icu.skeleton(icu.checker, 0, pass ? two : text.p, n, one, LONGEST, &status);
		if (U_FAILURE(status) || n > LONGEST)
			return text;
		n = icu.fold(icu.casemap, two, LONGEST, one, n, &status);
		if (U_FAILURE(status) || n > LONGEST)
			return text;
	}
	return (struct str){two, (size_t)n};
}

/* ---- ASCII ---- */

static const struct {
	char from;
	const char *to;
} alike[] = {
	{'0', "o"},
	{'1', "l"},
	{'i', "l"},
	{'|', "l"},
	{'!', "l"},
	{'m', "rn"},
	{'w', "vv"},
	{'5', "s"},
	{'$', "s"},
	{'@', "a"},
	{'3', "e"},
};

static void add_alike(struct buf *to, char c)
{
	char lower = ascii_lower(c);
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
		if (alike[i].from != lower)
			continue;
		buf_text(to, alike[i].to);
		return;
	}
	buf_byte(to, lower);
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 0x7f)
			return false;
	return true;
}

/* Combining marks, U+0300 to U+036F, are two bytes. */
static bool is_mark(struct str s, size_t i)
{
	unsigned char a = (unsigned char)s.p[i];
	unsigned char b = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
	return (a == 0xcc && b >= 0x80) || (a == 0xcd && b >= 0x80 && b <= 0xaf);
}

/* What nobody sees, and what is no UTF-8, is left out. */
static struct str visible(struct str s, struct arena *mem)
{
	struct buf b = {0};
	while (s.n) {
		bool is_mark = s.p[0] == '?';
		struct str one = printable_next(&s);
		if (is_mark || !str_eq(one, STR_LIT("?")))
			buf_add(&b, one);
	}
	struct str text = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return text;
}

struct str confusable_fold(struct str utf8, struct arena *mem)
{
	struct buf b = {0};
	struct str s = is_ascii(utf8) ? utf8 : skeleton_of(visible(utf8, mem), mem);
	for (size_t i = 0; i < s.n; i++) {
		if (is_mark(s, i))
			i++;
		else
			add_alike(&b, s.p[i]);
	}
	struct str folded = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return folded;
}

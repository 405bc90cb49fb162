#include "base/confusable.h"

#include "base/printable.h"
#include "base/utf8.h"

#include <dlfcn.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/ucasemap.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>

enum { LONGEST = 4096 };

/* ---- ICU, whose function names contain its version ---- */

#define TEXT_OF(x)   #x
#define VERSIONED(x) TEXT_OF(x)

static struct {
	bool tried, works;
	USpoofChecker *checker;
	UCaseMap *casemap;
	const UNormalizer2 *nfkc;
	int8_t (*type)(UChar32 c);
	UChar *(*from_utf8)(UChar *dest, int32_t room, int32_t *n, const char *text, int32_t length,
		UErrorCode *status);
	char *(*to_utf8)(char *dest, int32_t room, int32_t *n, const UChar *text, int32_t length,
		UErrorCode *status);
	int32_t (*normalize)(const UNormalizer2 *norm, const UChar *text, int32_t length,
		UChar *dest, int32_t room, UErrorCode *status);
	int32_t (*skeleton)(const USpoofChecker *checker, uint32_t type, const char *id,
		int32_t length, char *dest, int32_t room, UErrorCode *status);
	int32_t (*fold)(const UCaseMap *map, char *dest, int32_t room, const char *text,
		int32_t length, UErrorCode *status);
} icu;

static void *open_icu(void *library)
{
	UErrorCode status = U_ZERO_ERROR, also = U_ZERO_ERROR;
	const UNormalizer2 *(*get_nfkc)(UErrorCode *);
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
		{VERSIONED(unorm2_getNFKCInstance), &get_nfkc},
		{VERSIONED(unorm2_normalize), &icu.normalize},
		{VERSIONED(u_strFromUTF8), &icu.from_utf8},
		{VERSIONED(u_strToUTF8), &icu.to_utf8},
		{VERSIONED(u_charType), &icu.type},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		void *symbol = dlsym(library, all[i].name);
		if (!symbol)
			return NULL;
		memcpy(all[i].function, &symbol, sizeof symbol);
	}
	icu.checker = open_checker(&status);
	icu.nfkc = get_nfkc(&status);
	icu.casemap = open_casemap("", U_FOLD_CASE_DEFAULT, &also);
	return U_SUCCESS(status) && U_SUCCESS(also) ? icu.checker : NULL;
}

static bool has_icu(void)
{
	if (!icu.tried) {
		icu.tried = true;
		void *library = dlopen("libicui18n.so." U_ICU_VERSION_SHORT,
			RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
		icu.works = library && open_icu(library);
	}
	return icu.works;
}

bool confusable_lacks_icu(void)
{
	return icu.tried && !icu.works;
}

/* Full-width, circled and other forms of letters become plain letters (NFKC). */
static struct str compatible(struct str text, struct arena *mem)
{
	UChar in[LONGEST], out[LONGEST];
	char utf8[LONGEST];
	int32_t n = 0;
	UErrorCode status = U_ZERO_ERROR;
	if (text.n > LONGEST / 8 || !has_icu())
		return text;
	icu.from_utf8(in, LONGEST, &n, text.p, (int32_t)text.n, &status);
	n = icu.normalize(icu.nfkc, in, n, out, LONGEST, &status);
	icu.to_utf8(utf8, LONGEST, &n, out, n, &status);
	return U_FAILURE(status) || n > LONGEST ? text
						: arena_str(mem, (struct str){utf8, (size_t)n});
}

/*
 * The skeleton of UTS #39 section 4, and then lower case. Done twice, because each step may produce
 * what the other one changes.
 */
static struct str skeleton_of(struct str text, struct arena *mem)
{
	char one[LONGEST], two[LONGEST];
	if (text.n > LONGEST / 8 || !has_icu())
		return text;
	int32_t n = (int32_t)text.n;
	for (int pass = 0; pass < 2; pass++) {
		UErrorCode status = U_ZERO_ERROR;
		n = icu.skeleton(icu.checker, 0, pass ? two : text.p, n, one, LONGEST, &status);
		if (U_FAILURE(status) || n > LONGEST)
			return text;
		n = icu.fold(icu.casemap, two, LONGEST, one, n, &status);
		if (U_FAILURE(status) || n > LONGEST)
			return text;
	}
	return arena_str(mem, (struct str){two, (size_t)n});
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

static bool is_in(const uint32_t (*ranges)[2], size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}

static bool is_mark(uint32_t c)
{
	static const uint32_t ranges[][2] = {{0x300, 0x36f}, {0x483, 0x489}, {0x1ab0, 0x1aff},
		{0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f}};
	return is_in(ranges, sizeof ranges / sizeof *ranges, c);
}

/* Is it invisible, without leaving a gap? */
static bool is_unseen(uint32_t c)
{
	static const uint32_t ranges[][2] = {{0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
		{0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xffa0, 0xffa0}, {0x1d173, 0x1d17a},
		{0xe0100, 0xe01ef}};
	return (c != '\t' && c != '\n' && c != '\r' && printable_is_deceptive(c)) ||
	       is_in(ranges, sizeof ranges / sizeof *ranges, c);
}

/* Leaves out what is invisible, and what is not UTF-8. */
struct str confusable_visible(struct str s, struct arena *mem)
{
	struct buf b = {0};
	while (s.n) {
		struct str whole = s;
		uint32_t c;
		if (!utf8_next(&s, &c))
			s = str_slice(s, 1, s.n);
		else if (c == 0x2800) /* Braille pattern blank */
			buf_byte(&b, ' ');
		else if (!is_unseen(c))
			buf_add(&b, str_slice(whole, 0, whole.n - s.n));
	}
	struct str text = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return str_is_ascii(text) ? text : compatible(text, mem);
}

bool confusable_separates(uint32_t c)
{
	if (c < 0x80)
		return !ascii_isalnum((char)c);
	if (is_unseen(c) || !has_icu())
		return false;
	int8_t type = icu.type((UChar32)c);
	return type > U_OTHER_NUMBER;
}

struct str confusable_fold(struct str utf8, struct arena *mem)
{
	struct buf b = {0};
	struct str s = confusable_visible(utf8, mem);
	if (!str_is_ascii(s))
		s = skeleton_of(s, mem);
	while (s.n) {
		struct str whole = s;
		uint32_t c;
		if (!utf8_next(&s, &c))
			s = str_slice(s, 1, s.n);
		else if (c < 0x80)
			add_alike(&b, (char)c);
		else if (!is_mark(c))
			buf_add(&b, str_slice(whole, 0, whole.n - s.n));
	}
	struct str folded = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return folded;
}

/* Address books: what is read, and what we write reads back. */
#include "base/vcard.h"

#include "base/utf8.h"
#include "tests/fuzz/fuzz.h"

static const char *const words[] = {"BEGIN:VCARD\r\n", "VERSION:3.0\r\n", "FN:Ann\r\n",
	"EMAIL;TYPE=home:ann@example.org\r\n", "END:VCARD\r\n", "N:A;B;;;\r\n",
	"EMAIL;ENCODING=QUOTED-PRINTABLE:=41=\r\n", "item1.EMAIL:a@b\r\n", "\r\n ", "\n\t",
	";CHARSET=utf-8", "ENCODING=b:", "=3D", "\\,", "\\n", ":", ";", "\"", "mailto:", NULL};

struct seen {
	struct arena *mem;
	struct str name, address;
	size_t count;
};

static void look(void *context, struct str name, struct str address, unsigned line)
{
	struct seen *s = context;
	FUZZ_CHECK(line > 0);
	FUZZ_CHECK(str_find(address, '@') < address.n);
	FUZZ_CHECK(utf8_valid(name));
	s->name = arena_str(s->mem, name);
	s->address = arena_str(s->mem, address);
	s->count++;
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return false;
	return utf8_valid(s);
}

/*
 * The longest address that mail can have (RFC 5321 section 4.5.3.1), and room for signs that are
 * escaped.
 */
enum { ADDRESS_MOST = 1000 };

static void check_written(const struct seen *s)
{
	struct buf b = {0};
	struct seen again = {.mem = s->mem};
	vcard_write(&b, s->name, s->address);
	FUZZ_CHECK(vcard_walk(buf_str(&b), look, &again) == 1);
	FUZZ_CHECK(again.count == 1);
	if (is_plain(s->address))
		FUZZ_CHECK(str_eq(again.address, s->address));
	if (s->name.n && is_plain(s->name))
		FUZZ_CHECK(str_eq(again.name, s->name));
	buf_free(&b);
}

static void run(struct str input, struct arena *mem)
{
	struct seen s = {.mem = mem};
	size_t cards = vcard_walk(input, look, &s);
	FUZZ_CHECK(cards <= input.n / 2);
	if (s.count && s.address.n <= ADDRESS_MOST && s.name.n <= ADDRESS_MOST)
		check_written(&s);
}

static void seeds(struct arena *mem)
{
	static const char card[] =
		"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=utf-8:J=C3=B6="
		"\r\nrg\r\n"
		"EMAIL;INTERNET:a@b.test\r\nEMAIL:c@\r\n d.test\r\nEND:VCARD\r\n";
	fuzz_seed(STR_LIT(card));
	fuzz_seed(fuzz_repeat(mem, STR_LIT(card), 500));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("BEGIN:VCARD\r\n"), 300));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("\r\n "), 1000));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 1100};

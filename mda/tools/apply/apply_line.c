#include "mda/tools/apply/apply_line.h"

#include "base/str_list.h"
#include "store/folder.h"

#include <string.h>

enum { FLAGS_MOST = 63 };

/* ---- words ---- */

static void put_word(struct buf *to, struct str text)
{
	buf_byte(to, ' ');
	if (text.n == 0)
		buf_byte(to, '-');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool plain =
			c > ' ' && c < 0x7f && c != '%' && c != ',' && !(c == '-' && text.n == 1);
		if (plain)
			buf_byte(to, (char)c);
		else
			buf_fmt(to, "%%%02X", c);
	}
}

static int hex(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

static bool decode(struct str word, struct arena *mem, struct str *text)
{
	char *to = arena_alloc(mem, word.n + 1);
	size_t n = 0;
	if (str_eq(word, STR_LIT("-")))
		word = STR_EMPTY;
	for (size_t i = 0; i < word.n; i++) {
		int high = i + 2 < word.n ? hex(word.p[i + 1]) : -1;
		int low = i + 2 < word.n ? hex(word.p[i + 2]) : -1;
		if (word.p[i] == '%' && (high < 0 || low < 0))
			return false;
		to[n++] = word.p[i] == '%' ? (char)(high * 16 + low) : word.p[i];
		i += word.p[i] == '%' ? 2 : 0;
	}
	*text = (struct str){to, n};
	return memchr(to, '\0', n) == NULL;
}

static bool take_text(struct str *line, struct arena *mem, struct str *text)
{
	struct str word;
	return str_word(line, &word) && decode(word, mem, text);
}

static bool take_flags(struct str *line, unsigned *flags)
{
	struct str word;
	unsigned long long n;
	if (!str_word(line, &word) || !str_number(word, FLAGS_MOST, &n))
		return false;
	*flags = (unsigned)n;
	return true;
}

/* ---- writing ---- */

void apply_line_put_move(struct buf *to, const char *word, struct str from, struct str directory,
	const struct store_move *m)
{
	buf_text(to, word);
	put_word(to, from);
	put_word(to, m->base);
	put_word(to, directory);
	put_word(to, str_of(m->new_base));
	buf_fmt(to, " %u %u", m->had, m->has);
	for (size_t i = 0; i < m->add_keywords.count; i++)
		put_word(to, m->add_keywords.items[i]);
	buf_text(to, " .\n");
}

void apply_line_put_sent(struct buf *to, struct str folder, struct str base, struct str address,
	const struct store_id *id)
{
	buf_text(to, "sent");
	put_word(to, folder);
	put_word(to, base);
	put_word(to, address);
	buf_byte(to, ' ');
	for (size_t i = 0; i < sizeof id->bytes; i++)
		buf_fmt(to, "%02X", id->bytes[i]);
	buf_text(to, " .\n");
}

/* ---- reading ---- */

static bool is_name(struct str name)
{
	return name.n > 0 && str_find(name, '/') == name.n && name.p[0] != '.';
}

static bool is_place(struct str directory)
{
	return directory.n == 0 || folder_is_directory(directory);
}

static bool read_record(struct str line, struct arena *mem, struct apply_record *r)
{
	struct str keyword;
	*r = (struct apply_record){.had = 0};
	if (!take_text(&line, mem, &r->from) || !take_text(&line, mem, &r->base) ||
		!take_text(&line, mem, &r->to) || !take_text(&line, mem, &r->new_base) ||
		!take_flags(&line, &r->had) || !take_flags(&line, &r->has))
		return false;
	while (str_trim(line).n) {
		if (!take_text(&line, mem, &keyword))
			return false;
		str_list_add(&r->keywords, keyword, mem);
	}
	return is_place(r->from) && is_place(r->to) && is_name(r->base) && is_name(r->new_base);
}

static bool take_id(struct str *line, struct store_id *id)
{
	struct str word;
	*id = (struct store_id){.unique = true};
	if (!str_word(line, &word) || word.n != 2 * sizeof id->bytes)
		return false;
	for (size_t i = 0; i < sizeof id->bytes; i++) {
		int high = hex(word.p[2 * i]), low = hex(word.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		id->bytes[i] = (unsigned char)(high * 16 + low);
	}
	return true;
}

static bool read_redirect(struct str line, struct arena *mem, struct apply_redirect *r)
{
	struct str folder, base;
	return take_text(&line, mem, &folder) && take_text(&line, mem, &base) &&
	       take_text(&line, mem, &r->address) && take_id(&line, &r->id) && is_place(folder) &&
	       is_name(base) && str_trim(line).n == 0;
}

bool apply_line_read(struct str line, struct arena *mem, struct apply_line *l)
{
	struct str word;
	*l = (struct apply_line){.kind = APPLY_LINE_MOVE};
	if (!str_word(&line, &word))
		return false;
	if (str_eq(word, STR_LIT("sent"))) {
		l->kind = APPLY_LINE_SENT;
		return read_redirect(line, mem, &l->redirect);
	}
	if (str_eq(word, STR_LIT("back")))
		l->kind = APPLY_LINE_BACK;
	else if (!str_eq(word, STR_LIT("move")))
		return false;
	return read_record(line, mem, &l->record);
}

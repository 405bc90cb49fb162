#include "mda/outgoing/letter.h"

#include "base/encoded_word.h"
#include "base/mime.h"
#include "base/mime_entity.h"
#include "base/str_list.h"

#include <string.h>
#include <time.h>

enum { LONGEST_LINE = 998, USUAL_LINE = 76, SUBJECT_MOST = 900, IDS_MOST = 20, ID_MOST = 900 };

void letter_free(struct letter *l)
{
	buf_free(&l->text);
}

/* ---- fields ---- */

void letter_field(struct letter *l, const char *name, struct str text)
{
	struct str value =
		encoded_word_value(str_slice(text, 0, SUBJECT_MOST), strlen(name), l->mem);
	if (value.n == 0)
		return;
	buf_fmt(&l->text, "%s: ", name);
	buf_add(&l->text, value);
	buf_byte(&l->text, '\n');
}

static bool is_plain(struct str s, const char *others)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_isalnum(s.p[i]) && !(s.p[i] && strchr(others, s.p[i])))
			return false;
	return true;
}

/* A phrase (RFC 5322 section 3.2.5). */
static void add_name(struct letter *l, struct str name)
{
	struct str words = encoded_word_value(mime_decode(name, l->mem), 8, l->mem);
	if (is_plain(words, " !#$%&'*+-/=?^_`{|}~\n")) {
		buf_add(&l->text, words);
		return;
	}
	buf_byte(&l->text, '"');
	for (size_t i = 0; i < words.n; i++) {
		if (words.p[i] == '"' || words.p[i] == '\\')
			buf_byte(&l->text, '\\');
		buf_byte(&l->text, words.p[i]);
	}
	buf_byte(&l->text, '"');
}

static bool can_be_written(const struct address *a)
{
	for (size_t i = 0; i < a->spec.n; i++) {
		unsigned char c = (unsigned char)a->spec.p[i];
		if (c < ' ' || c >= 0x7f)
			return false;
	}
	return !a->invalid && a->domain.n && a->spec.n <= LONGEST_LINE / 2;
}

void letter_addresses(struct letter *l, const char *name, struct str value)
{
	struct address_list list = address_parse_list(value, l->mem);
	size_t written = 0;
	for (size_t i = 0; i < list.count; i++) {
		const struct address *a = &list.items[i];
		if (!can_be_written(a))
			continue;
		if (written++)
			buf_text(&l->text, ",\n ");
		else
			buf_fmt(&l->text, "%s: ", name);
		if (a->name.n) {
			add_name(l, str_slice(a->name, 0, LONGEST_LINE / 4));
			buf_text(&l->text, "\n ");
		}
		buf_fmt(&l->text, "<" STR_FMT ">", STR_ARGS(a->spec));
	}
	if (written)
		buf_byte(&l->text, '\n');
}

static bool is_id(struct str id)
{
	return id.n > 2 && id.n < ID_MOST && id.p[0] == '<' && id.p[id.n - 1] == '>' &&
	       is_plain(str_slice(id, 1, id.n - 1), "!#$%&'*+-/=?^_`{|}~.@[]:\"\\,();");
}

/* Keeps the first and the last ones; readers miss those in the middle least. */
void letter_ids(struct letter *l, const char *name, struct str ids)
{
	struct str_list all = {0};
	struct str id;
	while (str_word(&ids, &id))
		if (is_id(id))
			str_list_add(&all, id, l->mem);
	if (all.count)
		buf_fmt(&l->text, "%s:", name);
	for (size_t i = 0; i < all.count; i++)
		if (i == 0 || i + IDS_MOST > all.count)
			buf_fmt(&l->text, "%s" STR_FMT, i ? "\n " : " ", STR_ARGS(all.items[i]));
	if (all.count)
		buf_byte(&l->text, '\n');
}

void letter_date(struct letter *l, int64_t seconds)
{
	char text[64];
	struct tm tm;
	time_t time = (time_t)seconds;
	/* The program always runs in the C locale. */
	if (gmtime_r(&time, &tm) && strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &tm))
		buf_fmt(&l->text, "Date: %s\n", text);
}

/* ---- the body ---- */

static bool fits(struct str text)
{
	struct str line;
	while (str_line(&text, &line)) {
		if (line.n > LONGEST_LINE)
			return false;
		for (size_t i = 0; i < line.n; i++) {
			unsigned char c = (unsigned char)line.p[i];
			if (c >= 0x7f || (c < ' ' && c != '\t'))
				return false;
		}
	}
	return true;
}

static void add_quoted_line(struct buf *to, struct str line)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t column = 0;
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		bool last = i + 1 == line.n;
		bool plain = c > ' ' && c < 0x7f && c != '=';
		plain = plain || ((c == ' ' || c == '\t') && !last);
		if (column + (plain ? 1 : 3) > USUAL_LINE - 1) {
			buf_text(to, "=\n");
			column = 0;
		}
		if (plain)
			buf_byte(to, (char)c);
		else
			buf_fmt(to, "=%c%c", hex[c >> 4], hex[c & 15]);
		column += plain ? 1 : 3;
	}
}

/* RFC 2045 section 6.7. */
static void add_quoted(struct buf *to, struct str text)
{
	struct str line;
	while (str_line(&text, &line)) {
		add_quoted_line(to, line);
		buf_byte(to, '\n');
	}
}

static void add_lines(struct buf *to, struct str text)
{
	struct str line;
	while (str_line(&text, &line)) {
		buf_add(to, line);
		buf_byte(to, '\n');
	}
}

void letter_quoted(struct letter *l, struct str bytes)
{
	buf_text(&l->text, "Content-Transfer-Encoding: quoted-printable\n\n");
	add_quoted(&l->text, bytes);
}

void letter_typed(struct letter *l, const char *name, struct str address)
{
	struct address a = address_parse_envelope(address, l->mem);
	if (can_be_written(&a))
		buf_fmt(&l->text, "%s: rfc822; " STR_FMT "\n", name, STR_ARGS(a.spec));
}

void letter_body(struct letter *l, struct str text)
{
	buf_text(&l->text, "MIME-Version: 1.0\n");
	letter_part(l, text);
}

/* ---- a MIME entity ---- */

static bool is_content_field(struct str field)
{
	struct str name = str_slice(field, 0, str_find(field, ':'));
	return name.n < field.n && str_istarts(name, STR_LIT("Content-")) && is_plain(name, "-") &&
	       fits(field);
}

static bool is_named(struct str field, const char *name)
{
	return str_ieq(str_slice(field, 0, str_find(field, ':')), str_of(name));
}

/* What is encoded already cannot be encoded again, but no line may be longer than mail allows. */
static void add_cut_lines(struct buf *to, struct str text)
{
	struct str line;
	while (str_line(&text, &line)) {
		size_t column = 0;
		for (size_t i = 0; i < line.n; i++) {
			if (line.p[i] == '\0')
				continue;
			if (column++ == LONGEST_LINE) {
				buf_byte(to, '\n');
				column = 1;
			}
			buf_byte(to, line.p[i]);
		}
		buf_byte(to, '\n');
	}
}

static bool is_html(struct str text)
{
	static const char *const starts[] = {
		"<html", "<!doctype html", "<body", "<head", "<p>", "<div"};
	struct str trimmed = str_trim(text);
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (str_istarts(trimmed, str_of(starts[i])))
			return true;
	return false;
}

static void add_typed(struct letter *l, const char *type, struct str text)
{
	bool plain = fits(text);
	buf_fmt(&l->text, "Content-Type: %s; charset=utf-8\n", type);
	buf_fmt(&l->text, "Content-Transfer-Encoding: %s\n\n", plain ? "7bit" : "quoted-printable");
	if (plain)
		add_lines(&l->text, text);
	else
		add_quoted(&l->text, text);
}

void letter_part(struct letter *l, struct str text)
{
	add_typed(l, "text/plain", text);
}

/* If the author has encoded the body, it stays; else it is encoded if it must be. */
void letter_entity(struct letter *l, struct str entity)
{
	struct str field, header, body;
	bool encoded = false;
	buf_text(&l->text, "MIME-Version: 1.0\n");
	if (!mime_entity_split(entity, &header, &body)) {
		add_typed(l, is_html(body) ? "text/html" : "text/plain", body);
		return;
	}
	while (mime_entity_field(&header, &field)) {
		struct str value = str_trim(str_slice(field, str_find(field, ':') + 1, field.n));
		if (!is_content_field(field))
			continue;
		add_lines(&l->text, field);
		encoded |= is_named(field, "Content-Transfer-Encoding") ||
			   (is_named(field, "Content-Type") &&
				   (str_istarts(value, STR_LIT("multipart/")) ||
					   str_istarts(value, STR_LIT("message/"))));
	}
	if (!encoded && !fits(body)) {
		letter_quoted(l, body);
		return;
	}
	buf_byte(&l->text, '\n');
	add_cut_lines(&l->text, body);
}

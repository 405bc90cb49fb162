#include "base/address_cell.h"

#include "base/buf.h"

/* Returns the part of "ann%40x.test?subject=Hello" (RFC 6068) before the question mark, decoded. */
static struct str decode_uri(struct str uri, struct arena *mem)
{
	struct buf plain = {0};
	uri = str_slice(uri, 0, str_find(uri, '?'));
	for (size_t i = 0; i < uri.n; i++) {
		int high = i + 2 < uri.n && uri.p[i] == '%' ? ascii_hex(uri.p[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex(uri.p[i + 2]) : -1;
		buf_byte(&plain, low >= 0 ? (char)(high << 4 | low) : uri.p[i]);
		i += low >= 0 ? 2 : 0;
	}
	struct str text = arena_str(mem, buf_str(&plain));
	buf_free(&plain);
	return text;
}

static void add(struct address_list *to, const struct address *a, struct arena *mem)
{
	if (a->invalid || a->local.n == 0 || a->domain.n == 0 || to->count == ADDRESS_MAX_ITEMS)
		to->malformed = true;
	else
		*(struct address *)ARENA_PUSH(mem, to->items, to->count) = *a;
}

static void add_list(struct address_list *to, struct str text, struct arena *mem)
{
	struct address_list list = address_parse_list(text, mem);
	to->malformed |= list.malformed || list.doubtful || list.group || list.count == 0;
	for (size_t i = 0; i < list.count; i++)
		add(to, &list.items[i], mem);
}

static struct str without_quotes(struct str name)
{
	name = str_trim(name);
	if (name.n >= 2 && (name.p[0] == '"' || name.p[0] == '\'') &&
		name.p[name.n - 1] == name.p[0])
		return str_slice(name, 1, name.n - 1);
	return name;
}

/*
 * Reads "Doe, Ann <ann@x.test>". The name may have characters that would be quoted in a header, but
 * it must not contain a second address.
 */
static bool add_named(struct address_list *to, struct str text, struct arena *mem)
{
	size_t open = str_find(text, '<');
	if (open == 0 || open == text.n || text.p[text.n - 1] != '>' ||
		str_find(text, '@') < open || str_rfind(text, '<') != open)
		return false;
	size_t before = to->count;
	add_list(to, str_slice(text, open, text.n), mem);
	if (to->count == before + 1)
		to->items[before].name = without_quotes(str_slice(text, 0, open));
	return true;
}

static void add_piece(struct address_list *to, struct str piece, struct arena *mem)
{
	piece = str_trim(piece);
	if (piece.n == 0)
		return;
	if (str_istarts(piece, STR_LIT("mailto:")))
		add_list(to, decode_uri(str_slice(piece, 7, piece.n), mem), mem);
	else if (str_istarts(piece, STR_LIT("smtp:")))
		add_list(to, str_slice(piece, 5, piece.n), mem);
	else if (!add_named(to, piece, mem))
		add_list(to, piece, mem);
}

/*
 * The length of the first address: it ends before ":::", a semicolon or a line end, unless quoted.
 */
static size_t piece_length(struct str s, size_t *separator)
{
	bool quoted = false;
	for (size_t i = 0; i < s.n; i++) {
		quoted ^= s.p[i] == '"';
		bool is_google = str_istarts(str_slice(s, i, i + 3), STR_LIT(":::"));
		*separator = is_google ? 3 : 1;
		if (!quoted && (is_google || s.p[i] == ';' || s.p[i] == '\n'))
			return i;
	}
	*separator = 0;
	return s.n;
}

struct address_list address_cell_parse(struct str text, struct arena *mem)
{
	struct address_list list = {0};
	while (text.n) {
		size_t separator;
		size_t n = piece_length(text, &separator);
		add_piece(&list, str_slice(text, 0, n), mem);
		text = str_slice(text, n + separator, text.n);
	}
	return list;
}

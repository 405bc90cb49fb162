#include "mda/conf/tables/socketmap.h"

#include "base/io.h"
#include "base/net.h"
#include "base/printable.h"

enum { SHOWN = 80, MICROSECONDS = 1000000, DIGITS_MOST = 6 };

bool socketmap_is(struct str table)
{
	return str_starts(table, STR_LIT("socketmap:"));
}

/* ---- netstrings ---- */

struct str socketmap_ask(struct str name, struct str key, struct arena *mem)
{
	const struct str length = arena_fmt(mem, "%zu:", name.n + 1 + key.n);
	return ARENA_JOIN(mem, length, name, STR_LIT(" "), key, STR_LIT(","));
}

/* 1 with the bytes of a whole netstring and nothing after it; 0 when there is more to come; -1. */
static int take_netstring(struct str text, struct str *bytes)
{
	unsigned long long n;
	struct str digits = str_slice(text, 0, str_find(str_slice(text, 0, DIGITS_MOST + 1), ':'));
	for (size_t i = 0; i < digits.n; i++)
		if (!ascii_isdigit(digits.p[i]))
			return -1;
	if (digits.n == text.n && digits.n <= DIGITS_MOST)
		return 0;
	if (digits.n > DIGITS_MOST || !str_number(digits, SOCKETMAP_REPLY_MOST, &n))
		return -1;
	struct str rest = str_slice(text, digits.n + 1, text.n);
	if (rest.n <= n)
		return 0;
	*bytes = str_slice(rest, 0, (size_t)n);
	return rest.n == n + 1 && rest.p[n] == ',' ? 1 : -1;
}

bool socketmap_is_whole(void *context, struct str reply)
{
	struct str bytes;
	(void)context;
	return take_netstring(reply, &bytes) != 0;
}

/* ---- answers ---- */

static int failed(struct str said, struct arena *mem, struct err *err)
{
	struct str shown = printable_line(str_slice(said, 0, SHOWN), ' ', mem);
	return err_temp(err, "the table cannot be asked: " STR_FMT, STR_ARGS(shown));
}

int socketmap_read(struct str reply, struct arena *mem, struct str *value, struct err *err)
{
	static const char *const failures[] = {"TEMP", "TIMEOUT", "PERM"};
	struct str said = STR_EMPTY, shown;
	int r = take_netstring(reply, &said);
	if (r == 0)
		return err_temp(err, "the answer ends too early");
	size_t end = str_find(said, ' ');
	struct str word = str_slice(said, 0, end);
	if (r > 0 && str_eq(word, STR_LIT("NOTFOUND")))
		return 0;
	if (r > 0 && str_eq(word, STR_LIT("OK")) && end < said.n) {
		*value = str_slice(said, end + 1, said.n);
		if (!printable_has_control(*value))
			return 1;
	}
	for (size_t i = 0; r > 0 && i < sizeof failures / sizeof *failures; i++)
		if (str_eq(word, str_of(failures[i])))
			return failed(said, mem, err);
	shown = printable_line(str_slice(reply, 0, SHOWN), ' ', mem);
	return err_temp(err, "the answer is not a table's: \"" STR_FMT "\"", STR_ARGS(shown));
}

/* ---- asking ---- */

/* "socketmap:KIND:SERVER:NAME" */
static bool take_apart(struct str table, const char **server, struct str *name, struct arena *mem)
{
	const struct str inet = STR_LIT("socketmap:inet:"), local = STR_LIT("socketmap:unix:");
	bool is_inet = str_starts(table, inet);
	if (!is_inet && !str_starts(table, local))
		return false;
	struct str rest = str_slice(table, is_inet ? inet.n : local.n, table.n);
	size_t colon = str_rfind(rest, ':');
	struct str at = str_slice(rest, 0, colon);
	*name = str_slice(rest, colon + 1, rest.n);
	*server = arena_cstr(mem, at);
	bool is_server = is_inet ? at.p[0] != '/' && str_find(at, ':') < at.n : at.p[0] == '/';
	return name->n && str_find(*name, ' ') == name->n && is_server && net_address_valid(at);
}

bool socketmap_valid(struct str table)
{
	struct arena *mem = arena_new();
	const char *server;
	struct str name;
	bool valid = take_apart(table, &server, &name, mem);
	arena_free(mem);
	return valid;
}

int socketmap_find(struct str table, struct str key, size_t seconds, struct arena *mem,
	struct str *value, struct err *err)
{
	const char *server;
	struct str name;
	struct err why;
	struct buf bytes = {0};
	if (!take_apart(table, &server, &name, mem))
		return err_temp(err,
			"%s is not socketmap:inet:host:port:name or socketmap:unix:/path:name",
			arena_cstr(mem, table));
	struct str request = socketmap_ask(name, key, mem);
	const struct net_exchange x = {.server = server,
		.usual_port = "",
		.pieces = &request,
		.count = 1,
		.most = SOCKETMAP_REPLY_MOST + DIGITS_MOST + 2,
		.deadline = io_microseconds() + (long long)seconds * MICROSECONDS,
		.is_whole = socketmap_is_whole};
	int r = net_exchange(&x, &bytes, err);
	if (r == 0) {
		r = socketmap_read(arena_str(mem, buf_str(&bytes)), mem, value, &why);
		if (r < 0)
			*err = why;
		else if (r > 0)
			*value = arena_str(mem, *value);
	}
	buf_free(&bytes);
	return r;
}

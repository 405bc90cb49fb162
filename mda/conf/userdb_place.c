#include "mda/conf/userdb_place.h"

#include "base/buf.h"
#include "base/printable.h"

#include <limits.h>

/* ---- paths ---- */

struct str userdb_place_path(struct str path, struct arena *mem)
{
	if (path.n == 0 || path.n >= PATH_MAX || path.p[0] != '/' || printable_has_control(path))
		return STR_EMPTY;
	struct buf b = {0};
	bool climbs = false;
	while (path.n) {
		size_t slash = str_find(path, '/');
		struct str part = str_slice(path, 0, slash);
		path = str_slice(path, slash + 1, path.n);
		climbs |= str_eq(part, STR_LIT(".")) || str_eq(part, STR_LIT(".."));
		if (part.n == 0)
			continue;
		buf_byte(&b, '/');
		buf_add(&b, part);
	}
	struct str clean = climbs ? STR_EMPTY : arena_str(mem, buf_str(&b));
	buf_free(&b);
	return clean;
}

bool userdb_place_is_below(struct str path, struct str above)
{
	return str_starts(path, above) && (path.n == above.n || path.p[above.n] == '/');
}

/* A path of the mailbox, in which "~" at the start is the home. */
static int take_path(struct userdb_reader *r, struct str path, struct str *to)
{
	if (path.n && path.p[0] == '~' && (path.n == 1 || path.p[1] == '/')) {
		if (r->user->home.n == 0)
			return userdb_reader_refuse(r, "but no home");
		path = ARENA_JOIN(r->mem, r->user->home, str_slice(path, 1, path.n));
	}
	*to = userdb_place_path(path, r->mem);
	return to->n ? 0 : userdb_reader_refuse(r, "this is not an absolute path without \"..\"");
}

/* ---- where the mail is: what is given as empty, Dovecot looks for by itself ---- */

int userdb_place_driver(struct userdb_reader *r)
{
	return str_ieq(r->value, STR_LIT("maildir"))
		       ? 0
		       : userdb_reader_refuse(r, "mda stores mail only in a Maildir");
}

int userdb_place_layout(struct userdb_reader *r)
{
	bool nested = str_ieq(r->value, STR_LIT("fs"));
	if (!nested && !str_ieq(r->value, STR_LIT("maildir++")))
		return userdb_reader_refuse(r, "the known layouts are maildir++ and fs");
	r->user->has_layout = true;
	r->user->layout = nested ? FOLDER_NESTED : FOLDER_FLAT;
	return 0;
}

int userdb_place_utf8(struct userdb_reader *r)
{
	r->user->has_utf8 = true;
	r->user->utf8 = str_ieq(r->value, STR_LIT("yes"));
	return r->user->utf8 || str_ieq(r->value, STR_LIT("no"))
		       ? 0
		       : userdb_reader_refuse(r, "this is not yes or no");
}

static int take_utf8_flag(struct userdb_reader *r)
{
	r->user->has_utf8 = r->user->utf8 = true;
	return r->value.n ? userdb_reader_refuse(r, "this takes no value") : 0;
}

int userdb_place_mail(struct userdb_reader *r)
{
	r->mail = r->value;
	return take_path(r, r->value, &r->user->maildir);
}

/* This and the next one are checked when the path of the Maildir is known. */
int userdb_place_inbox(struct userdb_reader *r)
{
	return r->value.n ? take_path(r, r->value, &r->inbox) : 0;
}

int userdb_place_control(struct userdb_reader *r)
{
	return r->value.n ? take_path(r, r->value, &r->control) : 0;
}

int userdb_place_subscriptions(struct userdb_reader *r)
{
	return r->value.n == 0 || str_eq(r->value, STR_LIT("subscriptions"))
		       ? 0
		       : userdb_reader_refuse(r, "mda knows only the name \"subscriptions\"");
}

static int take_nothing(struct userdb_reader *r)
{
	(void)r;
	return 0;
}

int userdb_place_unsupported(struct userdb_reader *r)
{
	return r->value.n ? userdb_reader_refuse(r, "mda does not support it") : 0;
}

/* ---- the mail location of Dovecot 2.3 ---- */

/* What follows the path: "LAYOUT=fs:INDEX=/var/index". What is not here is refused. */
static const struct part {
	const char *name;
	int (*take)(struct userdb_reader *r);
} parts[] = {
	{"LAYOUT", userdb_place_layout},
	{"UTF-8", take_utf8_flag},
	{"INBOX", userdb_place_inbox},
	{"CONTROL", userdb_place_control},
	{"SUBSCRIPTIONS", userdb_place_subscriptions},
	{"INDEX", take_nothing},
	{"INDEXPVT", take_nothing},
	{"INDEXCACHE", take_nothing},
	{"LISTINDEX", take_nothing},
	{"ITERINDEX", take_nothing},
	{"VOLATILEDIR", take_nothing},
	{"NO-NOSELECT", take_nothing},
};

/* Takes what is before the next colon; a double colon is a colon of the text. */
static struct str take_part(struct str *rest, struct arena *mem)
{
	char *to = arena_alloc(mem, rest->n + 1);
	size_t n = 0, i = 0;
	for (; i < rest->n; i++) {
		bool colon = rest->p[i] == ':';
		if (colon && (i + 1 == rest->n || rest->p[i + 1] != ':'))
			break;
		i += colon;
		to[n++] = rest->p[i];
	}
	*rest = str_slice(*rest, i + 1, rest->n);
	return (struct str){to, n};
}

static int take_location_part(struct userdb_reader *r, struct str part)
{
	size_t equals = str_find(part, '=');
	r->field = ARENA_JOIN(r->mem, STR_LIT("mail: "), str_slice(part, 0, equals));
	r->value = str_slice(part, equals + 1, part.n);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (str_ieq(str_slice(part, 0, equals), str_of(parts[i].name)))
			return parts[i].take(r);
	return userdb_reader_refuse(r, "mda does not support it");
}

int userdb_place_location(struct userdb_reader *r)
{
	struct str rest = r->value;
	size_t colon = str_find(rest, ':');
	if (colon == rest.n)
		return userdb_reader_refuse(r, "this does not begin with \"maildir:\"");
	struct str driver = str_slice(rest, 0, colon);
	if (!str_ieq(driver, STR_LIT("maildir")))
		return userdb_reader_refuse(r, "mda stores mail only in a Maildir");
	rest = str_slice(rest, colon + 1, rest.n);
	r->mail = take_part(&rest, r->mem);
	if (r->mail.n == 0)
		return userdb_reader_refuse(r, "this has no path");
	if (take_path(r, r->mail, &r->user->maildir) < 0)
		return -1;
	while (rest.n)
		if (take_location_part(r, take_part(&rest, r->mem)) < 0)
			return -1;
	return 0;
}

#include "mda/conf/userdb_quota.h"

/* A quota above a petabyte is a mistake. */
#define QUOTA_MOST (1ULL << 50)

/* "10M"; without a unit, it is SHIFT bits wide. */
static bool read_size(struct str text, unsigned shift, uint64_t *to)
{
	static const char units[] = "bkmgt";
	unsigned long long n;
	text = str_trim(text);
	if (text.n && !ascii_isdigit(text.p[text.n - 1])) {
		size_t unit = str_find(STR_LIT("bkmgt"), ascii_lower(text.p[text.n - 1]));
		if (!units[unit])
			return false;
		shift = (unsigned)unit * 10;
		text = str_trim(str_slice(text, 0, text.n - 1));
	}
	if (!str_number(text, QUOTA_MOST >> shift, &n))
		return false;
	*to = n << shift;
	return true;
}

static int take_size(
	struct userdb_reader *r, struct str text, unsigned shift, struct userdb_number *to)
{
	to->is_set = true;
	return read_size(text, shift, &to->value) ? 0
						  : userdb_reader_refuse(r, "this is not a quota");
}

static int take_limit(struct userdb_reader *r, struct str limit)
{
	size_t equals = str_find(limit, '=');
	struct str name = str_slice(limit, 0, equals),
		   value = str_slice(limit, equals + 1, limit.n);
	if (str_eq(name, STR_LIT("storage")))
		return take_size(r, value, 10, &r->user->quota_bytes);
	if (str_eq(name, STR_LIT("bytes")))
		return take_size(r, value, 0, &r->user->quota_bytes);
	if (str_eq(name, STR_LIT("messages")))
		return take_size(r, value, 0, &r->user->quota_messages);
	if (!str_eq(name, STR_LIT("ignore")) && !str_eq(name, STR_LIT("noenforcing")))
		return userdb_reader_refuse(r, "this is not a quota");
	r->user->quota_bytes = r->user->quota_messages = (struct userdb_number){true, 0};
	return 0;
}

/* Dovecot 2.3: "*:storage=10M:messages=100". A rule for a folder does not limit the mailbox. */
int userdb_quota_rule(struct userdb_reader *r)
{
	struct str rest = r->value;
	if (rest.n == 0)
		return 0;
	size_t colon = str_find(rest, ':');
	if (!str_eq(str_slice(rest, 0, colon), STR_LIT("*")))
		return 0;
	rest = str_slice(rest, colon + 1, rest.n);
	if (rest.n == 0)
		return userdb_reader_refuse(r, "this is not a quota");
	while (rest.n) {
		size_t end = str_find(rest, ':');
		if (take_limit(r, str_slice(rest, 0, end)) < 0)
			return -1;
		rest = str_slice(rest, end + 1, rest.n);
	}
	return 0;
}

static int take_quota(struct userdb_reader *r, unsigned shift, struct userdb_number *to)
{
	if (r->value.n == 0)
		return 0;
	if (!str_eq(r->value, STR_LIT("unlimited")))
		return take_size(r, r->value, shift, to);
	*to = (struct userdb_number){true, 0};
	return 0;
}

int userdb_quota_size(struct userdb_reader *r)
{
	return take_quota(r, 0, &r->user->quota_bytes);
}

int userdb_quota_count(struct userdb_reader *r)
{
	return take_quota(r, 0, &r->user->quota_messages);
}

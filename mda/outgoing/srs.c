#include "mda/outgoing/srs.h"

#include "base/address.h"
#include "base/hash.h"

#include <string.h>

enum { SEAL = 6, DAYS = 1024, DAY = 24 * 3600, LOCAL_MOST = 200 };

/* Letters and digits only, in one case, because mail systems change the case. */
static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

static const struct str srs0 = STR_LIT("SRS0="), srs1 = STR_LIT("SRS1=");

/* ---- parts ---- */

static void split(struct str address, struct str *local, struct str *domain)
{
	size_t at = str_rfind(address, '@');
	*local = str_slice(address, 0, at);
	*domain = str_slice(address, at + 1, address.n);
}

/* Takes everything up to "=", and the "=". False if there is none. */
static bool take_word(struct str *rest, struct str *word)
{
	size_t equals = str_find(*rest, '=');
	if (equals == rest->n)
		return false;
	*word = str_slice(*rest, 0, equals);
	*rest = str_slice(*rest, equals + 1, rest->n);
	return true;
}

static struct str seal_of(struct str text, const struct stamp_key *key, struct arena *mem)
{
	const struct str parts[] = {STR_LIT("srs"), arena_lower(mem, text)};
	struct str secret = {(const char *)key->secret.bytes, HASH_BYTES};
	struct hash hash = hash_hmac(secret, parts, 2);
	char seal[SEAL];
	for (size_t i = 0; i < SEAL; i++)
		seal[i] = digits[hash.bytes[i] & 31];
	return arena_str(mem, (struct str){seal, SEAL});
}

static bool is_sealed(
	struct str seal, struct str text, const struct stamp_keys *keys, struct arena *mem)
{
	for (size_t i = 0; i < keys->count; i++)
		if (str_ieq(seal, seal_of(text, &keys->items[i], mem)))
			return true;
	return false;
}

static int digit_of(char c)
{
	const char *at = c ? strchr(digits, ascii_lower(c)) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* ---- there ---- */

bool srs_is_one(struct str address)
{
	return str_istarts(address, srs0) || str_istarts(address, srs1);
}

/* What follows the seal. */
static struct str inner(struct str local, struct str from, int64_t now, struct arena *mem)
{
	if (str_istarts(local, srs0))
		return arena_fmt(mem, STR_FMT "==" STR_FMT, STR_ARGS(from),
			STR_ARGS(str_slice(local, srs0.n, local.n)));
	if (str_istarts(local, srs1)) {
		struct str rest = str_slice(local, srs1.n, local.n), seal;
		return take_word(&rest, &seal) ? rest : STR_EMPTY;
	}
	int64_t day = now / DAY % DAYS;
	return arena_fmt(mem, "%c%c=" STR_FMT "=" STR_FMT, digits[day >> 5], digits[day & 31],
		STR_ARGS(from), STR_ARGS(local));
}

/* Only an address that needs no quotes: then the parts can be told apart again in the result. */
static bool is_address(struct str text, struct arena *mem)
{
	struct address a = address_parse_envelope(text, mem);
	return !a.invalid && str_eq(a.spec, text) && text.p[0] != '"';
}

bool srs_forward(struct str sender, struct str domain, const struct stamp_key *key, int64_t now,
	struct arena *mem, struct str *rewritten)
{
	struct str local, from;
	split(sender, &local, &from);
	*rewritten = sender;
	if (local.n == 0 || from.n == 0 || domain.n == 0 || !is_address(sender, mem))
		return false;
	if (str_ieq(from, domain))
		return true;
	struct str rest = inner(local, from, now, mem);
	if (rest.n == 0 || rest.n > LOCAL_MOST)
		return false;
	struct str prefix = srs_is_one(local) ? srs1 : srs0;
	struct str seal = seal_of(rest, key, mem);
	struct str made = arena_fmt(mem, STR_FMT STR_FMT "=" STR_FMT "@" STR_FMT, STR_ARGS(prefix),
		STR_ARGS(seal), STR_ARGS(rest), STR_ARGS(domain));
	if (!is_address(made, mem))
		return false;
	*rewritten = made;
	return true;
}

/* ---- and back ---- */

static bool is_young(struct str stamp, int64_t now)
{
	if (stamp.n != 2 || digit_of(stamp.p[0]) < 0 || digit_of(stamp.p[1]) < 0)
		return false;
	int64_t day = digit_of(stamp.p[0]) * 32 + digit_of(stamp.p[1]);
	return (now / DAY % DAYS - day + DAYS) % DAYS <= SRS_DAYS;
}

/* "TT=domain=local" */
static const char *read_first(struct str rest, int64_t now, struct arena *mem, struct str *original)
{
	struct str day, domain;
	if (!take_word(&rest, &day) || !take_word(&rest, &domain) || rest.n == 0 || domain.n == 0)
		return "it is no SRS address";
	if (!is_young(day, now))
		return "it is too old";
	*original = arena_fmt(mem, STR_FMT "@" STR_FMT, STR_ARGS(rest), STR_ARGS(domain));
	return NULL;
}

/* "domain==HHHH=TT=..." */
static const char *read_second(struct str rest, struct arena *mem, struct str *original)
{
	struct str domain, empty;
	if (!take_word(&rest, &domain) || !take_word(&rest, &empty) || empty.n || rest.n == 0)
		return "it is no SRS address";
	*original = arena_fmt(mem, "SRS0=" STR_FMT "@" STR_FMT, STR_ARGS(rest), STR_ARGS(domain));
	return NULL;
}

bool srs_reverse(struct str address, const struct stamp_keys *keys, int64_t now, struct arena *mem,
	struct str *original, const char **why)
{
	struct str local, domain, seal;
	split(address, &local, &domain);
	bool second = str_istarts(local, srs1);
	struct str rest = str_slice(local, srs0.n, local.n);
	*why = "it is no SRS address";
	if (!srs_is_one(local) || !take_word(&rest, &seal))
		return false;
	*why = "it was not made here";
	if (!is_sealed(seal, rest, keys, mem))
		return false;
	*why = second ? read_second(rest, mem, original) : read_first(rest, now, mem, original);
	return *why == NULL;
}

#include "base/hash.h"
#include "store/screened_inside.h"

#include <string.h>
#include <time.h>

enum { PRUNE_AT_ONCE = 8, HASH_KEPT = 16, DOMAIN_KEPT = 8 };

/* The hashes of the domains follow, DOMAIN_KEPT bytes each. */
struct sent_record {
	int64_t when;
};

/* ---- ids of messages ---- */

/* Ids and domains are kept as hashes: whom a person wrote to is in no file. */
struct id_key {
	unsigned char bytes[HASH_KEPT];
};

static struct id_key id_key(struct str id)
{
	const struct str parts[] = {STR_LIT("screener: message"), str_trim(id)};
	struct hash h = hash_of(parts, sizeof parts / sizeof *parts);
	struct id_key key;
	memcpy(key.bytes, h.bytes, sizeof key.bytes);
	return key;
}

static struct str id_key_str(const struct id_key *key)
{
	return (struct str){(const char *)key->bytes, sizeof key->bytes};
}

/* With the id, so that equal domains of two messages do not look equal. */
static void hash_domain(struct str id, struct str domain, unsigned char to[DOMAIN_KEPT])
{
	const struct str parts[] = {STR_LIT("screener: domain"), str_trim(id), domain};
	struct hash h = hash_of(parts, sizeof parts / sizeof *parts);
	memcpy(to, h.bytes, DOMAIN_KEPT);
}

/* Was the message with that record sent to DOMAIN? */
static bool has_domain(struct str value, struct str id, struct str domain)
{
	unsigned char wanted[DOMAIN_KEPT];
	hash_domain(id, domain, wanted);
	for (size_t i = sizeof(struct sent_record); i + DOMAIN_KEPT <= value.n; i += DOMAIN_KEPT)
		if (memcmp(value.p + i, wanted, DOMAIN_KEPT) == 0)
			return true;
	return false;
}

static bool read_sent(struct str value, struct sent_record *r)
{
	if (value.n < sizeof *r || (value.n - sizeof *r) % DOMAIN_KEPT)
		return false;
	memcpy(r, value.p, sizeof *r);
	return true;
}

int screened_find_id(struct kv *kv, const struct screened_question *q, struct str id, int64_t now,
	struct screened_answer *answer, struct err *err)
{
	struct str value;
	struct sent_record record;
	const struct id_key key = id_key(id);
	int r = kv_get(kv, SCREENED_SENT, id_key_str(&key), &value, err);
	if (r <= 0)
		return r;
	if (!read_sent(value, &record))
		return kv_bad_record(kv, err);
	if (record.when + SCREENED_ID_SECONDS < now || !has_domain(value, id, q->domain))
		return 0;
	*answer = (struct screened_answer){SCREENED_REPLY, record.when};
	return 1;
}

/* ---- what was sent ---- */

struct insertion {
	const struct screened_sent *sent;
	size_t count;
	int64_t now;
	int left;
};

/* Keys are hashes, so the next ones in order are a random few. */
static enum kv_step prune_id(void *context, struct str key, struct str value, struct err *err)
{
	struct insertion *in = context;
	struct sent_record record;
	(void)key;
	(void)err;
	if (in->left-- == 0)
		return KV_STOP;
	bool is_old = !read_sent(value, &record) || record.when + SCREENED_ID_SECONDS < in->now;
	return is_old ? KV_DELETE : KV_NEXT;
}

static int put_sent(struct kv *kv, const struct screened_sent *one, struct err *err)
{
	struct {
		struct sent_record record;
		unsigned char domains[SCREENED_DOMAINS_MOST][DOMAIN_KEPT];
	} value;
	const struct sent_record record = {one->when};
	const struct id_key key = id_key(one->id);
	size_t n = one->domains.count < SCREENED_DOMAINS_MOST ? one->domains.count
							      : SCREENED_DOMAINS_MOST;
	value.record = record;
	for (size_t i = 0; i < n; i++)
		hash_domain(one->id, one->domains.items[i], value.domains[i]);
	const struct str bytes = {(const char *)&value, sizeof record + n * DOMAIN_KEPT};
	return kv_put(kv, SCREENED_SENT, id_key_str(&key), bytes, err);
}

static int insert(struct kv *kv, void *context, struct err *err)
{
	struct insertion *in = context;
	for (size_t i = 0; i < in->count; i++) {
		const struct id_key key = id_key(in->sent[i].id);
		in->left = PRUNE_AT_ONCE;
		if (kv_walk(kv, SCREENED_SENT, id_key_str(&key), prune_id, in, err) < 0 ||
			put_sent(kv, &in->sent[i], err) < 0)
			return -1;
	}
	return screened_bound(kv, SCREENED_SENT, SCREENED_IDS_MOST, err);
}

int screened_sent(
	const char *state_dir, const struct screened_sent *sent, size_t count, struct err *err)
{
	struct insertion in = {sent, count, (int64_t)time(NULL), 0};
	return count ? screened_write(state_dir, insert, &in, err) : 0;
}

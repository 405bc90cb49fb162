#include "filters/lists/list_shape.h"

#include <string.h>

/* ---- bits ---- */

static void set_bit(uint8_t *bits, size_t i)
{
	bits[i / 8] |= (uint8_t)(1U << (i % 8));
}

static bool has_bit(const uint8_t *bits, size_t i)
{
	return bits[i / 8] & (1U << (i % 8));
}

/* ---- an entry ---- */

static bool is_plain(struct str s)
{
	return str_find(s, '*') == s.n && str_find(s, '?') == s.n;
}

/* The shape of a local part; *FIXED is the part without wildcards. */
static unsigned shape_of_local(struct str local, struct str *fixed)
{
	*fixed = local;
	if (is_plain(local))
		return SHAPE_LOCAL_EXACT;
	if (local.p[local.n - 1] == '*')
		fixed->n--;
	if (!is_plain(*fixed))
		return SHAPE_LOCALS;
	return fixed->n ? SHAPE_LOCAL_PREFIX : SHAPE_LOCAL_ANY;
}

static unsigned shape_of_domain(const struct wild *w, struct str *fixed)
{
	*fixed = w->domain;
	if (is_plain(w->domain))
		return SHAPE_DOMAIN_EXACT;
	if (str_eq(w->domain, STR_LIT("*"))) {
		fixed->n = 0;
		return SHAPE_DOMAIN_ANY;
	}
	*fixed = str_slice(w->domain, 2, w->domain.n);
	if (!str_istarts(w->domain, STR_LIT("*.")) || fixed->n == 0 || !is_plain(*fixed))
		return SHAPE_DOMAINS;
	return w->subdomains ? SHAPE_DOMAIN_TREE : SHAPE_DOMAIN_BELOW;
}

/* The NUL between the two parts is in no entry, so different pairs never give the same key. */
static bool write_key(struct shape_key *key, unsigned shape, struct str local, struct str domain)
{
	key->n = local.n + domain.n + 2;
	if (key->n > sizeof key->bytes)
		return false;
	key->bytes[0] = (char)('A' + shape);
	memcpy(key->bytes + 1, local.p, local.n);
	key->bytes[local.n + 1] = '\0';
	memcpy(key->bytes + local.n + 2, domain.p, domain.n);
	return true;
}

static size_t count_labels(struct str domain)
{
	size_t n = 1;
	for (size_t i = 0; i < domain.n; i++)
		n += domain.p[i] == '.';
	return n;
}

unsigned list_shape_of(const struct wild *w, struct shape_key *key)
{
	struct str local, domain;
	unsigned of_local = shape_of_local(w->local, &local);
	unsigned of_domain = shape_of_domain(w, &domain);
	if (of_local == SHAPE_LOCALS || of_domain == SHAPE_DOMAINS)
		return SHAPE_NONE;
	if (local.n >= SHAPE_LENGTHS || count_labels(domain) >= SHAPE_LABELS)
		return SHAPE_NONE;
	unsigned shape = of_local * SHAPE_DOMAINS + of_domain;
	return write_key(key, shape, local, domain) ? shape : SHAPE_NONE;
}

void list_shape_count(struct shape_census *census, unsigned shape, const struct shape_key *key)
{
	struct str rest = str_slice((struct str){key->bytes, key->n}, 1, key->n);
	size_t local = str_find(rest, '\0');
	struct shape_census *c = &census[shape];
	c->count++;
	set_bit(c->lengths, local);
	set_bit(c->labels, count_labels(str_slice(rest, local + 1, rest.n)));
}

/* ---- an address ---- */

bool list_shape_take_apart(struct str key, struct shape_address *a)
{
	if (key.n == 0 || key.n > WILD_KEY_MOST)
		return false;
	size_t at = str_rfind(key, '@');
	a->local = str_slice(key, 0, at);
	a->domain = str_slice(key, at + 1, key.n);
	a->tail_count = 0;
	size_t labels = count_labels(a->domain);
	for (size_t i = 0; i < a->domain.n; i++) {
		if (a->domain.p[i] != '.')
			continue;
		/* Entries with more labels have no shape. */
		if (--labels < SHAPE_LABELS && a->tail_count < SHAPE_LABELS)
			a->tails[a->tail_count++] = (uint16_t)(i + 1);
	}
	return true;
}

/* ---- the keys ---- */

struct query {
	const struct shape_address *a;
	unsigned shape;
	const struct shape_census *census;
	shape_try *try;
	void *context;
	struct err *err;
};

static int ask(const struct query *q, struct str local, struct str domain)
{
	struct shape_key key;
	if (!write_key(&key, q->shape, local, domain))
		return 0;
	return q->try(q->context, (struct str){key.bytes, key.n}, q->err);
}

static int ask_tails(const struct query *q, struct str local)
{
	int r = 0;
	for (size_t i = 0; i < q->a->tail_count && r >= 0; i++) {
		if (has_bit(q->census->labels, q->a->tail_count - i))
			r = ask(q, local, str_slice(q->a->domain, q->a->tails[i], q->a->domain.n));
	}
	return r;
}

static int ask_domains(const struct query *q, struct str local)
{
	int r;
	switch (q->shape % SHAPE_DOMAINS) {
	case SHAPE_DOMAIN_EXACT:
		return ask(q, local, q->a->domain);
	case SHAPE_DOMAIN_ANY:
		return ask(q, local, STR_EMPTY);
	case SHAPE_DOMAIN_TREE:
		r = ask(q, local, q->a->domain);
		return r < 0 ? r : ask_tails(q, local);
	default:
		return ask_tails(q, local);
	}
}

int list_shape_each_key(const struct shape_address *a, unsigned shape,
	const struct shape_census *census, shape_try *try, void *context, struct err *err)
{
	const struct query q = {a, shape, census, try, context, err};
	int r = 0;
	switch (shape / SHAPE_DOMAINS) {
	case SHAPE_LOCAL_EXACT:
		return a->local.n < SHAPE_LENGTHS ? ask_domains(&q, a->local) : 0;
	case SHAPE_LOCAL_ANY:
		return ask_domains(&q, STR_EMPTY);
	default:
		for (size_t n = 1; n <= a->local.n && n < SHAPE_LENGTHS && r >= 0; n++)
			if (has_bit(census->lengths, n))
				r = ask_domains(&q, str_slice(a->local, 0, n));
		return r;
	}
}

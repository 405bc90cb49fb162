#include "mda/conf/tables/table_expand.h"

enum { LABELS_MOST = 9 };

/* ---- what is needed ---- */

static bool is_label(char letter)
{
	return letter >= '1' && letter <= '9';
}

static void need_labels(struct table_needs *needs, unsigned count)
{
	needs->key_domain = true;
	if (needs->labels < count)
		needs->labels = count;
}

static bool need(struct table_needs *needs, char letter, bool is_query)
{
	needs->is_dynamic = needs->is_dynamic || letter != '%';
	if (is_label(letter))
		need_labels(needs, (unsigned)(letter - '0'));
	switch (letter) {
	case 'u':
		*(is_query ? &needs->key_user : &needs->value_user) = true;
		return true;
	case 'd':
		*(is_query ? &needs->key_domain : &needs->value_domain) = true;
		return true;
	case 'U':
		return needs->key_user = true;
	case 'D':
		return needs->key_domain = true;
	default:
		return letter == 's' || letter == 'S' || letter == '%' || is_label(letter);
	}
}

const char *table_expand_needs(struct str template, bool is_query, struct table_needs *needs)
{
	for (size_t i = 0; i < template.n; i++) {
		if (template.p[i] != '%')
			continue;
		char letter = i + 1 < template.n ? template.p[++i] : '\0';
		if (!need(needs, letter, is_query))
			return "after a percent sign comes one of s u d S U D 1 to 9, or %";
	}
	return NULL;
}

/* ---- an address and its parts ---- */

struct parts {
	struct str all, user, domain; /* the user is all of it if there is no domain */
	bool has_at;
};

static struct parts take_apart(struct str address)
{
	size_t at = str_rfind(address, '@');
	return (struct parts){.all = address,
		.user = str_slice(address, 0, at),
		.domain = str_slice(address, at + 1, address.n),
		.has_at = at < address.n};
}

static bool suffices(const struct parts *p, bool needs_domain, bool needs_user)
{
	if (needs_domain && p->domain.n == 0)
		return false;
	return !needs_user || !p->has_at || p->user.n > 0;
}

/*
 * Takes the labels of the key's domain, the last one first. How many there are: labels that are
 * empty do not count.
 */
static unsigned take_labels(struct str domain, struct str labels[LABELS_MOST])
{
	unsigned count = 0;
	while (domain.n && count < LABELS_MOST) {
		size_t dot = str_rfind(domain, '.');
		struct str label = dot < domain.n ? str_slice(domain, dot + 1, domain.n) : domain;
		if (label.n)
			labels[count++] = label;
		domain = str_slice(domain, 0, dot < domain.n ? dot : 0);
	}
	return count;
}

/* ---- replacing ---- */

struct sources {
	struct parts value, key;
	struct str labels[LABELS_MOST];
};

static struct str piece(const struct sources *s, char letter)
{
	if (is_label(letter))
		return s->labels[letter - '1'];
	switch (letter) {
	case 's':
		return s->value.all;
	case 'u':
		return s->value.user;
	case 'd':
		return s->value.domain;
	case 'S':
		return s->key.all;
	case 'U':
		return s->key.user;
	default:
		return s->key.domain;
	}
}

static bool as_it_is(void *context, struct str text, struct buf *to)
{
	(void)context;
	buf_add(to, text);
	return true;
}

static bool fill(const struct sources *s, struct str template, table_quote *quote, void *context,
	struct buf *to)
{
	for (size_t i = 0; i < template.n; i++) {
		if (template.p[i] != '%' || i + 1 == template.n)
			buf_byte(to, template.p[i]);
		else if (template.p[++i] == '%')
			buf_byte(to, '%');
		else if (!quote(context, piece(s, template.p[i]), to))
			return false;
	}
	return true;
}

int table_expand_query(const struct table_needs *needs, struct str template, struct str key,
	table_quote *quote, void *context, struct buf *to)
{
	struct sources s = {.key = take_apart(key)};
	s.value = s.key;
	if (key.n == 0 || !suffices(&s.key, needs->key_domain, needs->key_user) ||
		take_labels(s.key.domain, s.labels) < needs->labels)
		return 0;
	return fill(&s, template, quote, context, to) ? 1 : -1;
}

bool table_expand_result(const struct table_needs *needs, struct str template, struct str value,
	struct str key, struct buf *to)
{
	struct sources s = {.value = take_apart(value), .key = take_apart(key)};
	if (value.n == 0 || !suffices(&s.value, needs->value_domain, needs->value_user) ||
		!suffices(&s.key, needs->key_domain, needs->key_user) ||
		take_labels(s.key.domain, s.labels) < needs->labels)
		return false;
	if (to->n)
		buf_byte(to, ',');
	return fill(&s, template, as_it_is, NULL, to);
}

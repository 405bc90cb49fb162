#include "mda/delivery/stamp.h"

#include "base/buf.h"

#include <string.h>

const char stamp_header[] = "X-Mda-Original";
const char *const stamp_field_names[STAMP_FIELDS] = {"from", "date", "message-id", "subject"};

enum {
	VALUE_MOST = 16 * 1024, /* longer than any stamp of ours */
	FUTURE = 3600,          /* how many seconds another machine's clock may be ahead */
};

static const char version_1[] = "v=1; ", version_2[] = "v=2; ";

static const char *const written[] = {
	[STAMP_NOT_JUDGED] = "unjudged",
	[STAMP_CLEAN] = "clean",
	[STAMP_SPAM] = "spam",
};

/* The words of each version, and what they count for. */
static const struct {
	const char *version, *word;
	enum stamp_judged judged;
} words[] = {
	{version_2, "unjudged", STAMP_NOT_JUDGED},
	{version_2, "clean", STAMP_CLEAN},
	{version_2, "spam", STAMP_SPAM},
	{version_1, "unknown", STAMP_NOT_JUDGED},
	{version_1, "no", STAMP_NOT_JUDGED},
	{version_1, "skipped", STAMP_NOT_JUDGED},
	{version_1, "yes", STAMP_SPAM},
};

/* ---- the message ---- */

/* If WHOLE is the field NAME, gets its value. */
static bool is_field(struct str whole, const char *name, struct str *value)
{
	size_t colon = str_find(whole, ':');
	if (!str_ieq(str_trim(str_slice(whole, 0, colon)), str_of(name)))
		return false;
	*value = str_slice(whole, colon + 1, whole.n);
	return true;
}

static bool find_in_list(const struct str_list *fields, const char *name, struct str *value)
{
	for (size_t i = 0; i < fields->count; i++)
		if (is_field(fields->items[i], name, value))
			return true;
	return false;
}

static bool find_in_message(const struct message *msg, const bool *removed, const bool *cut,
	const char *name, struct str *value)
{
	for (size_t i = 0; i < message_header_count(msg); i++) {
		const struct header *h = message_header(msg, i);
		if ((removed && removed[i]) || (cut && cut[i]) || !str_ieq(h->name, str_of(name)))
			continue;
		*value = h->value;
		return true;
	}
	return false;
}

struct stamp_message stamp_message_sent(
	const struct message *msg, const bool *removed, const struct changes *changes)
{
	static const struct changes none;
	const struct changes *c = changes ? changes : &none;
	struct stamp_message m = {.body = c->body ? *c->body : message_body(msg)};
	for (size_t i = 0; i < STAMP_FIELDS; i++) {
		const char *name = stamp_field_names[i];
		m.has[i] = find_in_list(&c->first, name, &m.fields[i]) ||
			   find_in_message(msg, removed, c->removed, name, &m.fields[i]) ||
			   find_in_list(&c->last, name, &m.fields[i]);
	}
	return m;
}

struct stamp_message stamp_message_of(const struct message *msg)
{
	return stamp_message_sent(msg, NULL, NULL);
}

/* The value without folds and repeated blanks, because an MTA may change these. */
static struct str plain(struct str value, struct arena *mem)
{
	struct buf b = {0};
	struct str word;
	while (str_word(&value, &word)) {
		if (b.n)
			buf_byte(&b, ' ');
		buf_add(&b, word);
	}
	struct str text = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return text;
}

/* ---- what is sealed ---- */

/*
 * What is sealed: TEXT, the fields that FIELDS names, and the body's digest, which is made in
 * *BODY.
 */
static struct str_list sealed_parts(struct str text, struct str fields,
	const struct stamp_message *m, struct hash *body, struct arena *mem)
{
	const size_t most = 2 + 2 * STAMP_FIELDS;
	struct str *parts = arena_alloc(mem, most * sizeof *parts);
	size_t n = 1;
	parts[0] = text;
	*body = hash_of_body(m->body);
	while (fields.n && n + 2 < most) {
		struct str name = str_slice(fields, 0, str_find(fields, ','));
		fields = str_slice(fields, name.n + 1, fields.n);
		for (size_t i = 0; i < STAMP_FIELDS; i++) {
			if (!str_eq(name, str_of(stamp_field_names[i])) || !m->has[i])
				continue;
			parts[n++] = name;
			parts[n++] = plain(m->fields[i], mem);
		}
	}
	parts[n++] = (struct str){(const char *)body->bytes, sizeof body->bytes};
	return (struct str_list){parts, n};
}

static struct hash seal(struct str text, const struct stamp_message *m, struct str fields,
	const struct stamp_key *key, struct arena *mem)
{
	struct hash body;
	struct str_list parts = sealed_parts(text, fields, m, &body, mem);
	return hash_hmac((struct str){(const char *)key->secret.bytes, HASH_BYTES}, parts.items,
		parts.count);
}

/* ---- writing ---- */

/* Encodes as %XX what could end a value or a line. */
static void add_value(struct buf *to, struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if (c <= ' ' || c >= 0x7f || strchr(";,=%\"", (char)c))
			buf_fmt(to, "%%%02X", c);
		else
			buf_byte(to, (char)c);
	}
}

static void add_path(struct buf *to, const struct str_list *path)
{
	for (size_t i = 0; i < path->count; i++) {
		if (i)
			buf_byte(to, ',');
		add_value(to, path->items[i]);
	}
}

static void add_fields(struct buf *to, const struct stamp_message *m)
{
	bool first = true;
	for (size_t i = 0; i < STAMP_FIELDS; i++) {
		if (!m->has[i])
			continue;
		if (!first)
			buf_byte(to, ',');
		buf_text(to, stamp_field_names[i]);
		first = false;
	}
}

/* The tags before the seal. A tag that may be long starts a new line. */
static void add_tags(
	struct buf *to, const struct stamp *s, const struct stamp_message *m, struct str key)
{
	buf_fmt(to, "%sk=" STR_FMT "; t=%lld; s=%s;\n o=", version_2, STR_ARGS(key), s->time,
		written[s->judged]);
	add_value(to, s->original);
	buf_text(to, ";\n r=");
	add_value(to, s->recipient);
	buf_text(to, ";\n p=");
	add_path(to, &s->path);
	buf_text(to, ";\n h=");
	add_fields(to, m);
	buf_text(to, ";");
}

static struct str tag_of(struct str text, char name)
{
	while (text.n) {
		struct str tag = str_slice(text, 0, str_find(text, ';'));
		text = str_slice(text, tag.n + 1, text.n);
		tag = str_trim(tag);
		if (tag.n > 1 && tag.p[0] == name && tag.p[1] == '=')
			return str_slice(tag, 2, tag.n);
	}
	return STR_EMPTY;
}

struct str stamp_write(const struct stamp *s, const struct stamp_message *m,
	const struct stamp_key *key, struct arena *mem)
{
	struct buf b = {0};
	char hex[HASH_HEX];
	add_tags(&b, s, m, key->id);
	struct str text = plain(buf_str(&b), mem);
	struct hash h = seal(text, m, tag_of(text, 'h'), key, mem);
	hash_hex(&h, hex);
	struct str field = arena_fmt(
		mem, "%s: " STR_FMT "\n b=%s\n", stamp_header, STR_ARGS(buf_str(&b)), hex);
	buf_free(&b);
	return field;
}

/* ---- reading ---- */

static bool decode(struct str text, struct arena *mem, struct str *value)
{
	char *p = arena_alloc(mem, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '%') {
			p[n++] = text.p[i];
			continue;
		}
		if (i + 2 >= text.n || ascii_hex(text.p[i + 1]) < 0 || ascii_hex(text.p[i + 2]) < 0)
			return false;
		p[n++] = (char)(ascii_hex(text.p[i + 1]) * 16 + ascii_hex(text.p[i + 2]));
		i += 2;
	}
	*value = (struct str){p, n};
	return true;
}

static bool read_path(struct str text, struct arena *mem, struct str_list *path)
{
	while (text.n) {
		struct str item = str_slice(text, 0, str_find(text, ','));
		text = str_slice(text, item.n + 1, text.n);
		if (path->count == STAMP_MOST_HOPS ||
			!decode(item, mem, ARENA_PUSH(mem, path->items, path->count)))
			return false;
	}
	return true;
}

static bool read_judged(struct str text, enum stamp_judged *judged)
{
	struct str word = tag_of(text, 's');
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!str_istarts(text, str_of(words[i].version)) ||
			!str_eq(word, str_of(words[i].word)))
			continue;
		*judged = words[i].judged;
		return true;
	}
	return false;
}

/* The tags in TEXT, up to the seal. */
static bool read_tags(struct str text, struct arena *mem, struct stamp_claim *c)
{
	unsigned long long time;
	c->signed_text = text;
	c->key = tag_of(text, 'k');
	c->fields = tag_of(text, 'h');
	if (!str_number(tag_of(text, 't'), 1ULL << 40, &time))
		return false;
	c->stamp.time = (long long)time;
	return decode(tag_of(text, 'o'), mem, &c->stamp.original) &&
	       decode(tag_of(text, 'r'), mem, &c->stamp.recipient) &&
	       read_path(tag_of(text, 'p'), mem, &c->stamp.path) &&
	       read_judged(text, &c->stamp.judged);
}

bool stamp_original(struct str signed_text, struct arena *mem, struct str *original)
{
	struct stamp_claim c = {0};
	if (!read_tags(signed_text, mem, &c))
		return false;
	*original = c.stamp.original;
	return true;
}

bool stamp_read(struct str value, struct arena *mem, struct stamp_claim *c)
{
	*c = (struct stamp_claim){0};
	if (value.n > VALUE_MOST)
		return false;
	struct str text = plain(value, mem);
	size_t end = str_ifind(text, STR_LIT(" b="));
	return end < text.n && hash_from_hex(str_slice(text, end + 3, text.n), &c->seal) &&
	       read_tags(str_slice(text, 0, end), mem, c);
}

bool stamp_holds(const struct stamp_claim *c, const struct stamp_message *m,
	const struct stamp_keys *keys, long long now, long long lifetime, struct arena *mem,
	const char **why)
{
	struct hash body;
	struct str_list parts = sealed_parts(c->signed_text, c->fields, m, &body, mem);
	if (!stamp_key_sealed(keys, c->key, &parts, &c->seal, why))
		return false;
	*why = "it is too old";
	return c->stamp.time <= now + FUTURE && now - c->stamp.time <= lifetime;
}

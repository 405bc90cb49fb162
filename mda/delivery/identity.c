#include "mda/delivery/identity.h"

#include "base/hash.h"
#include "mda/delivery/plan.h"

/* The field at the start of TEXT if its name is NAME; else 0 bytes. */
static size_t field_length(struct str text, struct str name)
{
	size_t n = 0;
	if (!str_istarts(text, name) || text.n == name.n || text.p[name.n] != ':')
		return 0;
	do {
		size_t line = str_find(str_slice(text, n, text.n), '\n') + 1;
		n = line < text.n - n ? n + line : text.n;
	} while (n < text.n && (text.p[n] == ' ' || text.p[n] == '\t'));
	return n;
}

/*
 * Exim's delivery_date_add, which Debian's transports use, puts the time of each attempt on top,
 * next to two fields that do not change. *FROM and *TO enclose that field; they are equal if it is
 * missing.
 */
static void find_attempts_time(struct str message, size_t *from, size_t *to)
{
	static const char *const names[] = {"Delivery-date", "Return-path", "Envelope-to"};
	size_t n = 0, length = 1;
	for (*from = *to = 0; length && *to == 0;) {
		length = 0;
		for (size_t i = 0; i < sizeof names / sizeof *names && length == 0; i++) {
			length = field_length(str_slice(message, n, message.n), str_of(names[i]));
			if (length && i == 0) {
				*from = n;
				*to = n + length;
			}
		}
		n += length;
	}
}

struct hash_begun *identity_hash(const struct message *msg, struct arena *mem)
{
	struct str message = message_bytes(msg);
	size_t from, to;
	find_attempts_time(message, &from, &to);
	const struct str parts[] = {str_slice(message, 0, from), str_slice(message, to, message.n)};
	return hash_begin(parts, sizeof parts / sizeof *parts, mem);
}

struct store_id identity_of(const struct delivery *d, const char *maildir)
{
	const struct hash_begun *begun = d->begun_id ? d->begun_id : identity_hash(d->msg, d->mem);
	const struct str parts[] = {d->told.sender, d->told.recipient, d->told.original_recipient,
		str_of(maildir), {(const char *)&d->again, sizeof d->again}};
	size_t count = sizeof parts / sizeof *parts;
	struct store_id id = store_id_after(begun, parts, d->again ? count : count - 1);
	/* The MTA's trace field holds its queue id. */
	id.unique = d->plan && d->plan->facts.has_received;
	id.alone = d->may_overlap;
	return id;
}

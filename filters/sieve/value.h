/*
 * What tests look at: the header as the script sees it (without what the firewall took out, with
 * what the script itself changed), its values unfolded and decoded, its addresses. Everything is
 * worked out once, when first asked for.
 */
#ifndef FILTERS_SIEVE_VALUE_H
#define FILTERS_SIEVE_VALUE_H

#include "base/address.h"
#include "filters/sieve/ext.h"

/*
 * Of a field that the script itself added, and of one that the delivery writes, which no script
 * changes.
 */
#define VALUE_ADDED ((size_t)-1)
#define VALUE_TRACE ((size_t)-2)

struct value_field {
	struct str name;
	struct header header;
	size_t number; /* in the message, VALUE_ADDED or VALUE_TRACE */
	bool gone;     /* the script removed it */
	bool decoded;
	struct sv_value text; /* valid when `decoded` */
	const struct address_list *addresses;
};

struct value_fields {
	struct value_field **items;
	size_t count;
};

/* A field of which WHOLE is all that is known. */
struct value_field *value_new(struct str whole, size_t number, struct arena *mem);
/* All fields of the message, in their order, with those of the delivery in front. */
void value_header(struct value_fields *all, const struct sv_input *input, struct arena *mem);
/* Appends those of ALL that have this name (RFC 5228 section 2.4.2.2) and are not gone. */
void value_find(const struct value_fields *all, struct str name, struct value_fields *found,
	struct arena *mem);

/*
 * Unfolded, without outer blanks, encoded words decoded; at most LIMIT bytes of the field are
 * looked at.
 */
struct sv_value *value_text(struct value_field *f, size_t limit, struct arena *mem);
const struct address_list *value_addresses(struct value_field *f, size_t limit, struct arena *mem);

#endif

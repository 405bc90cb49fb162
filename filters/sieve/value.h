/*
 * What tests look at: the header as the script sees it (without what the firewall removed, with the
 * script's own changes), unfolded and decoded values, and addresses. Everything is computed once,
 * when first needed.
 */
#ifndef FILTERS_SIEVE_VALUE_H
#define FILTERS_SIEVE_VALUE_H

#include "base/address.h"
#include "filters/sieve/ext.h"

/*
 * The number of a field that the script added, and of one that the delivery writes and no script
 * changes.
 */
#define VALUE_ADDED ((size_t)-1)
#define VALUE_TRACE ((size_t)-2)

struct value_field {
	struct str name;
	struct header header;
	size_t number; /* in the message, VALUE_ADDED or VALUE_TRACE */
	bool gone;     /* the script has removed it */
	bool decoded;
	struct sv_value text; /* valid when `decoded` */
	const struct address_list *addresses;
};

struct value_fields {
	struct value_field **items;
	size_t count;
};

/* A field; only WHOLE is known yet. */
struct value_field *value_new(struct str whole, size_t number, struct arena *mem);
/* All fields of the message, in order, after those that the delivery writes. */
void value_header(struct value_fields *all, const struct sv_input *input, struct arena *mem);
/* Appends those of ALL that have this name (RFC 5228 section 2.4.2.2) and were not removed. */
void value_find(const struct value_fields *all, struct str name, struct value_fields *found,
	struct arena *mem);

/*
 * The value unfolded, without blanks at both ends, with encoded words decoded. At most LIMIT bytes
 * of the field are read.
 */
struct sv_value *value_text(struct value_field *f, size_t limit, struct arena *mem);
const struct address_list *value_addresses(struct value_field *f, size_t limit, struct arena *mem);

#endif

/* :user and :detail (RFC 5233): what stands in front of the recipient delimiter, and behind it. */
#include "filters/sieve/ext.h"

#include "mda/base/address.h"

static bool get_user(const struct address *a, struct str delimiters, struct str *part)
{
	struct str detail;
	address_split_detail(a->local, delimiters, part, &detail);
	return !a->invalid;
}

/* "ann+" has a detail, which is empty; "ann" has none, and matches nothing (section 4). */
static bool get_detail(const struct address *a, struct str delimiters, struct str *part)
{
	struct str user;
	address_split_detail(a->local, delimiters, &user, part);
	return !a->invalid && user.n < a->local.n;
}

static const struct sv_address_part address_parts[] = {
	{":user", get_user},
	{":detail", get_detail},
	{0},
};

const struct sv_ext sv_ext_subaddress = {
	.name = "subaddress", .rfc = "RFC 5233", .address_parts = address_parts};

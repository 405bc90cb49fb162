/* :user and :detail (RFC 5233): the parts before and after the recipient delimiter. */
#include "filters/sieve/ext.h"

#include "base/address.h"

static void split(const struct address *a, const struct sv_separator *separator, struct str *user,
	struct str *detail)
{
	struct str own = str_slice(a->local, 0, separator->own.n),
		   rest = str_slice(a->local, own.n, a->local.n);
	bool ends =
		rest.n == 0 || str_find(separator->delimiters, rest.p[0]) < separator->delimiters.n;
	if (own.n == 0 || !str_ieq(own, separator->own) || !ends) {
		address_split_detail(a->local, separator->delimiters, user, detail);
		return;
	}
	*user = own;
	*detail = str_slice(rest, 1, rest.n);
}

static bool get_user(
	const struct address *a, const struct sv_separator *separator, struct str *part)
{
	struct str detail;
	split(a, separator, part, &detail);
	return !a->invalid;
}

/* "ann+" has an empty detail. "ann" has none, and matches nothing (section 4). */
static bool get_detail(
	const struct address *a, const struct sv_separator *separator, struct str *part)
{
	struct str user;
	split(a, separator, &user, part);
	return !a->invalid && user.n < a->local.n;
}

static const struct sv_address_part address_parts[] = {
	{":user", get_user},
	{":detail", get_detail},
	{0},
};

const struct sv_ext ext_subaddress = {
	.name = "subaddress", .rfc = "RFC 5233", .address_parts = address_parts};

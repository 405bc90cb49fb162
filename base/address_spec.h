/*
 * The part of an address to which mail is sent: local@domain (RFC 5322 section 3.4.1, RFC 6531
 * section 3.3).
 */
#ifndef BASE_ADDRESS_SPEC_H
#define BASE_ADDRESS_SPEC_H

#include "base/address.h"
#include "base/address_lex.h"

/*
 * Reads TOKENS as local@domain, or as a bare local part, into local, domain and spec of *A. False
 * when they are not such a part. Sets *DOUBTFUL when other programs may read it differently.
 */
bool address_spec_read(const struct address_token *tokens, size_t count, struct arena *mem,
	struct address *a, bool *doubtful);

/* Makes spec from local and domain, with quotes and backslashes if the local part needs them. */
void address_spec_write(struct address *a, struct arena *mem);

/*
 * Is it a domain as mail uses it (RFC 5321 section 2.3.5, RFC 5890 for UTF-8), or a literal in
 * brackets?
 */
bool address_domain_valid(struct str domain);

#endif

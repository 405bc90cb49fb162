/* What is in force, until the configuration is read again. */
#ifndef MDA_GREY_GREY_SETTINGS_H
#define MDA_GREY_GREY_SETTINGS_H

#include "mda/grey/grey_exempt.h"
#include "mda/grey/grey_key.h"
#include "mda/grey/grey_rule.h"
#include "mda/session.h"

struct grey_settings {
	struct session session; /* its arena, file and configuration */
	struct grey_terms terms;
	struct grey_bits bits;
	struct grey_exempt *exempt;
	const char *host; /* for the header field */
};

/*
 * Reads the configuration that INV names, and the allow lists, into *S. -1 with the reason;
 * then *S is not used.
 */
int grey_settings_read(struct grey_settings *s, const struct invocation *inv, struct err *err);
void grey_settings_free(struct grey_settings *s);

/*
 * Gives up root's rights for the account USER, or the key grey_user if USER is NULL, or the one for
 * work without a mailbox. -1 also if the process would still be root.
 */
int grey_settings_drop(const struct grey_settings *s, const char *user, struct err *err);

#endif

#include "mda/features.h"

#include "filters/engines.h"
#include "mda/conf/conf_key.h"
#include "store/uiddb.h"
#include "store/uidlist.h"

/* The values of such a key are what can be chosen between. */
static void add_choices(struct buf *to, const char *name)
{
	const struct conf_key *key = conf_key_find(str_of(name), SCOPE_GLOBAL);
	buf_fmt(to, "%s:", name);
	for (size_t i = 0; key->choices[i]; i++)
		buf_fmt(to, " %s", key->choices[i]);
	buf_byte(to, '\n');
}

static void add_engines(struct buf *to)
{
	buf_fmt(to, "sieve_engine:");
	for (size_t i = 0; engines_name(i); i++)
		buf_fmt(to, " %s", engines_name(i));
	buf_byte(to, '\n');
}

void features_add(struct buf *to)
{
	static const char *const names[] = {"users", "layout", "imap_server", "antispam"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_choices(to, names[i]);
	add_engines(to);
	buf_fmt(to, "formats: UID database %d, mda-uids %d\n", UIDDB_FORMAT, UIDLIST_DOVECOT);
}

#include "filters/sieve/ext.h"

/*
 * Extensions get strings in this order, so encoded-character comes before those that expand
 * variables.
 */
#define EXTENSIONS(X)                                                                              \
	X(control)                                                                                 \
	X(actions)                                                                                 \
	X(tests)                                                                                   \
	X(matching)                                                                                \
	X(fileinto)                                                                                \
	X(envelope)                                                                                \
	X(encoded_character)                                                                       \
	X(variables)                                                                               \
	X(copy)                                                                                    \
	X(reject)                                                                                  \
	X(subaddress)                                                                              \
	X(relational)                                                                              \
	X(imap4flags)                                                                              \
	X(imapflags)                                                                               \
	X(date)                                                                                    \
	X(index)                                                                                   \
	X(regex)                                                                                   \
	X(ereject)                                                                                 \
	X(vacation)                                                                                \
	X(vacation_seconds)                                                                        \
	X(enotify)                                                                                 \
	X(fcc)                                                                                     \
	X(ihave)                                                                                   \
	X(include)                                                                                 \
	X(environment)                                                                             \
	X(mailbox)                                                                                 \
	X(mboxmetadata)                                                                            \
	X(servermetadata)                                                                          \
	X(special_use)                                                                             \
	X(mailboxid)                                                                               \
	X(duplicate)                                                                               \
	X(body)                                                                                    \
	X(mime)                                                                                    \
	X(foreverypart)                                                                            \
	X(extracttext)                                                                             \
	X(replace)                                                                                 \
	X(enclose)                                                                                 \
	X(extlists)                                                                                \
	X(mda_sender)                                                                              \
	X(mda_filetype)                                                                            \
	X(editheader)                                                                              \
	X(spamtest)                                                                                \
	X(spamtestplus)                                                                            \
	X(virustest)                                                                               \
	X(envelope_dsn)                                                                            \
	X(envelope_deliverby)                                                                      \
	X(redirect_dsn)                                                                            \
	X(redirect_deliverby)                                                                      \
	X(dovecot_debug)                                                                           \
	X(dovecot_environment)                                                                     \
	X(dovecot_duplicate)                                                                       \
	X(dovecot_report)                                                                          \
	X(pipe)                                                                                    \
	X(filter)                                                                                  \
	X(execute)                                                                                 \
	X(octet)                                                                                   \
	X(ascii_casemap)                                                                           \
	X(ascii_numeric)                                                                           \
	X(unicode_casemap)

#define DECLARE(name) extern const struct sv_ext ext_##name;
#define ITEM(name)    &ext_##name,

EXTENSIONS(DECLARE)

const struct sv_ext *const ext_table[] = {EXTENSIONS(ITEM) NULL};

static const struct sv_ext *at(const struct sv_ext *const *list, size_t *i)
{
	for (; list && *list; list++)
		if ((*i)-- == 0)
			return *list;
	return NULL;
}

const struct sv_ext *ext_at(const struct sv_host *host, size_t i)
{
	size_t own = sizeof ext_table / sizeof *ext_table - 1;
	if (i < own)
		return ext_table[i];
	i -= own;
	return host ? at(host->extensions, &i) : NULL;
}

size_t ext_count(const struct sv_host *host)
{
	size_t n = 0;
	while (ext_at(host, n))
		n++;
	return n;
}

size_t ext_number(const struct sv_host *host, const struct sv_ext *ext)
{
	size_t i = 0;
	for (const struct sv_ext *e; (e = ext_at(host, i)); i++)
		if (e == ext)
			break;
	return i;
}

const struct sv_ext *ext_find_off(const struct sv_host *host, struct str name)
{
	const struct sv_ext *e;
	for (size_t i = 0; (e = ext_at(host, i)); i++)
		if (e->off && str_eq(name, str_of(e->name)) && !e->available(host))
			return e;
	return NULL;
}

const struct sv_ext *ext_find(const struct sv_host *host, struct str name)
{
	const struct sv_ext *e;
	for (size_t i = 0; (e = ext_at(host, i)); i++)
		if (e->name && str_eq(name, str_of(e->name)))
			return !e->available || e->available(host) ? e : NULL;
	return NULL;
}

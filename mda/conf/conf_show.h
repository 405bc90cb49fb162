/* Shows which settings are in force for an address, and who has set each of them. */
#ifndef MDA_CONF_CONF_SHOW_H
#define MDA_CONF_CONF_SHOW_H

#include "mda/conf/conf_personal.h"

#include <stdio.h>

/* Who has set a key. */
enum conf_setter {
	SET_BY_DEFAULT,
	SET_BY_FILE,
	SET_BY_DOMAIN, /* in a section of mda.conf, as the next one */
	SET_BY_ADDRESS,
	SET_BY_TABLE,  /* address_settings */
	SET_BY_SOURCE, /* the source of users, such as Dovecot */
	SET_BY_ORGANIZATION,
	SET_BY_COMMAND_LINE,
	SET_BY_PERSON,
};
extern const char *const conf_setter_names[];

struct conf_shown {
	const struct conf_key *key;
	const struct str_list *values;
	enum conf_setter by;
	struct str where; /* "file:line" or "file:line, section "title""; empty: in no file */
};

/* What the source of users says about an address, which wins over mda.conf. */
struct conf_given {
	const struct conf_key *key;
	struct str_list values;
};

struct conf_source {
	const char *where; /* as in struct conf_shown */
	struct conf_given *items;
	size_t count;
};

/*
 * Calls VISIT for each key with what is in force for RECIPIENT, who has set PERSONAL and for whom
 * the source of users says SOURCE (each may be NULL: nothing). What it gets is in the memory of
 * FILE. -1 when conf_for() would return NULL.
 */
typedef void conf_shown_visit(void *context, const struct conf_shown *shown);
int conf_show(const struct conf_file *file, struct str recipient,
	const struct conf_personal *personal, const struct conf_source *source,
	conf_shown_visit *visit, void *context, struct err *err);

/* Appends "key = value   # where it comes from". */
void conf_show_line(const struct conf_shown *shown, struct buf *to);

/* Prints conf_show_line() of each key. */
int conf_print(const struct conf_file *file, struct str recipient,
	const struct conf_personal *personal, const struct conf_source *source, FILE *out,
	struct err *err);

#endif

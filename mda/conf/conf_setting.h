/*
 * The settings as they are written, before it is known which mailbox needs them. Only conf*.c use
 * this header.
 */
#ifndef MDA_CONF_CONF_SETTING_H
#define MDA_CONF_CONF_SETTING_H

#include "mda/conf/conf_apart.h"
#include "mda/conf/conf_key.h"

/* A key and its values, and where they are written. */
struct setting {
	const struct conf_key *key;
	struct str_list values;
	struct conf_place *places; /* of the values, in a file */
	size_t place_count;
	enum conf_scope scope;
	struct str title;        /* of its section */
	struct conf_place place; /* of the key; its text is NULL on the command line */
	bool is_asked;           /* it is from the table `address_settings` */
};

struct settings {
	struct setting *items;
	size_t count;
};

/* The table `address_settings`, once it is known whether there is one. */
struct conf_asked {
	struct table_map *table; /* NULL: there is none */
	bool is_known;
};

struct conf_file {
	const char *path;
	struct arena *mem;
	struct conf_asked *asked;
	struct settings settings; /* without those of the sections in APART */
	struct conf_aparts apart;
};

/*
 * Parses the section APART and adds its settings to SETTINGS. -1 with file, line and column of an
 * error. Memory is MEM's.
 */
int conf_load_apart(const struct conf_apart *apart, struct settings *settings, struct arena *mem,
	struct err *err);

/*
 * Parses TEXT, a value of a table: the inside of a section with TITLE for an address, in which
 * commas may be between the settings. -1 with the place of an error.
 */
int conf_load_value(const struct conf_text *text, struct str title, struct settings *settings,
	struct arena *mem, struct err *err);

/*
 * Calls VISIT for each key with the setting that is in force for RECIPIENT (NULL: the default), and
 * for each setting of an organization. -1 when conf_for() would return NULL.
 */
typedef void conf_setting_visit(
	void *context, const struct conf_key *key, const struct setting *setting);
int conf_each_setting(const struct conf_file *file, struct str recipient, conf_setting_visit *visit,
	void *context, struct err *err);

/* Was KEY set on the command line? */
bool conf_is_overridden(const struct conf_file *file, const struct conf_key *key);

/* Are VALUES allowed for KEY? If not, a sentence in WHY says what is allowed. */
bool conf_setting_is_valid(
	const struct conf_key *key, const struct str_list *values, char *why, size_t size);

#endif

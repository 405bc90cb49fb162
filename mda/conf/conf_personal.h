/*
 * What people set themselves, in a file in their home: the keys that `user_settings` names, each on
 * a line of its own in the syntax of mda.conf. A line that is wrong does not count, and does no
 * harm to the others. Variables are not replaced.
 */
#ifndef MDA_CONF_CONF_PERSONAL_H
#define MDA_CONF_CONF_PERSONAL_H

#include "base/buf.h"
#include "mda/conf/conf_key.h"
#include "mda/conf/template.h"

/* A key that counts, its last line if there are several. */
struct conf_own {
	const struct conf_key *key;
	struct str_list values;
	unsigned line;
};

struct conf_personal {
	const char *path; /* of the file; NULL: nothing may be set */
	struct conf_own *items;
	size_t count;
	struct str errors; /* "file:line:column: why" for each line that does not count */
	size_t error_count;
};

/*
 * Reads TEXT, the file at PATH, for somebody for whom CONF is in force. FILE says what was set on
 * the command line, which wins. Memory is MEM's.
 */
void conf_personal_parse(const struct conf_file *file, const struct conf *conf, const char *path,
	struct str text, struct arena *mem, struct conf_personal *p);

/*
 * The same for the file that CONF names for NAMES, below their home and without following links. If
 * it cannot be read, that is an error like those in it. 1; 0 when there is no such file, or nothing
 * may be set.
 */
int conf_personal_read(const struct conf_file *file, const struct conf *conf,
	const struct template_values *names, struct arena *mem, struct conf_personal *p);

/* Where that file is, in MEM; NULL when CONF lets nobody set anything. */
const char *conf_personal_path(
	const struct conf *conf, const struct template_values *names, struct arena *mem);

const struct conf_own *conf_personal_find(
	const struct conf_personal *p, const struct conf_key *key);

/* CONF with what P sets; CONF itself when P sets nothing. */
const struct conf *conf_personal_apply(
	const struct conf *conf, const struct conf_personal *p, struct arena *mem);

/* May somebody for whom CONF is in force set KEY? */
bool conf_personal_may(const struct conf *conf, const struct conf_key *key);

#endif

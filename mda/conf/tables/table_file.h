/*
 * The file of a table in Postfix's manner, such as /etc/postfix/aliases.cf: lines "name = value" in
 * the format of main.cf. A line that starts with a blank continues the line before it, and a
 * comment line starts with "#". It may hold a password.
 */
#ifndef MDA_CONF_TABLES_TABLE_FILE_H
#define MDA_CONF_TABLES_TABLE_FILE_H

#include "base/arena.h"
#include "base/err.h"

enum { TABLE_FILE_MOST = 64 << 10 };

enum table_type {
	TABLE_TEXT,
	TABLE_NUMBER,
	TABLE_SWITCH,  /* yes or no */
	TABLE_UNUSED,  /* something of Postfix's that has no meaning here */
	TABLE_REFUSED, /* mda cannot do what it asks for */
};

/* A setting that a kind of table has. A table of them ends with a row without a name. */
struct table_setting {
	const char *name;
	enum table_type type;
	const char *usual;       /* its default */
	unsigned long long most; /* of a number */
};

struct table_file;

/*
 * Reads TEXT, the contents of the file PATH, which has only SETTINGS. NULL with the path and the
 * line of what is wrong. Memory is MEM's, and the values may be part of TEXT.
 */
struct table_file *table_file_parse(struct str text, const char *path,
	const struct table_setting *settings, struct arena *mem, struct err *err);
/* The same for the file itself. */
struct table_file *table_file_read(
	const char *path, const struct table_setting *settings, struct arena *mem, struct err *err);

/* The value of a setting. NAME must be one of the settings, as for the functions below. */
struct str table_file_get(const struct table_file *f, const char *name);
/* As a C string; NULL when it is empty. */
const char *table_file_text(const struct table_file *f, const char *name);
unsigned long long table_file_number(const struct table_file *f, const char *name);
bool table_file_is(const struct table_file *f, const char *name);

/* Takes the next word off *REST; words are separated by blanks and commas. */
bool table_file_word(struct str *rest, struct str *word);

/* Fills ERR with "PATH:LINE: NAME: why", for a setting that has a wrong value; returns -1. */
int table_file_wrong(
	const struct table_file *f, const char *name, const char *why, struct err *err);

#endif

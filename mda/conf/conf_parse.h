/*
 * The grammar of mda.conf:
 *
 *   file      = { setting | section | include }
 *   setting   = key ( "=" | "+=" ) ( value | "{" [ value { "," value } [ "," ] ] "}" )
 *   section   = type title "{" { setting } "}"
 *   include   = "include" "=" ( value | "{" values "}" )
 */
#ifndef MDA_CONF_CONF_PARSE_H
#define MDA_CONF_CONF_PARSE_H

#include "mda/conf/conf_apart.h"
#include "mda/conf/conf_setting.h"

struct conf_parser {
	struct conf_lexer lexer;
	enum conf_scope scope; /* of the section that it is in */
	/* what is set there: one for each of conf_keys[], its key NULL when it is not set */
	struct setting *settings;
	struct arena *mem;
	bool has_commas; /* between settings, where they have no meaning */
};

/* What conf_parse_next() stopped at. */
enum conf_stop {
	CONF_STOP_END,
	CONF_STOP_INCLUDE, /* between statements: its files are to be read now */
	CONF_STOP_SECTION, /* whose inside is to be parsed now: an organization's */
};

struct conf_stop_at {
	enum conf_stop kind;
	size_t at;               /* of an include */
	struct str_list files;   /* that it names */
	struct conf_token title; /* of a section */
	size_t open;             /* its brace */
};

/* Memory for the settings of one parser. */
struct setting *conf_parse_settings(struct arena *mem);

/*
 * Parses what is outside of sections, until STOP says why it has stopped. The sections of domains
 * and addresses are added to APART without being parsed. -1 with file, line and column.
 */
int conf_parse_next(struct conf_parser *p, struct conf_aparts *apart, struct conf_stop_at *stop);

/*
 * Parses the inside of a section, from its brace at OPEN to the brace that closes it, or to the end
 * of the text when OPEN is SIZE_MAX.
 */
int conf_parse_inside(struct conf_parser *p, size_t open);

/*
 * How many bytes of settings have been parsed since the program started: the cost of a
 * configuration.
 */
extern size_t conf_parse_work;

#endif

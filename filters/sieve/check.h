/*
 * A script while it is compiled: its errors, which extensions are active, and what a command was
 * given. The checker (check_tree.h) and the extensions call these functions.
 */
#ifndef FILTERS_SIEVE_CHECK_H
#define FILTERS_SIEVE_CHECK_H

#include "filters/sieve/errors.h"
#include "filters/sieve/lookup.h"
#include "filters/sieve/script.h"

/* The included scripts, at all depths. */
struct check_included {
	size_t scripts, bytes;
	size_t held;              /* bytes in the arena before the first script was read */
	unsigned long long steps; /* steps used to prepare keys */
	bool told;                /* an error about its limits was reported */
	bool listed;              /* the available extensions were listed */
};

/* A script that is being compiled. */
struct check {
	struct sv_script *script;
	const struct sv_host *host;
	const struct sv_limits *limits;
	struct arena *mem;
	struct errors errors;
	struct lookup_in in;
	bool *active;    /* the same array as in.active, for writing */
	size_t *strings; /* the numbers of the extensions that read strings */
	size_t string_count;
	bool *by_ihave;                  /* extensions that are active only because of `ihave` */
	bool require_broken;             /* so it is unknown what it names */
	bool begun;                      /* a command came that `require` may not follow */
	const struct sv_node *loop;      /* the innermost loop around the current node */
	const struct check *parent;      /* the script that includes this one */
	struct str included_as;          /* as what it includes this one: name and location */
	struct check_included *included; /* so far, for the outermost script */
};

void check_error(struct check *c, struct sv_place place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void check_warn(struct check *c, struct sv_place place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Are memory and work for what was read so far within the limits? If not, that is an error at
 * PLACE, reported once.
 */
bool check_room(struct check *c, struct sv_place place);
/*
 * Makes the extension active with what it implies, as `require` does. False when it does not exist.
 */
bool check_require(struct check *c, struct str name);
/* The extension cannot be used here, and that was reported: errors that follow from it are not. */
void check_told(struct check *c, const struct sv_ext *ext);
/*
 * Like check_require(), for `ihave` (RFC 5463): whatever uses the extension fails unless that test
 * was evaluated before.
 */
void check_allow(struct check *c, struct str name);
/* Notes that NODE uses something of the extension. */
void check_uses(struct check *c, struct sv_node *node, const struct sv_ext *ext);
bool check_active(const struct check *c, const struct sv_ext *ext);
/* The extension's state for this script (script_size bytes). */
void *check_state(struct check *c, const struct sv_ext *ext);

/* The tag with this name (colon included) if it was given, or NULL. */
const struct sv_tagged *check_tag(const struct sv_node *node, const char *name);
/* Is the whole argument constant? False when it was not given. */
bool check_constant(const struct sv_given *g);

/* Reports that an extension must be required for WHAT. */
void check_missing(
	struct check *c, struct sv_place place, const struct sv_ext *ext, struct str what);

/* Checks of constant strings, for use in struct sv_arg. */
void check_header_name(struct check *c, const struct sv_node *node, const struct sv_string *s);
void check_address_header(struct check *c, const struct sv_node *node, const struct sv_string *s);
void check_folder(struct check *c, const struct sv_node *node, const struct sv_string *s);
void check_redirect(struct check *c, const struct sv_node *node, const struct sv_string *s);

#endif

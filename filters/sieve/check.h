/*
 * Binds the syntax tree to the definitions of ext.h: which command is meant, what must be required
 * for it, and whether its arguments, tags and tests can be so. What extensions call while a script
 * is compiled stands here too.
 */
#ifndef FILTERS_SIEVE_CHECK_H
#define FILTERS_SIEVE_CHECK_H

#include "filters/sieve/errors.h"
#include "filters/sieve/lookup.h"
#include "filters/sieve/script.h"

/* What scripts include, at all depths. */
struct check_included {
	size_t scripts, bytes;
	size_t held; /* bytes that were in the arena before the first script was read */
	unsigned long long steps; /* to make keys ready */
	bool told;                /* that it takes too much */
	bool listed;              /* the extensions that there are */
};

/* A script that is being compiled. */
struct check {
	struct sv_script *script;
	const struct sv_host *host;
	const struct sv_limits *limits;
	struct arena *mem;
	struct errors errors;
	struct lookup_in in;
	bool *active;                    /* the same as in.active, to be changed */
	bool *by_ihave;                  /* those that are active because of `ihave` alone */
	bool require_broken;             /* so that nobody knows what it names */
	bool begun;                      /* a command stood there that no `require` may follow */
	const struct sv_node *loop;      /* the innermost one around what is looked at */
	const struct check *parent;      /* of the script that includes this one */
	struct str included_as;          /* by that one: name and place, to tell scripts apart */
	struct check_included *included; /* so far, of the outermost one */
};

/*
 * Compiles the script into MEM. NULL when it is wrong, with at least one error in *ERRORS. PARENT
 * is the one that includes it, as INCLUDED_AS; or NULL.
 */
struct sv_script *check_script(const struct sv_source *from, const struct sv_host *host,
	const struct check *parent, struct str included_as, struct arena *mem,
	struct sv_errors *errors);

/* ---- for extensions ---- */

void check_error(struct check *c, struct sv_place place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void check_warn(struct check *c, struct sv_place place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Does what was read so far take no more memory and work than it may? Otherwise that is an error at
 * PLACE, told once.
 */
bool check_room(struct check *c, struct sv_place place);
/*
 * Makes the extension active, as `require` does, with what it implies. False when there is none of
 * that name.
 */
bool check_require(struct check *c, struct str name);
/* It cannot be used here, which was told: what follows from that is not told again. */
void check_told(struct check *c, const struct sv_ext *ext);
/*
 * As check_require(), by `ihave` (RFC 5463): what uses it fails where that test was not evaluated
 * before.
 */
void check_allow(struct check *c, struct str name);
/* NODE uses something of the extension. */
void check_uses(struct check *c, struct sv_node *node, const struct sv_ext *ext);
bool check_active(const struct check *c, const struct sv_ext *ext);
/* The extension's state of this script (script_size bytes). */
void *check_state(struct check *c, const struct sv_ext *ext);

/* The tag that was given under this name (with its colon), or NULL. */
const struct sv_tagged *check_tag(const struct sv_node *node, const char *name);
/* Is the whole argument constant? False when it is not given. */
bool check_constant(const struct sv_given *g);

/* Checks of constant strings, for struct sv_arg. */
void check_header_name(struct check *c, const struct sv_node *node, const struct sv_string *s);
void check_address_header(struct check *c, const struct sv_node *node, const struct sv_string *s);
void check_folder(struct check *c, const struct sv_node *node, const struct sv_string *s);
void check_redirect(struct check *c, const struct sv_node *node, const struct sv_string *s);

#endif

/*
 * THE FRAME. An extension is one file with one `const struct sv_ext`, and a line in ext_table.c;
 * the core's commands and tests are defined in the same way. From these tables, generic code
 * (check.h) handles `require`, arguments, tags and their combinations. Functions in the tables use
 * run.h, match.h and value.h.
 */
#ifndef FILTERS_SIEVE_EXT_H
#define FILTERS_SIEVE_EXT_H

#include "filters/sieve/engine.h"
#include "filters/sieve/host.h"

struct check;
struct match;
struct match_key;
struct sv_run;
struct value_field;
struct value_fields;

/* ---- a compiled script ---- */

struct sv_place {
	unsigned line, column;
};

/* A part of a string: constant, or computed by EXPAND at run time (0, or -1 by run_fail()). */
struct sv_piece {
	struct str text;
	int (*expand)(struct sv_run *run, const void *data, struct str *text);
	const void *data;
};

struct sv_string {
	struct str text; /* as in the script, without quotes; its value when there are no pieces */
	struct sv_piece *pieces;
	size_t piece_count; /* 0: constant */
	struct sv_place place;
};

/* An argument as the script gives it. */
struct sv_given {
	struct sv_place place;
	unsigned long long number;
	struct sv_string *strings;
	size_t count;
};

/* A tag as the script gives it. */
struct sv_tagged {
	const struct sv_tag *tag;
	struct sv_place place;
	struct sv_given value; /* empty when the tag takes no value */
};

struct sv_block {
	struct sv_node *nodes;
	size_t count;
};

/* Does a test's result depend on the message? (`ihave` (RFC 5463) decides otherwise.) */
enum sv_known { SV_DEPENDS, SV_ALWAYS, SV_NEVER };

enum { SV_MAX_ARGS = 4 };

/* A command or test. */
struct sv_node {
	const struct sv_word *word;
	const struct sv_script *script;
	struct sv_place place;
	struct sv_given *args[SV_MAX_ARGS]; /* as in word->args; NULL: not given */
	struct sv_tagged *tags;
	size_t tag_count;
	struct sv_node *tests;
	size_t test_count;
	struct sv_block block;
	const struct sv_node *loop;  /* for a loop command: the loop that it is in */
	struct sv_node *next_branch; /* for `if` and `elsif`: the `elsif` or `else` after it */
	enum sv_known known;
	const struct sv_ext *
		*allowed; /* extensions it uses by `ihave`: it may run once that was evaluated */
	size_t allowed_count;
	/* for a test that matches: never NULL */
	const struct sv_match_type *match;
	const struct sv_tagged *match_tag; /* NULL: the default */
	const struct sv_comparator *comparator;
	const struct sv_address_part *part;
	const struct sv_given *keys;
	const struct match_key *prepared; /* one for each key; constant keys are ready */
	void *data;                       /* set by the word's check function */
};

/* ---- arguments ---- */

enum sv_type { SV_NOTHING, SV_NUMBER, SV_STRING, SV_STRINGS };

/* Called for each constant string of an argument; reports errors with check_error(). */
typedef void sv_check_string(
	struct check *c, const struct sv_node *node, const struct sv_string *s);

struct sv_arg {
	enum sv_type type; /* SV_STRINGS: a list, or one string instead */
	const char *what;  /* for messages: "a folder" */
	bool optional;     /* may be left out: then fewer arguments are given */
	bool keys;         /* the keys that values are matched with */
	sv_check_string *check;
};

/* ---- tags ---- */

/* How a command ends. */
enum sv_flow { SV_NEXT, SV_STOP, SV_BREAK, SV_RETURN, SV_FAIL };

struct sv_tag {
	const char *name; /* with its colon */
	const char *on;   /* the commands and tests that take it, separated by blanks */
	struct sv_arg value;
	const char *group; /* of the tags with the same group only one may be given */
	const char *needs; /* another tag that it needs */
	/* for code that reads the tags of a command, as `set` reads its modifiers */
	const void *data;
	void (*check)(struct check *c, struct sv_node *node, const struct sv_tagged *t);
	/* Changes the action that the command takes. 0, or -1 by run_fail(). */
	int (*apply)(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
		struct sv_action *action);
	/* Runs instead of the command, whose arguments are then not checked. */
	enum sv_flow (*instead)(
		struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t);
	/* For tests of header fields: uses other fields than the message's (:mime). */
	int (*source)(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
		struct str name, struct value_fields *fields);
	/* Selects some of the fields that were found (:index). */
	int (*narrow)(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
		struct value_fields *fields);
	/* Matches something other than a field's text (:mime :type); values go to match_value(). */
	int (*extract)(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
		struct value_field *field, struct match *m);
};

/* ---- commands and tests ---- */

enum sv_role { SV_COMMAND = 1, SV_TEST };

enum sv_takes {
	SV_ONE_TEST = 1,
	SV_TEST_LIST = 2,
	SV_BLOCK = 4,
	SV_MATCHES = 8,        /* a match type and a comparator */
	SV_ADDRESS_PARTS = 16, /* an address part */
	SV_BRANCH = 32,        /* its block runs only when its test is true */
	SV_ENDS = 64,          /* nothing after it in its block is reached */
	SV_LOOP = 128,         /* its block may run several times, and `break` can end it */
};

struct sv_word {
	const char *name;
	enum sv_role role;
	unsigned takes; /* enum sv_takes */
	struct sv_arg args[SV_MAX_ARGS];
	const char *follows;      /* "if elsif": it must directly follow one of these */
	const char *first;        /* it must come before all other commands; says why */
	const char *one_of;       /* a group from which a tag must be given */
	const char *warning;      /* what people should know about its use */
	enum sv_known decided_by; /* for a list of tests: one with this known result decides it */
	/* Checks what the tables cannot express; may set NODE->data, and NODE->known for tests. */
	void (*check)(struct check *c, struct sv_node *node);
	/* For commands. NULL: nothing to do at run time. */
	enum sv_flow (*run)(struct sv_run *run, const struct sv_node *node);
	/* For tests: 1, 0, or -1 by run_fail(). */
	int (*test)(struct sv_run *run, const struct sv_node *node);
	/*
	 * For tests: the result if it does not depend on the message, for warnings. NULL: it does.
	 */
	enum sv_known (*truth)(const struct sv_node *node);
};

/* ---- comparators, match types, address parts ---- */

/* SV_PATTERN: the characters of a text and its folded form are in the same order. */
enum sv_ability { SV_EQUALITY = 1, SV_SUBSTRING = 2, SV_ORDER = 4, SV_PATTERN = 8 };

/*
 * TEXT in the form whose bytes are compared. ORIGIN, unless NULL, has for each byte its place in
 * the text.
 */
struct sv_folded {
	struct str text;
	const size_t *origin;
};

struct sv_comparator {
	const char *name;
	unsigned abilities;
	struct sv_folded (*fold)(struct str text, struct arena *mem);
	bool in_place; /* the folded text is a part of the text and takes no memory */
	/* otherwise: how many bytes of memory one byte of text may need */
	unsigned growth;
	/* < 0, 0, > 0; NULL: by bytes. */
	int (*order)(struct str a, struct str b);
};

/* A text and its folded form, which is made when it is first needed. */
struct sv_value {
	struct str text;
	struct sv_folded folded;
	const struct sv_comparator *by; /* NULL: not folded yet */
	bool passing;                   /* it lives only while one test uses it */
};

struct sv_match_type {
	const char *name; /* with its colon */
	struct sv_arg value;
	unsigned needs; /* what the comparator must be able to do */
	/* Checks the tag's own value and the keys; reports errors with check_error(). */
	void (*check)(struct check *c, struct sv_node *node);
	/*
	 * Prepares a key for faster matching, and adds the work to *STEPS. NULL with a sentence in
	 * *WHY when the key is not valid. For a valid key *WHY is a warning or NULL.
	 */
	const void *(*prepare)(const struct match_key *key, struct arena *mem,
		unsigned long long *steps, const char **why);
	/* 1, 0, or -1 by run_fail(). */
	int (*match)(struct match *m, struct sv_value *value, const struct match_key *key);
	/* Used instead of `match`: called once with the number of values (:count). */
	int (*match_count)(struct match *m, size_t count, const struct match_key *key);
};

struct address;

/*
 * How the user's name is separated from the detail in a local part: by a delimiter, which the
 * recipient's own name may contain.
 */
struct sv_separator {
	struct str delimiters, own;
};

struct sv_address_part {
	const char *name; /* with its colon */
	/*
	 * False: the address has no such part, and nothing is matched. SEPARATOR is for
	 * separating user and detail.
	 */
	bool (*get)(
		const struct address *a, const struct sv_separator *separator, struct str *part);
};

/* ---- namespaces ---- */

/*
 * Variables whose names start with `NAME.` (RFC 5229 section 3). PIECE->text is what follows the
 * dot.
 */
struct sv_namespace {
	const char *name;
	void (*bind)(struct check *c, const struct sv_string *s, struct sv_piece *piece);
	/* NULL: they cannot be set. */
	int (*set)(struct sv_run *run, const void *data, struct str value);
};

/* An envelope part (RFC 5228 section 5.4, RFC 6009). */
struct sv_envelope_part {
	const char *name;
	bool address;
	/* Passes its values to match_value() or match_address(). 0 or -1. */
	int (*values)(struct sv_run *run, const struct sv_node *node, struct match *m);
};

/* An environment item (RFC 5183): 1, 0 it is unknown. */
struct sv_environment_item {
	const char *name;
	int (*get)(struct sv_run *run, struct str *value);
};

/* A notification method (RFC 5435 section 3), by its URI scheme. */
struct sv_notify_method {
	const char *scheme;
	/* NULL when the URI can be used; otherwise why not. */
	const char *(*check_uri)(struct str uri, struct arena *mem);
};

/* ---- the extension ---- */

struct sv_ext {
	const char *name; /* what `require` names; NULL: always available and not a capability */
	const char *rfc;  /* the document that defines it */
	bool always;      /* needs no `require` */
	const struct sv_word *words; /* this and the tables below end with an item without a name */
	const struct sv_tag *tags;
	const struct sv_match_type *match_types;
	const struct sv_comparator *comparators;
	const struct sv_address_part *address_parts;
	const struct sv_namespace *namespaces;
	const struct sv_envelope_part *envelope_parts;
	const struct sv_environment_item *environment;
	const struct sv_notify_method *notify_methods;
	const char *implies; /* extensions that it includes, separated by blanks */
	const char *warning; /* what people who require it should know */
	bool captures;       /* it uses what wildcards matched */
	/* Can it be used here? NULL: always. */
	bool (*available)(const struct sv_host *host);
	const char *off; /* if it cannot: why, as a sentence; NULL: it counts as unknown */
	/* The size of its state for each compiled script in bytes; the state starts zeroed. */
	size_t script_size;
	/* Called when the script is complete: reports errors that only the extension can find. */
	void (*check_end)(struct check *c);
	/* Called for every string of a script that requires it: may change its text or pieces. */
	void (*string)(struct check *c, struct sv_string *s);
	/* The size of its state for a run; the state is zeroed and made when it is first needed. */
	size_t run_size;
	/*
	 * Called when a run begins, even if the script does not require it: takes over what an
	 * earlier script left.
	 */
	void (*begin)(struct sv_run *run);
	/*
	 * Called before an action is added, after its tags, if the extension is required or has a
	 * state. 0, or -1 by run_fail().
	 */
	int (*action)(struct sv_run *run, const struct sv_node *node, struct sv_action *action);
	/*
	 * Called when the scripts have ended without an error: completes the result. 0, or -1 by
	 * run_fail().
	 */
	int (*finish)(struct sv_run *run, struct sv_result *result);
};

/* All extensions; NULL after the last. */
extern const struct sv_ext *const ext_table[];

/* Number I of the table and then of the host, which may be NULL. NULL after the last. */
const struct sv_ext *ext_at(const struct sv_host *host, size_t i);
size_t ext_count(const struct sv_host *host);
/* The extension's number; ext_count() when it is not one of them. */
size_t ext_number(const struct sv_host *host, const struct sv_ext *ext);
/* By name; NULL when it is unknown or cannot be used here. Case matters. */
const struct sv_ext *ext_find(const struct sv_host *host, struct str name);
/* The extension with that name, if it cannot be used here and says why; NULL otherwise. */
const struct sv_ext *ext_find_off(const struct sv_host *host, struct str name);

#endif

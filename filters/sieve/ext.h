/*
 * THE FRAME. An extension is one file with one `const struct sv_ext` and a line in ext_table.c; the
 * core's commands and tests come the same way. Generic code (check.h) sees to `require`, arguments,
 * tags and their combinations by these tables; run.h, match.h and value.h are what the functions in
 * them use.
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

/* ---- what a script is compiled to ---- */

struct sv_place {
	unsigned line, column;
};

/* A part of a string: constant, or worked out by EXPAND at run time (0, or -1 by run_fail()). */
struct sv_piece {
	struct str text;
	int (*expand)(struct sv_run *run, const void *data, struct str *text);
	const void *data;
};

struct sv_string {
	struct str
		text; /* as in the script, without quotes; what it means when there are no pieces */
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
	struct sv_given value; /* empty when the tag takes none */
};

struct sv_block {
	struct sv_node *nodes;
	size_t count;
};

/* Does a test's result hang on the message? Only `ihave` (RFC 5463) says otherwise. */
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
	const struct sv_node *loop;  /* of a loop: the one that it stands in */
	struct sv_node *next_branch; /* of `if` and `elsif`: the `elsif` or `else` behind it */
	enum sv_known known;
	const struct sv_ext *
		*allowed; /* that it uses, by `ihave`: it may run once that was evaluated */
	size_t allowed_count;
	/* of a test that matches: never NULL */
	const struct sv_match_type *match;
	const struct sv_tagged *match_tag; /* NULL: by default */
	const struct sv_comparator *comparator;
	const struct sv_address_part *part;
	const struct sv_given *keys;
	const struct match_key *prepared; /* one a key; those of constant keys are ready */
	void *data;                       /* what the word's check put there */
};

/* ---- arguments ---- */

enum sv_type { SV_NOTHING, SV_NUMBER, SV_STRING, SV_STRINGS };

/* Called for each constant string of an argument; reports with check_error(). */
typedef void sv_check_string(
	struct check *c, const struct sv_node *node, const struct sv_string *s);

struct sv_arg {
	enum sv_type type; /* SV_STRINGS: a list, or one string in its place */
	const char *what;  /* for messages: "a folder" */
	bool optional;     /* left out when fewer arguments are given */
	bool keys;         /* what values are matched with */
	sv_check_string *check;
};

/* ---- tags ---- */

/* How a command ends. */
enum sv_flow { SV_NEXT, SV_STOP, SV_BREAK, SV_RETURN, SV_FAIL };

struct sv_tag {
	const char *name; /* with its colon */
	const char *on;   /* the commands and tests that take it, blanks between */
	struct sv_arg value;
	const char *group; /* of tags with the same one only one may be given */
	const char *needs; /* another tag without which it means nothing */
	/* for whoever looks at the tags of a command, such as `set` at its modifiers */
	const void *data;
	void (*check)(struct check *c, struct sv_node *node, const struct sv_tagged *t);
	/* The action that the command takes is changed; 0, or -1 by run_fail(). */
	int (*apply)(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
		struct sv_action *action);
	/*
	 * The command does this instead of what it does, and its arguments are not checked for it.
	 */
	enum sv_flow (*instead)(
		struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t);
	/* Tests of header fields: other fields than the message's are looked at (:mime). */
	int (*source)(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
		struct str name, struct value_fields *fields);
	/* Some of the fields that were found are looked at (:index). */
	int (*narrow)(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
		struct value_fields *fields);
	/*
	 * Something else than a field's text is matched (:mime :type); values go to match_value().
	 */
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
	SV_ENDS = 64,          /* nothing behind it in its block is reached */
	SV_LOOP = 128,         /* its block runs several times, and a `break` may end it */
};

struct sv_word {
	const char *name;
	enum sv_role role;
	unsigned takes; /* enum sv_takes */
	struct sv_arg args[SV_MAX_ARGS];
	const char *follows; /* "if elsif": it must stand directly behind one of these */
	const char *first;   /* it must stand before any other command: for `require`; says why */
	const char *one_of;  /* a group of which a tag must be given */
	const char *warning; /* what a person should know about its use */
	enum sv_known
		decided_by; /* of a list: the tests behind one that is known so do not matter */
	/* What the tables cannot say; NODE->data may be set, and NODE->known for tests. */
	void (*check)(struct check *c, struct sv_node *node);
	/* Commands. NULL: nothing is to be done at run time. */
	enum sv_flow (*run)(struct sv_run *run, const struct sv_node *node);
	/* Tests: 1, 0, or -1 by run_fail(). */
	int (*test)(struct sv_run *run, const struct sv_node *node);
	/* Tests: the answer when it does not hang on the message, for warnings. NULL: it does. */
	enum sv_known (*truth)(const struct sv_node *node);
};

/* ---- comparators, match types, address parts ---- */

/* SV_PATTERN: a text and the one that it is folded to have their characters in the same places. */
enum sv_ability { SV_EQUALITY = 1, SV_SUBSTRING = 2, SV_ORDER = 4, SV_PATTERN = 8 };

/*
 * TEXT in the form whose bytes are compared; ORIGIN, unless NULL, says which byte of the text each
 * came from.
 */
struct sv_folded {
	struct str text;
	const size_t *origin;
};

struct sv_comparator {
	const char *name;
	unsigned abilities;
	struct sv_folded (*fold)(struct str text, struct arena *mem);
	bool in_place; /* the folded text is a part of the text: it takes no memory */
	/* otherwise: bytes that a byte of text may become, with all that goes with it */
	unsigned growth;
	/* < 0, 0, > 0; NULL: by bytes. */
	int (*order)(struct str a, struct str b);
};

/* A text and its folded form, which is made when first asked for. */
struct sv_value {
	struct str text;
	struct sv_folded folded;
	const struct sv_comparator *by; /* NULL: not folded yet */
	bool passing;                   /* it lives as long as one test looks at it */
};

struct sv_match_type {
	const char *name; /* with its colon */
	struct sv_arg value;
	unsigned needs; /* abilities of the comparator */
	/* Checks the tag's own value, and the keys; reports with check_error(). */
	void (*check)(struct check *c, struct sv_node *node);
	/*
	 * Makes of a key what is faster to match with, and adds the work of it to *STEPS. NULL with
	 * a sentence in *WHY when it is no valid key. What is valid may have a warning there;
	 * otherwise *WHY stays NULL.
	 */
	const void *(*prepare)(const struct match_key *key, struct arena *mem,
		unsigned long long *steps, const char **why);
	/* 1, 0, or -1 by run_fail(). */
	int (*match)(struct match *m, struct sv_value *value, const struct match_key *key);
	/* Instead of `match`: once, with the number of values (:count). */
	int (*match_count)(struct match *m, size_t count, const struct match_key *key);
};

struct address;

/*
 * Which part of a local part is the user's name: in front of a delimiter, which the recipient's own
 * name may hold.
 */
struct sv_naming {
	struct str delimiters, own;
};

struct sv_address_part {
	const char *name; /* with its colon */
	/*
	 * False: the address has no such part, and nothing is matched. NAMING parts user and
	 * detail.
	 */
	bool (*get)(const struct address *a, const struct sv_naming *naming, struct str *part);
};

/* ---- names within names ---- */

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
	/* Hands its values to match_value() or match_address(). 0 or -1. */
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
	/* NULL when the URI is one that can be used; otherwise why not. */
	const char *(*check_uri)(struct str uri, struct arena *mem);
};

/* ---- the extension ---- */

struct sv_ext {
	const char *name; /* what `require` names; NULL: always there, and no capability */
	const char *rfc;  /* where it is defined */
	bool always;      /* need not be required */
	const struct sv_word *words; /* this and the tables below end with an item without a name */
	const struct sv_tag *tags;
	const struct sv_match_type *match_types;
	const struct sv_comparator *comparators;
	const struct sv_address_part *address_parts;
	const struct sv_namespace *namespaces;
	const struct sv_envelope_part *envelope_parts;
	const struct sv_environment_item *environment;
	const struct sv_notify_method *notify_methods;
	const char *implies; /* extensions that come with it, blanks between */
	const char *warning; /* what a person should know who requires it */
	bool captures;       /* it reads what wildcards matched */
	/* Can it be used here? NULL: always. */
	bool (*available)(const struct sv_host *host);
	const char
		*off; /* where it cannot: why, as a sentence; NULL: it is as if it were unknown */
	/* Its state while a script is compiled and with the compiled script, in bytes, zeroed. */
	size_t script_size;
	/* The script is whole; what the extension alone can know to be wrong. */
	void (*check_end)(struct check *c);
	/* Called for every string of a script that requires it: changes its text or its pieces. */
	void (*string)(struct check *c, struct sv_string *s);
	/* Its state in a run, zeroed; made when first asked for. */
	size_t run_size;
	/*
	 * A run begins, of a script that may not require it: takes what an earlier script left,
	 * into its state.
	 */
	void (*begin)(struct sv_run *run);
	/*
	 * Every action that is about to be added, with its tags applied, when it is required or has
	 * a state. 0, or -1 by run_fail().
	 */
	int (*action)(struct sv_run *run, const struct sv_node *node, struct sv_action *action);
	/* The scripts have ended without an error: completes the result. 0, or -1 by run_fail(). */
	int (*finish)(struct sv_run *run, struct sv_result *result);
};

/* All there are, NULL behind the last. */
extern const struct sv_ext *const sv_ext_table[];

/* Extension number I of the table and then of the host, which may be NULL; NULL behind the last. */
const struct sv_ext *sv_ext_at(const struct sv_host *host, size_t i);
size_t sv_ext_count(const struct sv_host *host);
/* Its number; sv_ext_count() when it is none of them. */
size_t sv_ext_number(const struct sv_host *host, const struct sv_ext *ext);
/* By name; NULL when it is unknown or cannot be used here. Case counts. */
const struct sv_ext *sv_ext_find(const struct sv_host *host, struct str name);
/* The one of that name that cannot be used here and says why; NULL: there is none. */
const struct sv_ext *sv_ext_find_off(const struct sv_host *host, struct str name);

#endif

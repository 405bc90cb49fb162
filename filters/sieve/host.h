/*
 * What the engine asks of the program around it. The engine itself reads no file, no clock and no
 * database. Every callback may be missing; its comment says which answer is assumed then.
 */
#ifndef FILTERS_SIEVE_HOST_H
#define FILTERS_SIEVE_HOST_H

#include "base/arena.h"
#include "base/err.h"
#include "base/message.h"
#include "filters/sieve/limits.h"
#include "filters/sieve/programs.h"

struct sv_ext;
struct sv_source;

enum sv_location { SV_PERSONAL, SV_GLOBAL };
enum sv_folder_by { SV_BY_SPECIAL_USE, SV_BY_ID };
enum sv_scan { SV_SCAN_SPAM, SV_SCAN_VIRUS };

/* ---- events of a run, for people who ask why ---- */

enum sv_event_kind {
	SV_EVENT_COMMAND, /* a command begins */
	SV_EVENT_TEST,    /* a test begins; those in it follow, one level deeper */
	SV_EVENT_MATCH,   /* a value was compared with a key */
	SV_EVENT_RESULT,  /* the test has ended */
	SV_EVENT_ACTION,  /* an action was added; `text` describes it */
	SV_EVENT_NOTE,    /* other information */
	SV_EVENT_ERROR,   /* the run ends with this error */
};

struct sv_event {
	enum sv_event_kind kind;
	struct str script;
	unsigned line, column;
	unsigned depth;   /* the depth in the tree of blocks and tests */
	const char *name; /* of the command or test, as in the RFCs */
	bool result;      /* match: the key matches; result: the test is true */
	struct str text;
	/*
	 * for a match: where the value comes from (such as a header's name), the value, and the key
	 */
	struct str source, value, key;
	const char *match, *comparator;
};

struct sv_host {
	void *context; /* passed to every callback */
	bool silent;   /* nobody reads warnings, so no questions are asked for them */
	/* NULL: the defaults of limits.h. */
	const struct sv_limits *limits;
	/* Extensions in addition to those of ext_table.c, with NULL after the last; or NULL. */
	const struct sv_ext *const *extensions;

	/*
	 * Why no folder can have this name, so that the INBOX is used; NULL: one can. If missing:
	 * every name can.
	 */
	const char *(*folder_refused)(void *context, struct str folder, struct arena *mem);
	/*
	 * What the author of this name may have meant, as a sentence; NULL: nothing. If missing:
	 * nothing.
	 */
	const char *(*folder_meant)(void *context, struct str folder, struct arena *mem);
	/* Does the folder exist? The name is UTF-8; "INBOX" is the INBOX. If missing: yes. */
	bool (*folder_exists)(void *context, struct str folder);
	/*
	 * The folder with this special use or object id; empty when there is none. If missing:
	 * none.
	 */
	struct str (*folder_find)(void *context, enum sv_folder_by by, struct str key);
	/*
	 * An annotation of a folder, or of the server when FOLDER is empty: 1, 0 not set, -1 error.
	 * If missing: 0.
	 */
	int (*annotation)(void *context, struct str folder, struct str name, struct arena *mem,
		struct str *value);
	/*
	 * A script by its name, and its name for messages: 1, 0 it does not exist, -1 it cannot be
	 * read. If missing: 0.
	 */
	int (*read_script)(void *context, enum sv_location location, struct str name,
		struct arena *mem, struct sv_source *script, struct err *err);
	/*
	 * Is ID remembered from an earlier delivery (struct sv_tracked)? 1, 0, -1 unknown. If
	 * missing: 0.
	 */
	int (*duplicate)(void *context, struct str handle, struct str id);
	/*
	 * Is VALUE in the external list (RFC 6134)? 1, 0, -1 there is no such list. If missing: -1.
	 */
	int (*list_holds)(void *context, struct str list, struct str value);
	/* Does the list exist? If missing: yes. */
	bool (*list_exists)(void *context, struct str list);
	/*
	 * The items of the list, if it is small. False: there is no such list, or they are unknown.
	 * If missing: false.
	 */
	bool (*list_items)(
		void *context, struct str list, struct arena *mem, struct str_list *items);
	/* An environment item (RFC 5183): 1, 0 unknown. If missing: 0. */
	int (*environment)(void *context, struct str item, struct arena *mem, struct str *value);
	/* A setting of the recipient's, such as "recipient_delimiter". If missing: empty. */
	struct str (*setting)(void *context, const char *name);
	/* Seconds since 1970. If missing: 0. */
	long long (*now)(void *context);
	/*
	 * Minutes east of Greenwich at the recipient's place at that time (seconds since 1970). If
	 * missing: 0.
	 */
	int (*zone)(void *context, long long seconds);
	/*
	 * The scanner's result as the number for the test (in percent with PERCENT), if the admin
	 * has configured the field that has it. -1: not configured, then `scanned` is asked. If
	 * missing: -1. HEADER is the message's header as changed by the script; NULL: unchanged.
	 */
	int (*scored)(void *context, enum sv_scan scan, bool percent, const struct message *header);
	/* The scanner's result, 0 to 100; -1: it was not asked. If missing: -1. */
	int (*scanned)(void *context, enum sv_scan scan);
	/*
	 * Runs libsieve on the engine's request in a process of its own (libsieve_answer()), for an
	 * engine that cannot start one. If missing: the engine starts it.
	 */
	int (*apart)(void *context, struct str request, struct arena *mem, struct str *reply,
		struct err *err);
	/*
	 * Runs one of the admin's programs. Its output goes to *OUTPUT, in MEM; if it failed, *ERR
	 * has the reason. If missing: the extensions that run programs are not available.
	 */
	enum sv_ran (*run_program)(void *context, const struct sv_program *program,
		struct arena *mem, struct str *output, struct err *err);
	/*
	 * Why the program with that name cannot be run, as a sentence; NULL: it can. If missing: it
	 * can.
	 */
	const char *(*program_refused)(void *context, struct str name, struct arena *mem);
	/*
	 * Gets every event of a run; what it points to lives until the callback returns. If
	 * missing: no events.
	 */
	void (*trace)(void *context, const struct sv_event *event);
	/* Only matches and errors are wanted: the other events are not made. */
	bool traces_few;
};

#endif

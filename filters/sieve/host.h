/*
 * What the engine asks of the program around it. The engine itself reads no file, no clock and no
 * database. Every callback may be missing; then the answer is the one that its comment names.
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

/* ---- what happens in a run, for people who ask why ---- */

enum sv_event_kind {
	SV_EVENT_COMMAND, /* a command is reached */
	SV_EVENT_TEST,    /* a test begins; those inside it follow, one level deeper */
	SV_EVENT_MATCH,   /* a value was compared with a key */
	SV_EVENT_RESULT,  /* the test ended */
	SV_EVENT_ACTION,  /* an action was added; `text` describes it */
	SV_EVENT_NOTE,    /* anything else worth knowing */
	SV_EVENT_ERROR,   /* the run ends with this */
};

struct sv_event {
	enum sv_event_kind kind;
	struct str script;
	unsigned line, column;
	unsigned depth;   /* of the tree: blocks and tests */
	const char *name; /* of the command or test, as the RFCs write it */
	bool result;      /* match: the key fits; result: the test is true */
	struct str text;
	/*
	 * of a match: where the value comes from (a header's name ...), and what was compared how
	 */
	struct str source, value, key;
	const char *match, *comparator;
};

struct sv_host {
	void *context; /* handed to every callback */
	bool silent;   /* nobody reads warnings: nothing is asked for their sake */
	/* NULL: the defaults of limits.h. */
	const struct sv_limits *limits;
	/* Extensions beside those of ext_table.c, NULL behind the last; or NULL. */
	const struct sv_ext *const *extensions;

	/*
	 * Why no folder can have this name, so that it will be the INBOX; NULL: one can. Missing:
	 * every one can.
	 */
	const char *(*folder_refused)(void *context, struct str folder, struct arena *mem);
	/*
	 * What the person who wrote this name may have meant instead, as a sentence; NULL: nothing.
	 * Missing: nothing.
	 */
	const char *(*folder_meant)(void *context, struct str folder, struct arena *mem);
	/* Is there such a folder? Name in UTF-8, "INBOX" for the INBOX. Missing: yes. */
	bool (*folder_exists)(void *context, struct str folder);
	/*
	 * The folder with this special use or object id; empty when there is none. Missing: none.
	 */
	struct str (*folder_find)(void *context, enum sv_folder_by by, struct str key);
	/*
	 * An annotation of a folder, or of the server when FOLDER is empty: 1, 0 not set, -1.
	 * Missing: 0.
	 */
	int (*annotation)(void *context, struct str folder, struct str name, struct arena *mem,
		struct str *value);
	/*
	 * A script by name, and what messages call it: 1, 0 there is none, -1 it cannot be read.
	 * Missing: 0.
	 */
	int (*read_script)(void *context, enum sv_location location, struct str name,
		struct arena *mem, struct sv_source *script, struct err *err);
	/*
	 * Is ID remembered from an earlier delivery (struct sv_tracked)? 1, 0, -1 nobody knows.
	 * Missing: 0.
	 */
	int (*duplicate)(void *context, struct str handle, struct str id);
	/*
	 * Does VALUE stand in the external list (RFC 6134)? 1, 0, -1 there is no such list.
	 * Missing: -1.
	 */
	int (*list_holds)(void *context, struct str list, struct str value);
	/* Is there such a list? Missing: yes. */
	bool (*list_exists)(void *context, struct str list);
	/*
	 * What stands in the list, which is small. False: there is no such list, or it cannot be
	 * told. Missing: false.
	 */
	bool (*list_items)(
		void *context, struct str list, struct arena *mem, struct str_list *items);
	/* An environment item (RFC 5183): 1, 0 unknown. Missing: 0. */
	int (*environment)(void *context, struct str item, struct arena *mem, struct str *value);
	/* A setting of the recipient's, such as "recipient_delimiter". Missing: empty. */
	struct str (*setting)(void *context, const char *name);
	/* Seconds since 1970. Missing: 0. */
	long long (*now)(void *context);
	/*
	 * Minutes east of Greenwich, where the recipient is, at that time since 1970. Missing: 0.
	 */
	int (*zone)(void *context, long long seconds);
	/*
	 * What the scanner said, as the number that the test has (percent with PERCENT), where the
	 * admin named the field that says it; -1: they did not, and `scanned` is asked. Missing:
	 * -1. HEADER is the message's as the script has changed it; NULL: it is as it came.
	 */
	int (*scored)(void *context, enum sv_scan scan, bool percent, const struct message *header);
	/* What the scanner said, 0 to 100; -1: it was not asked. Missing: -1. */
	int (*scanned)(void *context, enum sv_scan scan);
	/*
	 * Runs libsieve on what the engine hands it, in a process of its own (libsieve_answer()),
	 * for an engine that can start none. Missing: the engine starts it.
	 */
	int (*apart)(void *context, struct str request, struct arena *mem, struct str *reply,
		struct err *err);
	/*
	 * Runs a program of the admin's; what it writes goes to *OUTPUT, in MEM, and to *ERR why it
	 * did not do well. Missing: the extensions that run programs are not there.
	 */
	enum sv_ran (*run_program)(void *context, const struct sv_program *program,
		struct arena *mem, struct str *output, struct err *err);
	/*
	 * Why the program of that name cannot be run, as a sentence; NULL: it can be. Missing: it
	 * can be.
	 */
	const char *(*program_refused)(void *context, struct str name, struct arena *mem);
	/*
	 * Gets every event of a run; what it points to lives until the callback returns. Missing:
	 * nothing is told.
	 */
	void (*trace)(void *context, const struct sv_event *event);
};

#endif

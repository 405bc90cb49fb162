/*
 * What the stages decided about one delivery, each thing with its reason. Stages write only this;
 * mda/deliver.c carries it out. All memory is the arena's that verdict_init() was given.
 */
#ifndef BASE_VERDICT_H
#define BASE_VERDICT_H

#include "base/arena.h"
#include "base/auth.h"
#include "base/changes.h"
#include "base/err.h"

#include <stdint.h>

/* Where a decision comes from: a line of a list or script, or a sentence when no file said it. */
struct reason {
	struct str file;
	unsigned line; /* from 1; 0 when there is none */
	struct str text;
};

/* Flags of a stored message, as bits; the Maildir letters stand in store/maildir.c. */
enum {
	FLAG_DRAFT = 1,
	FLAG_FLAGGED = 2,
	FLAG_PASSED = 4,
	FLAG_REPLIED = 8,
	FLAG_SEEN = 16,
	FLAG_TRASHED = 32,
};

enum action_kind { ACTION_STORE, ACTION_REDIRECT, ACTION_REJECT, ACTION_DISCARD, ACTION_PIPE };

struct action {
	enum action_kind kind;
	/*
	 * store: folder in UTF-8, empty for the INBOX; redirect: address; reject: text; pipe: a
	 * program's name
	 */
	struct str argument;
	unsigned flags;
	struct str_list keywords;      /* other flags, by name */
	const struct changes *changes; /* of what is stored or sent; NULL: none */
	unsigned form;   /* which of mda/delivery/compose.h has these changes, once it is settled */
	bool by_message; /* reject: the MTA says nothing, as we have told the sender, or must not */
	struct str_list arguments; /* pipe */
	bool may_fail;             /* pipe: whose script it is need not be told */
	bool may_answer;           /* reject: a message of our own may tell the sender */
	struct reason reason;
};

/* A message of our own that a rule wants to be sent, whatever becomes of this one. */
struct answer {
	const char *name; /* the command's: "vacation" */
	struct str text;  /* its argument */
	const void *data; /* what the command's own header says it is */
	bool has_fcc;
	struct str fcc; /* the folder for a copy of what is sent (RFC 8580) */
	struct str_list fcc_flags;
	const struct changes *changes; /* of the message, by then; NULL: none */
	struct reason reason;
};

/*
 * An id by which later deliveries recognise this one, remembered once it has succeeded (RFC 7352).
 */
struct tracked {
	struct str handle, id;
	unsigned long long seconds;
};

/* A file that tells a person about his own file, such as the errors beside a script. */
struct report {
	struct str path;
	struct str text; /* empty: all is well, the file goes */
	bool is_written;
};

enum listing { LISTED_NOT, LISTED_BLOCK, LISTED_ALLOW };
enum spam_state { SPAM_UNKNOWN, SPAM_NO, SPAM_YES, SPAM_SKIPPED };
/* What an anti-spam server said. */
struct spam_result {
	struct str by; /* the kind of server, and which one; empty: none was asked */
	bool failed;   /* none of them answered */
	bool is_spam;
	bool has_score;
	double score, limit;
	struct str symbols; /* the rules that matched, with commas between them */
	struct str action;  /* rspamd's word for what should happen; may be empty */
};

/* What those who carry the verdict out have to know of a message that they do not read. */
struct facts {
	struct str message_id;
	/* a server's trace field: equal bytes are then the same message, not an equal one */
	bool has_received;
	/* when the last server had it, in seconds since 1970; 0: it does not say */
	uint64_t received;
	/* The topmost field of that name says already what ours would. */
	bool says_original_to, says_delivered_to;
};

enum label { LABEL_NONE, LABEL_EXTERNAL, LABEL_UNKNOWN };

struct verdict {
	struct arena *mem;

	/* What becomes of the message. */
	struct action *actions;
	size_t action_count;

	/* What happens to the header of what is stored. */
	struct {
		/* Fields of the message that go, by their number. */
		bool *removed;
		size_t field_count;
		/* Whole fields with their LF that come on top; the last one comes topmost. */
		struct str *added;
		size_t added_count;
	} header;

	/* What our MTA found out about the sender. */
	struct auth auth;

	struct {
		enum listing listing;
		struct reason reason;
	} lists;

	struct {
		enum spam_state state;
		struct reason reason;
		/* What a server answered. */
		struct spam_result scan;
		/*
		 * Who has judged it before any filter is asked: "redirect", "attachment". NULL:
		 * nobody.
		 */
		const char *by;
	} spam;

	struct {
		struct answer *answers;
		size_t answer_count;
		struct report *reports;
		size_t report_count;
	} rules;

	struct {
		enum label kind;
		struct reason reason;
		/* The label is worked out when it is first asked for; this says that it was. */
		bool known;
		/* Nothing was ever delivered from SENDER_KEY, an address_key(). */
		bool first_contact;
		struct str sender_key;
		/* Goes in front of the subject of what is stored; empty: nothing does. */
		struct str subject_mark;
	} label;

	/* What is remembered of it once it is delivered. */
	struct tracked *tracked;
	size_t tracked_count;

	struct facts facts;
	/*
	 * A file that says what to do with the message could not be read, and the next attempt may:
	 * no text when there is none.
	 */
	struct err passing;
	/* What went wrong on the way and did not stop the delivery. */
	struct str *notes;
	size_t note_count;
};

/* FIELD_COUNT is that of the message's header. */
void verdict_init(struct verdict *v, struct arena *mem, size_t field_count);
/*
 * Adds an action; storing into one folder twice, or redirecting to one address twice, stays one. A
 * pipe is always another one.
 */
struct action *verdict_add(
	struct verdict *v, enum action_kind kind, struct str argument, struct reason reason);
/* The first action of KIND; NULL: there is none. */
const struct action *verdict_find(const struct verdict *v, enum action_kind kind);
/*
 * Adds flags by their IMAP names (RFC 3501 section 2.3.2), whose case does not count. What is too
 * long or too much for a keyword is left out with a note.
 */
void verdict_add_flags(struct verdict *v, struct action *a, const struct str_list *names);
void verdict_remove_field(struct verdict *v, size_t field);
/*
 * Line ends and NULs in the value become blanks: what a sender wrote must not start a field of its
 * own.
 */
void verdict_add_field(struct verdict *v, struct str name, struct str value);
void verdict_report(struct verdict *v, struct str path, struct str text);
/* One line: line ends become blanks. After some hundreds no more are kept. */
void verdict_note(struct verdict *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Notes ERR, which WHAT met with. One that is passing ends the delivery, so that it is tried again.
 */
void verdict_trouble(struct verdict *v, const char *what, const struct err *err);

struct reason reason_line(struct str file, unsigned line, struct str text);
struct reason reason_text(const char *text);
/* "file:line" or the sentence: for the log. */
struct str reason_where(const struct reason *r, struct arena *mem);

#endif

/*
 * What the stages decided about one delivery, each decision with its reason. Only they write it:
 * what is carried out of it is a plan (mda/delivery/plan.h). All memory belongs to the arena that
 * verdict_init() was given.
 */
#ifndef BASE_VERDICT_H
#define BASE_VERDICT_H

#include "base/arena.h"
#include "base/auth.h"
#include "base/changes.h"
#include "base/err.h"
#include "base/notes.h"

#include <stdint.h>

/*
 * Where a decision comes from: a line of a list or script, or a sentence if it is not from a file.
 */
struct reason {
	struct str file;
	unsigned line; /* from 1; 0: none */
	struct str text;
};

/* Flags of a stored message, as bits; store/base_name.c has their Maildir letters. */
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
	 * store: the folder in UTF-8, empty for the INBOX; redirect: the address; reject: the text;
	 * pipe: the program's name
	 */
	struct str argument;
	unsigned flags;
	struct str_list keywords;      /* other flags, by name */
	const struct changes *changes; /* changes to what is stored or sent; NULL: none */
	struct str_list arguments;     /* pipe */
	bool may_fail;                 /* pipe: need not be told whose script it is */
	bool may_answer;               /* reject: we may send the sender a message of our own */
	struct reason reason;
};

/* A message of our own that a rule wants to send, whatever happens to this one. */
struct answer {
	const char *name; /* the command's name: "vacation" */
	struct str text;  /* its argument */
	const void *data; /* a struct that the command's own header describes */
	bool has_fcc;
	struct str fcc; /* the folder for a copy of what is sent (RFC 8580) */
	struct str_list fcc_flags;
	const struct changes *changes; /* changes to the message at that moment; NULL: none */
	struct reason reason;
};

/*
 * An id by which later deliveries recognise this one; remembered once it has succeeded (RFC 7352).
 */
struct tracked {
	struct str handle, id;
	unsigned long long seconds;
};

/* A file for users beside their own file, such as the errors beside a script. */
struct report {
	struct str path;
	struct str text; /* empty: there is nothing to report, and the file is removed */
};

enum listing { LISTED_NOT, LISTED_BLOCK, LISTED_ALLOW };
/* An entry of a list that matches and counts, whether or not it decides. */
struct listed {
	uint32_t listing; /* enum listing */
	bool is_global;   /* of the administrator's list */
	struct str entry; /* as it is written */
};

enum spam_state { SPAM_UNKNOWN, SPAM_NO, SPAM_YES, SPAM_SKIPPED };
/* What an anti-spam server reported. */
struct spam_result {
	struct str by; /* the kind of server, and which one; empty: none was asked */
	bool failed;   /* none of them answered */
	bool is_spam;
	bool has_score;
	double score, limit;
	struct str symbols; /* the rules that matched, separated by commas */
	struct str action;  /* the action that rspamd proposes; may be empty */
};

enum label { LABEL_NONE, LABEL_EXTERNAL, LABEL_UNKNOWN };

/*
 * What a stage looked at and found on its way to a decision, for people who ask why (mda-explain).
 */
enum finding_kind {
	FINDING_LOOKED, /* it looked at VALUE */
	FINDING_MATCHED,
	FINDING_LOST, /* it matched too, but something else won: WHY */
	FINDING_SAID, /* WHY is all there is to say */
};
struct finding {
	const char *stage; /* as in pipeline_stages[] */
	uint32_t kind;
	struct str field, value; /* such as "From" and its address; may be empty */
	struct reason at;        /* the entry of a list, or the line of a script; may be empty */
	struct str why;          /* may be empty */
};

/* How much of it is wanted: nothing, what is kept of a delivery, or all. */
enum findings_wanted { FINDINGS_NONE, FINDINGS_KEPT, FINDINGS_ALL };
struct findings {
	enum findings_wanted wanted;
	struct finding *items;
	size_t count;
};

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
		struct listed *used;
		size_t used_count;
		/*
		 * No filter decides about an allowed sender, but the header says that it is spam.
		 */
		bool allowed_spam;
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

	/* Where it is kept instead of the INBOX, because its sender is new; empty: in the INBOX. */
	struct {
		struct str folder;
		struct reason reason;
		struct str about; /* a line for people: its author and subject */
	} screener;

	/* What is remembered of it once it is delivered. */
	struct tracked *tracked;
	size_t tracked_count;

	/*
	 * A file that decides about the message could not be read, but the next attempt may
	 * succeed. Without text: no such error.
	 */
	struct err passing;
	/* What went wrong on the way and did not stop the delivery. */
	struct notes notes;

	/* What the stages found on the way, as far as it is wanted. */
	struct findings found;
};

/* FIELD_COUNT is the number of fields of the message's header. */
void verdict_init(struct verdict *v, struct arena *mem, size_t field_count);
/*
 * Adds an action. A second store into the same folder, or redirect to the same address, is not
 * added again. A pipe always is.
 */
struct action *verdict_add(
	struct verdict *v, enum action_kind kind, struct str argument, struct reason reason);
/* The first action of KIND; NULL: there is none. */
const struct action *verdict_find(const struct verdict *v, enum action_kind kind);
/*
 * Adds flags by their IMAP names (RFC 3501 section 2.3.2); case does not matter. Names that are too
 * long or too many are left out with a note.
 */
void verdict_add_flags(struct action *a, const struct str_list *names, struct notes *notes);
void verdict_remove_field(struct verdict *v, size_t field);
/*
 * Line ends and NULs in the value become blanks: what a sender wrote must not start a field of its
 * own.
 */
void verdict_add_field(struct verdict *v, struct str name, struct str value);
void verdict_report(struct verdict *v, struct str path, struct str text);
/* Adds to the verdict's notes. */
void verdict_note(struct verdict *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Adds a finding, unless less than LEVEL is wanted. Its texts are copied, and long values are cut;
 * after the first few hundred none is added.
 */
void verdict_found(struct verdict *v, enum findings_wanted level, struct finding finding);

/*
 * Notes ERR, which happened to WHAT. A passing error ends the delivery, so that it is tried again.
 */
void verdict_trouble(struct verdict *v, const char *what, const struct err *err);

struct reason verdict_reason_line(struct str file, unsigned line, struct str text);
struct reason verdict_reason_text(const char *text);
/* "file:line", or the sentence; for the log. */
struct str verdict_reason_where(const struct reason *r, struct arena *mem);

#endif

/*
 * The account of a decision: what each stage looked at and decided about a message and why, and
 * what is, or was, done with it. `mda explain` prints it as text, JSON or a page; records of real
 * deliveries keep it as a frame. Its texts come from strangers: who shows them makes them safe.
 */
#ifndef MDA_ACCOUNT_ACCOUNT_H
#define MDA_ACCOUNT_ACCOUNT_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/outcome.h"

/* What a stage decided. */
struct account_stage {
	struct str name;   /* as in pipeline_stages[] */
	struct str result; /* a few words; empty: nothing */
	struct reason why;
	uint64_t microseconds;
};

/* What is done with the message. */
struct account_action {
	struct str kind;   /* "store", "redirect", "reject", "discard", "pipe" */
	struct str target; /* the folder, address, text or program */
	struct str flags;  /* separated by blanks */
	struct reason why;
	/* The rest is known once it was done. */
	bool done;
	bool again;        /* an earlier attempt at the delivery had done it */
	struct str folder; /* where it is stored; may differ from TARGET */
	struct str file;
	uint32_t uid, uidvalidity;
};

/* A message of our own. */
struct account_letter {
	struct str kind; /* "vacation" */
	struct str to;
	struct reason why;
};

struct account {
	struct str id;     /* of the record, set by kept_add(); empty: this is a dry run */
	uint64_t time;     /* microseconds since 1970 */
	struct str status; /* "planned", or the log's word: "stored", "refused", "deferred" */

	struct str mailbox, recipient, original, sender, submitter, queue_id, message_id;
	uint64_t size; /* bytes of the message */

	/* The decisions, in words of mda-explain(1). */
	struct str list, spam, label, auth;
	struct spam_result scan; /* what a spam server answered */

	/* In order. FINDINGS name their stage. */
	struct account_stage *stages;
	size_t stage_count;
	struct finding *findings;
	size_t finding_count;

	struct account_action *actions;
	size_t action_count;
	struct account_letter *letters;
	size_t letter_count;
	struct str answered;        /* what was sent of our own: "vacation:bob@b.example" */
	struct str_list unanswered; /* what was not sent, and why */
	struct str_list notes;

	/* Why it failed; text empty: it did not. */
	struct {
		struct str fault, dsn, text;
	} error;
};

/* What is known only after a delivery. */
struct account_end {
	struct str status;
	const struct outcome *outcome; /* NULL: nothing was done */
	const struct err *err;         /* NULL: it succeeded */
};

/* The words of enum finding_kind. */
extern const char *const account_finding_kinds[];
enum { ACCOUNT_FINDING_KINDS = FINDING_SAID + 1 };

/*
 * The account of a judged delivery. END is NULL for a dry run. The caller has set the names and
 * times of A's stages. Texts are the delivery's; lists are in its memory.
 */
void account_of(const struct delivery *d, const struct account_end *end, struct account *a);

/* The fault in a word of the schema. */
struct str account_fault(const struct err *err);

/* The value of the first finding with that field, or empty; for searching. */
struct str account_field(const struct account *a, struct str field);

#endif

/*
 * What is carried out of a verdict: settle() makes the plan, judge() hands it to the process that
 * delivers, and deliver.c reads it. What becomes of it is in another struct (outcome.h).
 */
#ifndef MDA_DELIVERY_PLAN_H
#define MDA_DELIVERY_PLAN_H

#include "base/pieces.h"
#include "base/verdict.h"
#include "mda/delivery/stamp.h"

/* The message with the changes of one script, or, the first form, with none. */
struct form {
	const struct changes *changes;
	/*
	 * As it is stored: the verdict's fields on top, without the fields that the verdict removes
	 * and without Return-Path.
	 */
	struct pieces stored;
	/* As a redirect sends it: without the fields that the verdict removes. */
	struct pieces sent;
	/* What a stamp of it is bound to (stamp.h); no pointer for a field that is not there. */
	struct str sealed[STAMP_FIELDS], sealed_body;
	enum stamp_judged judged;
	/* what is sent starts with its body: fields on top need a blank line between */
	bool is_bare;
};

/* One message of our own that is to be sent, to one recipient or several. */
struct outmail {
	const char *kind;  /* "vacation" */
	struct str what;   /* names it in the journal of the delivery */
	struct str sender; /* of the envelope; empty: the null sender */
	struct str_list recipients;
	struct str text; /* with LF */
	/* Who got it already, for SECONDS from now on; KEY empty: nobody asks. */
	struct str handle, key;
	unsigned long long seconds;
	struct reason reason;
	bool has_fcc; /* a copy of it goes into the folder FCC (RFC 8580) */
	struct str fcc;
	struct str_list fcc_flags;
};

struct outmails {
	struct outmail *items;
	size_t count;
	struct str_list declined; /* what is not sent, and why: a line each */
};

/* Facts about the message for whoever carries the plan out without reading the message. */
struct facts {
	struct str message_id;
	/*
	 * it has a server's trace field: then equal bytes are the same message and not merely an
	 * equal one
	 */
	bool has_received;
	/* when the last server received it, in seconds since 1970; 0: unknown */
	uint64_t received;
	/* The topmost field of that name already says what ours would say. */
	bool says_original_to, says_delivered_to;
};

struct plan {
	struct arena *mem;
	/* What becomes of the message, in this order, each with its reason. */
	struct action *actions;
	size_t action_count;
	/* The message as the actions store and send it (compose.h). */
	struct form *forms;
	size_t form_count;
	/* What is sent of our own. */
	struct outmails outmails;
	/* Files to be written beside the user's own. */
	struct report *reports;
	size_t report_count;
	/* What is remembered of the message once it is delivered. */
	struct tracked *tracked;
	size_t tracked_count;
	struct facts facts;
	/* What went wrong while the plan was made. */
	struct notes notes;
};

void plan_init(struct plan *p, struct arena *mem);
/* A plan with the verdict's actions, reports and ids, for settle() to go on with. */
void plan_begin(struct plan *p, const struct verdict *v, struct arena *mem);
struct action *plan_add(
	struct plan *p, enum action_kind kind, struct str argument, struct reason reason);
/* The first action of KIND; NULL: there is none. */
const struct action *plan_find(const struct plan *p, enum action_kind kind);

/*
 * The one form of a folder's name, in the memory of NOTES. A folder that cannot be is no reason to
 * lose or delay mail: it is the INBOX, with a note.
 */
struct str plan_folder(struct str name, struct notes *notes);

#endif

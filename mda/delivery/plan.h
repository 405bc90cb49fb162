/*
 * What is to be done. settle() makes the plan from the verdict, judge() passes it to the process
 * that delivers, and deliver.c reads it. The results go into another struct (outcome.h).
 */
#ifndef MDA_DELIVERY_PLAN_H
#define MDA_DELIVERY_PLAN_H

#include "base/pieces.h"
#include "base/verdict.h"
#include "mda/delivery/stamp.h"

/* The message with the changes of one script; the first form has no changes. */
struct form {
	const struct changes *changes;
	/*
	 * As it is stored: with the verdict's fields on top, without the fields that the verdict
	 * removes, and without Return-Path.
	 */
	struct pieces stored;
	/* As a redirect sends it: without the fields that the verdict removes. */
	struct pieces sent;
	/* What a stamp of it covers (stamp.h); for a missing field the pointer is NULL. */
	struct str sealed[STAMP_FIELDS], sealed_body;
	enum stamp_judged judged;
	/* it starts with its body, so fields on top need a blank line after them */
	bool is_bare;
};

/* One message of our own to be sent, to one recipient or several. */
struct outmail {
	const char *kind;  /* "vacation" */
	struct str what;   /* its name in the journal of the delivery */
	struct str sender; /* the envelope sender; empty: the null sender */
	struct str_list recipients;
	struct str text; /* with LF */
	/*
	 * What to remember for SECONDS, so that the same person does not get it again; KEY empty:
	 * nothing.
	 */
	struct str handle, key;
	unsigned long long seconds;
	struct reason reason;
	bool has_fcc; /* a copy goes into the folder FCC (RFC 8580) */
	struct str fcc;
	struct str_list fcc_flags;
};

struct outmails {
	struct outmail *items;
	size_t count;
	struct str_list declined; /* what is not sent and why, a line each */
};

/*
 * Facts about the message for the process that carries the plan out and does not read the message.
 */
struct facts {
	struct str message_id;
	/*
	 * it has a trace field of a server: then equal bytes are the same message, and not another
	 * one that is equal
	 */
	bool has_received;
	/* the time at which the last server received it, in seconds since 1970; 0 if unknown */
	uint64_t received;
	/* The topmost field of that name already has our value. */
	bool says_original_to, says_delivered_to;
};

/* One action of the verdict, as it is carried out. */
struct step {
	enum action_kind kind;
	/*
	 * store: the folder in its one form, empty for the INBOX; redirect: the address; reject:
	 * the text; pipe: the program's name
	 */
	struct str argument;
	unsigned flags;
	struct str_list keywords;      /* other flags, by name */
	const struct changes *changes; /* while it is planned; then the form has them */
	unsigned form;                 /* the number of the message's form */
	struct str_list arguments;     /* pipe */
	bool may_fail;                 /* pipe: need not be told whose script it is */
	bool by_message; /* reject: the MTA says nothing: we have told the sender, or must not */
	struct reason reason;
};

struct plan {
	struct arena *mem;
	/* What is done with the message, in this order. */
	struct step *steps;
	size_t step_count;
	/* The forms in which the steps store and send the message (compose.h). */
	struct form *forms;
	size_t form_count;
	/* Messages of our own to be sent. */
	struct outmails outmails;
	/* Files to be written beside the user's own. */
	struct report *reports;
	size_t report_count;
	/* What to remember of the message once it is delivered. */
	struct tracked *tracked;
	size_t tracked_count;
	struct facts facts;
	/* The folder of a new sender's mail, if it goes there, and a line about it for people. */
	struct str screened, screened_about;
	/* People want to be told of what waits there. */
	bool screener_digest;
	/* Problems met while the plan was made. */
	struct notes notes;
};

void plan_init(struct plan *p, struct arena *mem);
/*
 * Starts a plan with a step for each action of the verdict, and with its reports and ids. settle()
 * does the rest.
 */
void plan_begin(struct plan *p, const struct verdict *v, struct arena *mem);
struct step *plan_add(
	struct plan *p, enum action_kind kind, struct str argument, struct reason reason);
/* The first step of KIND; NULL if there is none. */
const struct step *plan_find(const struct plan *p, enum action_kind kind);

/*
 * The one form of a folder's name, in the memory of NOTES. An impossible name must not lose or
 * delay mail: it becomes the INBOX, with a note.
 */
struct str plan_folder(struct str name, struct notes *notes);

#endif

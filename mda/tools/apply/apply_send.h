/*
 * Sends on what the rules redirect, for mda-apply. Each message goes to an address once, however
 * often this is interrupted and begun again: the journal of the mailbox and the notes of
 * handover.h say what was sent, as for a delivery, and a mark among the ids that the mailbox has
 * seen (store/seen.h) keeps it for good. Equal bytes are the same message.
 */
#ifndef MDA_TOOLS_APPLY_APPLY_SEND_H
#define MDA_TOOLS_APPLY_APPLY_SEND_H

#include "mda/tools/apply/apply.h"
#include "mda/tools/refile/refile_session.h"

/* A message that the rules redirect. */
struct apply_send {
	size_t number; /* of the message in the mail */
	struct str_list addresses;
	size_t move; /* the number of its move, from 1; 0: it is not moved */
	/* What apply_send_count() finds out: */
	struct store_id id;
	struct str_list due; /* the addresses to which it was not sent yet */
	/* What apply_send_all() finds out: */
	bool done; /* it was sent to all of them */
};

/* Why a message was not sent on. */
struct apply_unsent {
	struct str folder, message, why;
};

struct apply_sends {
	struct apply_send *items;
	size_t count;
	/* Redirects: those that are due, and what became of them. AGAIN: sent by an earlier run. */
	size_t due, sent, again, failed;
	struct apply_unsent *unsent;
	size_t unsent_count;
};

struct apply_sender {
	struct refile_session *session;
	const struct refile_mail *mail;
	const struct store_conf *store;
	const char *state_dir;
	struct apply_sends *sends;
	/* Called before a message of FOLDER (a directory) is sent to ADDRESS. -1: it is not. */
	int (*intend)(void *context, struct str folder, struct str base, struct str address,
		const struct store_id *id, struct err *err);
	void *context;
	bool quiet; /* show no progress */
	struct arena *mem;
};

/* Finds out which redirects are due. Nothing is sent. -1 on error. */
int apply_send_count(const struct apply_sender *s, struct err *err);

/*
 * Sends what is due. The mailbox must not be open. What the MTA refuses, or does not take now, is
 * listed; after the first that it does not take now, nothing more is tried. -1 on any other error.
 */
int apply_send_all(struct apply_sender *s, struct err *err);

/* Was the message ID sent to ADDRESS? 1, 0, -1. STORE is the open mailbox. */
int apply_send_was(struct store *store, const char *state_dir, const struct store_id *id,
	struct str address, struct err *err);

#endif

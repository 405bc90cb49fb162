/*
 * What the screener of a mailbox remembers: the senders whom the person has approved or blocked by
 * moving a message, the messages that wait for that, and the ids of messages that the person has
 * sent. It is a database of its own, "screener" in the state directory. If it is lost, senders are
 * new again.
 */
#ifndef STORE_SCREENED_H
#define STORE_SCREENED_H

#include "base/arena.h"
#include "base/err.h"
#include "store/digest.h"

#include <stdint.h>

/* No more are kept: the oldest ones go. */
enum { SCREENED_IDS_MOST = 50000, SCREENED_WAITING_MOST = 5000, SCREENED_DOMAINS_MOST = 20 };
enum { SCREENED_DAY = 24 * 3600, SCREENED_ID_SECONDS = 400 * SCREENED_DAY };
enum { SCREENED_ABOUT_MOST = 300, SCREENED_FOLDER_MOST = 600 };

/* ---- asking; makes and changes nothing ---- */

enum screened_kind { SCREENED_NEW, SCREENED_APPROVED, SCREENED_BLOCKED, SCREENED_REPLY };

struct screened_question {
	struct str sender;   /* a key of filters/label/screener_sender.h; empty: none */
	struct str domain;   /* whose replies count, as idn_domain() writes it; empty: none */
	struct str_list ids; /* of the messages that it answers, as in the header */
};
struct screened_answer {
	uint32_t kind; /* enum screened_kind */
	int64_t when;  /* since when that is known, in seconds since 1970 */
};
/* 0 with the answer, also when nothing is remembered yet; -1 when it cannot be read. */
int screened_find(const char *state_dir, const struct screened_question *q, int64_t now,
	struct screened_answer *answer, struct err *err);

/* Somebody whom the person has approved or blocked. */
struct screened_sender {
	struct str key; /* as in the question */
	enum screened_kind kind;
	int64_t when;
	struct str folder; /* the folder that the message was moved to; empty: unknown */
};
struct screened_senders {
	struct screened_sender *items;
	size_t count;
};
/* All of them, by key; in MEM. A damaged record is left out. */
int screened_senders(
	const char *state_dir, struct arena *mem, struct screened_senders *list, struct err *err);

/* ---- changing; each call is one transaction, durable on return; -1 on error ---- */

struct screened_sent {
	struct str id;           /* Message-ID, as in the header */
	struct str_list domains; /* of its recipients, as idn_domain() writes them */
	int64_t when;
};
/* Remembers messages that the person has sent. The state directory must exist. */
int screened_sent(
	const char *state_dir, const struct screened_sent *sent, size_t count, struct err *err);

/* A message that was put into the screener's folder. */
struct screened_message {
	struct str directory, base; /* where: the folder, and the base name of the file */
	unsigned char digest[DIGEST_BYTES];
	int64_t when;
	struct str about; /* its author and subject, for people; may be empty */
};
int screened_wait(const char *state_dir, const struct screened_message *m, struct err *err);

/* The messages that wait in DIRECTORY, or in all with STR_EMPTY, by name; in MEM. */
struct screened_list {
	struct screened_message *items;
	size_t count;
};
int screened_waiting(const char *state_dir, struct str directory, struct arena *mem,
	struct screened_list *list, struct err *err);

/*
 * The message M, which may be NULL, waits no longer, and its sender is what SENDER says from then
 * on: approved, blocked, or new again. A sender without a key changes only the message.
 */
int screened_decide(const char *state_dir, const struct screened_message *m,
	const struct screened_sender *sender, struct err *err);
/* The senders with these keys are new again. */
int screened_forget(const char *state_dir, const struct str_list *keys, struct err *err);

/*
 * Is a notice about waiting messages due: none for a day, and one of them came since the last? 1,
 * and from now on it is not; 0; -1.
 */
int screened_claim_notice(const char *state_dir, int64_t now, struct err *err);

#endif

/*
 * The screener: mail from a sender with whom the recipient never had to do waits in a folder of its
 * own, until the recipient moves it. Each person decides for themselves.
 */
#ifndef FILTERS_LABEL_SCREENER_H
#define FILTERS_LABEL_SCREENER_H

#include "filters/label/screener_sender.h"
#include "filters/label/tag.h"

/* More ids are not looked up: those of a long thread that matter are at its end. */
enum { SCREENER_IDS_MOST = 20 };

/* What the mailbox is asked: what it remembers of a sender, and of the messages they answer. */
struct screener_question {
	struct str sender; /* the key of a struct screener_sender; may be empty */
	struct str domain; /* whose reply would count; empty: nobody's */
	struct str_list ids;
};

/* The values are those of enum screened_kind in store/screened.h. */
enum screener_kind { SCREENER_NEW, SCREENER_APPROVED, SCREENER_BLOCKED, SCREENER_REPLY };

struct screener_answer {
	uint32_t kind;
	int64_t when;
};

struct screener_conf {
	struct str folder;        /* where mail waits */
	struct str junk;          /* where mail of blocked senders goes */
	struct tag_conf tag;      /* who is inside or a contact */
	struct str_list freemail; /* domains in which anybody can have an address */
	bool own_contacts;        /* the original recipient is the mailbox: its contacts count */
	/* -1 when the mailbox cannot be asked. */
	int (*ask)(void *context, const struct screener_question *q, struct screener_answer *a,
		struct err *err);
	void *context;
};

/*
 * Decides about a message that is to be kept in the INBOX, after the lists and the spam filter:
 * sets V->screener if it goes elsewhere. If something cannot be read, V gets a note, and what it
 * would say does not count; if the mailbox cannot be asked, the message is not held up.
 */
void screener_judge(const struct screener_conf *conf, const struct message *msg,
	const struct envelope *env, struct verdict *v);

#endif

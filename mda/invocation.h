/* How the MTA calls: command line (dovecot-lda's letters) and environment. */
#ifndef MDA_INVOCATION_H
#define MDA_INVOCATION_H

#include "base/arena.h"
#include "base/envelope.h"
#include "base/err.h"
#include "base/message.h"

/* What was said; NULL where nothing was. */
struct invocation {
	const char *user;       /* -d; USER when nothing else says who the mail is for */
	const char *sender;     /* -f, SENDER */
	const char *recipient;  /* -r, else -a, else RECIPIENT */
	const char *original;   /* -a, ORIGINAL_RECIPIENT */
	const char *submitter;  /* -u, SASL_SENDER */
	const char *extension;  /* EXTENSION: the detail, when the recipient does not hold it */
	const char *login;      /* USER; NULL when an option says who the mail is for */
	const char *home;       /* HOME, likewise */
	const char *queue_id;   /* the client's, of LMTP */
	const char *folder;     /* -m */
	const char *path;       /* -p */
	const char *conf;       /* -c */
	const char **overrides; /* -o key=value */
	size_t override_count;
	/*
	 * of the recipient's local part: what is in front of the detail; 0: up to the first
	 * delimiter
	 */
	size_t user_length;
	char ignored; /* -n or -t: a letter that other programs have; or 0 */
	bool again;   /* -A: not a retry, whatever the bytes are */
	bool help, version;
};

/*
 * -1 with the reason for an unknown option, a missing value, words that are none's value, and
 * several recipients. Even then the configuration file and what -o sets are those that were said.
 */
int invocation_parse(
	int argc, char **argv, struct arena *mem, struct invocation *inv, struct err *err);

/*
 * A word of -a that is no address, beside -d and without -r: it is the recipient where it is the
 * user, perhaps with a detail behind one of DELIMITERS. Any other is procmail's argument, which
 * senders choose, and is forgotten.
 */
void invocation_drop_word(struct invocation *inv, struct str delimiters);

/*
 * Can a mailbox be found? -1 when nobody says who the mail is for (with system users it is then for
 * whoever runs us), for several recipients in one word, and with the fault "no such user" for what
 * is not an address.
 */
int invocation_check(
	const struct invocation *inv, bool users_are_virtual, struct arena *mem, struct err *err);

/* The usage, from the table of options. */
void invocation_usage(void);

/*
 * The domain of addresses that have none: what the configuration says, or the host's name where it
 * is empty.
 */
struct str invocation_default_domain(struct str configured, struct arena *mem);

/* The recipient as it was told, with DEFAULT_DOMAIN where there is none. */
struct str invocation_recipient(
	const struct invocation *inv, struct str default_domain, struct arena *mem);

/*
 * The address whose configuration, lists and rules count: the recipient without detail, in lower
 * case. DEFAULT_DOMAIN is added where there is none; DELIMITERS separate the detail.
 */
struct str invocation_mailbox(const struct invocation *inv, struct str default_domain,
	struct str delimiters, struct arena *mem);

/* Whose mailbox it is, likewise: -d, else the recipient, else USER. */
struct str invocation_user(const struct invocation *inv, struct str default_domain,
	struct str delimiters, struct arena *mem);

/*
 * The envelope. A sender that nobody told is taken from the message's "From " line, else from its
 * Return-Path, or, with no MSG, left empty. The original recipient is never taken from the message,
 * as a sender could have written it.
 */
struct str invocation_message_sender(const struct message *msg, struct arena *mem);
struct envelope invocation_envelope(const struct invocation *inv, const struct message *msg,
	struct str default_domain, struct str delimiters, struct arena *mem);

#endif

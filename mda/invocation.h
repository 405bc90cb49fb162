/*
 * How the MTA calls mda: the command line, with the option letters of dovecot-lda, and the
 * environment.
 */
#ifndef MDA_INVOCATION_H
#define MDA_INVOCATION_H

#include "base/arena.h"
#include "base/envelope.h"
#include "base/err.h"
#include "base/message.h"

/* As it was given; NULL if it was not. */
struct invocation {
	const char *user;      /* -d; USER if nothing else names the recipient */
	const char *sender;    /* -f, SENDER */
	const char *recipient; /* -r, else -a, else RECIPIENT */
	const char *original;  /* -a, ORIGINAL_RECIPIENT */
	const char *submitter; /* -u, SASL_SENDER */
	const char *extension; /* EXTENSION: the detail, when the recipient does not hold it */
	const char *login;     /* USER; NULL when an option says who the mail is for */
	const char *home;      /* HOME, likewise */
	const char *queue_id;  /* of LMTP, as what follows: the client's */
	const char *envelope_id;
	bool wants_receipt;
	const char *folder;     /* -m */
	const char *path;       /* -p */
	const char *conf;       /* -c */
	const char **overrides; /* -o key=value */
	size_t override_count;
	/*
	 * the length of the user's name in the recipient's local part; 0: up to the first delimiter
	 */
	size_t user_length;
	char ignored; /* -n or -t, letters that other programs have; 0 if not given */
	bool again;   /* -A: this is not a retry, even if the bytes are the same */
	bool help, version;
};

/*
 * Reads the command line and the environment. -1 with the reason for an unknown option, a missing
 * value, a word that belongs to no option, and several recipients. Even then, the configuration
 * file and the settings of -o are those of the command line.
 */
int invocation_parse(
	int argc, char **argv, struct arena *mem, struct invocation *inv, struct err *err);

/* Adds SETTING, "key=value", to those of -o. */
void invocation_override(struct invocation *inv, const char *setting, struct arena *mem);

/*
 * Deals with a value of -a that is not an address, when there is a -d and no -r: if it is the user,
 * perhaps with a detail after one of DELIMITERS, it is the recipient. Otherwise it is procmail's
 * argument, which senders choose, and is dropped.
 */
void invocation_drop_word(struct invocation *inv, struct str delimiters);

/*
 * Can a mailbox be found? -1 if nobody names a recipient (with system users the mail is then for
 * the user who runs this process), if one word holds several recipients, and, with the fault "no
 * such user", if it is not an address.
 */
int invocation_check(
	const struct invocation *inv, bool users_are_virtual, struct arena *mem, struct err *err);

/* The usage, from the table of options. */
void invocation_usage(void);

/* The domain for addresses that have none: the configured one, else the name of the host. */
struct str invocation_default_domain(struct str configured, struct arena *mem);

/* The recipient as it was given, with DEFAULT_DOMAIN if it has no domain. */
struct str invocation_recipient(
	const struct invocation *inv, struct str default_domain, struct arena *mem);

/*
 * The address whose configuration, lists and rules apply: the recipient without its detail, in
 * lower case. DEFAULT_DOMAIN is added if there is no domain; DELIMITERS separate the detail.
 */
struct str invocation_mailbox(const struct invocation *inv, struct str default_domain,
	struct str delimiters, struct arena *mem);

/* The address of the mailbox, in the same form: -d, else the recipient, else USER. */
struct str invocation_user(const struct invocation *inv, struct str default_domain,
	struct str delimiters, struct arena *mem);

/*
 * The envelope. If no sender was given, it comes from the message's "From " line, else from its
 * Return-Path; without MSG it is empty. The original recipient never comes from the message,
 * because the sender could have written it.
 */
struct str invocation_message_sender(const struct message *msg, struct arena *mem);
struct envelope invocation_envelope(const struct invocation *inv, const struct message *msg,
	struct str default_domain, struct str delimiters, struct arena *mem);

#endif

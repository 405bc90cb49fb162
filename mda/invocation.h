/* How the MTA calls: command line (dovecot-lda's letters) and environment. */
#ifndef MDA_INVOCATION_H
#define MDA_INVOCATION_H

#include "mda/base/arena.h"
#include "mda/base/envelope.h"
#include "mda/base/err.h"
#include "mda/base/message.h"

/* What was said; NULL where nothing was. */
struct invocation {
	const char *user;       /* -d, USER */
	const char *sender;     /* -f, SENDER */
	const char *recipient;  /* -r, RECIPIENT */
	const char *original;   /* -a, ORIGINAL_RECIPIENT */
	const char *extension;  /* EXTENSION: the detail, when the recipient does not hold it */
	const char *home;       /* HOME; NULL when -d or -r names somebody */
	const char *folder;     /* -m */
	const char *path;       /* -p */
	const char *conf;       /* -c */
	const char **overrides; /* -o key=value */
	size_t override_count;
	bool dry_run;    /* -n */
	bool verbose;    /* -v */
	bool check_conf; /* -t */
	bool help, version;
};

/* -1 with the reason for an unknown option, a missing value or words that are none's value. */
int invocation_parse(
	int argc, char **argv, struct arena *mem, struct invocation *inv, struct err *err);

/* The usage, from the table of options. */
void invocation_usage(void);

/* The domain of addresses that have none: what the configuration says, or the host's name where it is empty. */
struct str invocation_default_domain(struct str configured, struct arena *mem);

/*
 * The address whose configuration, lists and rules count: the recipient without detail, in lower case. DEFAULT_DOMAIN is
 * added where there is none; DELIMITERS separate the detail.
 */
struct str invocation_mailbox(const struct invocation *inv, struct str default_domain,
	struct str delimiters, struct arena *mem);

/* Whose mailbox it is, likewise: -d, USER, else the recipient. */
struct str invocation_user(const struct invocation *inv, struct str default_domain,
	struct str delimiters, struct arena *mem);

/*
 * The envelope. A sender that nobody told is taken from the message's "From " line, else from its Return-Path, or, with no MSG,
 * left empty. The
 * original recipient is never taken from the message, as a sender could have written it.
 */
struct str invocation_message_sender(const struct message *msg, struct arena *mem);
struct envelope invocation_envelope(const struct invocation *inv, const struct message *msg,
	struct str default_domain, struct str delimiters, struct arena *mem);

#endif

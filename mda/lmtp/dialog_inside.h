/* What the files of a dialog share (dialog.h). */
#ifndef MDA_LMTP_DIALOG_INSIDE_H
#define MDA_LMTP_DIALOG_INSIDE_H

#include "mda/lmtp/dialog.h"
#include "mda/lmtp/wire.h"

/* The state, as bits, for the table of commands. */
enum at {
	FRESH = 1,      /* no LHLO yet */
	READY = 2,      /* no message was begun */
	SENDER = 4,     /* MAIL was accepted */
	RECIPIENTS = 8, /* a RCPT was accepted */
	CHUNKS = 16,    /* a BDAT that was not the last was accepted */
	ANYWHERE = FRESH | READY | SENDER | RECIPIENTS | CHUNKS,
};

/* What the next bytes are, or what the dialog waits for. */
enum reads {
	READS_LINES,
	READS_DATA,
	READS_CHUNK,
	WAITS_FOR_RECIPIENT,
	WAITS_FOR_DELIVERY,
	WAITS_FOR_TLS,
	ENDED,
};

struct dialog {
	const struct dialog_conf *conf;
	const struct dialog_host *host;
	void *context;
	struct dialog_rights rights;
	bool is_secure;
	enum at at;
	enum reads reads;
	struct wire_line line;
	unsigned errors;
	struct buf out;

	/* the message */
	struct arena *mem;
	struct dialog_mail mail;
	struct dialog_recipient *recipients;
	size_t asked;     /* RCPT commands, including refused ones */
	size_t *accepted; /* of each accepted RCPT: the index of its recipient */
	size_t accepted_count;
	enum wire_at data;
	unsigned long long size;  /* of the message so far */
	struct reply *lost;       /* why the message cannot be kept; NULL: it can */
	unsigned long long chunk; /* how many bytes of it are left */
	unsigned long long chunk_size;
	bool is_last_chunk, is_stray_chunk;
	struct reply *answers; /* of the deliveries; code 0: no reply yet */
	size_t answered;       /* how many accepted RCPTs have had their reply */
};

/* ---- dialog.c ---- */

void dialog_say(struct dialog *d, unsigned code, const char *dsn, const char *text);
/* Counts a mistake of the client. After too many, the connection ends. */
void dialog_complain(struct dialog *d, const struct reply *r);
void dialog_wrong(struct dialog *d, unsigned code, const char *dsn, const char *text);
void dialog_greet(struct dialog *d);
/* Drops the message that was begun, if there is one. */
void dialog_forget(struct dialog *d);

/* ---- the bytes of a message: dialog_body.c ---- */

size_t dialog_read_data(struct dialog *d, struct str bytes);
size_t dialog_read_chunk(struct dialog *d, struct str bytes);

/* ---- the commands, which get what follows their name ---- */

void dialog_run_lhlo(struct dialog *d, struct str argument);
void dialog_run_mail(struct dialog *d, struct str argument);
void dialog_run_rcpt(struct dialog *d, struct str argument);
void dialog_run_data(struct dialog *d, struct str argument);
void dialog_run_bdat(struct dialog *d, struct str argument);
void dialog_run_rset(struct dialog *d, struct str argument);
void dialog_run_noop(struct dialog *d, struct str argument);
void dialog_run_quit(struct dialog *d, struct str argument);
void dialog_run_vrfy(struct dialog *d, struct str argument);
void dialog_run_help(struct dialog *d, struct str argument);
void dialog_run_starttls(struct dialog *d, struct str argument);
void dialog_run_xclient(struct dialog *d, struct str argument);
void dialog_run_xforward(struct dialog *d, struct str argument);

#endif

/* The parent's side of asks.h: it answers what the process that judges cannot find out. */
#ifndef MDA_ASKS_SERVE_H
#define MDA_ASKS_SERVE_H

#include "mda/asks_wire.h"
#include "mda/delivery/delivery.h"
#include "store/store.h"

struct conf_file;

/* What the parent needs to answer. */
struct asks_server {
	struct delivery *delivery;
	const struct conf_file *file;
	const char *maildir, *state_dir;
	/* The first part of each seal that was ours: texts that we wrote. */
	struct str_list sealed;
	struct store_id *id; /* of the delivery; NULL until somebody asks for it */
	/* The last contact that was asked for: several stages ask for the author. */
	struct str known_key;
	struct known_answer known;
	unsigned asked[ASKS_KINDS]; /* the number of questions of each kind so far */
};

/* For struct confined_job; the context is a struct asks_server. */
int asks_serve(void *server, unsigned kind, struct str request, struct arena *mem,
	struct str *reply, struct err *err);

/* ---- the same answers where no process has to be asked ---- */

/*
 * Is KEY remembered under HANDLE by another delivery than ID? 0 with the answer in *YES, or -1.
 */
int asks_serve_find(const struct store_id *id, const char *state_dir, struct str handle,
	struct str key, bool *yes, struct err *err);
/* What the screener of the mailbox remembers (store/screened.h). */
struct screener_question;
struct screener_answer;
int asks_serve_screener(const char *state_dir, const struct screener_question *q,
	struct screener_answer *answer, struct err *err);
/* The folder of that object id; empty if there is none. STATE_DIR may be NULL. */
struct str asks_serve_folder(
	const char *maildir, const char *state_dir, struct str id, struct arena *mem);

#endif

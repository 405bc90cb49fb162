/* What mda-reindex check can find, and what puts it in order. */
#ifndef MDA_TOOLS_REINDEX_REINDEX_FINDINGS_H
#define MDA_TOOLS_REINDEX_REINDEX_FINDINGS_H

#include "mda/tools/reindex/reindex_view.h"

enum finding_kind {
	NO_UID,
	TWICE,
	CROSSED,
	UIDNEXT_LOW,
	NO_RECORD,
	UID_HIGH,
	SERVER_MISSING,
	SERVER_DAMAGED,
	SERVER_UIDVALIDITY,
	SERVER_UID,
	SERVER_TWICE,
	SERVER_LACKS,
	BACKUP_DIFFERS,
	FINDING_KINDS,
};

struct finding_text {
	const char *name;   /* one word */
	const char *text;   /* a sentence that the UID and the file's name follow */
	const char *remedy; /* what puts it in order */
};
extern const struct finding_text finding_texts[FINDING_KINDS];

struct finding {
	enum finding_kind kind;
	uint32_t uid;    /* 0: it is not about one */
	struct str base; /* in the names of the view, or empty */
};

struct findings {
	struct finding *items;
	size_t count;
};

void findings_add(struct findings *f, enum finding_kind kind, uint32_t uid, struct str base);
void findings_sort(struct findings *f);
/* Keeps in NOW what was in BEFORE as well; both are sorted. */
void findings_keep_common(struct findings *now, const struct findings *before);
void findings_free(struct findings *f);

/*
 * Compares the view with the files of UIDs in the folder's directory: the IMAP server's and the
 * text copy. ORDER is that of view_sort_bases(). SERVED, by place in v->files, is set where the
 * server has a UID for the file, so that it is the server who takes care of it.
 */
int findings_in_files(struct reindex *r, struct str directory, const struct view *v,
	const size_t *order, bool *served, struct findings *f, struct err *err);

#endif

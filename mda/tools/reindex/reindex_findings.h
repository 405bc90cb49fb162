/* What mda-reindex check can find, and how to repair it. */
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
	const char *text;   /* a sentence; the UID and the file's name follow it */
	const char *remedy; /* how to repair it */
};
extern const struct finding_text reindex_finding_texts[FINDING_KINDS];

struct finding {
	enum finding_kind kind;
	uint32_t uid;    /* 0: it is not about a UID */
	struct str base; /* in the view's names, or empty */
};

struct findings {
	struct finding *items;
	size_t count;
};

void reindex_findings_add(
	struct findings *f, enum finding_kind kind, uint32_t uid, struct str base);
void reindex_findings_sort(struct findings *f);
/* Removes from NOW what was not in BEFORE. Both are sorted. */
void reindex_findings_keep_common(struct findings *now, const struct findings *before);
void reindex_findings_free(struct findings *f);

/*
 * Compares the view with the files of UIDs in the folder's directory: the IMAP server's file and
 * the text copy. ORDER comes from reindex_view_sort_bases(). Sets SERVED, by index in v->files,
 * if the server has a UID for the file, so that the file needs none from us.
 */
int reindex_findings_in_files(struct reindex *r, struct str directory, const struct view *v,
	const size_t *order, bool *served, struct findings *f, struct err *err);

#endif

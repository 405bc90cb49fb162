#include "mda/tools/reindex/reindex_findings.h"

#include <stdlib.h>

const struct finding_text reindex_finding_texts[FINDING_KINDS] = {
	[NO_UID] = {"no-uid", "a message file without a UID", "mda-reindex repair gives it one"},
	[TWICE] = {"twice", "one base name on several files", "remove or rename the copy"},
	[CROSSED] = {"crossed", "a base name that does not lead back to its UID",
		"mda-reindex repair"},
	[UIDNEXT_LOW] = {"uidnext-low", "UIDNEXT is not above the largest UID",
		"mda-reindex repair"},
	[NO_RECORD] = {"no-record", "a folder with messages that is not in the database",
		"the next delivery into it, or mda-reindex repair"},
	[UID_HIGH] = {"uid-high", "UIDs are above 2147483647, where some IMAP clients fail",
		"mda-reindex renumber --force gives new ones, from 1 on"},
	[SERVER_MISSING] = {"server-missing", "the IMAP server's file of UIDs does not exist",
		"the next delivery into the folder, or mda-reindex repair"},
	[SERVER_DAMAGED] = {"server-damaged", "the IMAP server's file of UIDs is damaged",
		"mda-reindex repair rewrites it"},
	[SERVER_UIDVALIDITY] = {"server-uidvalidity", "the IMAP server has another UIDVALIDITY",
		"the next delivery, or mda-reindex repair, takes it over"},
	[SERVER_UID] = {"server-uid", "the IMAP server has another UID for a message",
		"the next delivery, or mda-reindex repair, takes it over"},
	[SERVER_TWICE] = {"server-twice", "the IMAP server's file has a message twice",
		"mda-reindex repair rewrites it with the later UID"},
	[SERVER_LACKS] = {"server-lacks", "the IMAP server's file does not have a message",
		"mda-reindex repair writes it into the file"},
	[BACKUP_DIFFERS] = {"backup-differs", "the text copy of the UIDs is not up to date",
		"the next delivery into the folder, or mda-reindex repair"},
};

void reindex_findings_add(struct findings *f, enum finding_kind kind, uint32_t uid, struct str base)
{
	if ((f->count & (f->count - 1)) == 0)
		f->items = mem_resize(f->items, (f->count ? f->count * 2 : 1) * sizeof *f->items);
	f->items[f->count++] = (struct finding){kind, uid, base};
}

static int compare(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return str_compare(x->base, y->base);
}

void reindex_findings_sort(struct findings *f)
{
	if (f->count)
		qsort(f->items, f->count, sizeof *f->items, compare);
}

void reindex_findings_keep_common(struct findings *now, const struct findings *before)
{
	size_t kept = 0, k = 0;
	for (size_t i = 0; i < now->count; i++) {
		while (k < before->count && compare(&before->items[k], &now->items[i]) < 0)
			k++;
		if (k < before->count && compare(&before->items[k], &now->items[i]) == 0)
			now->items[kept++] = now->items[i];
	}
	now->count = kept;
}

void reindex_findings_free(struct findings *f)
{
	free(f->items);
	*f = (struct findings){0};
}

/* One run of mda-import: what is to be done, and what became of it. */
#ifndef MDA_TOOLS_IMPORT_IMPORT_H
#define MDA_TOOLS_IMPORT_IMPORT_H

#include "mda/tools/import/import_source.h"
#include "store/store.h"

struct import_count {
	size_t found, imported, duplicates, same_id;
};

struct import {
	/* ---- what is to be done ---- */

	struct import_source source;
	const char *maildir;
	struct store *store; /* NULL: nothing is stored, only counted */
	bool keep;           /* duplicates within the source are kept */
	bool quiet;          /* show no progress */

	/* ---- what became of it ---- */

	struct import_count all, *folders; /* of each folder of the source */
	size_t left_out, failed;
	bool interrupted;
	struct str_list notes; /* at most IMPORT_NOTES of them, each once */
	size_t note_count;
	struct arena *mem;
};

enum { IMPORT_NOTES = 100 };

/*
 * Imports all messages, folder by folder. -1 on error; what was imported before it is counted, and
 * stays. SIGINT, SIGTERM and SIGHUP end it after the batch that is being stored.
 */
int import_run(struct import *i, struct err *err);

/* Adds a note, unless it was added before or there are too many. */
void import_note(struct import *i, struct str text);

#endif

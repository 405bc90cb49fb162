/* What mda-import has done, as text or JSON. */
#ifndef MDA_TOOLS_IMPORT_IMPORT_SHOW_H
#define MDA_TOOLS_IMPORT_IMPORT_SHOW_H

#include "base/buf.h"
#include "mda/tools/import/import.h"

enum { IMPORT_JSON_VERSION = 1 };

struct import_result {
	const struct import *run;
	struct str mailbox;
	bool dry_run;
};

void import_show_text(const struct import_result *r, struct buf *to);
void import_show_json(const struct import_result *r, struct buf *to);

#endif

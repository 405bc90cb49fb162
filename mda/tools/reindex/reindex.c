#include "mda/tools/reindex/reindex.h"

#include "base/log.h"
#include "store/folder.h"

enum { OUTPUT_CHUNK = 64 * 1024 };

int reindex_print_some(struct buf *to, struct err *err)
{
	return to->n < OUTPUT_CHUNK ? 0 : program_print(to, err);
}

void reindex_progress(struct reindex *r, struct str directory, const char *doing, size_t total)
{
	struct str name = folder_name(directory, r->mem);
	struct buf what = {0};
	log_escape(&what, name);
	buf_fmt(&what, ": %s", doing);
	progress_start(
		&r->progress, arena_str(r->mem, buf_str(&what)).p, total, r->json || r->quiet);
	buf_free(&what);
}

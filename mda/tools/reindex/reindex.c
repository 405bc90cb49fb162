#include "mda/tools/reindex/reindex.h"

#include "base/log.h"
#include "base/str_list.h"
#include "mda/tools/reindex/reindex_view.h"
#include "store/folder.h"

enum { OUTPUT_CHUNK = 64 * 1024 };

int reindex_print_some(struct buf *to, struct err *err)
{
	return to->n < OUTPUT_CHUNK ? 0 : program_print(to, err);
}

int reindex_folders(struct reindex *r, struct str_list *directories, struct err *err)
{
	struct str_list all;
	struct str *one = arena_alloc(r->mem, sizeof *one);
	if (reindex_view_folders(r, &all, err) < 0)
		return -1;
	*directories = all;
	if (!r->folder)
		return 0;
	if (folder_directory(str_of(r->folder), r->mem, one, err) < 0)
		return -1;
	if (!str_list_has(&all, *one))
		return err_temp(err, "there is no folder %s", r->folder);
	*directories = (struct str_list){one, 1};
	return 0;
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

#include "mda/tools/learn/learn_uids.h"

#include "base/path.h"
#include "mda/tools/reindex/reindex.h"
#include "store/folder.h"

#include <unistd.h>

static int repair(const struct learn_place *place, struct reindex *r, struct err *err)
{
	const struct store_conf conf = {
		.maildir = place->maildir, .state_dir = place->state, .server = place->server};
	r->store = store_open(&conf, err);
	if (!r->store)
		return -1;
	r->db = store_database(r->store);
	int status = reindex_repair.run(r, err);
	store_close(r->store);
	return status < 0 ? -1 : 0;
}

int learn_give_uids(const struct learn_place *place, const struct str *directory, struct arena *mem,
	struct err *err)
{
	struct reindex r = {.maildir = place->maildir,
		.state = place->state,
		.server = place->server,
		.quiet = true,
		.mem = mem};
	if (place->server != STORE_SERVER_NONE)
		return 0;
	r.root = path_open_dir(place->maildir);
	if (r.root < 0)
		return 0; /* reading the folder reports it */
	int result = 0;
	if (directory)
		r.folder = arena_cstr(mem, folder_name(*directory, mem));
	const char *path = place->maildir;
	if (directory)
		path = arena_fmt(mem, "%s/" STR_FMT, path, STR_ARGS(*directory)).p;
	if (path_is_directory(path))
		result = repair(place, &r, err);
	close(r.root); /* nothing was written */
	return result;
}

#include "store/store_rewrite.h"

#include "store/adopt.h"
#include "store/backup.h"
#include "store/maildir.h"
#include "store/mirror.h"
#include "store/state.h"
#include "store/store_inside.h"
#include "store/validity.h"

#include <unistd.h>

struct rewrite {
	struct store *store;
	struct str directory;
	int folder;
	struct mirror *mirror; /* NULL when UIDs are not agreed on with others */
	struct uiddb_folder now;
	bool is_new;
};

/* Does what a delivery does before it gives UIDs. */
static int read_now(struct uiddb *db, void *context, struct err *err)
{
	struct rewrite *w = context;
	if (uiddb_make_folder(db, w->directory, &w->now, err) < 0)
		return -1;
	return w->mirror ? mirror_read(w->mirror, db, &w->now, err) : 0;
}

static int catch_up(struct rewrite *w, struct err *err)
{
	int adopted = adopt_folder(w->store, w->folder, w->directory, w->mirror, err);
	if (adopted < 0 || uiddb_write(w->store->db, read_now, w, err) < 0)
		return -1;
	w->is_new = adopted;
	if (w->mirror)
		mirror_tell(w->mirror, w->store);
	return 0;
}

/*
 * Runs even if nothing changes: the server's file or the text copy may lack some of what is known.
 */
static int carry_out(struct rewrite *w, const struct uiddb_contents *contents, struct err *err)
{
	struct store *s = w->store;
	if (contents && uiddb_replace_folder(s->db, w->directory, contents, err) < 0)
		return -1;
	if (w->mirror && mirror_rewrite(w->mirror, s->db, err) < 0)
		return -1;
	return mirror_is_backup(w->mirror) ? 0
					   : backup_rewrite(w->folder, s->db, w->directory, err);
}

static int rewrite_open(struct rewrite *w, rewrite_plan *plan, void *context, struct err *err)
{
	struct store *s = w->store;
	struct uiddb_contents contents = {.entries = NULL};
	if (mirror_is_needed(s, w->folder, w->directory)) {
		w->mirror = mirror_open(s->server, w->folder, w->directory, err);
		if (!w->mirror)
			return -1;
	}
	if (catch_up(w, err) < 0)
		return -1;
	const struct rewrite_view v = {.store = s,
		.db = s->db,
		.directory = w->directory,
		.folder = w->folder,
		.uidvalidity = w->now.uidvalidity,
		.uidnext = w->now.uidnext,
		.is_new = w->is_new};
	int r = plan(context, &v, &contents, err);
	return r < 0 ? -1 : carry_out(w, r ? &contents : NULL, err);
}

static int rewrite_locked(
	struct store *s, struct str directory, rewrite_plan *plan, void *context, struct err *err)
{
	struct rewrite w = {.store = s, .directory = directory, .folder = -1};
	int lock = state_lock(s->state, err);
	if (lock < 0)
		return -1;
	w.folder = maildir_open_folder(s->root, directory.p, err);
	int r = w.folder < 0 ? -1 : rewrite_open(&w, plan, context, err);
	mirror_close(w.mirror);
	if (w.folder >= 0)
		close(w.folder); /* a directory: nothing was written through it */
	close(lock);             /* releases it; nothing was written */
	return r;
}

int store_rewrite(
	struct store *s, struct str directory, rewrite_plan *plan, void *context, struct err *err)
{
	int r = rewrite_locked(s, directory, plan, context, err);
	if (r < 0 && store_recover(s))
		r = rewrite_locked(s, directory, plan, context, err);
	return r;
}

struct uiddb *store_database(struct store *s)
{
	return s->db;
}

int store_new_uidvalidity(struct store *s, uint32_t *uidvalidity, struct err *err)
{
	return validity_new(s, uidvalidity, err);
}

int store_lock_tool(struct store *s, struct err *err)
{
	return state_lock_tool(s->state, err);
}

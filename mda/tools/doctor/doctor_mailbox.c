#include "mda/tools/doctor/doctor_mailbox.h"

#include "base/beneath.h"
#include "base/str_list.h"
#include "base/path.h"
#include "mda/conf/mailboxes.h"
#include "mda/tools/doctor/doctor.h"
#include "store/cleanup.h"
#include "store/maildir.h"
#include "store/state.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

enum { LOOKED_AT_MOST = 10000, DAY = 24 * 3600 };

struct look {
	struct doctor *d;
	struct doctor_mailbox *m;
	int folder;
	const char *directory, *part;
	struct str_list inbox[2]; /* names in new and cur */
	time_t now;
};

static bool look_at_file(void *context, const char *name)
{
	struct look *l = context;
	struct doctor_mailbox *m = l->m;
	struct stat st;
	const char *path = DOCTOR_TEXT(l->d, "%s/%s", l->part, name).p;
	if (beneath_lstat(l->folder, path, &st) < 0)
		return true;
	if (l->part[0] == 't') {
		m->old_tmp += st.st_mtime < l->now - 2L * CLEANUP_OLD_SECONDS;
		return true;
	}
	m->messages++;
	if (*l->directory == '\0')
		str_list_add(&l->inbox[l->part[0] == 'c'], arena_str(l->d->mem, str_of(name)),
			l->d->mem);
	if (st.st_uid != l->d->session.user.uid) {
		m->of_others++;
		m->of_another = DOCTOR_TEXT(l->d, "%s/%s", l->directory, path).p;
	}
	if (st.st_mtime > l->now + DAY) {
		m->in_future++;
		m->from_future = DOCTOR_TEXT(l->d, "%s/%s", l->directory, path).p;
	}
	return m->messages < LOOKED_AT_MOST;
}

static bool look_at_folder(void *context, const char *directory)
{
	static const char *const parts[] = {"new", "cur", "tmp"};
	struct look *l = context;
	str_list_add(&l->m->folders, arena_str(l->d->mem, str_of(directory)), l->d->mem);
	l->directory = directory;
	l->folder =
		beneath_open(l->m->root, *directory ? directory : ".", O_RDONLY | O_DIRECTORY, 0);
	for (size_t i = 0; i < 3 && l->folder >= 0; i++) {
		l->part = parts[i];
		/* What cannot be read is reported by doctor_user_folders(). */
		(void)maildir_walk(l->folder, l->part, look_at_file, l, NULL);
	}
	if (l->folder >= 0)
		close(l->folder); /* nothing was written */
	return true;
}

/* Names begin with the time of delivery. */
static void merge_inbox(struct look *l)
{
	size_t i = 0, k = 0;
	struct str_list *fresh = &l->inbox[0], *seen = &l->inbox[1];
	str_list_sort(fresh);
	str_list_sort(seen);
	while (i < fresh->count || k < seen->count) {
		bool is_fresh =
			k == seen->count ||
			(i < fresh->count && str_compare(fresh->items[i], seen->items[k]) < 0);
		struct str name = is_fresh ? fresh->items[i++] : seen->items[k++];
		str_list_add(&l->m->inbox,
			DOCTOR_TEXT(l->d, "%s/" STR_FMT, is_fresh ? "new" : "cur", STR_ARGS(name)),
			l->d->mem);
	}
}

static void look(struct doctor *d, struct doctor_mailbox *m)
{
	struct look l = {.d = d, .m = m, .now = time(NULL)};
	*m = (struct doctor_mailbox){.root = -1};
	if (mailboxes_paths(d->conf, &d->session.user.names, d->mem, &m->maildir, &m->state, NULL) <
		0)
		return;
	if (!m->state)
		m->state = state_default(m->maildir, d->mem);
	m->root = path_open_dir(m->maildir);
	if (m->root >= 0)
		(void)maildir_walk_folders(m->root, look_at_folder, &l, NULL); /* as above */
	merge_inbox(&l);
}

struct doctor_mailbox doctor_mailbox_of(struct doctor *d)
{
	if (!d->mailbox) {
		d->mailbox = arena_alloc(d->mem, sizeof *d->mailbox);
		look(d, d->mailbox);
	}
	return *d->mailbox;
}

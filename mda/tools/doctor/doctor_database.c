#include "mda/tools/doctor/doctor_database.h"

#include "base/path.h"
#include "filters/label/contacts.h"
#include "filters/label/contacts_book.h"
#include "filters/label/contacts_files.h"
#include "filters/label/contacts_known.h"
#include "mda/aside.h"
#include "mda/stage_conf.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_mailbox.h"
#include "store/seen.h"

#include <time.h>
#include <unistd.h>

enum { SECONDS = 10 };

/* ---- one trial, in a child ---- */

struct trial {
	/* 0, or -1 with the reason; what it says of a database that works goes to SAID */
	int (*work)(struct trial *t, struct err *err);
	const char *state;
	struct contacts contacts;
	struct arena *mem;
	struct buf said;
};

static int run(void *context, struct aside *a, struct err *err)
{
	struct trial *t = context;
	alarm(SECONDS);
	int r = t->work(t, err);
	buf_add(&a->said, buf_str(&t->said));
	buf_free(&t->said);
	return r;
}

/* Returns 0 with what the child said in *SAID, or -1 with the reason in it. */
static int try_it(struct doctor *d, struct trial *t, struct str *said)
{
	struct aside a = {{0}, {0}};
	struct err err;
	t->mem = d->mem;
	int r = aside_run(&d->session.user, run, t, &a, &err);
	*said = r < 0 ? DOCTOR_TEXT(d, "%s", err.text) : arena_str(d->mem, buf_str(&a.said));
	aside_free(&a);
	return r;
}

static void judge(struct doctor *d, struct trial *t, const char *what, struct str mend)
{
	struct str said;
	bool bad = try_it(d, t, &said) < 0;
	doctor_judge(d, bad || said.n, bad ? DOCTOR_ERROR : DOCTOR_WARNING,
		DOCTOR_TEXT(d, "%s: " STR_FMT, what, STR_ARGS(said)), mend,
		DOCTOR_TEXT(d, "%s can be read", what));
}

/* ---- what is remembered ---- */

static int find_seen(struct trial *t, struct err *err)
{
	static const struct str part = STR_LIT("mda-doctor");
	const struct seen_key key = seen_key_of(&part, 1);
	const struct store_id id = {.unique = false};
	bool seen;
	return seen_find(t->state, &key, &id, time(NULL), &seen, err);
}

void doctor_database_seen(struct doctor *d)
{
	const char *state = doctor_mailbox_of(d).state;
	struct trial t = {.work = find_seen, .state = state};
	if (state && path_exists(DOCTOR_TEXT(d, "%s/seen/data.mdb", state).p) == 0)
		judge(d, &t, "what vacation and duplicate remember",
			DOCTOR_TEXT(d, "mv %s %s; some people may be answered again",
				doctor_word(d, DOCTOR_TEXT(d, "%s/seen", state).p),
				doctor_word(d, DOCTOR_TEXT(d, "%s/seen.damaged", state).p)));
}

/* ---- contacts ---- */

static bool contacts_of(struct doctor *d, struct contacts *c)
{
	return d->conf->label &&
	       stage_conf_contacts(d->conf, &d->session.user.names, d->mem, c, NULL) == 0;
}

static int count_one(void *context, const struct known *one, struct err *err)
{
	(void)one;
	(void)err;
	++*(size_t *)context;
	return 0;
}

static int walk_written(struct trial *t, struct err *err)
{
	size_t n = 0;
	return contacts_known_walk(contacts_known_dir(&t->contacts, t->mem), count_one, &n, err);
}

void doctor_database_written(struct doctor *d)
{
	struct trial t = {.work = walk_written};
	if (!contacts_of(d, &t.contacts) || t.contacts.dir.n == 0)
		return;
	const char *dir = contacts_known_dir(&t.contacts, d->mem);
	if (path_exists(DOCTOR_TEXT(d, "%s/data.mdb", dir).p) == 0)
		judge(d, &t, "the people whom the user has written to",
			DOCTOR_TEXT(d, "mv %s %s, then: %s -d %s", doctor_word(d, dir),
				doctor_word(d, DOCTOR_TEXT(d, "%s.damaged", dir).p),
				doctor_tool(d, "contacts learn"), doctor_user_word(d)));
}

/* The text comes when the compiled form is older than the files. */
static void on_stale(void *context, const char *text)
{
	struct trial *t = context;
	buf_text(&t->said, text);
}

static int find_in_books(struct trial *t, struct err *err)
{
	const struct book book = {&t->contacts.books, contacts_book_path(&t->contacts, t->mem)};
	struct book_entry found;
	int r = contacts_book_find(
		&book, STR_LIT("nobody@mda-doctor.invalid"), t->mem, &found, on_stale, t, err);
	return r < 0 ? -1 : 0;
}

void doctor_database_books(struct doctor *d)
{
	struct trial t = {.work = find_in_books};
	if (contacts_of(d, &t.contacts) && t.contacts.dir.n &&
		contacts_files_exist(&t.contacts.books, d->mem))
		judge(d, &t, "the address books",
			DOCTOR_TEXT(d, "%s -d %s", doctor_tool(d, "contacts compile"),
				doctor_user_word(d)));
}

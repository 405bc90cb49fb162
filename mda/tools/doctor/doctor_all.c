#include "mda/tools/doctor/doctor_all.h"

#include "base/frame_rows.h"
#include "base/io.h"
#include "base/str_list.h"
#include "mda/exits.h"
#include "mda/tools/doctor/doctor_show.h"
#include "mda/tools/each_mailbox.h"
#include "mda/tools/program.h"

#include <string.h>
#include <unistd.h>

enum { VERSION = 1, TEXT_MOST = 64 * 1024, FINDINGS_MOST = 100000, NAMED = 3, CHECKS_MOST = 255 };

/* ---- findings, from the process of a mailbox ---- */

struct entry {
	uint32_t check, status; /* CHECK: its place in doctor_checks[] */
	struct str text, mend;
};

struct entries {
	struct entry *items;
	size_t count;
};

FRAME_ROWS(entry, ROW_NUMBER(1, struct entry, check, CHECKS_MOST),
	ROW_NUMBER(2, struct entry, status, DOCTOR_ERROR),
	ROW_TEXT(3, struct entry, text, TEXT_MOST, NULL),
	ROW_TEXT(4, struct entry, mend, TEXT_MOST, NULL));

FRAME_ROWS(entries, ROW_LIST(1, struct entries, items, count, FINDINGS_MOST, entry));

static int write_report(const struct doctor *d, struct err *err)
{
	struct entries all = {arena_alloc(d->mem, (d->finding_count + 1) * sizeof *all.items), 0};
	struct buf frame = {0};
	for (size_t i = 0; i < d->finding_count; i++) {
		const struct doctor_finding *f = &d->findings[i];
		all.items[all.count++] =
			(struct entry){(uint32_t)(f->check - doctor_checks), (uint32_t)f->status,
				str_slice(f->text, 0, TEXT_MOST), str_slice(f->mend, 0, TEXT_MOST)};
	}
	frame_write(&frame, VERSION, &entries, &all, STR_EMPTY);
	int r = io_write(STDOUT_FILENO, buf_str(&frame), "the findings", err);
	buf_free(&frame);
	return r;
}

/* ---- what was found ---- */

/* The mailboxes of which a check said the same. */
struct sum {
	size_t count;
	struct str_list first; /* names */
	struct doctor_finding finding;
};

struct overview {
	struct doctor *d;
	doctor_all_checks *checks;
	char **words;
	size_t word_count;
	struct sum (*sums)[DOCTOR_STATUSES]; /* of each check */
	size_t mailboxes, failed;
	struct str_list failed_first; /* "name: why" */
	struct arena *mem;
};

/* What concerns everybody is checked first, as if it were a mailbox without a name. */
static bool is_everybody(const struct mailbox *m)
{
	return m->name.n == 0;
}

/* A check of a group like "list" looks at files for everybody, and at those of the user. */
static bool is_of_mailbox(const struct doctor_check *c)
{
	static const char *const both[] = {"user-known", "script-errors", "list-errors",
		"list-everything", "list-own-domain", "list-covered", "list-overruled",
		"list-expired", "list-compiled"};
	bool found = c->need == DOCTOR_NEEDS_USER;
	for (size_t i = 0; i < sizeof both / sizeof *both && !found; i++)
		found = strcmp(c->name, both[i]) == 0;
	return found;
}

static int work(const struct mailbox *m, void *context)
{
	struct overview *all = context;
	struct doctor *d = all->d;
	struct err err;
	d->every = !is_everybody(m);
	d->quiet_progress = true;
	if (d->every)
		d->session.inv.user = arena_cstr(d->mem, m->name);
	int r = doctor_begin(d, &err);
	if (r == 0)
		all->checks(d, all->word_count, all->words);
	if (r == 0)
		r = write_report(d, &err);
	if (r < 0)
		program_complain("%s", err.text);
	return r < 0 ? EXIT_TRY_AGAIN : 0;
}

static bool was_said_of_everybody(const struct overview *all, const struct entry *t)
{
	const struct doctor *d = all->d;
	for (size_t i = 0; i < d->finding_count; i++)
		if (d->findings[i].check == &doctor_checks[t->check] &&
			d->findings[i].status == (enum doctor_status)t->status &&
			str_eq(d->findings[i].text, t->text))
			return true;
	return false;
}

static struct doctor_finding finding_of(const struct overview *all, const struct entry *t)
{
	return (struct doctor_finding){&doctor_checks[t->check], (enum doctor_status)t->status,
		arena_str(all->mem, t->text), arena_str(all->mem, t->mend)};
}

static void add_mailbox(struct overview *all, struct str name, const struct entry *worst)
{
	struct sum *sum = &all->sums[worst->check][worst->status];
	if (sum->count++ == 0)
		sum->finding = finding_of(all, worst);
	/* If all is well, what the first mailbox has says nothing about the others. */
	if (worst->status == DOCTOR_OK)
		sum->finding.text = str_of(doctor_checks[worst->check].meaning);
	if (sum->first.count < NAMED)
		str_list_add(&sum->first, arena_str(all->mem, name), all->mem);
}

/* The mailbox counts once for a check, by the worst that it found. */
static void take_mailbox(struct overview *all, struct str name, const struct entries *r)
{
	const struct entry *worst[CHECKS_MOST + 1] = {NULL};
	for (size_t i = 0; i < r->count; i++) {
		const struct entry *t = &r->items[i];
		if (t->check < doctor_check_count && !was_said_of_everybody(all, t) &&
			(!worst[t->check] || worst[t->check]->status < t->status))
			worst[t->check] = t;
	}
	for (size_t i = 0; i < doctor_check_count; i++)
		if (worst[i])
			add_mailbox(all, name, worst[i]);
}

static void take_everybody(struct overview *all, const struct entries *r)
{
	struct doctor *d = all->d;
	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].check < doctor_check_count)
			*(struct doctor_finding *)ARENA_PUSH(d->mem, d->findings,
				d->finding_count) = finding_of(all, &r->items[i]);
}

static void fail(struct overview *all, struct str name, struct str why)
{
	all->failed++;
	if (all->failed_first.count < NAMED)
		str_list_add(&all->failed_first,
			arena_fmt(all->mem, STR_FMT ": " STR_FMT, STR_ARGS(name), STR_ARGS(why)),
			all->mem);
}

/* OUTPUT comes from a process that had become the owner of the mailbox. */
static void take(
	void *context, const struct mailbox *m, int status, struct str output, struct str error)
{
	struct overview *all = context;
	struct entries r = {NULL, 0};
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	struct str name = is_everybody(m) ? STR_LIT("everybody") : m->name;
	all->mailboxes += !is_everybody(m);
	if (status)
		fail(all, name, error);
	else if (frame_read(output, VERSION, &entries, &r, STR_EMPTY, mem, &err) < 0)
		fail(all, name, str_of(err.text));
	else if (is_everybody(m))
		take_everybody(all, &r);
	else
		take_mailbox(all, m->name, &r);
	arena_free(mem);
}

/* ---- what it prints ---- */

static struct doctor_tally count_all(const struct overview *all)
{
	struct doctor_tally t = {.worst = DOCTOR_OK};
	for (size_t i = 0; i < all->d->finding_count; i++)
		doctor_show_count(&t, all->d->findings[i].status);
	for (size_t i = 0; i < doctor_check_count; i++)
		for (size_t s = 0; s < DOCTOR_STATUSES; s++)
			if (all->sums[i][s].count)
				doctor_show_count(&t, (enum doctor_status)s);
	if (all->failed)
		doctor_show_count(&t, DOCTOR_ERROR);
	return t;
}

static struct str joined(const struct str_list *names, const char *between, struct arena *mem)
{
	struct str text = STR_EMPTY;
	for (size_t i = 0; i < names->count; i++)
		text = arena_fmt(mem, STR_FMT "%s" STR_FMT, STR_ARGS(text), i ? between : "",
			STR_ARGS(names->items[i]));
	return text;
}

/* "3 of 500 mailboxes (a@x, b@x, c@x): " */
static struct str before(const struct overview *all, const struct sum *sum)
{
	struct str names = joined(&sum->first, ", ", all->mem);
	const char *more = sum->count > sum->first.count ? ", ..." : "";
	if (sum->finding.status == DOCTOR_OK)
		return arena_fmt(all->mem, "%zu of %zu mailboxes: ", sum->count, all->mailboxes);
	return arena_fmt(all->mem, "%zu of %zu mailboxes (" STR_FMT "%s): ", sum->count,
		all->mailboxes, STR_ARGS(names), more);
}

static bool is_shown(const struct overview *all, enum doctor_status status)
{
	return !all->d->quiet || status != DOCTOR_OK;
}

static void put_lines(struct buf *to, const struct overview *all, const struct terminal *look)
{
	const struct doctor *d = all->d;
	for (size_t i = 0; i < d->finding_count; i++)
		if (is_shown(all, d->findings[i].status))
			doctor_show_line(to, look, &d->findings[i], STR_EMPTY);
	for (size_t i = 0; i < doctor_check_count; i++)
		for (size_t s = 0; s < DOCTOR_STATUSES; s++)
			if (all->sums[i][s].count && is_shown(all, (enum doctor_status)s))
				doctor_show_line(to, look, &all->sums[i][s].finding,
					before(all, &all->sums[i][s]));
}

/* A mailbox that could not be checked is an error of the check whether there is an account. */
static void put_failed(struct buf *to, const struct overview *all, const struct terminal *look)
{
	const struct doctor_finding f = {.check = &doctor_checks[0],
		.status = DOCTOR_ERROR,
		.text = joined(&all->failed_first, "; ", all->mem)};
	if (all->failed)
		doctor_show_line(to, look, &f,
			arena_fmt(all->mem, "%zu could not be checked: ", all->failed));
}

static void put_text(struct buf *to, const struct overview *all, const struct terminal *look)
{
	const struct doctor_tally t = count_all(all);
	struct str after = arena_fmt(
		all->mem, "; %zu mailbox%s", all->mailboxes, all->mailboxes == 1 ? "" : "es");
	if (all->d->quiet)
		doctor_show_summary(to, look, &t, after);
	put_lines(to, all, look);
	put_failed(to, all, look);
	if (!all->d->quiet)
		doctor_show_summary(to, look, &t, after);
}

static void json_sum(struct json *json, const struct sum *sum)
{
	json_next_line(json);
	json_begin_object(json);
	doctor_show_members(json, &sum->finding);
	json_number(json, "mailboxes", sum->count);
	json_texts(json, "first", sum->first.items, sum->first.count);
	json_end_object(json);
}

static void json_findings(struct json *json, const struct overview *all)
{
	const struct doctor *d = all->d;
	json_named_array(json, "findings");
	for (size_t i = 0; i < d->finding_count; i++) {
		if (!is_shown(all, d->findings[i].status))
			continue;
		json_next_line(json);
		json_begin_object(json);
		doctor_show_members(json, &d->findings[i]);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_json(struct buf *to, const struct overview *all)
{
	struct json json = {.to = to};
	const struct doctor_tally t = count_all(all);
	doctor_show_begin(&json, &t);
	json_number(&json, "mailboxes", all->mailboxes);
	json_number(&json, "failed", all->failed);
	json_findings(&json, all);
	json_named_array(&json, "of_mailboxes");
	for (size_t i = 0; i < doctor_check_count; i++)
		for (size_t s = 0; s < DOCTOR_STATUSES; s++)
			if (all->sums[i][s].count && is_shown(all, (enum doctor_status)s))
				json_sum(&json, &all->sums[i][s]);
	json_end_array(&json);
	doctor_show_end(&json);
}

static int print(const struct overview *all, struct err *err)
{
	struct buf out = {0};
	const struct terminal look = terminal_of(STDOUT_FILENO);
	if (all->d->json)
		put_json(&out, all);
	else
		put_text(&out, all, &look);
	/* What is in it is safe to be shown, and may have colours. */
	int r = io_write(STDOUT_FILENO, buf_str(&out), "the result", err);
	buf_free(&out);
	return r < 0 ? -1 : (int)count_all(all).worst;
}

/* ---- all ---- */

/* With errors in mda.conf there are no mailboxes, and the first process reports them. */
static int list(struct overview *all, struct mailboxes *found, struct err *err)
{
	struct session s = all->d->session;
	struct mailboxes real = {NULL, 0};
	struct err why;
	if (session_configure(&s, &why) == 0 && mailboxes_find(s.file, all->mem, &real, err) < 0)
		return -1;
	found->items = arena_alloc(all->mem, (real.count + 1) * sizeof *found->items);
	found->items[0] = (struct mailbox){.name = STR_EMPTY};
	if (real.count)
		memcpy(found->items + 1, real.items, real.count * sizeof *real.items);
	found->count = real.count + 1;
	return 0;
}

bool doctor_all_runs(const struct doctor *d, const struct doctor_check *c)
{
	return !d->every || is_of_mailbox(c);
}

int doctor_all(
	struct doctor *d, doctor_all_checks *checks, size_t count, char **words, struct err *err)
{
	struct overview all = {
		.d = d, .checks = checks, .words = words, .word_count = count, .mem = d->mem};
	struct mailboxes found;
	const struct each each = {.work = work,
		.take = take,
		.context = &all,
		.jobs = d->jobs,
		.json = d->json,
		.program = "mda-doctor"};
	all.sums = arena_alloc(d->mem, doctor_check_count * sizeof *all.sums);
	if (list(&all, &found, err) < 0 || each_mailbox(&each, &found, err) < 0)
		return -1;
	return print(&all, err);
}

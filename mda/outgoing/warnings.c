#include "mda/outgoing/warnings.h"

#include "base/str_list.h"
#include "mda/outgoing/background.h"
#include "mda/outgoing/programs.h"
#include "store/quota_level.h"

static const struct str word = STR_LIT("quota-warning ");

bool warnings_wanted(const struct conf *conf)
{
	return conf->quota_warnings.count > 0;
}

/* ---- which are due ---- */

static bool reaches(int64_t used, int64_t limit, bool is_full, unsigned percent)
{
	if (limit == 0)
		return false;
	return (is_full && percent <= 100) ||
	       (__int128)used * 100 >= (__int128)limit * (int64_t)percent;
}

/* Is the usage at or above the level of W? */
static bool is_over(const struct conf_warning *w, const struct quota_level *l,
	const struct quota_amount *limits)
{
	return (w->of != WARNING_OF_MESSAGES &&
		       reaches(l->used.bytes, limits->bytes, l->full_bytes, w->percent)) ||
	       (w->of != WARNING_OF_STORAGE &&
		       reaches(l->used.messages, limits->messages, l->full_messages, w->percent));
}

/* The three moments that count: as it was last remembered, before this delivery, and after it. */
struct usage {
	struct quota_level remembered, before, after;
	struct quota_amount limits;
};

/*
 * A mailbox in which a message found no room is full until something is removed, even if a smaller
 * message still fits.
 */
static struct usage usage_of(const struct store *s, const struct quota_change *c)
{
	struct usage u = {.remembered = quota_level_read(s), .limits = c->limits};
	bool lower = c->before.bytes < u.remembered.used.bytes ||
		     c->before.messages < u.remembered.used.messages;
	u.before = u.after = (struct quota_level){.used = c->before,
		.full_bytes = u.remembered.full_bytes && !lower,
		.full_messages = u.remembered.full_messages && !lower};
	u.after.used = c->after;
	u.after.full_bytes |= c->full_bytes;
	u.after.full_messages |= c->full_messages;
	return u;
}

/* Of several levels that are reached at once, only the highest counts, as in Dovecot. */
static const struct conf_warning *find_above(const struct conf *conf, const struct usage *u)
{
	const struct conf_warning *found = NULL;
	for (size_t i = 0; i < conf->quota_warnings.count; i++) {
		const struct conf_warning *w = &conf->quota_warnings.items[i];
		if (!w->below && !is_over(w, &u->before, &u->limits) &&
			is_over(w, &u->after, &u->limits) &&
			(!found || w->percent > found->percent))
			found = w;
	}
	return found;
}

/* Other programs make room, so this is found by comparing with what was remembered. */
static const struct conf_warning *find_below(const struct conf *conf, const struct usage *u)
{
	const struct conf_warning *found = NULL;
	for (size_t i = 0; i < conf->quota_warnings.count; i++) {
		const struct conf_warning *w = &conf->quota_warnings.items[i];
		if (w->below && is_over(w, &u->remembered, &u->limits) &&
			!is_over(w, &u->before, &u->limits) &&
			(!found || w->percent < found->percent))
			found = w;
	}
	return found;
}

/* Do the remembered usage and the present one differ for any level? */
static bool is_changed(const struct conf *conf, const struct usage *u)
{
	for (size_t i = 0; i < conf->quota_warnings.count; i++) {
		const struct conf_warning *w = &conf->quota_warnings.items[i];
		if (is_over(w, &u->remembered, &u->limits) != is_over(w, &u->after, &u->limits))
			return true;
	}
	return u->remembered.full_bytes != u->after.full_bytes ||
	       u->remembered.full_messages != u->after.full_messages;
}

/* ---- what is recorded ---- */

/* The number of the setting, and what its program is told. */
static struct str name_of(const struct warnings *w, const struct conf_warning *due,
	struct quota_amount used, struct quota_amount limits)
{
	return arena_fmt(w->mem, STR_FMT "%zu %lld %lld %lld %lld", STR_ARGS(word),
		(size_t)(due - w->conf->quota_warnings.items), (long long)used.bytes,
		(long long)used.messages, (long long)limits.bytes, (long long)limits.messages);
}

void warnings_watch(void *context, struct store *s, const struct quota_change *change)
{
	struct warnings *w = context;
	struct usage u = usage_of(s, change);
	const struct conf_warning *const due[] = {find_below(w->conf, &u), find_above(w->conf, &u)};
	const struct quota_amount used[] = {u.before.used, u.after.used};
	struct err err;
	for (size_t i = 0; i < 2 && change->event != QUOTA_COUNTED; i++) {
		struct str name = due[i] ? name_of(w, due[i], used[i], u.limits) : STR_EMPTY;
		if (name.n && change->event == QUOTA_PLANNED)
			store_intend(s, name);
		else if (name.n)
			str_list_add(&w->refused, name, w->mem);
	}
	if (change->event != QUOTA_PLANNED && is_changed(w->conf, &u) &&
		quota_level_write(s, &u.after, &err) < 0)
		notes_add(w->notes, "quota_warnings: %s", err.text);
}

/* ---- running them ---- */

static void add_amount(
	struct extprogram *p, const char *name, unsigned long long n, struct arena *mem)
{
	programs_add_variable(&p->environment, name, arena_fmt(mem, "%llu", n), mem);
}

/* -1 if an argument cannot be made of the user's name. */
static int prepare(const struct warnings *w, const struct conf_warning *due,
	const unsigned long long *amounts, struct extprogram *p, struct err *err)
{
	static const char *const names[] = {
		"QUOTA_BYTES", "QUOTA_MESSAGES", "QUOTA_BYTES_LIMIT", "QUOTA_MESSAGES_LIMIT"};
	struct arena *mem = w->mem;
	const struct conf *conf = w->conf;
	size_t end = due->program.n;
	while (due->program.p[end - 1] != '/')
		end--;
	*p = (struct extprogram){
		.dir = arena_cstr(mem, str_slice(due->program, 0, end > 1 ? end - 1 : 1)),
		.name = str_slice(due->program, end, due->program.n),
		.environment = programs_environment(w->names, mem),
		.start_in = arena_cstr(mem, w->names->home),
		.spool_dir = conf->spool_dir.p,
		.seconds = programs_seconds(conf),
		.memory = conf->programs_memory ? conf->programs_memory : SIZE_MAX};
	for (size_t i = 0; i < due->arguments.count; i++) {
		const char *argument;
		if (template_expand(due->arguments.items[i], w->names, mem, &argument, err) < 0)
			return -1;
		str_list_add(&p->arguments, str_of(argument), mem);
	}
	programs_add_variable(&p->environment, "RECIPIENT", w->recipient, mem);
	programs_add_variable(&p->environment, "QUOTA_CROSSED",
		due->below ? STR_LIT("below") : STR_LIT("above"), mem);
	add_amount(p, "QUOTA_PERCENT", due->percent, mem);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_amount(p, names[i], amounts[i], mem);
	return 0;
}

/* NAME is as name_of() wrote it, perhaps with settings that have changed since. */
static const struct conf_warning *read_name(
	const struct warnings *w, struct str name, unsigned long long amounts[4])
{
	struct str rest = str_slice(name, word.n, name.n), number;
	unsigned long long which;
	if (!str_word(&rest, &number) || !str_number(number, SIZE_MAX / 2, &which) ||
		which >= w->conf->quota_warnings.count)
		return NULL;
	for (size_t i = 0; i < 4; i++)
		if (!str_word(&rest, &number) || !str_number(number, INT64_MAX, &amounts[i]))
			return NULL;
	return &w->conf->quota_warnings.items[which];
}

static void start(struct warnings *w, struct str name)
{
	unsigned long long amounts[4];
	const struct conf_warning *due = read_name(w, name, amounts);
	struct extprogram p;
	struct err err;
	if (!w->started)
		w->started =
			arena_alloc(w->mem, w->conf->quota_warnings.count * sizeof *w->started);
	/* A retry may have counted anew, and have recorded it with other amounts. */
	if (!due || w->started[due - w->conf->quota_warnings.items])
		return;
	w->started[due - w->conf->quota_warnings.items] = true;
	if (prepare(w, due, amounts, &p, &err) < 0 ||
		background_run(&p, w->conf->log.p, w->recipient, &err) < 0)
		notes_add(w->notes, "quota_warnings: %s", err.text);
	else
		notes_add(w->notes, "the mailbox is %s %u%% of its quota: " STR_FMT " was started",
			due->below ? "below" : "at", due->percent, STR_ARGS(p.name));
}

/*
 * Started first and recorded then: if the process is killed in between, the retry runs it again,
 * which is better than never.
 */
static int run_once(struct warnings *w, struct store *s, const struct store_id *id, struct str name,
	struct err *err)
{
	bool done;
	if (store_was_sent(s, id, name, &done, err) < 0)
		return -1;
	if (done)
		return 0;
	start(w, name);
	return store_set_sent(s, id, name, err);
}

void warnings_run(struct warnings *w, struct store *s, const struct store_id *id)
{
	struct str_list intended;
	struct err err;
	int r = store_intended(s, id, w->mem, &intended, &err);
	for (size_t i = 0; r == 0 && i < intended.count; i++)
		if (str_starts(intended.items[i], word))
			r = run_once(w, s, id, intended.items[i], &err);
	if (r < 0)
		notes_add(w->notes, "quota_warnings: %s", err.text);
}

void warnings_run_refused(struct warnings *w)
{
	for (size_t i = 0; i < w->refused.count; i++)
		start(w, w->refused.items[i]);
}

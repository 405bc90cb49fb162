#include "mda/rules_host.h"

#include "base/path.h"
#include "mda/asks.h"
#include "mda/conf/user.h"
#include "mda/outgoing/programs.h"
#include "mda/rules_witness.h"
#include "mda/trace.h"
#include "store/folder.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

struct host {
	struct rules_world world; /* first: callbacks get a pointer to it */
	struct sv_host calls;
	struct sv_limits limits;
	struct str never_edited, never_added, never_deleted; /* names of fields */
};

/* The local part of the mailbox, which may contain a delimiter. */
static struct str recipient_name(const struct delivery *d)
{
	struct str mailbox = d ? d->env->mailbox : STR_EMPTY;
	return str_slice(mailbox, 0, str_rfind(mailbox, '@'));
}

static struct str setting(void *context, const char *name)
{
	const struct host *h = context;
	if (strcmp(name, "recipient_delimiter") == 0)
		return h->world.conf->recipient_delimiter;
	if (strcmp(name, "recipient_name") == 0)
		return recipient_name(h->world.delivery);
	if (strcmp(name, "editheader_protected") == 0)
		return h->never_edited;
	if (strcmp(name, "editheader_forbid_add") == 0)
		return h->never_added;
	if (strcmp(name, "editheader_forbid_delete") == 0)
		return h->never_deleted;
	return STR_EMPTY;
}

static const char *folder_refused(void *context, struct str folder, struct arena *mem)
{
	struct str directory;
	struct err err;
	(void)context;
	if (folder_directory(folder, mem, &directory, &err) == 0)
		return NULL;
	return arena_fmt(mem, "%s", err.text).p;
}

static bool folder_exists(void *context, struct str folder)
{
	const struct rules_world *w = context;
	struct str directory;
	if (folder_directory(folder, w->mem, &directory, NULL) < 0)
		return false;
	const char *path =
		arena_fmt(w->mem, "%s/" STR_FMT "/cur", w->maildir, STR_ARGS(directory)).p;
	struct err err;
	int there = directory.n == 0 ? 1 : path_there(path, &err);
	if (there < 0)
		rules_trouble(w, "folder", &err);
	return there > 0;
}

static long long now(void *context)
{
	const struct rules_world *w = context;
	return w->now ? *w->now : (long long)time(NULL);
}

/* The machine's offset at that time of the year. */
static int zone(void *context, long long seconds)
{
	const time_t at = (time_t)seconds;
	struct tm local;
	(void)context;
	return localtime_r(&at, &local) ? (int)(local.tm_gmtoff / 60) : 0;
}

static void trace(void *context, const struct sv_event *event)
{
	const struct rules_world *w = context;
	if (w->trace)
		trace_add(w->trace, event);
	if (w->verdict && w->verdict->found.wanted)
		rules_witness(w, event);
}

static struct str join(const struct str_list *words, struct arena *mem)
{
	struct str all = STR_EMPTY;
	for (size_t i = 0; i < words->count; i++)
		all = arena_fmt(mem, STR_FMT " " STR_FMT, STR_ARGS(all), STR_ARGS(words->items[i]));
	return all;
}

const struct sv_host *rules_host(const struct rules_world *world)
{
	struct host *h = arena_alloc(world->mem, sizeof *h);
	h->world = *world;
	h->limits = (struct sv_limits)SV_LIMITS_DEFAULT;
	h->limits.script = world->conf->script_max;
	h->limits.redirects = world->conf->redirects_max;
	if (world->conf->editheader_max < h->limits.added_bytes)
		h->limits.added_bytes = world->conf->editheader_max;
	h->never_edited = join(&world->conf->editheader_protected, world->mem);
	h->never_added = join(&world->conf->editheader_forbid_add, world->mem);
	h->never_deleted = join(&world->conf->editheader_forbid_delete, world->mem);
	h->calls = (struct sv_host){.context = h,
		.silent = world->delivery != NULL,
		.limits = &h->limits,
		.setting = setting,
		.folder_refused = folder_refused,
		.folder_meant = rules_folder_meant,
		.folder_find = rules_folder_find,
		.annotation = rules_annotation,
		.read_script = rules_read_script,
		.duplicate = rules_duplicate,
		.list_holds = rules_list_holds,
		.list_items = rules_list_items,
		.environment = rules_environment,
		.scored = rules_scored,
		.scanned = rules_scanned,
		.apart = asks_libsieve,
		.now = now,
		.zone = zone};
	if (programs_allowed(world->conf)) {
		h->calls.run_program = rules_run_program;
		h->calls.program_refused = rules_program_refused;
	}
	if (world->names)
		h->calls.list_exists = rules_list_exists;
	if (world->maildir)
		h->calls.folder_exists = folder_exists;
	if (world->trace || (world->verdict && world->verdict->found.wanted))
		h->calls.trace = trace;
	h->calls.traces_few =
		!world->trace && world->verdict && world->verdict->found.wanted == FINDINGS_KEPT;
	return &h->calls;
}

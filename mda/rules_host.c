#include "mda/rules_host.h"

#include "store/folder.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

struct host {
	struct sv_host calls;
	struct sv_limits limits;
	const struct conf *conf;
	const char *maildir;
	struct trace *trace;
	struct arena *mem;
};

static struct str setting(void *context, const char *name)
{
	const struct host *h = context;
	if (strcmp(name, "recipient_delimiter") == 0)
		return h->conf->recipient_delimiter;
	return (struct str){"", 0};
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
	const struct host *h = context;
	struct str directory;
	if (folder_directory(folder, h->mem, &directory, NULL) < 0)
		return false;
	const char *path =
		arena_fmt(h->mem, "%s/" STR_FMT "/cur", h->maildir, STR_ARGS(directory)).p;
	return directory.n == 0 || access(path, F_OK) == 0;
}

static long long now(void *context)
{
	(void)context;
	return (long long)time(NULL);
}

/* Of the machine, at that time of the year. */
static int zone(void *context, long long seconds)
{
	const time_t at = (time_t)seconds;
	struct tm local;
	(void)context;
	return localtime_r(&at, &local) ? (int)(local.tm_gmtoff / 60) : 0;
}

static void trace(void *context, const struct sv_event *event)
{
	const struct host *h = context;
	trace_add(h->trace, event);
}

const struct sv_host *rules_host(
	const struct conf *conf, const char *maildir, struct trace *tracing, struct arena *mem)
{
	struct host *h = arena_alloc(mem, sizeof *h);
	h->conf = conf;
	h->maildir = maildir;
	h->trace = tracing;
	h->mem = mem;
	h->limits = (struct sv_limits)SV_LIMITS_DEFAULT;
	h->limits.script = conf->script_max;
	h->limits.redirects = conf->redirects_max;
	h->calls = (struct sv_host){.context = h,
		.limits = &h->limits,
		.setting = setting,
		.folder_refused = folder_refused,
		.now = now,
		.zone = zone};
	if (maildir)
		h->calls.folder_exists = folder_exists;
	if (tracing)
		h->calls.trace = trace;
	return &h->calls;
}

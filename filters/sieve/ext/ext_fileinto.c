/* fileinto (RFC 5228 section 4.1). */
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

#include "base/utf8.h"

/*
 * Why it cannot be the name of a folder; NULL when it can. The store decides whether it can store
 * into it.
 */
static const char *bad_name(struct str folder)
{
	if (folder.n == 0)
		return "the name of a folder cannot be empty";
	if (!utf8_valid(folder))
		return "the name of a folder must be UTF-8";
	for (size_t i = 0; i < folder.n; i++)
		if ((unsigned char)folder.p[i] < 0x20)
			return "the name of a folder cannot contain control characters";
	return NULL;
}

static const char *refused(struct check *c, struct str folder)
{
	const struct sv_host *host = c->host;
	bool known = host && host->folder_refused;
	return known ? host->folder_refused(host->context, folder, c->mem) : NULL;
}

static const char *meant(struct check *c, struct str folder)
{
	const struct sv_host *host = c->host;
	bool known = host && !host->silent && host->folder_meant;
	return known ? host->folder_meant(host->context, folder, c->mem) : NULL;
}

static bool exists(struct check *c, struct str folder)
{
	const struct sv_host *host = c->host;
	return !host || host->silent || !host->folder_exists ||
	       host->folder_exists(host->context, folder);
}

void check_folder(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	const char *why = bad_name(s->text);
	const char *no = why ? NULL : refused(c, s->text);
	const char *other = why || no ? NULL : meant(c, s->text);
	if (why)
		check_error(c, s->place, "%s", why);
	else if (no)
		check_warn(c, s->place, "%s; the message would go to the INBOX", no);
	else if (other)
		check_warn(c, s->place, "%s", other);
	else if (!check_tag(node, ":create") && !exists(c, s->text))
		check_warn(
			c, s->place, "there is no folder \"" STR_FMT "\" yet", STR_ARGS(s->text));
}

static enum sv_flow run_fileinto(struct sv_run *run, const struct sv_node *node)
{
	struct str folder;
	if (run_text(run, node, &node->args[0]->strings[0], &folder) < 0)
		return SV_FAIL;
	const char *why = bad_name(folder);
	if (why) {
		run_fail(run, node, "%s", why);
		return SV_FAIL;
	}
	return run_action(
		run, node, (struct sv_action){.kind = &action_fileinto, .argument = folder});
}

static const struct sv_word words[] = {
	{
		.name = "fileinto",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "a folder", .check = check_folder}},
		.run = run_fileinto,
	},
	{0},
};

const struct sv_ext ext_fileinto = {.name = "fileinto", .rfc = "RFC 5228", .words = words};

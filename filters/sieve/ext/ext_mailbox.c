/*
 * mailbox, mboxmetadata, servermetadata (RFC 5490): questions about folders, and their annotations.
 */
#include "filters/sieve/check.h"
#include "filters/sieve/folders.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

/* ---- mailbox ---- */

bool folders_exist(const struct sv_run *run, struct str folder)
{
	const struct sv_host *host = run->host;
	return !host || !host->folder_exists || host->folder_exists(host->context, folder);
}

static int test_mailboxexists(struct sv_run *run, const struct sv_node *node)
{
	for (size_t i = 0; i < node->args[0]->count; i++) {
		struct str folder;
		if (run_text_now(run, node, &node->args[0]->strings[i], &folder) < 0 ||
			run_ask(run, node) < 0)
			return -1;
		if (folders_exist(run, folder))
			continue;
		run_note(run, node, "there is no folder \"" STR_FMT "\"", STR_ARGS(folder));
		return 0;
	}
	return 1;
}

/* Missing folders are made with or without it. */
static int apply_create(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	struct sv_action *action)
{
	(void)node;
	(void)t;
	action_add_property(action, "create", STR_EMPTY, run->mem);
	return 0;
}

static const struct sv_word mailbox_words[] = {
	{
		.name = "mailboxexists",
		.role = SV_TEST,
		.args = {{.type = SV_STRINGS, .what = "the names of folders"}},
		.test = test_mailboxexists,
	},
	{0},
};

static const struct sv_tag mailbox_tags[] = {
	{.name = ":create", .on = "fileinto", .apply = apply_create},
	{.name = ":create", .on = "vacation notify", .needs = ":fcc", .apply = apply_create},
	{0},
};

const struct sv_ext ext_mailbox = {
	.name = "mailbox", .rfc = "RFC 5490", .words = mailbox_words, .tags = mailbox_tags};

/* ---- annotations ---- */

/* 1, 0 it is not set, or -1. The server's annotations have no folder. */
static int annotation(struct sv_run *run, const struct sv_node *node, struct str folder,
	struct str name, struct str *value)
{
	const struct sv_host *host = run->host;
	int r = 0;
	*value = STR_EMPTY;
	if (host && host->annotation)
		r = host->annotation(host->context, folder, name, run->mem, value);
	return r < 0 ? run_fail(run, node, "the annotations cannot be read") : r;
}

/* The annotation whose folder and name are the arguments from AT on. */
static int named(struct sv_run *run, const struct sv_node *node, bool of_folder, size_t name_at,
	size_t i, struct str *value)
{
	struct str folder = STR_EMPTY, name;
	if (of_folder && run_text(run, node, &node->args[0]->strings[0], &folder) < 0)
		return -1;
	if (run_text(run, node, &node->args[name_at]->strings[i], &name) < 0 ||
		run_ask(run, node) < 0)
		return -1;
	if (of_folder && !folders_exist(run, folder))
		return 0;
	return annotation(run, node, folder, name, value);
}

static int match_annotation(struct sv_run *run, const struct sv_node *node, bool of_folder)
{
	struct match m;
	struct str value;
	if (match_start(&m, run, node) < 0)
		return -1;
	m.source = str_of(node->word->name);
	int set = named(run, node, of_folder, of_folder ? 1 : 0, 0, &value);
	if (set < 0)
		return -1;
	if (set)
		match_text(&m, value);
	return match_end(&m);
}

static int all_set(struct sv_run *run, const struct sv_node *node, bool of_folder)
{
	size_t at = of_folder ? 1 : 0;
	int set = 1;
	for (size_t i = 0; i < node->args[at]->count && set > 0; i++) {
		struct str value;
		set = named(run, node, of_folder, at, i, &value);
	}
	return set;
}

static int test_metadata(struct sv_run *run, const struct sv_node *node)
{
	return match_annotation(run, node, true);
}

static int test_metadataexists(struct sv_run *run, const struct sv_node *node)
{
	return all_set(run, node, true);
}

static int test_servermetadata(struct sv_run *run, const struct sv_node *node)
{
	return match_annotation(run, node, false);
}

static int test_servermetadataexists(struct sv_run *run, const struct sv_node *node)
{
	return all_set(run, node, false);
}

static void check_annotation(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!str_istarts(s->text, STR_LIT("/private/")) &&
		!str_istarts(s->text, STR_LIT("/shared/")))
		check_warn(c, s->place,
			"annotations must start with /private/ or /shared/ (RFC 5464 section 3.2)");
}

#define FOLDER                                                                                     \
	{                                                                                          \
		.type = SV_STRING, .what = "a folder"                                              \
	}
#define NAME                                                                                       \
	{                                                                                          \
		.type = SV_STRING, .what = "an annotation", .check = check_annotation              \
	}
#define NAMES                                                                                      \
	{                                                                                          \
		.type = SV_STRINGS, .what = "annotations", .check = check_annotation               \
	}
#define KEYS                                                                                       \
	{                                                                                          \
		.type = SV_STRINGS, .what = "the keys to look for", .keys = true                   \
	}

static const struct sv_word folder_words[] = {
	{
		.name = "metadata",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {FOLDER, NAME, KEYS},
		.test = test_metadata,
	},
	{
		.name = "metadataexists",
		.role = SV_TEST,
		.args = {FOLDER, NAMES},
		.test = test_metadataexists,
	},
	{0},
};

static const struct sv_word server_words[] = {
	{
		.name = "servermetadata",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {NAME, KEYS},
		.test = test_servermetadata,
	},
	{
		.name = "servermetadataexists",
		.role = SV_TEST,
		.args = {NAMES},
		.test = test_servermetadataexists,
	},
	{0},
};

const struct sv_ext ext_mboxmetadata = {
	.name = "mboxmetadata", .rfc = "RFC 5490", .words = folder_words};
const struct sv_ext ext_servermetadata = {
	.name = "servermetadata", .rfc = "RFC 5490", .words = server_words};

#include "filters/sieve/match.h"
#include "tests/sieve/svtest.h"

#include "filters/sieve/edit.h"

#include <stdio.h>

struct svtest *svtest_of(struct sv_run *run)
{
	return run->host->context;
}

/* The string that is argument I. */
static struct str argument(struct sv_run *run, const struct sv_node *node, size_t i)
{
	struct str text = {"", 0};
	(void)run_text(run, node, &node->args[i]->strings[0], &text); /* a failure ends the run */
	return text;
}

static enum sv_flow go_on(const struct sv_run *run)
{
	return run->error.n ? SV_FAIL : SV_NEXT;
}

/* ---- tests and their failure ---- */

static void report(struct svtest *t, struct str name)
{
	printf("%sok %u - " STR_FMT ": " STR_FMT "\n", t->reason.n ? "not " : "", ++t->number,
		STR_ARGS(t->path), STR_ARGS(name));
	if (t->reason.n)
		printf("# " STR_FMT "\n", STR_ARGS(t->reason));
	t->failed += t->reason.n > 0;
}

static enum sv_flow run_named(struct sv_run *run, const struct sv_node *node)
{
	struct svtest *t = svtest_of(run);
	t->reason = (struct str){"", 0};
	struct str name = argument(run, node, 0);
	if (run_block(run, &node->block) == SV_FAIL)
		t->reason = run->error;
	run->error = (struct str){"", 0};
	report(t, name);
	return SV_NEXT;
}

static enum sv_flow run_fail_test(struct sv_run *run, const struct sv_node *node)
{
	struct svtest *t = svtest_of(run);
	struct str reason = argument(run, node, 0);
	t->reason = arena_fmt(t->mem, "line %u: " STR_FMT, node->place.line, STR_ARGS(reason));
	return SV_STOP;
}

/* ---- what is under test ---- */

/* The flags are those of the message. */
static void forget_flags(struct sv_run *run)
{
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(run->host, i)); i++)
		if (ext->begin)
			ext->begin(run);
}

/* The message under test is another one. */
static void look_again(struct sv_run *run)
{
	run->header = (struct value_fields){0};
	value_header(&run->header, run->input, run->mem);
	run->changed = run->parts_known = run->raw_known = false;
	run->size = 0;
	run->changes = NULL;
	run->body = NULL;
	forget_flags(run);
}

static enum sv_flow run_set(struct sv_run *run, const struct sv_node *node)
{
	struct svtest *t = svtest_of(run);
	struct str name = argument(run, node, 0), value = argument(run, node, 1);
	if (!str_eq(name, STR_LIT("message"))) {
		svtest_set(t, name, value);
		return go_on(run);
	}
	if (!svtest_set_message(t, value))
		run_fail(run, node, "that is no message");
	t->test_input.flags = (struct str_list){0};
	look_again(run);
	return go_on(run);
}

static enum sv_flow run_config_set(struct sv_run *run, const struct sv_node *node)
{
	svtest_set(svtest_of(run), argument(run, node, 0), argument(run, node, 1));
	return go_on(run);
}

static enum sv_flow run_config_unset(struct sv_run *run, const struct sv_node *node)
{
	svtest_set(svtest_of(run), argument(run, node, 0), (struct str){"", 0});
	return go_on(run);
}

static enum sv_flow run_nothing(struct sv_run *run, const struct sv_node *node)
{
	(void)node;
	return go_on(run);
}

/* ---- scripts ---- */

static int test_compile(struct sv_run *run, const struct sv_node *node)
{
	return svtest_compile(svtest_of(run), argument(run, node, 0));
}

static int test_run(struct sv_run *run, const struct sv_node *node)
{
	struct svtest *t = svtest_of(run);
	bool done = svtest_run(t, run_tag(node, ":append_result") != NULL, edit_changes(run));
	if (t->reason.n) /* test_fail in that script */
		return run_fail(run, node, STR_FMT, STR_ARGS(t->reason));
	return done;
}

static int test_multiscript(struct sv_run *run, const struct sv_node *node)
{
	struct str_list names = {0};
	for (size_t i = 0; i < node->args[0]->count; i++) {
		struct str *name = ARENA_PUSH(run->mem, names.items, names.count);
		if (run_text(run, node, &node->args[0]->strings[i], name) < 0)
			return -1;
	}
	struct svtest *t = svtest_of(run);
	return svtest_run_all(t, &names) && svtest_execute(t, &t->result.keep);
}

static enum sv_flow run_save(struct sv_run *run, const struct sv_node *node)
{
	struct svtest *t = svtest_of(run);
	struct svtest_saved *s = ARENA_PUSH(t->mem, t->saved, t->saved_count);
	*s = (struct svtest_saved){arena_str(t->mem, argument(run, node, 0)), t->script};
	return go_on(run);
}

static enum sv_flow run_load(struct sv_run *run, const struct sv_node *node)
{
	struct svtest *t = svtest_of(run);
	struct str name = argument(run, node, 0);
	t->script = NULL;
	for (size_t i = 0; i < t->saved_count; i++)
		if (str_eq(t->saved[i].name, name))
			t->script = t->saved[i].script;
	if (!t->script)
		run_fail(run, node, "nothing was saved under this name");
	return go_on(run);
}

/* ---- results ---- */

/* Matches the items, or the one that :index names. */
static int match_items(struct sv_run *run, const struct sv_node *node, const struct str_list *items)
{
	const struct sv_tagged *index = run_tag(node, ":index");
	struct match m;
	if (match_start(&m, run, node) < 0)
		return -1;
	m.source = str_of(node->word->name);
	for (size_t i = 0; i < items->count && !m.result; i++)
		if (!index || index->value.number == i + 1)
			match_text(&m, items->items[i]);
	return match_end(&m);
}

static int test_action(struct sv_run *run, const struct sv_node *node)
{
	const struct svtest *t = svtest_of(run);
	struct str_list names = {0};
	for (size_t i = 0; i < t->result.count; i++)
		*(struct str *)ARENA_PUSH(run->mem, names.items, names.count) =
			svtest_action_name(&t->result.actions[i]);
	/* Pigeonhole counts the implicit keep, which it adds at the end. */
	if (t->result.implicit_keep)
		*(struct str *)ARENA_PUSH(run->mem, names.items, names.count) = STR_LIT("keep");
	return match_items(run, node, &names);
}

static int test_error(struct sv_run *run, const struct sv_node *node)
{
	return match_items(run, node, &svtest_of(run)->errors);
}

/* The implicit keep of the test file, as it would be if the file ended here. */
static struct sv_action keep_of_file(struct sv_run *run)
{
	const struct sv_ext *ext;
	struct sv_result result = {.keep = {.kind = &action_keep, .changes = edit_changes(run)}};
	for (size_t i = 0; (ext = ext_at(run->host, i)); i++)
		if (ext->finish && run->states[i])
			(void)ext->finish(run, &result); /* a failure ends the run */
	return result.keep;
}

static int test_execute(struct sv_run *run, const struct sv_node *node)
{
	struct svtest *t = svtest_of(run);
	struct sv_action keep = t->is_scripts ? t->result.keep : keep_of_file(run);
	(void)node;
	return run->error.n ? -1 : svtest_execute(t, &keep);
}

static enum sv_flow run_reset(struct sv_run *run, const struct sv_node *node)
{
	struct svtest *t = svtest_of(run);
	(void)node;
	svtest_reset(t);
	t->queue = (struct svtest_box){0};
	look_again(run);
	return SV_NEXT;
}

static enum sv_flow run_print(struct sv_run *run, const struct sv_node *node)
{
	const struct svtest *t = svtest_of(run);
	struct buf text = {0};
	(void)node;
	for (size_t i = 0; i < t->result.count; i++) {
		buf_clear(&text);
		action_describe(&t->result.actions[i], &text);
		printf("# %s\n", buf_cstr(&text));
	}
	printf("# implicit keep: %s\n", t->result.implicit_keep ? "yes" : "no");
	buf_free(&text);
	return SV_NEXT;
}

/* ---- mail ---- */

/* The message in the arguments becomes the one under test. 1; 0 there is none; -1. */
static int test_message(struct sv_run *run, const struct sv_node *node)
{
	struct svtest *t = svtest_of(run);
	const struct sv_tagged *folder = run_tag(node, ":folder");
	const struct svtest_box *box = &t->queue;
	struct str name;
	if (folder && run_text(run, node, &folder->value.strings[0], &name) < 0)
		return -1;
	if (folder)
		box = svtest_find_box(t, name);
	if (!box || node->args[0]->number >= box->count)
		return 0;
	const struct svtest_mail *mail = &box->messages[node->args[0]->number];
	svtest_set_message(t, mail->bytes);
	if (!folder)
		svtest_set_envelope(t, mail->sender, mail->recipient);
	t->test_input.flags = mail->flags;
	look_again(run);
	return 1;
}

static enum sv_flow run_message(struct sv_run *run, const struct sv_node *node)
{
	if (test_message(run, node) == 0)
		run_fail(run, node, "there is no such message");
	return go_on(run);
}

static enum sv_flow run_create(struct sv_run *run, const struct sv_node *node)
{
	svtest_make_box(svtest_of(run), argument(run, node, 0));
	return go_on(run);
}

static enum sv_flow run_delete(struct sv_run *run, const struct sv_node *node)
{
	struct svtest_box *b = svtest_find_box(svtest_of(run), argument(run, node, 0));
	if (b)
		b->deleted = true;
	return go_on(run);
}

static enum sv_flow run_annotate(struct sv_run *run, const struct sv_node *node)
{
	const struct sv_tagged *mailbox = run_tag(node, ":mailbox");
	struct str folder = {"", 0}; /* of the server */
	if (mailbox && run_text(run, node, &mailbox->value.strings[0], &folder) < 0)
		return SV_FAIL;
	svtest_annotate(svtest_of(run), folder, argument(run, node, 0), argument(run, node, 1));
	return go_on(run);
}

static struct str lines_of(struct str text, struct arena *mem)
{
	struct buf all = {0};
	struct str line;
	while (str_line(&text, &line)) {
		buf_add(&all, line);
		buf_byte(&all, '\n');
	}
	struct str kept = arena_str(mem, buf_str(&all));
	buf_free(&all);
	return kept;
}

/* As rules have edited it: the test file, or a script that it has run. */
static enum sv_flow run_assert(struct sv_run *run, const struct sv_node *node)
{
	struct svtest *t = svtest_of(run);
	const struct changes *changes = edit_changes(run);
	/* The script went on from there, unless the file has made another change since. */
	if (t->is_scripts && changes == t->given)
		changes = t->result.keep.changes;
	struct str is = lines_of(svtest_compose(t, changes), run->mem);
	struct str wanted = lines_of(argument(run, node, 0), run->mem);
	if (run->error.n)
		return SV_FAIL;
	if (str_eq(is, wanted))
		return SV_NEXT;
	size_t same = 0;
	while (same < is.n && same < wanted.n && is.p[same] == wanted.p[same])
		same++;
	size_t line = 1;
	for (size_t i = 0; i < same; i++)
		line += is.p[i] == '\n';
	run_fail(run, node, "the message differs from its line %zu on:\n" STR_FMT, line,
		STR_ARGS(str_slice(is, 0, 800)));
	return SV_FAIL;
}

/* ---- ${tst.path} ---- */

static int expand_path(struct sv_run *run, const void *data, struct str *text)
{
	(void)data;
	*text = svtest_of(run)->directory;
	return 0;
}

static void bind_path(struct check *c, const struct sv_string *s, struct sv_piece *piece)
{
	if (str_eq(piece->text, STR_LIT("path")))
		piece->expand = expand_path;
	else
		check_error(c, s->place, "there is no ${tst." STR_FMT "}", STR_ARGS(piece->text));
}

/* ---- tables ---- */

#define TEXT(name)                                                                                 \
	{                                                                                          \
		.type = SV_STRING, .what = (name)                                                  \
	}
#define KEYS                                                                                       \
	{                                                                                          \
		.type = SV_STRINGS, .what = "keys", .keys = true                                   \
	}
#define NUMBER(name)                                                                               \
	{                                                                                          \
		.type = SV_NUMBER, .what = (name)                                                  \
	}
#define COMMAND(word, function, ...)                                                               \
	{                                                                                          \
		.name = (word), .role = SV_COMMAND, .run = (function), .args = { __VA_ARGS__ }     \
	}
#define TEST(word, function, ...)                                                                  \
	{                                                                                          \
		.name = (word), .role = SV_TEST, .test = (function), .args = { __VA_ARGS__ }       \
	}

static const struct sv_word words[] = {
	{
		.name = "test",
		.role = SV_COMMAND,
		.takes = SV_BLOCK,
		.args = {TEXT("a name")},
		.run = run_named,
	},
	COMMAND("test_fail", run_fail_test, TEXT("a reason")),
	COMMAND("test_set", run_set, TEXT("what to set"), TEXT("a value")),
	COMMAND("test_config_set", run_config_set, TEXT("a setting"), TEXT("a value")),
	COMMAND("test_config_unset", run_config_unset, TEXT("a setting")),
	COMMAND("test_config_reload", run_nothing, {0}),
	TEST("test_script_compile", test_compile, TEXT("a file")),
	TEST("test_script_run", test_run, {0}),
	TEST("test_multiscript", test_multiscript, {.type = SV_STRINGS, .what = "files"}),
	COMMAND("test_binary_save", run_save, TEXT("a name")),
	COMMAND("test_binary_load", run_load, TEXT("a name")),
	{
		.name = "test_result_action",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {KEYS},
		.test = test_action,
	},
	{
		.name = "test_error",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {KEYS},
		.test = test_error,
	},
	TEST("test_result_execute", test_execute, {0}),
	COMMAND("test_result_reset", run_reset, {0}),
	COMMAND("test_result_print", run_print, {0}),
	{
		.name = "test_message",
		.role = SV_COMMAND,
		.args = {NUMBER("a number")},
		.one_of = ":folder or :smtp",
		.run = run_message,
	},
	{
		.name = "test_message",
		.role = SV_TEST,
		.args = {NUMBER("a number")},
		.one_of = ":folder or :smtp",
		.test = test_message,
	},
	COMMAND("test_mailbox_create", run_create, TEXT("a folder")),
	COMMAND("test_mailbox_delete", run_delete, TEXT("a folder")),
	COMMAND("test_imap_metadata_set", run_annotate, TEXT("an annotation"), TEXT("a value")),
	COMMAND("test_assert_message", run_assert, TEXT("a message")),
	{0},
};

static const struct sv_tag tags[] = {
	{.name = ":folder",
		.on = "test_message",
		.value = TEXT("a folder"),
		.group = ":folder or :smtp"},
	{.name = ":smtp", .on = "test_message", .group = ":folder or :smtp"},
	{.name = ":index", .on = "test_result_action test_error", .value = NUMBER("a number")},
	{.name = ":append_result", .on = "test_script_run"},
	{.name = ":mailbox", .on = "test_imap_metadata_set", .value = TEXT("a folder")},
	{.name = ":extension", .on = "test_config_reload", .value = TEXT("an extension")},
	{0},
};

static const struct sv_namespace namespaces[] = {{.name = "tst", .bind = bind_path}, {0}};

const struct sv_ext svtest_ext = {
	.name = "vnd.dovecot.testsuite",
	.words = words,
	.tags = tags,
	.namespaces = namespaces,
};

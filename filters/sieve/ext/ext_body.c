/* body (RFC 5173). */
#include "filters/sieve/check.h"
#include "filters/sieve/edit.h"
#include "filters/sieve/match.h"
#include "filters/sieve/parts.h"

/* ---- :raw ---- */

/* Without an empty line after the header there is no body, not even an empty one (section 4). */
static bool has_body(const struct sv_run *run)
{
	const struct message *msg = run->input->msg;
	struct str bytes = message_bytes(msg);
	size_t n = message_header_count(msg);
	if (run->body || message_body(msg).n || n == 0)
		return true;
	const struct header *last = message_header(msg, n - 1);
	return last->whole.p + last->whole.n < bytes.p + bytes.n;
}

static struct sv_value *raw_body(struct sv_run *run)
{
	if (!run->raw_known)
		run->raw = (struct sv_value){.text = edit_current_body(run)};
	run->raw_known = true;
	return &run->raw;
}

/* ---- :content ---- */

/* "text", "text/plain", or empty for any type (section 5.2). */
static bool is_of_type(const struct mime_part *part, struct str wanted)
{
	size_t slash = str_find(wanted, '/');
	struct str type = str_slice(wanted, 0, slash);
	struct str subtype = str_slice(wanted, slash + 1, wanted.n);
	if (wanted.n == 0)
		return true;
	if (slash < wanted.n && (subtype.n == 0 || str_find(subtype, '/') < subtype.n))
		return false;
	return str_ieq(part->type, type) && (slash == wanted.n || str_ieq(part->subtype, subtype));
}

/* 1, 0 or -1. */
static int is_wanted(struct sv_run *run, const struct sv_node *node, const struct mime_part *part)
{
	const struct sv_tagged *types = run_tag(node, ":content");
	for (size_t i = 0; i < types->value.count; i++) {
		struct str type;
		if (run_text_now(run, node, &types->value.strings[i], &type) < 0)
			return -1;
		if (is_of_type(part, type))
			return 1;
	}
	return 0;
}

/* For a multipart this is the text around its parts, for a message its header. */
static int match_content(struct match *m, const struct mime_part *part)
{
	struct sv_value *content;
	m->source = arena_fmt(m->run->scratch, STR_FMT "/" STR_FMT, STR_ARGS(part->type),
		STR_ARGS(part->subtype));
	if (str_eq(part->type, STR_LIT("multipart"))) {
		if (!match_text(m, part->prologue))
			match_text(m, part->epilogue);
	} else if (part->child || part->is_cut) {
		match_text(m, part->header);
	} else if (parts_content(m->run, m->node, part, &content) < 0) {
		return -1;
	} else {
		match_value(m, content);
	}
	return 0;
}

static int match_wanted(struct match *m, const struct mime_part *part)
{
	int wanted = is_wanted(m->run, m->node, part);
	return wanted > 0 ? match_content(m, part) : wanted;
}

/* ---- :text ---- */

static int match_readable(struct match *m, const struct mime_part *part)
{
	struct sv_value *text;
	if (!parts_is_text(m->run, part))
		return 0;
	m->source = STR_LIT("text");
	if (parts_readable(m->run, m->node, part, &text) < 0)
		return -1;
	match_value(m, text);
	return 0;
}

/* ---- the test ---- */

enum { STEPS_A_PART = 16 };

static int match_parts(struct match *m, int (*each)(struct match *m, const struct mime_part *part))
{
	const struct mime_part *root = parts_root(m->run, m->node);
	for (const struct mime_part *p = root; p && !m->result; p = mime_next(p, root))
		if (run_charge(m->run, m->node, STEPS_A_PART) < 0 || each(m, p) < 0)
			return -1;
	return 0;
}

static int match_body(struct match *m)
{
	m->source = STR_LIT("body");
	if (!has_body(m->run))
		return 0;
	if (run_tag(m->node, ":raw")) {
		match_value(m, raw_body(m->run));
		return 0;
	}
	return match_parts(m, run_tag(m->node, ":content") ? match_wanted : match_readable);
}

/* What wildcards match here is not remembered (section 6). */
static int test_body(struct sv_run *run, const struct sv_node *node)
{
	struct match m;
	bool capturing = run->capturing;
	if (match_start(&m, run, node) < 0)
		return -1;
	run->capturing = false;
	int r = match_body(&m);
	run->capturing = capturing;
	return r < 0 ? r : match_end(&m);
}

static const struct sv_word words[] = {
	{
		.name = "body",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {{.type = SV_STRINGS, .what = "the keys to look for", .keys = true}},
		.test = test_body,
	},
	{0},
};

#define GROUP "a body transform"

static const struct sv_tag tags[] = {
	{.name = ":raw", .on = "body", .group = GROUP},
	{.name = ":text", .on = "body", .group = GROUP},
	{
		.name = ":content",
		.on = "body",
		.group = GROUP,
		.value = {.type = SV_STRINGS, .what = "content types"},
	},
	{0},
};

const struct sv_ext ext_body = {.name = "body", .rfc = "RFC 5173", .words = words, .tags = tags};

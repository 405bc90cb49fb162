/* replace and enclose (RFC 5703 sections 5 and 6): replaces the message, or a part of it. */
#include "base/hash.h"
#include "filters/sieve/check.h"
#include "filters/sieve/edit.h"
#include "filters/sieve/parts.h"

#define SIGNATURES "this change breaks signatures of the message (DKIM, S/MIME, OpenPGP)"

/* ---- entities ---- */

/* What TEXT needs to end with a line end. */
static struct str missing_line_end(struct str text)
{
	return text.n && text.p[text.n - 1] == '\n' ? STR_LIT("") : STR_LIT("\n");
}

/* The text as a MIME entity: a header and a body. */
static struct str text_entity(struct str text, struct arena *mem)
{
	return ARENA_JOIN(mem, STR_LIT("Content-Type: text/plain; charset=utf-8\n"),
		STR_LIT("Content-Transfer-Encoding: "),
		str_is_ascii(text) ? STR_LIT("7bit") : STR_LIT("8bit"), STR_LIT("\n\n"), text,
		missing_line_end(text));
}

/* ---- the whole message ---- */

static bool describes_content(struct str name)
{
	return str_istarts(name, STR_LIT("Content-")) || str_ieq(name, STR_LIT("MIME-Version"));
}

static void remove_content_fields(struct sv_run *run)
{
	for (size_t i = 0; i < run->header.count; i++)
		if (describes_content(run->header.items[i]->name))
			edit_remove(run, run->header.items[i]);
}

/* The old value of the field goes into "Original-..." (section 5). */
static void keep_original(struct sv_run *run, const struct value_field *f)
{
	struct str value = str_trim(f->header.value);
	edit_add_raw(
		run, ARENA_JOIN(run->mem, STR_LIT("Original-"), f->name, STR_LIT(": "), value));
}

/* Sets the field with that name to this value. */
static void set_field(struct sv_run *run, struct str name, struct str value, bool keeps_original)
{
	for (size_t i = 0; i < run->header.count; i++) {
		struct value_field *f = run->header.items[i];
		if (f->gone || !str_ieq(f->name, name))
			continue;
		if (keeps_original)
			keep_original(run, f);
		edit_remove(run, f);
	}
	edit_add(run, name, value, true);
}

/* 0 or -1. */
static int set_from_tag(struct sv_run *run, const struct sv_node *node, const char *tag,
	const char *field, bool keeps_original)
{
	const struct sv_tagged *t = run_tag(node, tag);
	struct str value;
	if (!t)
		return 0;
	if (run_text(run, node, &t->value.strings[0], &value) < 0)
		return -1;
	set_field(run, str_of(field), value, keeps_original);
	return 0;
}

/* Fields of the entity that describe the content are used; others have no meaning there. */
static int replace_message(struct sv_run *run, const struct sv_node *node, struct str entity)
{
	struct err err;
	struct message *m = message_borrow(entity, &err);
	if (!m)
		return run_fail(run, node, "the replacement is not a MIME entity: %s", err.text);
	remove_content_fields(run);
	edit_add_raw(run, STR_LIT("MIME-Version: 1.0"));
	for (size_t i = 0; i < message_header_count(m); i++) {
		const struct header *h = message_header(m, i);
		if (str_istarts(h->name, STR_LIT("Content-")))
			edit_add_raw(run, str_trim(h->whole));
	}
	edit_body(run, message_body(m));
	message_free(m);
	if (set_from_tag(run, node, ":subject", "Subject", true) < 0)
		return -1;
	return set_from_tag(run, node, ":from", "From", true);
}

/* ---- replace ---- */

/*
 * The whole message is rewritten; the cost in steps is about the number of nanoseconds for each
 * part.
 */
static int charge_parts(struct sv_run *run, const struct sv_node *node)
{
	enum { STEPS_A_PART = 2000 };
	const struct mime_part *root = run->part;
	unsigned long long steps = 0;
	while (root->parent)
		root = root->parent;
	for (const struct mime_part *p = root; p; p = mime_next(p, root))
		steps += STEPS_A_PART;
	return run_charge(run, node, steps);
}

static int replace_part(struct sv_run *run, const struct sv_node *node, struct str entity)
{
	struct str body;
	if (charge_parts(run, node) < 0)
		return -1;
	if (!mime_replace(run->part, entity, run->mem, &body)) {
		run_note(run, node,
			"this part is not in the message any more, or its replacement has too many "
			"parts");
		return 0;
	}
	if (run_charge_memory(run, node, body.n) < 0)
		return -1;
	edit_body(run, body);
	run->replaced = run->part;
	return 0;
}

static enum sv_flow run_replace(struct sv_run *run, const struct sv_node *node)
{
	struct str entity;
	bool whole = !run->part || !run->part->parent;
	if (run_text(run, node, &node->args[0]->strings[0], &entity) < 0)
		return SV_FAIL;
	if (!run_tag(node, ":mime"))
		entity = text_entity(entity, run->mem);
	int r = whole ? replace_message(run, node, entity) : replace_part(run, node, entity);
	if (r == 0 && whole)
		run->replaced = run->part;
	return r < 0 ? SV_FAIL : SV_NEXT;
}

static const struct sv_word replace_words[] = {
	{
		.name = "replace",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "the replacement"}},
		.warning = SIGNATURES,
		.run = run_replace,
	},
	{0},
};

static const struct sv_tag replace_tags[] = {
	{.name = ":mime", .on = "replace"},
	{
		.name = ":subject",
		.on = "replace",
		.value = {.type = SV_STRING, .what = "a subject"},
	},
	{
		.name = ":from",
		.on = "replace",
		.value = {.type = SV_STRING, .what = "an author"},
	},
	{0},
};

const struct sv_ext ext_replace = {
	.name = "replace", .rfc = "RFC 5703", .words = replace_words, .tags = replace_tags};

/* ---- enclose ---- */

/*
 * Made from the digest of what it encloses. Nobody can write that digest into the same bytes, so
 * the boundary need not be searched for.
 */
static struct str choose_boundary(struct str text, struct str message, struct arena *mem)
{
	enum { DIGITS = 40 };
	char hex[HASH_HEX];
	const struct hash digest = hash_of((const struct str[]){text, message}, 2);
	hash_hex(&digest, hex);
	return arena_fmt(mem, "=_mda_%.*s", DIGITS, hex);
}

/* A message must have an author and a date (RFC 5322 section 3.6). */
static bool always_stays(struct str name)
{
	static const char *const names[] = {"received", "return-path", "auto-submitted",
		"delivered-to", "x-original-to", "from", "date"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_ieq(name, str_of(names[i])))
			return true;
	return false;
}

/* With :headers, the new message keeps only the fields that are named, and its trace. */
static int keep_fields(struct sv_run *run, const struct sv_node *node)
{
	const struct sv_tagged *t = run_tag(node, ":headers");
	struct str_list kept = {0};
	for (size_t i = 0; t && i < t->value.count; i++)
		if (run_text(run, node, &t->value.strings[i],
			    ARENA_PUSH(run->mem, kept.items, kept.count)) < 0)
			return -1;
	for (size_t i = 0; t && i < run->header.count; i++) {
		struct value_field *f = run->header.items[i];
		bool stays = always_stays(f->name);
		for (size_t k = 0; k < kept.count && !stays; k++)
			stays = str_ieq(f->name, kept.items[k]);
		if (!stays)
			edit_remove(run, f);
	}
	return 0;
}

static struct str enclosing_body(
	struct str text, struct str message, struct str boundary, struct arena *mem)
{
	return ARENA_JOIN(mem, STR_LIT("--"), boundary, STR_LIT("\n"), text_entity(text, mem),
		STR_LIT("\n--"), boundary, STR_LIT("\nContent-Type: message/rfc822\n\n"), message,
		missing_line_end(message), STR_LIT("\n--"), boundary, STR_LIT("--\n"));
}

static enum sv_flow run_enclose(struct sv_run *run, const struct sv_node *node)
{
	struct str text, message = edit_message(run);
	if (run_text(run, node, &node->args[0]->strings[0], &text) < 0 ||
		run_charge_memory(run, node, message.n) < 0)
		return SV_FAIL;
	struct str boundary = choose_boundary(text, message, run->mem);
	struct str body = enclosing_body(text, message, boundary, run->mem);
	if (keep_fields(run, node) < 0)
		return SV_FAIL;
	remove_content_fields(run);
	edit_add_raw(run, STR_LIT("MIME-Version: 1.0"));
	edit_add_raw(
		run, arena_fmt(run->mem, "Content-Type: multipart/mixed; boundary=\"" STR_FMT "\"",
			     STR_ARGS(boundary)));
	edit_body(run, body);
	return set_from_tag(run, node, ":subject", "Subject", false) < 0 ? SV_FAIL : SV_NEXT;
}

static const struct sv_word enclose_words[] = {
	{
		.name = "enclose",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "a text to put first"}},
		.warning = SIGNATURES,
		.run = run_enclose,
	},
	{0},
};

static const struct sv_tag enclose_tags[] = {
	{
		.name = ":subject",
		.on = "enclose",
		.value = {.type = SV_STRING, .what = "a subject"},
	},
	{
		.name = ":headers",
		.on = "enclose",
		.value = {.type = SV_STRINGS, .what = "the names of headers"},
	},
	{0},
};

const struct sv_ext ext_enclose = {
	.name = "enclose", .rfc = "RFC 5703", .words = enclose_words, .tags = enclose_tags};

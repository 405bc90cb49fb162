#include "mda/tools/convert/convert_pattern.h"

#include "base/str_list.h"
#include "mda/tools/convert/convert_names.h"

#include <string.h>

/* What procmail's words stand for (procmailrc(5), and regexp.c of its source). */
static const char *const to_names = "((Original-)?(Resent-)?(To|Cc|Bcc)|"
				    "(X-Envelope|Apparently(-Resent)?)-To):";
static const char *const from_names[] = {
	"From", "Sender", "Resent-From", "Resent-Sender", "X-Envelope-From"};

/* Behind "Name:", and behind the "From " of the envelope. The names of daemons are between them. */
static const char mailer_head[] = "^([^>]*[^(.%@a-z0-9])?";
static const char mailer_tail[] = "(([^).!:a-z0-9][-_a-z0-9]*)?[%@>\t ][^<)]*(\\(.*\\).*)?)?$";
/* There, a blank and the date follow. */
static const char mailer_tail_envelope[] =
	"(([^).!:a-z0-9][-_a-z0-9]*)?([%@>\t ][^<)]*(\\(.*\\).*)?)?)?$";
/* ---- the tests ---- */

static const char comparator[] = " :comparator \"i;octet\"";

static struct str header_test(struct convert *c, const struct convert_pattern *p, const char *how,
	const struct str_list *names, struct str key)
{
	struct str list = convert_strings(c, names->items, names->count);
	struct str text = convert_string(c, key);
	if (list.n == 0 || text.n == 0)
		return STR_EMPTY;
	if (strcmp(how, ":regex") == 0)
		c->needs |= NEEDS_REGEX;
	return arena_fmt(c->mem, "header%s %s " STR_FMT " " STR_FMT, p->with_case ? comparator : "",
		how, STR_ARGS(list), STR_ARGS(text));
}

/* Where "\/" is in X; its length if it is not there. */
static size_t match_mark(struct str x)
{
	for (size_t i = 0; i + 1 < x.n; i++) {
		if (x.p[i] == '\\' && x.p[i + 1] == '/')
			return i;
		i += x.p[i] == '\\';
	}
	return x.n;
}

/* Are all matches of X, which has no groups then, of the same length? */
static bool has_fixed_length(struct str x)
{
	for (size_t i = 0; i < x.n; i++) {
		if (x.p[i] == '\\') {
			i++;
		} else if (x.p[i] == '[') {
			i += i + 1 < x.n && x.p[i + 1] == '^';
			while (i + 1 < x.n && x.p[++i] != ']')
				;
		} else if (strchr("*+?()|^$", x.p[i])) {
			return false;
		}
	}
	return true;
}

/*
 * "^Name:LEFT\/RIGHT": $MATCH is what RIGHT matches, as much as possible, behind the first place
 * where LEFT does. So does a group of ours, if LEFT always has the same length.
 */
static struct str match_test(struct convert *c, const struct convert_pattern *p,
	const struct str_list *names, struct str x)
{
	struct convert_start s;
	struct convert_expression before, first, e;
	struct str atom = STR_EMPTY, left = str_slice(x, 0, match_mark(x));
	struct str right = str_slice(x, left.n + 2, x.n);
	size_t n;
	if (names->count > 1 || match_mark(right) < right.n)
		return convert_fail(c, "$MATCH of several fields or places"), STR_EMPTY;
	if (right.n == 0 || right.p[right.n - 1] == '$' || convert_part_end(right, 0) < right.n)
		return convert_fail(c, "$MATCH with alternatives, or with the end of the line"),
		       STR_EMPTY;
	if (left.n == 0)
		return convert_fail(c, "$MATCH begins with the blank after the colon"), STR_EMPTY;
	if (!convert_take_blanks(c, &left, &s))
		return STR_EMPTY;
	if (!has_fixed_length(left))
		return convert_fail(c, "$MATCH behind something of any length"), STR_EMPTY;
	struct str head = left.n ? left : right;
	bool at_blank = s.may_be_blank || (s.sees_blank && left.n == 0);
	if (at_blank && convert_matches_blank(head, &n) != 0)
		return convert_fail(c, "$MATCH may begin with the blank after the colon"),
		       STR_EMPTY;
	if (((at_blank || s.sees_blank) && !convert_begins_plainly(c, p, head)) ||
		(s.sees_blank && left.n && !convert_consider_blank(c, &left, &atom)) ||
		!convert_translate(c, p, left, &before) || !convert_translate(c, p, atom, &first) ||
		!convert_translate(c, p, right, &e))
		return STR_EMPTY;
	c->match = atom.n ? 2 : 1;
	return header_test(c, p, ":regex", names,
		arena_fmt(c->mem, "%s%s" STR_FMT "%s" STR_FMT "(" STR_FMT ")",
			s.anchored ? "^" : "", atom.n ? "(^|" : "", STR_ARGS(first.text),
			atom.n ? ")" : "", STR_ARGS(before.text), STR_ARGS(e.text)));
}

/* "^Names:REST" */
static struct str field_test(struct convert *c, const struct convert_pattern *p,
	const struct str_list *names, struct str x)
{
	struct convert_start s;
	struct str atom = STR_EMPTY;
	struct convert_expression e, first = {0};
	if (!p->is_pcre && match_mark(x) < x.n)
		return match_test(c, p, names, x);
	if (x.n == 0 || str_eq(x, STR_LIT(".*")))
		return header_test(c, p, ":contains", names, STR_EMPTY);
	bool at_end = x.p[x.n - 1] == '$' && (x.n < 2 || x.p[x.n - 2] != '\\');
	x = str_slice(x, 0, x.n - at_end);
	if (convert_part_end(x, 0) < x.n)
		return convert_fail(c, "alternatives without a group"), STR_EMPTY;
	if (!convert_take_blanks(c, &x, &s))
		return STR_EMPTY;
	size_t n;
	if (s.may_be_blank && x.n &&
		(convert_matches_blank(x, &n) != 0 ? !convert_begins_visibly(c, x)
						   : !convert_begins_plainly(c, p, x)))
		return STR_EMPTY;
	if (s.sees_blank &&
		(!convert_begins_plainly(c, p, x) || !convert_consider_blank(c, &x, &atom)))
		return STR_EMPTY;
	if (!convert_translate(c, p, x, &e) || !convert_translate(c, p, atom, &first))
		return STR_EMPTY;
	if (!s.anchored && x.n == 0 && atom.n == 0)
		return header_test(c, p, ":contains", names, STR_EMPTY);
	if (atom.n == 0 && e.is_plain && !s.anchored && !at_end)
		return header_test(c, p, ":contains", names, e.plain);
	if (atom.n == 0 && e.is_plain && s.anchored && at_end)
		return header_test(c, p, ":is", names, e.plain);
	struct str key = arena_fmt(c->mem, "%s%s" STR_FMT "%s" STR_FMT "%s", s.anchored ? "^" : "",
		atom.n ? "(^|" : "", STR_ARGS(first.text), atom.n ? ")" : "", STR_ARGS(e.text),
		at_end ? "$" : "");
	return header_test(c, p, ":regex", names, key);
}

/* ^TO_x: a word of an address. */
static struct str to_test(
	struct convert *c, const struct convert_pattern *p, const char *border, struct str x)
{
	struct str_list names = {0};
	struct convert_expression e;
	struct str all = str_of(to_names);
	if (convert_part_end(x, 0) < x.n)
		return convert_fail(c, "alternatives without a group"), STR_EMPTY;
	size_t n;
	if (convert_matches_blank(x, &n) != 0 && !convert_begins_visibly(c, x))
		return STR_EMPTY;
	if (!convert_begins_plainly(c, p, x) ||
		!convert_names(c, str_slice(all, 0, all.n - 1), &names) ||
		!convert_translate(c, p, x, &e))
		return STR_EMPTY;
	return header_test(c, p, ":regex", &names,
		arena_fmt(c->mem, "(^|%s)" STR_FMT, border, STR_ARGS(e.text)));
}

static const struct mailer {
	const char *word, *names;
	bool has_lists; /* mail of lists counts, too */
} mailers[] = {
	{"^FROM_DAEMON",
		"(Post(ma?(st(e?r)?|n)|office)|(send)?Mail(er)?|daemon|m(mdf|ajordomo)|n?uucp|"
		"LIST(SERV|proc)|NETSERV|o(wner|ps)|r(e(quest|sponse)|oot)|b(ounce|bs\\.smtp)|echo|"
		"mirror|s(erv(ices?|er)|mtp(error)?|ystem)|A(dmin(istrator)?|MMGR|utoanswer))",
		true},
	{"^FROM_MAILER",
		"(Post(ma(st(er)?|n)|office)|(send)?Mail(er)?|daemon|mmdf|n?uucp|ops|r(esponse|oot)"
		"|"
		"(bbs\\.)?smtp(error)?|s(erv(ices?|er)|ystem)|A(dmin(istrator)?|MMGR))",
		false},
};

/*
 * The expression of procmailrc(5). What it looks for at the end of the line is always there. The
 * line "From " has the sender of the envelope, and MAILER-DAEMON if there is none.
 */
static struct str mailer_test(
	struct convert *c, const struct convert_pattern *p, const struct mailer *m)
{
	struct str names[sizeof from_names / sizeof *from_names], tests[6];
	struct str precedence =
		STR_LIT("header :contains \"Precedence\" [\"junk\", \"bulk\", \"list\"]");
	size_t count = 0, name_count = sizeof names / sizeof *names;
	for (size_t i = 0; i < name_count; i++)
		names[i] = str_of(from_names[i]);
	const struct str_list list = {names, name_count};
	struct str field = arena_fmt(c->mem, "%s%s%s", mailer_head, m->names, mailer_tail);
	struct str envelope = convert_string(
		c, arena_fmt(c->mem, "%s%s%s", mailer_head, m->names, mailer_tail_envelope));
	if (p->with_case)
		return convert_fail(c, "%s with the flag D", m->word), STR_EMPTY;
	if (m->has_lists) {
		tests[count++] = STR_LIT("exists \"Mailing-List\"");
		tests[count++] = precedence;
		tests[count++] = STR_LIT("header :regex \"To\" \"^Multiple recipients of \"");
	}
	tests[count++] = header_test(c, p, ":regex", &list, field);
	tests[count++] = STR_LIT("envelope \"from\" \"\"");
	tests[count++] = arena_fmt(c->mem, "envelope :regex \"from\" " STR_FMT, STR_ARGS(envelope));
	c->needs |= NEEDS_ENVELOPE;
	return convert_tests(c, "anyof", tests, count);
}

static struct str body_test(struct convert *c, const struct convert_pattern *p, struct str x)
{
	struct convert_expression e;
	bool at_line = x.n && x.p[0] == '^';
	x = str_slice(x, at_line, x.n);
	if (x.n == 0 || !convert_translate(c, p, x, &e))
		return x.n ? STR_EMPTY : (convert_fail(c, "an empty expression"), STR_EMPTY);
	bool is_plain = e.is_plain && !at_line;
	struct str key = is_plain  ? e.plain
			 : at_line ? arena_fmt(c->mem, "(^|\n)(" STR_FMT ")", STR_ARGS(e.text))
				   : e.text;
	struct str text = convert_string(c, key);
	if (text.n == 0)
		return STR_EMPTY;
	c->needs |= NEEDS_BODY | (is_plain ? 0u : NEEDS_REGEX);
	return arena_fmt(c->mem, "body :raw%s %s " STR_FMT, p->with_case ? comparator : "",
		is_plain ? ":contains" : ":regex", STR_ARGS(text));
}

/* ---- the whole ---- */

/* "^(To:|Cc:)" is "^(To|Cc):". */
static struct str colons_behind(struct convert *c, struct str x)
{
	struct str_list parts = {0};
	size_t end = 2;
	if (!str_starts(x, STR_LIT("^(")))
		return x;
	while ((end = convert_part_end(x, end)) < x.n && x.p[end] == '|')
		end++;
	if (end == x.n || !convert_split(c, str_slice(x, 2, end), &parts))
		return x;
	struct str names = STR_LIT("^(");
	for (size_t i = 0; i < parts.count; i++) {
		struct str part = parts.items[i];
		if (str_find(part, ':') + 1 != part.n)
			return x;
		names = ARENA_JOIN(c->mem, names, i ? STR_LIT("|") : STR_EMPTY,
			str_slice(part, 0, part.n - 1));
	}
	return ARENA_JOIN(c->mem, names, STR_LIT("):"), str_slice(x, end + 1, x.n));
}

/* procmail replaces its words where they are, but not behind "^(". */
static struct str one_test(
	struct convert *c, const struct convert_pattern *p, struct str x, bool has_words)
{
	static const struct {
		const char *word, *border;
	} to_words[] = {{"^TO_", "[^-a-zA-Z0-9_.]"}, {"^TO", "[^a-zA-Z]"}};
	struct str_list names = {0};
	if (p->in_body)
		return body_test(c, p, x);
	for (size_t i = 0; has_words && i < sizeof mailers / sizeof *mailers; i++)
		if (str_eq(x, str_of(mailers[i].word)))
			return mailer_test(c, p, &mailers[i]);
	for (size_t i = 0; has_words && i < sizeof to_words / sizeof *to_words; i++) {
		struct str word = str_of(to_words[i].word);
		if (str_starts(x, word) && (i == 0 || str_find(x, ':') == x.n))
			return to_test(c, p, to_words[i].border, str_slice(x, word.n, x.n));
	}
	x = colons_behind(c, x);
	size_t colon = str_find(x, ':');
	if (x.n < 2 || x.p[0] != '^' || colon < 2 || colon == x.n)
		return convert_fail(c, "it does not look at named fields (^Name:...)"), STR_EMPTY;
	struct str name = str_slice(x, 1, colon);
	if (!convert_names(c, name, &names))
		return STR_EMPTY;
	for (size_t i = 0; i < names.count; i++)
		if (names.items[i].n == 0 || str_find(names.items[i], '_') < names.items[i].n)
			return convert_fail(c, "the name of the field is not plain"), STR_EMPTY;
	return field_test(c, p, &names, str_slice(x, colon + 1, x.n));
}

/* "(A|B)" and "^(A|B)" become two patterns, if each has its own field. */
static struct str distribute(struct convert *c, const struct convert_pattern *p)
{
	struct str text = p->text, inside = convert_whole_group(text);
	bool at_line = text.n && text.p[0] == '^';
	struct str_list parts = {0};
	if (inside.n == 0 && at_line)
		inside = convert_whole_group(str_slice(text, 1, text.n));
	if (inside.n)
		text = inside;
	at_line = at_line && inside.n;
	if (!convert_split(c, text, &parts))
		return STR_EMPTY;
	struct str *tests = arena_alloc(c->mem, parts.count * sizeof *tests);
	for (size_t i = 0; i < parts.count; i++) {
		struct str part = parts.items[i];
		tests[i] = one_test(c, p, at_line ? ARENA_JOIN(c->mem, STR_LIT("^"), part) : part,
			!p->is_pcre && !at_line);
		if (tests[i].n == 0)
			return STR_EMPTY;
	}
	return convert_tests(c, "anyof", tests, parts.count);
}

struct str convert_pattern(struct convert *c, const struct convert_pattern *p)
{
	if (p->text.n == 0)
		return convert_fail(c, "an empty expression"), STR_EMPTY;
	if (p->in_body)
		return one_test(c, p, p->text, false);
	return distribute(c, p);
}

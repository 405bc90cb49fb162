#include "filters/sieve/keywords.h"

#include "base/suggest.h"

/* From IANA's registry (RFC 5788, RFC 9979). */
static const struct keyword {
	const char *name;
	const char *not_with; /* another keyword that contradicts it */
	bool is_programs;     /* set by a mail program when a person does something */
	bool is_colour;
} keywords[] = {
	{.name = "$Forwarded"},
	{.name = "$MDNSent"},
	{.name = "$SubmitPending"},
	{.name = "$Submitted"},
	{.name = "$Junk", .not_with = "$NotJunk"},
	{.name = "$NotJunk"},
	{.name = "$Phishing"},
	{.name = "$Important"},
	{.name = "$notify"},
	{.name = "$muted", .not_with = "$followed"},
	{.name = "$followed"},
	{.name = "$memo", .not_with = "$hasmemo", .is_programs = true},
	{.name = "$hasmemo", .is_programs = true},
	{.name = "$hasattachment", .not_with = "$hasnoattachment"},
	{.name = "$hasnoattachment"},
	{.name = "$autosent"},
	{.name = "$unsubscribed", .is_programs = true},
	{.name = "$canunsubscribe"},
	{.name = "$imported"},
	{.name = "$istrusted"},
	{.name = "$maskedemail"},
	{.name = "$new"},
	{.name = "$MailFlagBit0", .is_colour = true},
	{.name = "$MailFlagBit1", .is_colour = true},
	{.name = "$MailFlagBit2", .is_colour = true},
};

enum { KEYWORDS = sizeof keywords / sizeof *keywords };

static const struct keyword *find(struct str name)
{
	for (size_t i = 0; i < KEYWORDS; i++)
		if (str_ieq(name, str_of(keywords[i].name)))
			return &keywords[i];
	return NULL;
}

/* The argument's string with this flag; NULL: there is none. */
static const struct sv_string *place_of(const struct sv_given *flags, const char *name)
{
	for (size_t i = 0; i < flags->count; i++) {
		struct str rest = flags->strings[i].text, word;
		while (str_word(&rest, &word))
			if (str_ieq(word, str_of(name)))
				return &flags->strings[i];
	}
	return NULL;
}

/* $label1 and other names of a site's or program's own are not misspelt. */
static void check_spelling(struct check *c, const struct sv_string *s, struct str word)
{
	enum { SHORT = 8 }; /* in shorter ones, two letters are a large difference */
	struct suggest near = {.word = word};
	for (size_t i = 0; i < KEYWORDS; i++)
		suggest_consider(&near, keywords[i].name);
	if (near.near[0] && near.distances[0] <= (word.n < SHORT ? 1 : 2))
		check_warn(c, s->place,
			"no mail program knows the keyword \"" STR_FMT "\"; did you mean \"%s\"?",
			STR_ARGS(word), near.near[0]);
}

static void check_set(struct check *c, const struct sv_given *flags, const struct sv_string *s,
	const struct keyword *k, bool alone)
{
	if (k->not_with && place_of(flags, k->not_with))
		check_warn(c, s->place, "\"%s\" and \"%s\" exclude each other (RFC 9979)", k->name,
			k->not_with);
	if (k->is_programs)
		check_warn(c, s->place,
			"\"%s\" should only be set by a mail program when a person does something "
			"(RFC 9979)",
			k->name);
	if (k->is_colour && alone && !place_of(flags, "\\Flagged"))
		check_warn(c, s->place,
			"\"%s\" is the colour of a flag; set \\Flagged too (RFC 9979)", k->name);
}

void keywords_check(struct check *c, const struct sv_given *flags, bool sets, bool alone)
{
	for (size_t i = 0; i < flags->count; i++) {
		const struct sv_string *s = &flags->strings[i];
		struct str rest = s->text, word;
		while (s->piece_count == 0 && str_word(&rest, &word)) {
			const struct keyword *k = find(word);
			if (!k && word.p[0] == '$')
				check_spelling(c, s, word);
			if (k && sets)
				check_set(c, flags, s, k, alone);
		}
	}
}

#include "filters/spam/score.h"

#include "base/limits.h"
#include "base/message.h"
#include "filters/sieve/regex.h"

#include <stdlib.h>

enum { VALUE_MOST = 2000 }; /* only so many bytes of a field are read */

/* ---- the configuration ---- */

bool score_parse_field(
	struct str text, struct score_field *field, struct arena *mem, const char **why)
{
	unsigned long long steps = 0;
	size_t colon = str_find(text, ':');
	field->name = str_trim(str_slice(text, 0, colon));
	field->pattern = str_trim(str_slice(text, colon + 1, text.n));
	*why = "it must start with the name of a header field";
	if (!message_is_name(field->name))
		return false;
	if (field->pattern.n == 0)
		return true;
	const struct regex *r = regex_new(field->pattern, false, mem, &steps, why);
	if (!r || *why)
		return false;
	*why = "the expression must have a group, in round brackets, around what counts";
	return regex_groups(r) > 0;
}

/* Reads all of TEXT as a number: "-3.2", "5". A comma may be used for the point. */
static bool take_number(struct str text, double *value)
{
	char digits[32];
	size_t n = 0, points = 0;
	text = str_trim(text);
	for (; n < text.n && n + 1 < sizeof digits; n++) {
		char c = text.p[n] == ',' ? '.' : text.p[n];
		bool is_sign = n == 0 && (c == '+' || c == '-');
		points += c == '.';
		if (!is_sign && c != '.' && !ascii_isdigit(c))
			return false;
		digits[n] = c;
	}
	digits[n] = '\0';
	char *end;
	*value = strtod(digits, &end);
	return n == text.n && points <= 1 && end != digits && *end == '\0';
}

bool score_parse_most(struct str text, struct score_most *most, struct arena *mem, const char **why)
{
	*most = (struct score_most){0};
	*why = "the highest score must be above 0";
	if (take_number(text, &most->value))
		return most->value > 0;
	return score_parse_field(text, &most->from, mem, why);
}

bool score_parse_text(struct str text, unsigned *value, struct str *rest)
{
	struct str word;
	unsigned long long n;
	*rest = text;
	if (!str_word(rest, &word) || !str_number(word, 10, &n))
		return false;
	*value = (unsigned)n;
	*rest = str_trim(*rest);
	return rest->n > 0;
}

/* ---- the message ---- */

/*
 * The topmost field counts, because a scanner's field is above a sender's. False when there is
 * none, or it has another form.
 */
static bool find(const struct score_field *field, const struct message *msg, struct arena *mem,
	struct str *text)
{
	const struct header *h = message_find(msg, field->name);
	if (!h)
		return false;
	struct header start = *h;
	start.value = str_slice(h->value, 0, VALUE_MOST);
	*text = str_trim(message_header_text(&start, mem));
	if (field->pattern.n == 0)
		return true;
	unsigned long long steps = 0, most = LIMIT_RUN_STEPS;
	const char *why;
	const struct regex *r = regex_new(field->pattern, false, mem, &steps, &why);
	if (!r)
		return false;
	size_t *places = arena_alloc(mem, 2 * (1 + regex_groups(r)) * sizeof *places);
	struct arena *scratch = arena_new();
	bool found = regex_match(r, *text, places, &most, scratch) > 0;
	arena_free(scratch);
	if (found)
		*text = str_slice(*text, places[2], places[3]);
	return found;
}

static bool is_one_character(struct str text)
{
	for (size_t i = 1; i < text.n; i++)
		if (text.p[i] != text.p[0])
			return false;
	return true;
}

static bool value_of_text(const struct score_conf *conf, struct str text, double *value)
{
	for (size_t i = 0; i < conf->texts.count; i++) {
		unsigned n;
		struct str own;
		if (!score_parse_text(conf->texts.items[i], &n, &own) || !str_eq(own, text))
			continue;
		*value = n;
		return true;
	}
	return false;
}

/* Reads the score, and the highest score that the scanner can give. */
static bool read_score(const struct score_conf *conf, const struct message *msg, unsigned top,
	struct arena *mem, double *value, double *most)
{
	struct str text, limit;
	*most = conf->most.value;
	if (!find(&conf->from, msg, mem, &text))
		return false;
	if (conf->type == SCORE_TEXT) {
		*most = top;
		return value_of_text(conf, text, value);
	}
	if (conf->most.from.name.n &&
		(!find(&conf->most.from, msg, mem, &limit) || !take_number(limit, most)))
		return false;
	*value = (double)text.n;
	if (conf->type == SCORE_LENGTH)
		return is_one_character(text);
	return take_number(text, value);
}

int score_value(const struct score_conf *conf, const struct message *msg, unsigned top,
	bool percent, struct arena *mem)
{
	/* A whole number must not become one less because of a rounding error in its last bit. */
	const double bit = 0.001;
	double value, most;
	if (conf->from.name.n == 0)
		return -1;
	if (!read_score(conf, msg, top, mem, &value, &most) || most <= 0)
		return 0;
	double part = value <= 0 ? 0 : value >= most ? 1 : value / most;
	return percent ? (int)(part * 100 + bit) : (int)(part * (top - 1) + 1 + bit);
}

#include "mda/lmtp/parameter.h"

#include "base/address_path.h"
#include "mda/lmtp/xtext.h"

#include <limits.h>

/* ---- one of them ---- */

static bool take_size(struct parameters *p, struct str value, struct arena *mem)
{
	(void)mem;
	return value.n <= 20 && str_number(value, ULLONG_MAX, &p->size);
}

/* Both kinds of body are read in the same way. */
static bool take_body(struct parameters *p, struct str value, struct arena *mem)
{
	(void)p;
	(void)mem;
	return str_ieq(value, STR_LIT("7BIT")) || str_ieq(value, STR_LIT("8BITMIME"));
}

static bool take_utf8(struct parameters *p, struct str value, struct arena *mem)
{
	(void)value;
	(void)mem;
	return p->is_utf8 = true;
}

static bool take_ret(struct parameters *p, struct str value, struct arena *mem)
{
	(void)mem;
	p->returns_headers = str_ieq(value, STR_LIT("HDRS"));
	return p->returns_headers || str_ieq(value, STR_LIT("FULL"));
}

static bool take_envid(struct parameters *p, struct str value, struct arena *mem)
{
	enum { MOST = 100 };
	return value.n > 0 && value.n <= MOST && xtext_decode(value, mem, &p->envelope_id);
}

static unsigned notify_bit(struct str word)
{
	static const struct {
		const char *word;
		unsigned bit;
	} bits[] = {{"NEVER", NOTIFY_NEVER}, {"SUCCESS", NOTIFY_SUCCESS},
		{"FAILURE", NOTIFY_FAILURE}, {"DELAY", NOTIFY_DELAY}};
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		if (str_ieq(word, str_of(bits[i].word)))
			return bits[i].bit;
	return 0;
}

/* NEVER alone, or several of the others, separated by commas. */
static bool take_notify(struct parameters *p, struct str value, struct arena *mem)
{
	bool more = true;
	(void)mem;
	while (more) {
		size_t comma = str_find(value, ',');
		unsigned bit = notify_bit(str_slice(value, 0, comma));
		if (!bit || (p->notify & bit))
			return false;
		p->notify |= bit;
		more = comma < value.n;
		value = str_slice(value, comma + 1, value.n);
	}
	return !(p->notify & NOTIFY_NEVER) || p->notify == NOTIFY_NEVER;
}

/* An address that is not a mail address, or that cannot be used, is ignored. */
static bool take_orcpt(struct parameters *p, struct str value, struct arena *mem)
{
	enum { MOST = 500 };
	size_t semicolon = str_find(value, ';');
	struct str type = str_slice(value, 0, semicolon), plain = STR_EMPTY, path;
	struct str text = str_slice(value, semicolon + 1, value.n);
	bool is_utf8 = str_ieq(type, STR_LIT("utf-8"));
	if (value.n > MOST || type.n == 0 || text.n == 0)
		return false;
	if (!(is_utf8 ? xtext_decode_utf8 : xtext_decode)(text, mem, &plain))
		return false;
	if ((is_utf8 || str_ieq(type, STR_LIT("rfc822"))) && address_path(plain, mem, &path))
		p->original = path;
	return true;
}

/* ---- the table ---- */

static const struct row {
	const char *name;
	unsigned of;
	bool has_value;
	bool (*take)(struct parameters *p, struct str value, struct arena *mem);
} rows[] = {
	{"SIZE", PARAMETER_OF_MAIL, true, take_size},
	{"BODY", PARAMETER_OF_MAIL, true, take_body},
	{"SMTPUTF8", PARAMETER_OF_MAIL, false, take_utf8},
	{"RET", PARAMETER_OF_MAIL, true, take_ret},
	{"ENVID", PARAMETER_OF_MAIL, true, take_envid},
	{"NOTIFY", PARAMETER_OF_RCPT, true, take_notify},
	{"ORCPT", PARAMETER_OF_RCPT, true, take_orcpt},
};

enum { ROWS = sizeof rows / sizeof *rows };

static int take(struct str word, unsigned command, struct arena *mem, struct parameters *p,
	struct reply *why)
{
	size_t equals = str_find(word, '='), i = 0;
	struct str name = str_slice(word, 0, equals);
	while (i < ROWS && !((rows[i].of & command) && str_ieq(name, str_of(rows[i].name))))
		i++;
	if (i == ROWS) {
		reply_set(why, 555, "5.5.4", "the parameter " STR_FMT " is not known here",
			STR_ARGS(str_slice(name, 0, 40)));
		return -1;
	}
	bool is_again = p->seen & 1u << i;
	p->seen |= 1u << i;
	struct str value = str_slice(word, equals + 1, word.n);
	if (!is_again && rows[i].has_value == (equals < word.n) && rows[i].take(p, value, mem))
		return 0;
	reply_set(why, 501, "5.5.4",
		is_again ? "the parameter %s is there twice" : "the parameter %s has a wrong value",
		rows[i].name);
	return -1;
}

int parameter_read(struct str text, unsigned command, struct arena *mem, struct parameters *p,
	struct reply *why)
{
	struct str word;
	while (str_word(&text, &word))
		if (take(word, command, mem, p, why) < 0)
			return -1;
	return 0;
}

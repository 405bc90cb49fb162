#include "mda/lmtp/attribute.h"

#include "base/printable.h"
#include "mda/lmtp/xtext.h"

#define BOTH      (ATTRIBUTE_OF_XCLIENT | ATTRIBUTE_OF_XFORWARD)
#define AT(field) offsetof(struct attributes, field)
enum { NOWHERE = -1 };

static const struct row {
	const char *name;
	unsigned of;
	long offset; /* NOWHERE: it is accepted but not used */
} rows[] = {
	{"NAME", BOTH, AT(name)},
	{"ADDR", BOTH, AT(address)},
	{"PORT", BOTH, NOWHERE},
	{"PROTO", BOTH, NOWHERE},
	{"HELO", BOTH, AT(helo)},
	{"LOGIN", ATTRIBUTE_OF_XCLIENT, AT(login)},
	{"DESTADDR", ATTRIBUTE_OF_XCLIENT, NOWHERE},
	{"DESTPORT", ATTRIBUTE_OF_XCLIENT, NOWHERE},
	{"IDENT", ATTRIBUTE_OF_XFORWARD, AT(queue_id)},
	{"SOURCE", ATTRIBUTE_OF_XFORWARD, NOWHERE},
};

enum { ROWS = sizeof rows / sizeof *rows };

static bool is_unavailable(struct str value)
{
	return str_ieq(value, STR_LIT("[UNAVAILABLE]")) || str_ieq(value, STR_LIT("[TEMPUNAVAIL]"));
}

static int take(struct str word, unsigned command, struct arena *mem, struct attributes *a,
	struct reply *why)
{
	size_t equals = str_find(word, '='), i = 0;
	struct str name = str_slice(word, 0, equals), value;
	while (i < ROWS && !((rows[i].of & command) && str_ieq(name, str_of(rows[i].name))))
		i++;
	if (i == ROWS || equals == word.n ||
		!xtext_decode(str_slice(word, equals + 1, word.n), mem, &value) ||
		printable_has_control(value)) {
		reply_set(why, 501, "5.5.4", "the attribute " STR_FMT " is wrong",
			STR_ARGS(str_slice(name, 0, 40)));
		return -1;
	}
	if (rows[i].offset != NOWHERE)
		*(struct str *)((char *)a + rows[i].offset) =
			is_unavailable(value) ? STR_EMPTY : value;
	a->has_address |= rows[i].offset == AT(address);
	return 0;
}

int attribute_read(struct str text, unsigned command, struct arena *mem, struct attributes *a,
	struct reply *why)
{
	struct str word;
	while (str_word(&text, &word))
		if (take(word, command, mem, a, why) < 0)
			return -1;
	return 0;
}

struct str attribute_names(unsigned command, struct arena *mem)
{
	struct str all = STR_EMPTY;
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].of & command)
			all = arena_fmt(mem, STR_FMT " %s", STR_ARGS(all), rows[i].name);
	return all;
}

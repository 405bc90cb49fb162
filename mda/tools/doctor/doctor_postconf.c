#include "mda/tools/doctor/doctor_postconf.h"

#include "base/buf.h"

enum { DEEPEST = 8, COLUMNS = 8, CHROOT_COLUMN = 4, COMMAND_COLUMN = 7 };

/* ---- main.cf ---- */

static void parse_main(struct doctor_postfix *p, struct str text, struct arena *mem)
{
	struct str line;
	while (str_line(&text, &line)) {
		size_t equals = str_find(line, '=');
		if (equals == line.n || ascii_isblank(line.p[0]))
			continue;
		struct doctor_parameter *a = ARENA_PUSH(mem, p->parameters, p->count);
		*a = (struct doctor_parameter){str_trim(str_slice(line, 0, equals)),
			str_trim(str_slice(line, equals + 1, line.n))};
	}
}

static const struct doctor_parameter *find(const struct doctor_postfix *p, struct str name)
{
	for (size_t i = 0; i < p->count; i++)
		if (str_eq(p->parameters[i].name, name))
			return &p->parameters[i];
	return NULL;
}

static bool is_name(char c)
{
	return ascii_isalnum(c) || c == '_';
}

/* The name after the dollar sign, in braces or not. Sets *LENGTH to that of the whole. */
static struct str name_after(struct str text, size_t *length)
{
	bool braces = text.n && (text.p[0] == '{' || text.p[0] == '(');
	size_t from = braces, to = from;
	while (to < text.n && is_name(text.p[to]))
		to++;
	*length = to + (braces && to < text.n);
	return str_slice(text, from, to);
}

/* Names that are not set stay as they are. */
static void expand(const struct doctor_postfix *p, struct str value, unsigned depth, struct buf *to)
{
	while (value.n) {
		size_t dollar = str_find(value, '$'), length = 0;
		buf_add(to, str_slice(value, 0, dollar));
		if (dollar == value.n)
			return;
		struct str rest = str_slice(value, dollar + 1, value.n);
		const struct doctor_parameter *other = find(p, name_after(rest, &length));
		if (other && depth < DEEPEST)
			expand(p, other->value, depth + 1, to);
		else
			buf_add(to, str_slice(value, dollar, dollar + 1 + length));
		value = str_slice(rest, length, rest.n);
	}
}

struct str doctor_postconf_value(
	const struct doctor_postfix *p, const char *name, const char *usual, struct arena *mem)
{
	const struct doctor_parameter *a = find(p, str_of(name));
	struct buf b = {0};
	expand(p, a ? a->value : str_of(usual), 0, &b);
	struct str value = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return value;
}

/* ---- master.cf ---- */

/* Takes a whole entry, with the lines that continue it. */
static bool next_entry(struct str *text, struct arena *mem, struct str *entry)
{
	struct buf b = {0};
	struct str line;
	if (!str_line(text, &line))
		return false;
	buf_add(&b, line);
	while (text->n && ascii_isblank(text->p[0]) && str_line(text, &line)) {
		buf_byte(&b, ' ');
		buf_add(&b, line);
	}
	*entry = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return true;
}

/* NAME=VALUE among the arguments of pipe(8), before argv=. */
static bool take_argument(struct str word, const char *name, struct str *value)
{
	struct str key = str_of(name);
	if (!str_starts(word, key) || word.n <= key.n || word.p[key.n] != '=')
		return false;
	*value = str_slice(word, key.n + 1, word.n);
	return true;
}

static void take_pipe(
	struct doctor_postfix *p, struct str columns[COLUMNS], struct str rest, struct arena *mem)
{
	struct str word, value, line, flags = STR_EMPTY, user = STR_EMPTY;
	bool null_sender = false;
	while (line = rest, str_word(&rest, &word)) {
		if (take_argument(word, "argv", &value))
			break;
		if (take_argument(word, "flags", &value))
			flags = value;
		else if (take_argument(word, "user", &value))
			user = value;
		else if (take_argument(word, "null_sender", &value))
			null_sender = value.n == 0;
	}
	struct str trimmed = str_trim(line);
	if (!take_argument(trimmed, "argv", &value))
		return;
	struct doctor_command c = doctor_command_find(value, mem);
	if (c.words.count == 0)
		return;
	p->pipe = c;
	p->service = columns[0];
	p->chroot = columns[CHROOT_COLUMN];
	p->flags = flags;
	p->user = user;
	p->has_null_sender = null_sender;
}

static void parse_master(struct doctor_postfix *p, struct str text, struct arena *mem)
{
	struct str entry, columns[COLUMNS];
	while (next_entry(&text, mem, &entry)) {
		size_t n = 0;
		while (n < COLUMNS && str_word(&entry, &columns[n]))
			n++;
		if (n == COLUMNS && str_eq(columns[COMMAND_COLUMN], STR_LIT("pipe")))
			take_pipe(p, columns, entry, mem);
	}
}

struct doctor_postfix *doctor_postconf_parse(struct str main, struct str master, struct arena *mem)
{
	struct doctor_postfix *p = arena_alloc(mem, sizeof *p);
	parse_main(p, main, mem);
	parse_master(p, master, mem);
	const struct doctor_parameter *command = find(p, STR_LIT("mailbox_command"));
	if (command)
		p->mailbox = doctor_command_find(command->value, mem);
	return p;
}

static bool has_macro(struct str word, struct str name)
{
	for (size_t dollar; (dollar = str_find(word, '$')) < word.n;) {
		size_t length;
		word = str_slice(word, dollar + 1, word.n);
		if (str_eq(name_after(word, &length), name))
			return true;
	}
	return false;
}

bool doctor_postconf_passes(
	const struct doctor_command *c, const char *pipe_name, const char *local_name)
{
	for (size_t i = 1; i < c->words.count; i++)
		if (has_macro(c->words.items[i], str_of(pipe_name)) ||
			has_macro(c->words.items[i], str_of(local_name)))
			return true;
	return false;
}

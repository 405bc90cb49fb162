#include "mda/tools/doctor/doctor_doveconf.h"

#include "base/buf.h"
#include "base/str_list.h"

enum { DEEPEST = 16 };

/* ---- the text ---- */

static struct str unquoted(struct str value)
{
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		return str_slice(value, 1, value.n - 1);
	return value;
}

/* One blank between the words, and no quotes. */
static struct str title_of(struct str line, struct arena *mem)
{
	struct buf b = {0};
	struct str word, rest = str_slice(line, 0, line.n - 1);
	while (str_word(&rest, &word)) {
		if (b.n)
			buf_byte(&b, ' ');
		for (size_t i = 0; i < word.n; i++)
			if (word.p[i] != '"')
				buf_byte(&b, word.p[i]);
	}
	buf_byte(&b, '/');
	struct str title = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return title;
}

static void parse_text(struct doctor_dovecot *c, struct str text, struct arena *mem)
{
	struct str places[DEEPEST + 1] = {STR_EMPTY}, line;
	size_t depth = 0;
	while (str_line(&text, &line)) {
		line = str_trim(line);
		size_t equals = str_find(line, '=');
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (line.p[line.n - 1] == '{' && depth < DEEPEST) {
			struct str title = title_of(line, mem);
			places[depth + 1] = arena_fmt(
				mem, STR_FMT STR_FMT, STR_ARGS(places[depth]), STR_ARGS(title));
			depth++;
		} else if (line.p[0] == '}') {
			depth -= depth > 0;
		} else if (equals < line.n) {
			struct doctor_dovecot_setting *s = ARENA_PUSH(mem, c->settings, c->count);
			s->place = places[depth];
			s->name = str_trim(str_slice(line, 0, equals));
			s->value = unquoted(str_trim(str_slice(line, equals + 1, line.n)));
		}
	}
}

struct str doctor_doveconf_value(
	const struct doctor_dovecot *c, const char *place, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (str_eq(c->settings[i].place, str_of(place)) &&
			str_eq(c->settings[i].name, str_of(name)))
			return c->settings[i].value;
	return STR_EMPTY;
}

static bool is_yes(struct str value)
{
	return str_eq(value, STR_LIT("yes"));
}

/* ---- the namespace ---- */

/* That with inbox = yes; "": the settings outside of sections are all there is. */
static const char *inbox_namespace(const struct doctor_dovecot *c, struct arena *mem)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct doctor_dovecot_setting *s = &c->settings[i];
		if (str_starts(s->place, STR_LIT("namespace ")) &&
			str_find(s->place, '/') == s->place.n - 1 &&
			str_eq(s->name, STR_LIT("inbox")) && is_yes(s->value))
			return arena_cstr(mem, s->place);
	}
	return "";
}

/* That of the namespace, or else that outside of it. */
static struct str either(const struct doctor_dovecot *c, const char *place, const char *name)
{
	struct str value = doctor_doveconf_value(c, place, name);
	return value.n ? value : doctor_doveconf_value(c, "", name);
}

/* "maildir:~/Maildir:LAYOUT=fs:UTF-8" of Dovecot 2.3. */
static void take_location(struct doctor_dovecot *c, struct str location)
{
	size_t colon = str_find(location, ':');
	c->driver = str_slice(location, 0, colon);
	location = str_slice(location, colon + 1, location.n);
	colon = str_find(location, ':');
	c->path = str_slice(location, 0, colon);
	while (colon < location.n) {
		location = str_slice(location, colon + 1, location.n);
		colon = str_find(location, ':');
		struct str part = str_slice(location, 0, colon);
		size_t equals = str_find(part, '=');
		struct str name = str_slice(part, 0, equals),
			   value = str_slice(part, equals + 1, part.n);
		if (str_eq(name, STR_LIT("LAYOUT")))
			c->layout = value;
		else if (str_eq(name, STR_LIT("INBOX")))
			c->inbox = value;
		else if (str_eq(name, STR_LIT("CONTROL")))
			c->control = value;
		else if (str_eq(name, STR_LIT("UTF-8")))
			c->utf8 = true;
	}
}

static void take_namespace(struct doctor_dovecot *c, struct arena *mem)
{
	const char *place = inbox_namespace(c, mem);
	struct str location = doctor_doveconf_value(c, place, "location");
	if (location.n == 0)
		location = doctor_doveconf_value(c, "", "mail_location");
	if (location.n)
		take_location(c, location);
	const struct {
		struct str *to;
		const char *name;
	} settings[] = {{&c->driver, "mail_driver"}, {&c->path, "mail_path"},
		{&c->inbox, "mail_inbox_path"}, {&c->control, "mail_control_path"},
		{&c->layout, "mailbox_list_layout"}};
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		struct str value = either(c, place, settings[i].name);
		if (value.n)
			*settings[i].to = value;
	}
	c->utf8 |= is_yes(either(c, place, "mailbox_list_utf8"));
	c->prefix = doctor_doveconf_value(c, place, "prefix");
	c->separator = doctor_doveconf_value(c, place, "separator");
	c->subscriptions = !str_eq(doctor_doveconf_value(c, place, "subscriptions"), STR_LIT("no"));
}

/* ---- plugins, rules, special use, homes ---- */

/* Words of 2.3, or the switches of 2.4's section, in any protocol. */
static void take_plugins(struct doctor_dovecot *c, struct arena *mem)
{
	static const struct str section = STR_LIT("mail_plugins/");
	for (size_t i = 0; i < c->count; i++) {
		const struct doctor_dovecot_setting *s = &c->settings[i];
		struct str word, rest = s->value;
		if (str_iends(s->place, section) && is_yes(s->value))
			str_list_add(&c->plugins, s->name, mem);
		while (str_eq(s->name, STR_LIT("mail_plugins")) && str_word(&rest, &word))
			str_list_add(&c->plugins, word, mem);
	}
}

/* "file:~/sieve;active=~/.dovecot.sieve", or a path alone. */
static struct str sieve_of(struct str value)
{
	static const struct str file = STR_LIT("file:"), active = STR_LIT(";active=");
	size_t at = str_ifind(value, active);
	if (at < value.n)
		value = str_slice(value, at + active.n, value.n);
	else if (str_starts(value, file))
		value = str_slice(value, file.n, value.n);
	return str_slice(value, 0, str_find(value, ';'));
}

static void take_sieve(struct doctor_dovecot *c)
{
	c->sieve = sieve_of(doctor_doveconf_value(c, "plugin/", "sieve"));
	if (c->sieve.n == 0)
		c->sieve = doctor_doveconf_value(c, "sieve_script personal/", "active_path");
	if (c->sieve.n == 0)
		c->sieve = doctor_doveconf_value(c, "sieve_script personal/", "path");
}

static void take_junk(struct doctor_dovecot *c)
{
	static const struct str word = STR_LIT("mailbox ");
	for (size_t i = 0; i < c->count; i++) {
		const struct doctor_dovecot_setting *s = &c->settings[i];
		size_t at = str_ifind(s->place, word);
		struct str use = s->value;
		if (use.n && use.p[0] == '\\')
			use = str_slice(use, 1 + (use.n > 1 && use.p[1] == '\\'), use.n);
		if (c->junk.n == 0 && at < s->place.n && str_eq(s->name, STR_LIT("special_use")) &&
			str_eq(use, STR_LIT("Junk")))
			c->junk = str_slice(s->place, at + word.n, s->place.n - 1);
	}
}

/* "uid=5000 gid=5000 home=/srv/%d/%n" of 2.3's static userdb; fields/home of 2.4's. */
static void take_home(struct doctor_dovecot *c)
{
	static const struct str key = STR_LIT("home=");
	c->home = doctor_doveconf_value(c, "", "mail_home");
	for (size_t i = 0; i < c->count; i++) {
		const struct doctor_dovecot_setting *s = &c->settings[i];
		struct str word, rest = s->value;
		if (!str_starts(s->place, STR_LIT("userdb")))
			continue;
		if (str_eq(s->name, STR_LIT("home")))
			c->home = s->value;
		while (str_eq(s->name, STR_LIT("args")) && str_word(&rest, &word))
			if (str_starts(word, key))
				c->home = str_slice(word, key.n, word.n);
	}
}

struct doctor_dovecot *doctor_doveconf_parse(struct str text, struct arena *mem)
{
	struct doctor_dovecot *c = arena_alloc(mem, sizeof *c);
	parse_text(c, text, mem);
	take_namespace(c, mem);
	take_plugins(c, mem);
	take_sieve(c);
	take_junk(c);
	take_home(c);
	return c;
}

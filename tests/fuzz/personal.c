/*
 * What people set themselves: whatever is in the file, only keys that user_settings names are set,
 * to values without control characters, and each other line is an error with its place.
 */
#include "mda/conf/conf_personal.h"

#include "base/printable.h"
#include "base/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const words[] = {"label = no\n", "spam_limit = 3\n", "antispam = spamd\n",
	"antispam = headers\n", "vacation_subject = \"",
	"attachments_refuse = { \"exe\", \"zip\" }\n", "label_shows = { header, keyword }\n",
	"spam_action = discard\n", "maildir = \"/etc\"\n", "user_settings = { maildir }\n",
	"address \"a@b.test\" {\n", "}\n", "# comment\n", "/*", "*/", "//", "\"", "'", "{", "=",
	"+=", "\\", "\\n", "${HOME}", "\xef\xbb\xbf", "\r\n", NULL};

static const char admins[] =
	"users = virtual\nspam_limit = 5\nuser_settings = { label, label_shows, "
	"spam_limit, antispam, vacation_subject, attachments_refuse }\n";

/* "settings:LINE:COLUMN: SENTENCE", each in one line that a terminal can show. */
static void check_errors(const struct conf_personal *p)
{
	struct str rest = p->errors, line;
	size_t lines = 0;
	while (str_line(&rest, &line)) {
		lines++;
		FUZZ_CHECK(!printable_has_control(line));
		FUZZ_CHECK(str_starts(line, STR_LIT("settings")) || lines > 1);
	}
	FUZZ_CHECK((lines == 0) == (p->error_count == 0));
}

static void check_item(
	const struct conf *conf, const struct conf_personal *p, const struct conf_own *own)
{
	FUZZ_CHECK(conf_personal_may(conf, own->key));
	FUZZ_CHECK(own->key->scopes & SCOPE_ADDRESS);
	FUZZ_CHECK(own->line > 0);
	FUZZ_CHECK(conf_personal_find(p, own->key) == own); /* each key once */
	for (size_t i = 0; i < own->values.count; i++) {
		struct str value = own->values.items[i];
		FUZZ_CHECK(utf8_valid(value) && !printable_has_control(value));
		FUZZ_CHECK(value.p[value.n] == '\0');
	}
}

/* What they may not set stays as the administrator has set it. */
static void check_applied(const struct conf *conf, const struct conf_personal *p, struct arena *mem)
{
	const struct conf *own = conf_personal_apply(conf, p, mem);
	FUZZ_CHECK(own && (p->count || own == conf));
	FUZZ_CHECK(str_eq(own->maildir, conf->maildir) && own->users == conf->users);
	FUZZ_CHECK(own->spam_action == conf->spam_action);
	FUZZ_CHECK(own->user_settings.count == conf->user_settings.count);
}

static void run(struct str input, struct arena *mem)
{
	const char *path = fuzz_path(mem, "mda.conf");
	struct err err;
	fuzz_write(path, str_of(admins));
	struct conf_file *file = conf_load(path, mem, &err);
	const struct conf *conf = file ? conf_for(file, STR_LIT("a@b.test"), mem, &err) : NULL;
	struct conf_personal p;
	FUZZ_CHECK(conf != NULL);
	conf_personal_parse(file, conf, "settings", input, mem, &p);
	check_errors(&p);
	for (size_t i = 0; i < p.count; i++)
		check_item(conf, &p, &p.items[i]);
	check_applied(conf, &p, mem);
}

static void seeds(struct arena *mem)
{
	for (size_t i = 0; words[i]; i++)
		fuzz_seed(str_of(words[i]));
	fuzz_seed(STR_LIT(
		"label = no\nspam_limit = 3\nlabel = yes\nvacation_subject = \"Away: %s\"\n"));
	fuzz_seed(STR_LIT("label = n\0o\nspam_limit = nan\nvacation_subject = \"\xff\"\n"));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("label = no\n"), 300));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("x = {\n"), 500));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 1500};

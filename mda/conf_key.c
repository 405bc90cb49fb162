#include "mda/conf_key.h"

#include "filters/attachments.h"
#include "filters/sieve/engine.h"
#include "mda/base/net.h"
#include "mda/base/smtp.h"
#include "mda/base/suggest.h"
#include "mda/template.h"

#include <stdint.h>
#include <stdio.h>

/* ---- types ---- */

#define UNUSED __attribute__((unused))

static bool set_text(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem, const char **why UNUSED)
{
	*(struct str *)to = arena_str(mem, values->items[0]);
	return true;
}

static bool set_engine(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	return sv_engine_find(values->items[0]) && set_text(to, values, choices, mem, why);
}

static bool set_template(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	return template_check(values->items[0], why) && set_text(to, values, choices, mem, why);
}

static bool set_list(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem, const char **why UNUSED)
{
	struct str_list list = {0};
	for (size_t i = 0; i < values->count; i++)
		*(struct str *)ARENA_PUSH(mem, list.items, list.count) =
			arena_str(mem, values->items[i]);
	*(struct str_list *)to = list;
	return true;
}

static bool set_templates(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	for (size_t i = 0; i < values->count; i++)
		if (!template_check(values->items[i], why))
			return false;
	return set_list(to, values, choices, mem, why);
}

static bool set_switch(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}, {"on", true},
		{"off", false}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!str_ieq(values->items[0], str_of(words[i].word)))
			continue;
		*(bool *)to = words[i].value;
		return true;
	}
	return false;
}

static bool set_choice(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	for (int i = 0; choices[i]; i++) {
		if (!str_ieq(values->items[0], str_of(choices[i])))
			continue;
		*(int *)to = i;
		return true;
	}
	return false;
}

static bool set_number(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	unsigned long long v;
	if (!str_number(values->items[0], 1000000000, &v))
		return false;
	*(size_t *)to = (size_t)v;
	return true;
}

static bool set_size(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	static const char units[] = "kmgt";
	struct str digits = values->items[0];
	unsigned shift = 0;
	unsigned long long v;
	if (digits.n && !ascii_isdigit(digits.p[digits.n - 1])) {
		size_t unit = str_find(str_of(units), ascii_lower(digits.p[digits.n - 1]));
		if (!units[unit])
			return false;
		shift = (unsigned)(unit + 1) * 10;
		digits.n--;
	}
	if (!str_number(digits, (SIZE_MAX / 2) >> shift, &v))
		return false;
	*(size_t *)to = (size_t)v << shift;
	return true;
}

/* A maildirsize with more than a petabyte in it is taken for a damaged one. */
static bool set_quota(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	struct conf_quota quota = {.source = QUOTA_OF_FILE};
	if (str_ieq(values->items[0], STR_LIT("none")))
		quota.source = QUOTA_NONE;
	else if (values->items[0].n)
		quota.source = QUOTA_SET;
	if (quota.source == QUOTA_SET && !set_size(&quota.bytes, values, choices, mem, why))
		return false;
	if (quota.bytes > (1ULL << 50)) {
		*why = "no mailbox is larger than 1024T";
		return false;
	}
	*(struct conf_quota *)to = quota;
	return true;
}

/* As before there were servers to ask: yes and no. */
static bool set_antispam(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	bool on;
	if (set_switch(&on, values, NULL, mem, why)) {
		*(int *)to = on ? SPAM_BY_HEADERS : SPAM_BY_NOBODY;
		return true;
	}
	return set_choice(to, values, choices, mem, why);
}

static bool set_servers(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	for (size_t i = 0; i < values->count; i++)
		if (!net_address_valid(values->items[i]))
			return false;
	return set_list(to, values, choices, mem, why);
}

static bool set_attachments(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	for (size_t i = 0; i < values->count; i++)
		if (!attachments_pattern_valid(values->items[i]))
			return false;
	return set_list(to, values, choices, mem, why);
}

static bool set_limit(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	struct conf_limit limit = {.is_set = values->items[0].n > 0};
	if (limit.is_set && !spam_number(values->items[0], &limit.value))
		return false;
	*(struct conf_limit *)to = limit;
	return true;
}

static bool set_spam_rules(void *to, const struct str_list *values,
	const char *const *choices UNUSED, struct arena *mem, const char **why)
{
	struct spam_rules rules = {0};
	for (size_t i = 0; i < values->count; i++) {
		struct spam_rule *rule = ARENA_PUSH(mem, rules.items, rules.count);
		if (!spam_parse_rule(arena_str(mem, values->items[i]), rule, why))
			return false;
	}
	*(struct spam_rules *)to = rules;
	return true;
}

/* Which of the words are there, as bits. */
static bool set_shows(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = {{"header", TAG_HEADER}, {"keyword", TAG_KEYWORD}, {"subject", TAG_SUBJECT}};
	unsigned shows = 0;
	for (size_t i = 0; i < values->count; i++) {
		unsigned bit = 0;
		for (size_t k = 0; k < sizeof words / sizeof *words; k++)
			if (str_ieq(values->items[i], str_of(words[k].word)))
				bit = words[k].bit;
		if (bit == 0)
			return false;
		shows |= bit;
	}
	*(unsigned *)to = shows;
	return true;
}

static bool set_submission(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	if (values->items[0].n && !smtp_url_valid(values->items[0]))
		return false;
	return set_text(to, values, choices, mem, why);
}

static const struct conf_type SUBMISSION = {
	"a server such as smtp://127.0.0.1:25, or nothing", false, set_submission};
static const struct conf_type TEXT = {"a text", false, set_text};
static const struct conf_type ENGINE = {
	"the name of a rule engine: builtin or libsieve", false, set_engine};
static const struct conf_type PATH = {
	"a path, with %u %n %d %h for what differs by user", false, set_template};
static const struct conf_type LIST = {"a list such as { \"a\", \"b\" }", true, set_list};
static const struct conf_type PATHS = {
	"a list of paths such as { \"/etc/a\", \"%h/b\" }", true, set_templates};
static const struct conf_type SWITCH = {"yes or no", false, set_switch};
static const struct conf_type CHOICE = {"one of", false, set_choice};
static const struct conf_type NUMBER = {"a whole number", false, set_number};
static const struct conf_type SIZE = {
	"a number of bytes such as 4096, 64K, 16M or 1G", false, set_size};
static const struct conf_type QUOTA = {
	"a quota: a number of bytes such as 500M or 2G, none, or nothing", false, set_quota};
static const struct conf_type ANTISPAM = {"one of", false, set_antispam};
static const struct conf_type SERVERS = {
	"a list of servers: \"host:port\", \"[::1]:port\" or \"/path/of/socket\"", true,
	set_servers};
static const struct conf_type ATTACHMENTS = {
	"a list of MIME types or file names, such as \"application/x-dosexec\", \"*.exe\"", true,
	set_attachments};
static const struct conf_type SHOWS = {"a list of header, keyword and subject", true, set_shows};
static const struct conf_type LIMIT = {"a score such as 6.5, or nothing", false, set_limit};
static const struct conf_type SPAM_RULES = {
	"a list of \"Name: pattern\" or \"Name >= number\"", true, set_spam_rules};

/* ---- the table ---- */

static const char *const users_choices[] = {"system", "virtual", NULL};
static const char *const server_choices[] = {"none", "dovecot", "courier", NULL};
static const char *const full_choices[] = {"retry", "refuse", NULL};
static const char *const blocked_choices[] = {"junk", "mark", "refuse", NULL};
static const char *const requires_choices[] = {"not_failed", "pass", "nothing", NULL};
static const char *const antispam_choices[] = {"headers", "spamd", "rspamd", "none", NULL};
static const char *const failure_choices[] = {"accept", "retry", NULL};
static const char *const spam_choices[] = {"junk", "mark", "reject", "discard", NULL};

static const char *const sender_choices[] = {"original", "recipient", "srs", NULL};
static const char *const reject_choices[] = {"mta", "message", NULL};

enum { ALL = SCOPE_GLOBAL | SCOPE_DOMAIN | SCOPE_ADDRESS };

#define FIELD(f) offsetof(struct conf, f)
#define ORG(f)   offsetof(struct organization, f)

const struct conf_key conf_keys[] = {
	{"users", &CHOICE, SCOPE_GLOBAL, "system", FIELD(users), users_choices,
		"system: users of passwd(5); virtual: addresses that share one uid"},
	{"virtual_user", &TEXT, SCOPE_GLOBAL, "vmail", FIELD(virtual_user), NULL,
		"whose uid virtual users share: a name, uid or uid:gid; empty: whoever runs mda"},
	{"virtual_home", &PATH, SCOPE_GLOBAL | SCOPE_DOMAIN, "/var/mail/vhosts/%d/%n",
		FIELD(virtual_home), NULL, "home directory of a virtual user"},
	{"create_home", &SWITCH, SCOPE_GLOBAL | SCOPE_DOMAIN, "yes", FIELD(create_home), NULL,
		"make a virtual user's missing home; with no, a missing home means: no such user"},
	{"default_domain", &TEXT, SCOPE_GLOBAL, "", FIELD(default_domain), NULL,
		"domain of a recipient that has none; empty: the host's name"},
	{"recipient_delimiter", &TEXT, SCOPE_GLOBAL, "+", FIELD(recipient_delimiter), NULL,
		"characters that may stand between a user and his detail, as in user+detail"},
	{"aliases", &TEXT, SCOPE_GLOBAL, "/etc/mda/aliases", FIELD(aliases), NULL,
		"which addresses are one mailbox, in the form of virtual(5)"},
	{"maildir", &PATH, ALL, "%h/Maildir", FIELD(maildir), NULL, "the mailbox"},
	{"state_dir", &PATH, ALL, "", FIELD(state_dir), NULL,
		"where the UIDs are kept; empty: beside the Maildir (~/.Maildir.mda for "
		"~/Maildir)"},
	{"imap_server", &CHOICE, ALL, "none", FIELD(imap_server), server_choices,
		"whose UIDs are to be the same as ours: the server that reads the mailbox"},
	{"quota", &QUOTA, ALL, "", FIELD(quota), NULL,
		"bytes that the mailbox may hold; none; empty: what its file maildirsize says"},
	{"quota_messages", &NUMBER, ALL, "0", FIELD(quota_messages), NULL,
		"messages that the mailbox may hold; 0: no limit"},
	{"quota_full", &CHOICE, ALL, "retry", FIELD(quota_full), full_choices,
		"what the MTA is told when a mailbox is full"},

	{"message_in_memory", &SIZE, SCOPE_GLOBAL, "16M", FIELD(message_in_memory), NULL,
		"a larger message is held in a file of spool_dir"},
	{"message_max", &SIZE, SCOPE_GLOBAL, "0", FIELD(message_max), NULL,
		"a larger message is refused; 0: no limit"},
	{"spool_dir", &TEXT, SCOPE_GLOBAL, "/var/tmp", FIELD(spool_dir), NULL,
		"for large messages"},
	{"log", &TEXT, SCOPE_GLOBAL, "syslog", FIELD(log), NULL, "syslog, stderr, none or a file"},
	{"time_limit", &NUMBER, SCOPE_GLOBAL, "600", FIELD(time_limit), NULL,
		"seconds; then the delivery is given up and retried; keep it below the MTA's own "
		"limit"},

	{"global_allow", &PATH, SCOPE_GLOBAL | SCOPE_DOMAIN, "/etc/mda/allow", FIELD(global_allow),
		NULL, "senders that skip the anti-spam check"},
	{"global_block", &PATH, SCOPE_GLOBAL | SCOPE_DOMAIN, "/etc/mda/block", FIELD(global_block),
		NULL, "senders whose mail is blocked"},
	{"user_allow", &PATH, ALL, "%h/.mda/allow", FIELD(user_allow), NULL,
		"the same for one address; counts only when it is the original recipient"},
	{"user_block", &PATH, ALL, "%h/.mda/block", FIELD(user_block), NULL,
		"the same for one address"},
	{"authserv_id", &LIST, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(authserv_id), NULL,
		"names by which our MTA signs its Authentication-Results"},
	{"own_received", &NUMBER, SCOPE_GLOBAL | SCOPE_DOMAIN, "1", FIELD(own_received), NULL,
		"how many Received fields on top are our own servers'"},
	{"allow_requires", &CHOICE, ALL, "not_failed", FIELD(allow_requires), requires_choices,
		"what a sender's authentication must say for an allow entry to count"},
	{"trust_arc", &SWITCH, ALL, "no", FIELD(trust_arc), NULL,
		"a passed ARC chain makes up for a failed DMARC"},
	{"blocked_action", &CHOICE, ALL, "junk", FIELD(blocked_action), blocked_choices,
		"what happens to blocked mail"},
	{"refuse_text", &TEXT, ALL, "Mail from this sender is not accepted here",
		FIELD(refuse_text), NULL, "what the sender of refused mail is told"},

	{"antispam", &ANTISPAM, ALL, "headers", FIELD(antispam), antispam_choices,
		"who says what is spam: the MTA's filter in the header, spamd, rspamd, or nobody"},
	{"antispam_servers", &SERVERS, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(antispam_servers),
		NULL, "where spamd or rspamd is asked, in this order; empty: on this machine"},
	{"antispam_timeout", &NUMBER, SCOPE_GLOBAL | SCOPE_DOMAIN, "20", FIELD(antispam_timeout),
		NULL, "seconds that all servers together have"},
	{"antispam_failure", &CHOICE, SCOPE_GLOBAL | SCOPE_DOMAIN, "accept",
		FIELD(antispam_failure), failure_choices, "what happens when none of them answers"},
	{"antispam_max_size", &SIZE, SCOPE_GLOBAL | SCOPE_DOMAIN, "2M", FIELD(antispam_max_size),
		NULL, "a larger message is not sent to them; 0: no limit"},
	{"learn_servers", &SERVERS, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(learn_servers), NULL,
		"where mda-learn teaches; empty: spamd where it is asked, rspamd's controller "
		"here"},
	{"learn_password", &TEXT, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(learn_password), NULL,
		"of rspamd's controller"},
	{"spam_limit", &LIMIT, ALL, "", FIELD(spam_limit), NULL,
		"the score from which on it is spam; empty: the server's own"},
	{"spam_headers", &SPAM_RULES, SCOPE_GLOBAL | SCOPE_DOMAIN,
		"X-Spam-Flag: YES*\nX-Spam-Status: Yes*\nX-Spam: Yes*\nX-Rspamd-Action: add "
		"header\n"
		"X-Rspamd-Action: rewrite subject\nX-Rspamd-Action: reject\nX-Spamd-Result: *: "
		"True *\n"
		"Deliver-To: Junk\nX-Spam-Score >= 10",
		FIELD(spam_headers), NULL, "headers of the MTA's spam filter that say: spam"},
	{"spam_action", &CHOICE, ALL, "junk", FIELD(spam_action), spam_choices,
		"what happens to spam"},
	{"spam_rules", &SWITCH, ALL, "no", FIELD(spam_rules), NULL,
		"let the rules see spam too; what they keep then goes to the junk folder"},
	{"attachments_refuse", &ATTACHMENTS, ALL, "", FIELD(attachments_refuse), NULL,
		"types and file names of attachments that make a message spam"},
	{"junk_folder", &TEXT, ALL, "Junk", FIELD(junk_folder), NULL,
		"folder for spam and blocked mail"},

	{"sieve_engine", &ENGINE, ALL, "builtin", FIELD(sieve_engine), NULL,
		"which engine runs the rules"},
	{"scripts_before", &PATHS, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(scripts_before), NULL,
		"the admin's rules before the user's: files, or directories of *.sieve files"},
	{"scripts_user", &PATHS, ALL, "%h/.mda/rules.sieve\n%h/.dovecot.sieve", FIELD(scripts_user),
		NULL, "the first that exists is the user's script"},
	{"scripts_after", &PATHS, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(scripts_after), NULL,
		"the admin's rules after the user's"},
	{"scripts_personal", &PATHS, ALL, "%h/.mda/sieve\n%h/sieve", FIELD(scripts_personal), NULL,
		"directories of the scripts that a user's script may include"},
	{"scripts_global", &PATHS, SCOPE_GLOBAL | SCOPE_DOMAIN, "/etc/mda/sieve",
		FIELD(scripts_global), NULL,
		"directories of the scripts that every script may include"},
	{"special_use", &LIST, ALL, "Drafts Drafts\nSent Sent\nTrash Trash\nArchive Archive",
		FIELD(special_use), NULL,
		"folders by what they are for (RFC 6154); Junk is junk_folder"},
	{"metadata", &PATH, ALL, "%h/.mda/metadata", FIELD(metadata), NULL,
		"annotations of folders, which rules can ask for (RFC 5490)"},
	{"list_dirs", &PATHS, ALL, "%h/.mda/lists\n/etc/mda/lists", FIELD(list_dirs), NULL,
		"directories of lists that rules can ask for (RFC 6134)"},
	{"editheader_protected", &LIST, SCOPE_GLOBAL | SCOPE_DOMAIN,
		"Return-Path\nDelivered-To\nX-Original-To\nAuthentication-Results\nDKIM-Signature",
		FIELD(editheader_protected), NULL,
		"header fields that rules can neither add nor delete"},
	{"script_environment", &LIST, ALL, "", FIELD(script_environment), NULL,
		"\"name value\": what rules see as vnd.mda.config.name and "
		"vnd.dovecot.config.name"},
	{"script_max", &SIZE, SCOPE_GLOBAL, "1M", FIELD(script_max), NULL, "size of a script"},
	{"stamp_key", &TEXT, SCOPE_GLOBAL, "/var/lib/mda/stamp.key", FIELD(stamp_key), NULL,
		"the keys of the stamp on redirected mail; empty: no stamps"},
	{"stamp_lifetime", &NUMBER, SCOPE_GLOBAL, "5", FIELD(stamp_lifetime), NULL,
		"days that a stamp is good for"},
	{"redirects_max", &NUMBER, ALL, "4", FIELD(redirects_max), NULL,
		"redirects of one message"},
	{"redirect_sender", &CHOICE, ALL, "original", FIELD(redirect_sender), sender_choices,
		"envelope sender of redirected mail: the original one, the recipient, or by SRS"},
	{"srs_domain", &TEXT, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(srs_domain), NULL,
		"domain of SRS addresses; empty: that of the recipient"},
	{"redirect_resent", &SWITCH, ALL, "no", FIELD(redirect_resent), NULL,
		"add Resent-From, Resent-To, Resent-Date and Resent-Message-ID to redirected mail"},
	{"redirects_per_day", &NUMBER, ALL, "1000", FIELD(redirects_per_day), NULL,
		"redirected messages of a mailbox a day; 0: no limit"},
	{"answers_per_hour", &NUMBER, ALL, "60", FIELD(answers_per_hour), NULL,
		"answers and notifications of a mailbox an hour; 0: none at all"},
	{"reject_by", &CHOICE, ALL, "mta", FIELD(reject_by), reject_choices,
		"who tells a sender that a rule rejects his mail: the MTA, or a message of ours"},
	{"submission", &SUBMISSION, SCOPE_GLOBAL, "", FIELD(submission), NULL,
		"a server for what is sent, smtp://127.0.0.1:25; empty: sendmail_path"},
	{"sendmail_path", &TEXT, SCOPE_GLOBAL, "/usr/sbin/sendmail", FIELD(sendmail_path), NULL,
		"what is sent is given to this program"},

	{"label", &SWITCH, ALL, "yes", FIELD(label), NULL,
		"label outside senders External or Unknown"},
	{"label_shows", &SHOWS, ALL, "header", FIELD(label_shows), NULL,
		"how: header, keyword ($External, for IMAP clients), subject (breaks DKIM)"},
	{"inside_requires", &CHOICE, ALL, "not_failed", FIELD(inside_requires), requires_choices,
		"what authentication must say for a From to count as inside, or as a contact"},
	{"contacts", &PATH, ALL, "%h/.mda/contacts", FIELD(contacts), NULL,
		"the user's contacts, one address a line: they are not labelled"},
	{"address_books", &PATHS, ALL, "%h/.mda/addressbook", FIELD(address_books), NULL,
		"vCard files, and folders of them: contacts, too"},
	{"contacts_dir", &PATH, ALL, "%h/.mda/contacts.d", FIELD(contacts_dir), NULL,
		"where mda-contacts keeps whom the user has written to, and compiled address "
		"books"},
	{"remove_headers", &LIST, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(remove_headers), NULL,
		"header fields that are removed from all mail; X-Foo-* for all that start so"},

	{"domains", &LIST, SCOPE_ORGANIZATION, "", ORG(domains), NULL,
		"its domains; *.d for the subdomains of d"},
	{"addresses", &LIST, SCOPE_ORGANIZATION, "", ORG(addresses), NULL,
		"outside addresses that count as inside"},
	{"outside", &LIST, SCOPE_ORGANIZATION, "", ORG(outside), NULL,
		"addresses in its domains that count as outside"},
	{"people", &TEXT, SCOPE_ORGANIZATION, "", ORG(people), NULL,
		"a file of those whose names others may bear: Name <address>, one a line"},
};

const size_t conf_key_count = sizeof conf_keys / sizeof *conf_keys;

/* ---- using it ---- */

const struct conf_key *conf_key_find(struct str name, enum conf_scope scope)
{
	for (size_t i = 0; i < conf_key_count; i++)
		if ((conf_keys[i].scopes & scope) && str_eq(name, str_of(conf_keys[i].name)))
			return &conf_keys[i];
	return NULL;
}

static struct str join(const char *const *words, struct arena *mem)
{
	struct str all = {"", 0};
	for (size_t i = 0; words[i]; i++)
		all = arena_fmt(mem, STR_FMT "%s%s", STR_ARGS(all), i ? ", " : " ", words[i]);
	return all;
}

bool conf_key_set(const struct conf_key *key, void *base, const struct str_list *values,
	struct arena *mem, char *why, size_t size)
{
	const char *more = NULL;
	for (size_t i = 0; i < values->count; i++) {
		if (str_find(values->items[i], '\0') == values->items[i].n)
			continue;
		snprintf(why, size, "%s holds a NUL byte", key->name);
		return false;
	}
	if (key->type->set((char *)base + key->offset, values, key->choices, mem, &more))
		return true;
	struct str choices = key->choices ? join(key->choices, mem) : (struct str){"", 0};
	snprintf(why, size, "%s takes %s" STR_FMT "%s%s", key->name, key->type->name,
		STR_ARGS(choices), more ? ": " : "", more ? more : "");
	return false;
}

struct str_list conf_key_standard(const struct conf_key *key, struct arena *mem)
{
	struct str_list values = {0};
	struct str rest = str_of(key->standard), line;
	if (!key->type->is_list) {
		*(struct str *)ARENA_PUSH(mem, values.items, values.count) = rest;
		return values;
	}
	while (str_line(&rest, &line))
		*(struct str *)ARENA_PUSH(mem, values.items, values.count) = line;
	return values;
}

struct str conf_key_suggest(struct str name, enum conf_scope scope, struct arena *mem)
{
	struct suggest s = {.word = name};
	struct str all = {"", 0};
	for (size_t i = 0; i < conf_key_count; i++) {
		if (!(conf_keys[i].scopes & scope))
			continue;
		suggest_consider(&s, conf_keys[i].name);
		all = arena_fmt(mem, STR_FMT " %s", STR_ARGS(all), conf_keys[i].name);
	}
	if (suggest_best(&s))
		return arena_fmt(mem, "did you mean \"%s\"?", suggest_best(&s));
	return arena_fmt(mem, "known here:" STR_FMT, STR_ARGS(all));
}

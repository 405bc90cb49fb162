#include "mda/conf/conf_key.h"

#include "base/suggest.h"

#include <stdio.h>

/* ---- the table ---- */

static const char *const users_choices[] = {"system", "virtual", NULL};
static const char *const server_choices[] = {"none", "dovecot", "courier", NULL};
static const char *const layout_choices[] = {"maildir++", "fs", NULL};
static const char *const links_choices[] = {"no", "admin", NULL};
static const char *const full_choices[] = {"retry", "refuse", NULL};
static const char *const blocked_choices[] = {"junk", "mark", "refuse", NULL};
static const char *const requires_choices[] = {"not_failed", "pass", "nothing", NULL};
static const char *const antispam_choices[] = {"headers", "spamd", "rspamd", "none", NULL};
static const char *const failure_choices[] = {"accept", "retry", NULL};
static const char *const spam_choices[] = {"junk", "mark", "reject", "discard", NULL};

static const char *const sender_choices[] = {
	"original", "recipient", "original_recipient", "srs", NULL};
static const char *const writer_choices[] = {"recipient", "original_recipient", NULL};
static const char *const score_choices[] = {"score", "length", "text", NULL};
static const char *const vacation_choices[] = {"null", "recipient", NULL};
static const char *const line_end_choices[] = {"crlf", "lf", NULL};
static const char *const reject_choices[] = {"mta", "message", NULL};

enum { ALL = SCOPE_GLOBAL | SCOPE_DOMAIN | SCOPE_ADDRESS };

#define FIELD(f) offsetof(struct conf, f)
#define ORG(f)   offsetof(struct organization, f)

const struct conf_key conf_keys[] = {
	{"users", &conf_type_choice, SCOPE_GLOBAL, "system", FIELD(users), users_choices,
		"system: users of passwd(5); virtual: addresses that share one uid"},
	{"virtual_user", &conf_type_text, SCOPE_GLOBAL, "vmail", FIELD(virtual_user), NULL,
		"whose uid virtual users share: a name, uid or uid:gid; empty: whoever runs mda, "
		"and "
		"for root the owner of the home"},
	{"unprivileged_user", &conf_type_text, SCOPE_GLOBAL, "nobody", FIELD(unprivileged_user),
		NULL, "what root becomes for what is in no mailbox: a name, uid or uid:gid"},
	{"virtual_home", &conf_type_path, SCOPE_GLOBAL | SCOPE_DOMAIN, "/var/mail/vhosts/%d/%n",
		FIELD(virtual_home), NULL, "home directory of a virtual user"},
	{"create_home", &conf_type_switch, SCOPE_GLOBAL | SCOPE_DOMAIN, "yes", FIELD(create_home),
		NULL,
		"make a virtual user's missing home; with no, a missing home means: no such user"},
	{"default_domain", &conf_type_text, SCOPE_GLOBAL, "", FIELD(default_domain), NULL,
		"domain of a recipient that has none; empty: the host's name"},
	{"recipient_delimiter", &conf_type_text, SCOPE_GLOBAL, "+", FIELD(recipient_delimiter),
		NULL, "characters that may stand between a user and his detail, as in user+detail"},
	{"aliases", &conf_type_text, SCOPE_GLOBAL, "/etc/mda/aliases", FIELD(aliases), NULL,
		"which addresses are one mailbox, in the form of virtual(5)"},
	{"maildir", &conf_type_path, ALL, "%h/Maildir", FIELD(maildir), NULL, "the mailbox"},
	{"state_dir", &conf_type_path, ALL, "", FIELD(state_dir), NULL,
		"where the UIDs are kept; empty: beside the Maildir (~/.Maildir.mda for "
		"~/Maildir)"},
	{"create_maildir", &conf_type_switch, ALL, "yes", FIELD(create_maildir), NULL,
		"make a missing Maildir; with no, its mail waits in the MTA's queue"},
	{"create_keep_folder", &conf_type_switch, ALL, "no", FIELD(create_keep_folder), NULL,
		"make the folder that -m names; with no, a missing one means the INBOX"},
	{"layout", &conf_type_choice, ALL, "maildir++", FIELD(layout), layout_choices,
		"how folders lie in the Maildir: as .Lists.Foo, or as Lists/Foo"},
	{"folder_prefix", &conf_type_prefix, ALL, "", FIELD(folder_prefix), NULL,
		"what the names of all folders start with, such as \"INBOX.\": the prefix of the "
		"IMAP server's namespace"},
	{"folder_separator", &conf_type_separator, ALL, "", FIELD(folder_separator), NULL,
		"what stands between the levels of a folder's name; empty: the end of "
		"folder_prefix, or else / and, with layout = maildir++, ."},
	{"folder_utf8", &conf_type_auto, ALL, "auto", FIELD(folder_utf8), NULL,
		"directories of folders are named in UTF-8, not in modified UTF-7; auto: as "
		"Courier does with imap_server = courier, else no"},
	{"subscribe", &conf_type_switch, ALL, "yes", FIELD(subscribe), NULL,
		"a folder that is made is added to the IMAP server's list of subscribed folders"},
	{"follow_links", &conf_type_choice, ALL, "no", FIELD(follow_links), links_choices,
		"which symbolic links below a home or a Maildir are followed: none, or root's"},
	{"imap_server", &conf_type_choice, ALL, "none", FIELD(imap_server), server_choices,
		"whose UIDs are to be the same as ours: the server that reads the mailbox"},
	{"quota", &conf_type_quota, ALL, "", FIELD(quota), NULL,
		"bytes that the mailbox may hold; none; empty: what its file maildirsize says"},
	{"quota_messages", &conf_type_number, ALL, "0", FIELD(quota_messages), NULL,
		"messages that the mailbox may hold; 0: no limit"},
	{"quota_full", &conf_type_choice, ALL, "retry", FIELD(quota_full), full_choices,
		"what the MTA is told when a mailbox is full"},

	{"message_in_memory", &conf_type_size, SCOPE_GLOBAL, "16M", FIELD(message_in_memory), NULL,
		"a larger message is held in a file of spool_dir"},
	{"message_max", &conf_type_size, SCOPE_GLOBAL, "0", FIELD(message_max), NULL,
		"a larger message is refused; 0: no limit"},
	{"spool_dir", &conf_type_text, SCOPE_GLOBAL, "/var/tmp", FIELD(spool_dir), NULL,
		"for large messages"},
	{"log", &conf_type_text, SCOPE_GLOBAL, "syslog", FIELD(log), NULL,
		"syslog, stderr, none or a file"},
	{"time_limit", &conf_type_number, SCOPE_GLOBAL, "600", FIELD(time_limit), NULL,
		"seconds; then the delivery is given up and retried; keep it below the MTA's own "
		"limit"},

	{"global_allow", &conf_type_path, SCOPE_GLOBAL | SCOPE_DOMAIN, "/etc/mda/allow",
		FIELD(global_allow), NULL, "senders that skip the anti-spam check"},
	{"global_block", &conf_type_path, SCOPE_GLOBAL | SCOPE_DOMAIN, "/etc/mda/block",
		FIELD(global_block), NULL, "senders whose mail is blocked"},
	{"user_allow", &conf_type_path, ALL, "%h/.mda/allow", FIELD(user_allow), NULL,
		"the same for one address; counts only when it is the original recipient"},
	{"user_block", &conf_type_path, ALL, "%h/.mda/block", FIELD(user_block), NULL,
		"the same for one address"},
	{"authserv_id", &conf_type_list, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(authserv_id), NULL,
		"names by which our MTA signs its Authentication-Results"},
	{"own_received", &conf_type_number, SCOPE_GLOBAL | SCOPE_DOMAIN, "1", FIELD(own_received),
		NULL, "how many Received fields on top are our own servers'"},
	{"allow_requires", &conf_type_choice, ALL, "not_failed", FIELD(allow_requires),
		requires_choices,
		"what a sender's authentication must say for an allow entry to count"},
	{"trust_arc", &conf_type_switch, ALL, "no", FIELD(trust_arc), NULL,
		"a passed ARC chain makes up for a failed DMARC"},
	{"blocked_action", &conf_type_choice, ALL, "junk", FIELD(blocked_action), blocked_choices,
		"what happens to blocked mail"},
	{"refuse_text", &conf_type_text, ALL, "Mail from this sender is not accepted here",
		FIELD(refuse_text), NULL, "what the sender of refused mail is told"},

	{"antispam", &conf_type_antispam, ALL, "headers", FIELD(antispam), antispam_choices,
		"who says what is spam: the MTA's filter in the header, spamd, rspamd, or nobody"},
	{"antispam_servers", &conf_type_servers, SCOPE_GLOBAL | SCOPE_DOMAIN, "",
		FIELD(antispam_servers), NULL,
		"where spamd or rspamd is asked, in this order; empty: on this machine"},
	{"antispam_timeout", &conf_type_number, SCOPE_GLOBAL | SCOPE_DOMAIN, "20",
		FIELD(antispam_timeout), NULL, "seconds that all servers together have"},
	{"antispam_failure", &conf_type_choice, SCOPE_GLOBAL | SCOPE_DOMAIN, "accept",
		FIELD(antispam_failure), failure_choices, "what happens when none of them answers"},
	{"antispam_max_size", &conf_type_size, SCOPE_GLOBAL | SCOPE_DOMAIN, "2M",
		FIELD(antispam_max_size), NULL,
		"a larger message is not sent to them; 0: no limit"},
	{"learn_servers", &conf_type_servers, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(learn_servers),
		NULL,
		"where mda-learn teaches; empty: spamd where it is asked, rspamd's controller "
		"here"},
	{"learn_password", &conf_type_text, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(learn_password),
		NULL, "of rspamd's controller"},
	{"spam_limit", &conf_type_limit, ALL, "", FIELD(spam_limit), NULL,
		"the score from which on it is spam; empty: the server's own"},
	{"spam_headers", &conf_type_spam_rules, SCOPE_GLOBAL | SCOPE_DOMAIN,
		"X-Spam-Flag: YES*\nX-Spam-Status: Yes*\nX-Spam: Yes*\nX-Rspamd-Action: add "
		"header\n"
		"X-Rspamd-Action: rewrite subject\nX-Rspamd-Action: reject\nX-Spamd-Result: *: "
		"True *\n"
		"Deliver-To: Junk\nX-Spam-Score >= 10",
		FIELD(spam_headers), NULL, "headers of the MTA's spam filter that say: spam"},
	{"spamtest_header", &conf_type_score_field, ALL, "", FIELD(spamtest.from), NULL,
		"the field that spamtest reads, or that and an expression, \"Name: expression\"; "
		"empty: spam_headers, or who says what is spam"},
	{"spamtest_type", &conf_type_choice, ALL, "score", FIELD(spamtest.type), score_choices,
		"what is in it: a number, a row of equal characters, or a text"},
	{"spamtest_max", &conf_type_score_most, ALL, "10", FIELD(spamtest.most), NULL,
		"the score that is surely spam, or the field that says it, as in spamtest_header"},
	{"spamtest_texts", &conf_type_score_texts, ALL, "", FIELD(spamtest.texts), NULL,
		"\"value text\", 0 to 10: which number spamtest has for a text"},
	{"virustest_header", &conf_type_score_field, ALL, "", FIELD(virustest.from), NULL,
		"the field that virustest reads, as in spamtest_header; empty: it is always 0"},
	{"virustest_type", &conf_type_choice, ALL, "score", FIELD(virustest.type), score_choices,
		"what is in it, as in spamtest_type"},
	{"virustest_max", &conf_type_score_most, ALL, "5", FIELD(virustest.most), NULL,
		"the score that is surely a virus, as in spamtest_max"},
	{"virustest_texts", &conf_type_score_texts, ALL, "", FIELD(virustest.texts), NULL,
		"\"value text\", 0 to 5: which number virustest has for a text"},
	{"spam_action", &conf_type_choice, ALL, "junk", FIELD(spam_action), spam_choices,
		"what happens to spam"},
	{"spam_rules", &conf_type_switch, ALL, "no", FIELD(spam_rules), NULL,
		"let the rules see spam too; what they keep then goes to the junk folder"},
	{"attachments_refuse", &conf_type_attachments, ALL, "", FIELD(attachments_refuse), NULL,
		"types and file names of attachments that make a message spam"},
	{"junk_folder", &conf_type_text, ALL, "Junk", FIELD(junk_folder), NULL,
		"folder for spam and blocked mail"},

	{"sieve_engine", &conf_type_engine, ALL, "builtin", FIELD(sieve_engine), NULL,
		"which engine runs the rules"},
	{"scripts_before", &conf_type_paths, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(scripts_before),
		NULL,
		"the admin's rules before the user's: files, or directories of *.sieve files"},
	{"scripts_user", &conf_type_paths, ALL, "%h/.mda/rules.sieve\n%h/.dovecot.sieve",
		FIELD(scripts_user), NULL, "the first that exists is the user's script"},
	{"report_errors", &conf_type_switch, ALL, "no", FIELD(report_errors), NULL,
		"what is wrong with the user's script is told by a message in the INBOX"},
	{"scripts_after", &conf_type_paths, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(scripts_after),
		NULL, "the admin's rules after the user's"},
	{"scripts_personal", &conf_type_paths, ALL, "%h/.mda/sieve\n%h/sieve",
		FIELD(scripts_personal), NULL,
		"directories of the scripts that a user's script may include"},
	{"scripts_global", &conf_type_paths, SCOPE_GLOBAL | SCOPE_DOMAIN, "/etc/mda/sieve",
		FIELD(scripts_global), NULL,
		"directories of the scripts that every script may include"},
	{"special_use", &conf_type_list, ALL,
		"Drafts Drafts\nSent Sent\nTrash Trash\nArchive Archive", FIELD(special_use), NULL,
		"folders by what they are for (RFC 6154); Junk is junk_folder"},
	{"metadata", &conf_type_path, ALL, "%h/.mda/metadata", FIELD(metadata), NULL,
		"annotations of folders, which rules can ask for (RFC 5490)"},
	{"list_dirs", &conf_type_paths, ALL, "%h/.mda/lists\n/etc/mda/lists", FIELD(list_dirs),
		NULL, "directories of lists that rules can ask for (RFC 6134)"},
	{"editheader_protected", &conf_type_list, SCOPE_GLOBAL | SCOPE_DOMAIN,
		"Return-Path\nDelivered-To\nX-Original-To\nAuthentication-Results\nDKIM-Signature",
		FIELD(editheader_protected), NULL,
		"header fields that rules can neither add nor delete"},
	{"editheader_forbid_add", &conf_type_list, SCOPE_GLOBAL | SCOPE_DOMAIN, "",
		FIELD(editheader_forbid_add), NULL, "header fields that rules cannot add"},
	{"editheader_forbid_delete", &conf_type_list, SCOPE_GLOBAL | SCOPE_DOMAIN, "",
		FIELD(editheader_forbid_delete), NULL, "header fields that rules cannot delete"},
	{"editheader_max", &conf_type_size, SCOPE_GLOBAL | SCOPE_DOMAIN, "64K",
		FIELD(editheader_max), NULL, "size of a header field that rules add"},
	{"script_environment", &conf_type_list, ALL, "", FIELD(script_environment), NULL,
		"\"name value\": what rules see as vnd.mda.config.name and "
		"vnd.dovecot.config.name"},
	{"script_max", &conf_type_size, SCOPE_GLOBAL, "1M", FIELD(script_max), NULL,
		"size of a script"},
	{"stamp_key", &conf_type_text, SCOPE_GLOBAL, "/var/lib/mda/stamp.key", FIELD(stamp_key),
		NULL, "the keys of the stamp on redirected mail; empty: no stamps"},
	{"stamp_lifetime", &conf_type_number, SCOPE_GLOBAL, "5", FIELD(stamp_lifetime), NULL,
		"days that a stamp is good for"},
	{"redirects_max", &conf_type_number, ALL, "4", FIELD(redirects_max), NULL,
		"redirects of one message"},
	{"redirect_sender", &conf_type_sender, ALL, "original", FIELD(redirect_sender),
		sender_choices,
		"envelope sender of redirected mail: the original one, a recipient, by SRS, or an "
		"address"},
	{"srs_domain", &conf_type_text, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(srs_domain), NULL,
		"domain of SRS addresses; empty: that of the recipient"},
	{"redirect_resent", &conf_type_switch, ALL, "no", FIELD(redirect_resent), NULL,
		"add Resent-From, Resent-To, Resent-Date and Resent-Message-ID to redirected mail"},
	{"redirects_per_day", &conf_type_number, ALL, "1000", FIELD(redirects_per_day), NULL,
		"redirected messages of a mailbox a day; 0: no limit"},
	{"answers_per_hour", &conf_type_number, ALL, "60", FIELD(answers_per_hour), NULL,
		"answers and notifications of a mailbox an hour; 0: none at all"},
	{"notify_sender", &conf_type_sender, ALL, "recipient", FIELD(notify_sender), writer_choices,
		"who writes notifications, in the From and in the envelope"},
	{"report_sender", &conf_type_sender, ALL, "recipient", FIELD(report_sender), writer_choices,
		"who writes reports of rules, in the From and in the envelope"},
	{"vacation_sender", &conf_type_choice, ALL, "null", FIELD(vacation_sender),
		vacation_choices, "envelope sender of vacation's answers: none, or the recipient"},
	{"vacation_check_recipient", &conf_type_switch, ALL, "yes", FIELD(vacation_check_recipient),
		NULL,
		"vacation answers only what has an address of the recipient's in To, Cc or Bcc"},
	{"vacation_original_recipient", &conf_type_switch, ALL, "no",
		FIELD(vacation_original_recipient), NULL,
		"the MTA's original recipient is such an address, though no alias says so"},
	{"vacation_subject", &conf_type_text, ALL, "Automated reply", FIELD(vacation_subject), NULL,
		"subject of vacation's answer to a message without one"},
	{"vacation_subject_of", &conf_type_text, ALL, "Auto: %s", FIELD(vacation_subject_of), NULL,
		"subject of vacation's answer; %s is that of the message"},
	{"reject_by", &conf_type_choice, ALL, "mta", FIELD(reject_by), reject_choices,
		"who tells a sender that a rule rejects his mail: the MTA, or a message of ours"},
	{"programs_dir", &conf_type_text, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(programs_dir),
		NULL, "root's directory of the programs that rules may run; empty: rules run none"},
	{"programs_seconds", &conf_type_number, SCOPE_GLOBAL | SCOPE_DOMAIN, "10",
		FIELD(programs_seconds), NULL, "that such a program has, 60 at most"},
	{"programs_memory", &conf_type_size, SCOPE_GLOBAL | SCOPE_DOMAIN, "512M",
		FIELD(programs_memory), NULL, "that such a program has; 0: no limit"},
	{"programs_line_end", &conf_type_choice, SCOPE_GLOBAL | SCOPE_DOMAIN, "crlf",
		FIELD(programs_line_end), line_end_choices,
		"how the lines end that such a program reads"},
	{"submission", &conf_type_submission, SCOPE_GLOBAL, "", FIELD(submission), NULL,
		"a server for what is sent, smtp://127.0.0.1:25; empty: sendmail_path"},
	{"sendmail_path", &conf_type_text, SCOPE_GLOBAL, "/usr/sbin/sendmail", FIELD(sendmail_path),
		NULL, "what is sent is given to this program"},

	{"label", &conf_type_switch, ALL, "yes", FIELD(label), NULL,
		"label outside senders External or Unknown"},
	{"label_shows", &conf_type_shows, ALL, "header", FIELD(label_shows), NULL,
		"how: header, keyword ($External, for IMAP clients), subject (breaks DKIM)"},
	{"inside_requires", &conf_type_choice, ALL, "pass", FIELD(inside_requires),
		requires_choices,
		"what authentication must say for a From to count as inside, or as a contact"},
	{"contacts", &conf_type_path, ALL, "%h/.mda/contacts", FIELD(contacts), NULL,
		"the user's contacts, one address a line: they are not labelled"},
	{"address_books", &conf_type_paths, ALL, "%h/.mda/addressbook", FIELD(address_books), NULL,
		"vCard files, and folders of them: contacts, too"},
	{"contacts_dir", &conf_type_path, ALL, "%h/.mda/contacts.d", FIELD(contacts_dir), NULL,
		"where mda-contacts keeps whom the user has written to, and compiled address "
		"books"},
	{"remove_headers", &conf_type_list, SCOPE_GLOBAL | SCOPE_DOMAIN, "", FIELD(remove_headers),
		NULL,
		"header fields that are removed from all mail; X-Foo-* for all that start so"},

	{"domains", &conf_type_list, SCOPE_ORGANIZATION, "", ORG(domains), NULL,
		"its domains; *.d for the subdomains of d"},
	{"addresses", &conf_type_list, SCOPE_ORGANIZATION, "", ORG(addresses), NULL,
		"outside addresses that count as inside"},
	{"outside", &conf_type_list, SCOPE_ORGANIZATION, "", ORG(outside), NULL,
		"addresses in its domains that count as outside"},
	{"people", &conf_type_text, SCOPE_ORGANIZATION, "", ORG(people), NULL,
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

/* "2 G": the unit is taken for the next key. */
static bool is_unit(struct str word)
{
	static const char *const units[] = {"k", "m", "g", "t", "kb", "mb", "gb", "tb", "kib",
		"mib", "gib", "tib", "b", "bytes"};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (str_ieq(word, str_of(units[i])))
			return true;
	return false;
}

struct str conf_key_suggest(struct str name, enum conf_scope scope, struct arena *mem)
{
	static const char *const statements[] = {"organization", "domain", "address", "include"};
	struct suggest s = {.word = name};
	struct str all = {"", 0};
	if (is_unit(name))
		return STR_LIT("a size and its unit are one word, such as 2G");
	for (size_t i = 0; i < conf_key_count; i++)
		if (conf_keys[i].scopes & scope)
			suggest_consider(&s, conf_keys[i].name);
	for (size_t i = 0; i < sizeof statements / sizeof *statements && scope == SCOPE_GLOBAL; i++)
		suggest_consider(&s, statements[i]);
	if (suggest_best(&s))
		return arena_fmt(mem, "did you mean \"%s\"?", suggest_best(&s));
	for (size_t i = 0; i < SUGGEST_MOST && s.near[i]; i++)
		all = arena_fmt(mem, STR_FMT "%s\"%s\"", STR_ARGS(all), i ? ", " : "", s.near[i]);
	return arena_fmt(mem, "%s" STR_FMT "%smda.conf(5) has them all",
		all.n ? "the nearest are " : "", STR_ARGS(all), all.n ? "; " : "");
}

#include "mda/conf/conf_key.h"

#include "base/str_list.h"
#include "base/suggest.h"
#include "mda/conf/conf_type_spam.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the table ---- */

/* The words of a choice are in the order of its enum. */
static const char *const users_words[] = {
	[USERS_SYSTEM] = "system", [USERS_VIRTUAL] = "virtual", [USERS_DOVECOT] = "dovecot", NULL};
static const char *const server_words[] = {[STORE_SERVER_NONE] = "none",
	[STORE_SERVER_DOVECOT] = "dovecot",
	[STORE_SERVER_COURIER] = "courier",
	NULL};
static const char *const layout_words[] = {
	[FOLDER_FLAT] = "maildir++", [FOLDER_NESTED] = "fs", NULL};
static const char *const links_words[] = {
	[LINKS_OF_NOBODY] = "no", [LINKS_OF_ADMIN] = "admin", NULL};
static const char *const full_words[] = {
	[QUOTA_FULL_RETRY] = "retry", [QUOTA_FULL_REFUSE] = "refuse", NULL};
static const char *const blocked_words[] = {
	[BLOCKED_TO_JUNK] = "junk", [BLOCKED_MARK] = "mark", [BLOCKED_REFUSE] = "refuse", NULL};
static const char *const requires_words[] = {[ALLOW_NOT_FAILED] = "not_failed",
	[ALLOW_PASS] = "pass",
	[ALLOW_NOTHING] = "nothing",
	NULL};
static const char *const antispam_words[] = {[SPAM_BY_HEADERS] = "headers",
	[SPAM_BY_SPAMD] = "spamd",
	[SPAM_BY_RSPAMD] = "rspamd",
	[SPAM_BY_NOBODY] = "none",
	NULL};
static const char *const failure_words[] = {
	[SPAM_FAILURE_ACCEPT] = "accept", [SPAM_FAILURE_RETRY] = "retry", NULL};
static const char *const spam_words[] = {[SPAM_TO_JUNK] = "junk",
	[SPAM_MARK] = "mark",
	[SPAM_REJECT] = "reject",
	[SPAM_DISCARD] = "discard",
	NULL};
static const char *const score_words[] = {
	[SCORE_NUMBER] = "score", [SCORE_LENGTH] = "length", [SCORE_TEXT] = "text", NULL};
static const char *const vacation_words[] = {
	[VACATION_FROM_NOBODY] = "null", [VACATION_FROM_RECIPIENT] = "recipient", NULL};
static const char *const line_end_words[] = {[LINE_END_CRLF] = "crlf", [LINE_END_LF] = "lf", NULL};
static const char *const reject_words[] = {
	[REJECT_BY_MTA] = "mta", [REJECT_BY_MESSAGE] = "message", NULL};
/* These words have no enum in that order: set_sender() of conf_type.c knows them. */
static const char *const sender_words[] = {
	"original", "recipient", "original_recipient", "srs", NULL};
static const char *const writer_words[] = {"recipient", "original_recipient", NULL};

/*
 * The keys that an admin may leave to people. Their values must not name files or programs, and
 * only the process that judges may use them, because it alone reads what a person has set.
 */
static const char *const personal_words[] = {"allow_requires", "trust_arc", "blocked_action",
	"refuse_text", "antispam", "spam_limit", "spam_action", "spam_rules", "attachments_refuse",
	"vacation_check_recipient", "vacation_subject", "vacation_subject_of", "label",
	"label_shows", "inside_requires", "contacts_skip_antispam", "screener", "screener_digest",
	NULL};

/* Where a key may be set: outside of sections, "(domain)" and "(domain, address)" of mda.conf. */
enum {
	GLOBAL = SCOPE_GLOBAL,
	DOMAIN = GLOBAL | SCOPE_DOMAIN,
	ADDRESS = DOMAIN | SCOPE_ADDRESS,
};

/* The field of struct conf has the name of the key, or is FIELD. */
#define KEY(key, kind, where) KEY_IN(key, key, kind, where)
#define KEY_IN(key, field, kind, where)                                                            \
	.name = #key, .type = &conf_type_##kind, .scopes = (where),                                \
	.offset = offsetof(struct conf, field)
#define ORGANIZATION(key, kind)                                                                    \
	.name = #key, .type = &conf_type_##kind, .scopes = SCOPE_ORGANIZATION,                     \
	.offset = offsetof(struct organization, key)

/* clang-format off: a row is a key, in the order of mda.conf */
const struct conf_key conf_keys[] = {
	/* Users */
	{KEY(users, choice, GLOBAL), .default_text = "system", .choices = users_words},
	{KEY(users_socket, text, GLOBAL), .default_text = "/run/dovecot/auth-userdb"},
	{KEY(users_timeout, number, GLOBAL), .default_text = "30"},
	{KEY(users_homes, list, GLOBAL), .default_text = ""},
	{KEY(virtual_user, text, GLOBAL), .default_text = "vmail"},
	{KEY(unprivileged_user, text, GLOBAL), .default_text = "nobody"},
	{KEY(virtual_home, path, DOMAIN), .default_text = "/var/mail/vhosts/%d/%n"},
	{KEY(create_home, switch, DOMAIN), .default_text = "yes"},
	{KEY(default_domain, text, GLOBAL), .default_text = ""},
	{KEY(recipient_delimiter, text, GLOBAL), .default_text = "+"},
	{KEY(aliases, text, GLOBAL), .default_text = "/etc/mda/aliases"},
	{KEY(aliases_timeout, number, GLOBAL), .default_text = "10"},
	{KEY(address_settings, table, GLOBAL), .default_text = ""},
	{KEY(address_settings_timeout, number, GLOBAL), .default_text = "10"},

	/* The mailbox */
	{KEY(maildir, path, ADDRESS), .default_text = "%h/Maildir"},
	{KEY(create_maildir, switch, ADDRESS), .default_text = "yes"},
	{KEY(state_dir, path, ADDRESS), .default_text = ""},
	{KEY(create_keep_folder, switch, ADDRESS), .default_text = "no"},
	{KEY(layout, choice, ADDRESS), .default_text = "maildir++", .choices = layout_words},
	{KEY(folder_prefix, prefix, ADDRESS), .default_text = ""},
	{KEY(folder_separator, separator, ADDRESS), .default_text = ""},
	{KEY(folder_utf8, auto, ADDRESS), .default_text = "auto"},
	{KEY(subscribe, switch, ADDRESS), .default_text = "yes"},
	{KEY(follow_links, choice, ADDRESS), .default_text = "no", .choices = links_words},
	{KEY(imap_server, choice, ADDRESS), .default_text = "none", .choices = server_words},

	/* Quota */
	{KEY(quota, quota, ADDRESS), .default_text = ""},
	{KEY(quota_messages, number, ADDRESS), .default_text = "0"},
	{KEY(quota_full, choice, ADDRESS), .default_text = "retry", .choices = full_words},
	{KEY(retention, retention, ADDRESS), .default_text = ""},
	{KEY(quota_warnings, quota_warnings, ADDRESS), .default_text = ""},

	/* Who is told of deliveries */
	{KEY(after_delivery, socket, DOMAIN), .default_text = ""},

	/* The message, the log, the time */
	{KEY(message_in_memory, size, GLOBAL), .default_text = "4M"},
	{KEY(message_max, size, GLOBAL), .default_text = "0"},
	{KEY(spool_dir, text, GLOBAL), .default_text = "/var/tmp"},
	{KEY(log, text, GLOBAL), .default_text = "syslog"},
	{KEY(explain_keep, age, ADDRESS), .default_text = "30d"},
	{KEY(time_limit, number, GLOBAL), .default_text = "600"},

	/* Block and allow lists */
	{KEY(global_allow, path, DOMAIN), .default_text = "/etc/mda/allow"},
	{KEY(global_block, path, DOMAIN), .default_text = "/etc/mda/block"},
	{KEY(user_allow, path, ADDRESS), .default_text = "%h/.mda/allow"},
	{KEY(user_block, path, ADDRESS), .default_text = "%h/.mda/block"},
	{KEY(lists_expire, age, ADDRESS), .default_text = ""},
	{KEY(authserv_id, list, DOMAIN), .default_text = ""},
	{KEY(own_received, number, DOMAIN), .default_text = "1"},
	{KEY(allow_requires, choice, ADDRESS), .default_text = "not_failed",
		.choices = requires_words},
	{KEY(trust_arc, switch, ADDRESS), .default_text = "no"},
	{KEY(blocked_action, choice, ADDRESS), .default_text = "junk", .choices = blocked_words},
	{KEY(refuse_text, text, ADDRESS),
		.default_text = "Mail from this sender is not accepted here"},

	/* Spam */
	{KEY(antispam, antispam, ADDRESS), .default_text = "headers", .choices = antispam_words},
	{KEY(antispam_servers, servers, DOMAIN), .default_text = ""},
	{KEY(antispam_timeout, number, DOMAIN), .default_text = "20"},
	{KEY(antispam_failure, choice, DOMAIN), .default_text = "accept", .choices = failure_words},
	{KEY(antispam_max_size, size, DOMAIN), .default_text = "2M"},
	{KEY(learn_servers, servers, DOMAIN), .default_text = ""},
	{KEY(learn_password, text, DOMAIN), .default_text = ""},
	{KEY(spam_limit, limit, ADDRESS), .default_text = ""},
	{KEY(spam_headers, spam_rules, DOMAIN), .default_text = "X-Spam-Flag: YES*\n"
								"X-Spam-Status: Yes*\n"
								"X-Spam: Yes*\n"
								"X-Rspamd-Action: add header\n"
								"X-Rspamd-Action: rewrite subject\n"
								"X-Rspamd-Action: reject\n"
								"X-Spamd-Result: *: True *\n"
								"Deliver-To: Junk\n"
								"X-Spam-Score >= 10"},
	{KEY_IN(spamtest_header, spamtest.from, score_field, ADDRESS), .default_text = ""},
	{KEY_IN(spamtest_type, spamtest.type, choice, ADDRESS), .default_text = "score",
		.choices = score_words},
	{KEY_IN(spamtest_max, spamtest.most, score_most, ADDRESS), .default_text = "10"},
	{KEY_IN(spamtest_texts, spamtest.texts, score_texts, ADDRESS), .default_text = ""},
	{KEY_IN(virustest_header, virustest.from, score_field, ADDRESS), .default_text = ""},
	{KEY_IN(virustest_type, virustest.type, choice, ADDRESS), .default_text = "score",
		.choices = score_words},
	{KEY_IN(virustest_max, virustest.most, score_most, ADDRESS), .default_text = "5"},
	{KEY_IN(virustest_texts, virustest.texts, score_texts, ADDRESS), .default_text = ""},
	{KEY(spam_action, choice, ADDRESS), .default_text = "junk", .choices = spam_words},
	{KEY(spam_rules, switch, ADDRESS), .default_text = "no"},
	{KEY(attachments_refuse, attachments, ADDRESS), .default_text = ""},
	{KEY(junk_folder, text, ADDRESS), .default_text = "Junk"},

	/* Filter rules */
	{KEY(sieve_engine, engine, ADDRESS), .default_text = "builtin"},
	{KEY(scripts_before, paths, DOMAIN), .default_text = ""},
	{KEY(scripts_after, paths, DOMAIN), .default_text = ""},
	{KEY(scripts_user, paths, ADDRESS),
		.default_text = "%h/.mda/rules.sieve\n%h/.dovecot.sieve"},
	{KEY(report_errors, switch, ADDRESS), .default_text = "no"},
	{KEY(scripts_personal, paths, ADDRESS), .default_text = "%h/.mda/sieve\n%h/sieve"},
	{KEY(scripts_global, paths, DOMAIN), .default_text = "/etc/mda/sieve"},
	{KEY(special_use, list, ADDRESS), .default_text = "Drafts Drafts\n"
							  "Sent Sent\n"
							  "Trash Trash\n"
							  "Archive Archive"},
	{KEY(metadata, path, ADDRESS), .default_text = "%h/.mda/metadata"},
	{KEY(list_dirs, paths, ADDRESS), .default_text = "%h/.mda/lists\n/etc/mda/lists"},
	{KEY(editheader_protected, list, DOMAIN), .default_text = "Return-Path\n"
								  "Delivered-To\n"
								  "X-Original-To\n"
								  "Authentication-Results\n"
								  "DKIM-Signature"},
	{KEY(editheader_forbid_add, list, DOMAIN), .default_text = ""},
	{KEY(editheader_forbid_delete, list, DOMAIN), .default_text = ""},
	{KEY(editheader_max, size, DOMAIN), .default_text = "64K"},
	{KEY(script_environment, list, ADDRESS), .default_text = ""},
	{KEY(script_max, size, GLOBAL), .default_text = "1M"},

	/* Redirected mail */
	{KEY(redirects_max, number, ADDRESS), .default_text = "4"},
	{KEY(redirects_per_day, number, ADDRESS), .default_text = "1000"},
	{KEY(redirect_sender, sender, ADDRESS), .default_text = "original",
		.choices = sender_words},
	{KEY(srs_domain, text, DOMAIN), .default_text = ""},
	{KEY(redirect_resent, switch, ADDRESS), .default_text = "no"},
	{KEY(stamp_key, text, GLOBAL), .default_text = "/var/lib/mda/stamp.key"},
	{KEY(stamp_lifetime, number, GLOBAL), .default_text = "5"},

	/* Answers and notifications */
	{KEY(answers_per_hour, number, ADDRESS), .default_text = "60"},
	{KEY(notify_sender, sender, ADDRESS), .default_text = "recipient", .choices = writer_words},
	{KEY(report_sender, sender, ADDRESS), .default_text = "recipient", .choices = writer_words},
	{KEY(vacation_sender, choice, ADDRESS), .default_text = "null", .choices = vacation_words},
	{KEY(vacation_check_recipient, switch, ADDRESS), .default_text = "yes"},
	{KEY(vacation_original_recipient, switch, ADDRESS), .default_text = "no"},
	{KEY(vacation_subject, text, ADDRESS), .default_text = "Automated reply"},
	{KEY(vacation_subject_of, text, ADDRESS), .default_text = "Auto: %s"},
	{KEY(reject_by, choice, ADDRESS), .default_text = "mta", .choices = reject_words},

	/* Programs */
	{KEY(programs_dir, text, DOMAIN), .default_text = ""},
	{KEY(programs_seconds, number, DOMAIN), .default_text = "10"},
	{KEY(programs_memory, size, DOMAIN), .default_text = "512M"},
	{KEY(programs_line_end, choice, DOMAIN), .default_text = "crlf", .choices = line_end_words},

	/* How mail is sent */
	{KEY(submission, submission, GLOBAL), .default_text = ""},
	{KEY(sendmail_path, text, GLOBAL), .default_text = "/usr/sbin/sendmail"},

	/* Label External and Unknown */
	{KEY(label, switch, ADDRESS), .default_text = "yes"},
	{KEY(label_shows, shows, ADDRESS), .default_text = "header"},
	{KEY(inside_requires, choice, ADDRESS), .default_text = "pass", .choices = requires_words},
	{KEY(contacts, path, ADDRESS), .default_text = "%h/.mda/contacts"},
	{KEY(address_books, paths, ADDRESS), .default_text = "%h/.mda/addressbook"},
	{KEY(contacts_dir, path, ADDRESS), .default_text = "%h/.mda/contacts.d"},
	{KEY(contacts_skip_antispam, switch, ADDRESS), .default_text = "no"},
	{KEY(remove_headers, list, DOMAIN), .default_text = ""},

	/* Senders that are new */
	{KEY(screener, folder, ADDRESS), .default_text = "no"},
	{KEY(screener_digest, switch, ADDRESS), .default_text = "no"},
	{KEY(freemail_domains, domains, DOMAIN),
		.default_text = "gmail.com\ngooglemail.com\noutlook.*\nhotmail.*\nlive.*\nmsn.com\n"
				"yahoo.*\nymail.com\naol.*\nicloud.com\nme.com\nmac.com\n"
				"gmx.*\nweb.de\nfreenet.de\nt-online.de\nmail.com\n"
				"proton.me\nprotonmail.*\npm.me\ntutanota.*\ntuta.*\nfastmail.*\n"
				"zoho.*\nmail.ru\nyandex.*\nrambler.ru\nukr.net\n"
				"qq.com\n163.com\n126.com\nnaver.com\ndaum.net\nhanmail.net\n"
				"orange.fr\nwanadoo.fr\nfree.fr\nlaposte.net\nlibero.it\n"
				"wp.pl\no2.pl\nonet.pl\nseznam.cz\ncomcast.net\natt.net"},

	/* Folders that act */
	{KEY(block_folders, list, ADDRESS), .default_text = ""},
	{KEY(allow_folders, list, ADDRESS), .default_text = ""},
	{KEY(block_domain_folders, list, ADDRESS), .default_text = ""},
	{KEY(allow_domain_folders, list, ADDRESS), .default_text = ""},
	{KEY(create_act_folders, switch, ADDRESS), .default_text = "yes"},
	{KEY(block_keywords, list, ADDRESS), .default_text = ""},
	{KEY(allow_keywords, list, ADDRESS), .default_text = ""},

	/* What people may set themselves */
	{KEY(user_settings, words, ADDRESS), .default_text = "", .choices = personal_words},
	{KEY(settings, path, ADDRESS), .default_text = "%h/.mda/settings"},

	/* The LMTP server */
	{KEY(lmtp_listen, list, GLOBAL), .default_text = "/run/mda/lmtp"},
	{KEY(lmtp_socket_owner, text, GLOBAL), .default_text = ""},
	{KEY(lmtp_socket_mode, text, GLOBAL), .default_text = "0660"},
	{KEY(lmtp_status, text, GLOBAL), .default_text = "/run/mda/lmtp-status"},
	{KEY(lmtp_workers, number, GLOBAL), .default_text = "2"},
	{KEY(lmtp_worker_messages, number, GLOBAL), .default_text = "10000"},
	{KEY(lmtp_deliveries, number, GLOBAL), .default_text = "16"},
	{KEY(lmtp_mailbox_deliveries, number, GLOBAL), .default_text = "4"},
	{KEY(lmtp_connections, number, GLOBAL), .default_text = "1000"},
	{KEY(lmtp_client_connections, number, GLOBAL), .default_text = "200"},
	{KEY(lmtp_recipients, number, GLOBAL), .default_text = "1000"},
	{KEY(lmtp_timeout, number, GLOBAL), .default_text = "300"},
	{KEY(lmtp_trusted, list, GLOBAL), .default_text = "unix"},
	{KEY(lmtp_xclient, list, GLOBAL), .default_text = ""},
	{KEY(lmtp_tls_certificate, text, GLOBAL), .default_text = ""},
	{KEY(lmtp_tls_key, text, GLOBAL), .default_text = ""},
	{KEY(lmtp_tls_clients, text, GLOBAL), .default_text = ""},
	{KEY(lmtp_tls_required, switch, GLOBAL), .default_text = "no"},

	/* Greylisting */
	{KEY(grey_listen, list, GLOBAL), .default_text = "127.0.0.1:10023"},
	{KEY(grey_socket_owner, text, GLOBAL), .default_text = ""},
	{KEY(grey_socket_mode, text, GLOBAL), .default_text = "0660"},
	{KEY(grey_status, text, GLOBAL), .default_text = "/run/mda-greyd/status"},
	{KEY(grey_user, text, GLOBAL), .default_text = ""},
	{KEY(grey_dir, text, GLOBAL), .default_text = "/var/lib/mda-greyd"},
	{KEY(grey_delay, period, GLOBAL), .default_text = "300"},
	{KEY(grey_retry_window, period, GLOBAL), .default_text = "2d"},
	{KEY(grey_lifetime, period, GLOBAL), .default_text = "35d"},
	{KEY(grey_auto_allow, number, GLOBAL), .default_text = "5"},
	{KEY(grey_ipv4_bits, number, GLOBAL), .default_text = "24"},
	{KEY(grey_ipv6_bits, number, GLOBAL), .default_text = "64"},
	{KEY(grey_allow_clients, text, GLOBAL), .default_text = "/etc/mda/grey-clients"},
	{KEY(grey_allow_recipients, text, GLOBAL), .default_text = "/etc/mda/grey-recipients"},
	{KEY(grey_contacts, switch, GLOBAL), .default_text = "yes"},
	{KEY(grey_header, switch, GLOBAL), .default_text = "yes"},
	{KEY(grey_connections, number, GLOBAL), .default_text = "1000"},
	{KEY(grey_timeout, number, GLOBAL), .default_text = "10"},

	/* Organizations */
	{ORGANIZATION(domains, senders), .default_text = ""},
	{ORGANIZATION(addresses, senders), .default_text = ""},
	{ORGANIZATION(outside, senders), .default_text = ""},
	{ORGANIZATION(people, text), .default_text = ""},
};
/* clang-format on */

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
	struct str all = STR_EMPTY;
	for (size_t i = 0; words[i]; i++)
		all = arena_fmt(mem, STR_FMT "%s%s", STR_ARGS(all), i ? ", " : " ", words[i]);
	return all;
}

static bool are_valid(const struct conf_key *key, const struct str_list *values, struct arena *mem,
	const char **why)
{
	bool valid = true;
	for (size_t i = 0; i < values->count && valid && key->type->is_valid; i++)
		valid = key->type->is_valid(values->items[i], mem, why);
	return valid;
}

bool conf_key_set(const struct conf_key *key, void *base, const struct str_list *values,
	struct arena *mem, char *why, size_t size)
{
	const char *more = NULL;
	for (size_t i = 0; i < values->count; i++) {
		if (str_find(values->items[i], '\0') == values->items[i].n)
			continue;
		snprintf(why, size, "%s contains a NUL byte", key->name); /* a longer text is cut */
		return false;
	}
	if (are_valid(key, values, mem, &more) &&
		key->type->set((char *)base + key->offset, values, key->choices, mem, &more))
		return true;
	struct str choices = key->choices ? join(key->choices, mem) : STR_EMPTY;
	/* A longer text is cut. */
	snprintf(why, size, "%s takes %s" STR_FMT "%s%s", key->name, key->type->name,
		STR_ARGS(choices), more ? ": " : "", more ? more : "");
	return false;
}

void conf_key_put(
	const struct conf_key *key, void *base, const struct str_list *values, struct arena *mem)
{
	const char *why = NULL;
	if (!key->type->set((char *)base + key->offset, values, key->choices, mem, &why))
		abort(); /* they were not checked */
}

struct str_list conf_key_default(const struct conf_key *key, struct arena *mem)
{
	struct str_list values = {0};
	struct str rest = str_of(key->default_text), line;
	if (!key->type->is_list) {
		str_list_add(&values, rest, mem);
		return values;
	}
	while (str_line(&rest, &line))
		str_list_add(&values, line, mem);
	return values;
}

/* In "message_max = 2 G", the unit is read as the next key. */
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
	struct str all = STR_EMPTY;
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
	return arena_fmt(mem, "%s" STR_FMT "%smda.conf(5) lists all keys",
		all.n ? "similar keys are " : "", STR_ARGS(all), all.n ? "; " : "");
}

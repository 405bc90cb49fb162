#include "mda/invocation.h"

#include "base/address.h"
#include "base/address_spec.h"
#include "base/host.h"
#include "mda/tool.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- command line ---- */

/*
 * IGNORED: an option of another program's command line (dovecot-lda's, Dovecot 1's deliver's,
 * procmail's). NOTED: likewise, and the log says that it was ignored.
 */
enum kind { VALUE, FLAG, SWITCH, LIST, IGNORED, NOTED };

static const struct {
	char letter;
	enum kind kind;
	size_t offset; /* the offset in struct invocation */
	const char *value, *meaning;
} options[] = {
#define AT(f) offsetof(struct invocation, f)
	{'d', VALUE, AT(user), "user", "deliver to this user (system) or address (virtual)"},
	{'f', VALUE, AT(sender), "sender", "envelope sender; empty or <> is the null sender"},
	{'r', VALUE, AT(recipient), "recipient", "envelope recipient, after aliases"},
	{'a', VALUE, AT(original), "original", "original recipient, before aliases"},
	{'u', VALUE, AT(submitter), "submitter", "authenticated submitter (AUTH of MAIL FROM)"},
	{'m', VALUE, AT(folder), "folder", "keep the message in this folder instead of the INBOX"},
	{'p', VALUE, AT(path), "file", "read the message from a file instead of standard input"},
	{'c', VALUE, AT(conf), "conf", "configuration file"},
	{'o', LIST, AT(overrides), "key=value", "set a configuration key"},
	{'A', FLAG, AT(again), NULL,
		"deliver again even if delivered before; never in the MTA's line"},
	{'e', IGNORED, 0, NULL, "ignored: mda always reports to the MTA instead of bouncing"},
	{'k', IGNORED, 0, NULL, "ignored"},
	{'n', NOTED, 0, NULL, "ignored; mda explain shows what would be done"},
	{'s', IGNORED, 0, NULL, "ignored"},
	{'t', NOTED, 0, NULL, "ignored; mda config shows the settings"},
	{'Y', IGNORED, 0, NULL, "ignored"},
	{'h', SWITCH, AT(help), NULL, "print this help; no other option may be given"},
	{'V', SWITCH, AT(version), NULL, "print the version; no other option may be given"},
#undef AT
};

enum { OPTIONS = sizeof options / sizeof *options };

static size_t find_option(const char *arg)
{
	static const struct {
		const char *name;
		char letter;
	} names[] = {{"--again", 'A'}, {"--help", 'h'}, {"--version", 'V'}};
	char letter = arg[1];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(arg, names[i].name) == 0)
			letter = names[i].letter;
	size_t i = 0;
	while (i < OPTIONS && options[i].letter != letter)
		i++;
	return i;
}

/* Postfix repeats a word or an option for each recipient of the message. */
static int several_recipients(const char *word, struct err *err)
{
	return err_temp(err,
		"several recipients on one line (\"%.100s\"), and mda delivers to one: set "
		"mda_destination_recipient_limit = 1 in main.cf",
		word);
}

static bool names_recipient(char letter)
{
	return letter == 'd' || letter == 'r' || letter == 'a';
}

void invocation_override(struct invocation *inv, const char *setting, struct arena *mem)
{
	*(const char **)ARENA_PUSH(mem, inv->overrides, inv->override_count) = setting;
}

static int set_option(struct invocation *inv, size_t option, const char *value, struct arena *mem,
	struct err *err)
{
	char letter = options[option].letter;
	void *field = (char *)inv + options[option].offset;
	const char **text = field;
	if (options[option].kind == NOTED)
		inv->ignored = letter;
	else if (options[option].kind == SWITCH || options[option].kind == FLAG)
		*(bool *)field = true;
	else if (options[option].kind == LIST)
		invocation_override(inv, value, mem);
	if (options[option].kind != VALUE)
		return 0;
	if (names_recipient(letter) && *text && strcmp(*text, value) != 0)
		return several_recipients(value, err);
	*text = value;
	return 0;
}

static void take_environment(struct invocation *inv)
{
	static const struct {
		const char *name;
		size_t offset;
	} names[] = {
		{"SENDER", offsetof(struct invocation, sender)},
		{"RECIPIENT", offsetof(struct invocation, recipient)},
		{"ORIGINAL_RECIPIENT", offsetof(struct invocation, original)},
		{"SASL_SENDER", offsetof(struct invocation, submitter)},
		{"USER", offsetof(struct invocation, login)},
		{"EXTENSION", offsetof(struct invocation, extension)},
		{"HOME", offsetof(struct invocation, home)},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		*(const char **)((char *)inv + names[i].offset) = getenv(names[i].name);
}

/*
 * HOME and USER may come from a login session, and Exim's USER is only the local part of an
 * address. They count only if no option names the recipient.
 */
static void overlay(struct invocation *inv, const struct invocation *told)
{
	struct invocation env = *inv;
	*inv = *told;
	inv->extension = env.extension;
	if (!told->user && !told->recipient && !told->original) {
		inv->login = env.login;
		inv->home = env.home;
	}
	if (!inv->sender)
		inv->sender = env.sender;
	if (!inv->recipient)
		inv->recipient = told->original ? told->original : env.recipient;
	if (!inv->original)
		inv->original = env.original;
	if (!inv->submitter)
		inv->submitter = env.submitter;
	if (!inv->user && !inv->recipient)
		inv->user = inv->login;
}

/*
 * An empty value is a macro of the MTA that expanded to nothing, so it does not count. Only the
 * sender may be empty.
 */
static void drop_empty(struct invocation *inv)
{
	const char **values[] = {
		&inv->user, &inv->recipient, &inv->original, &inv->submitter, &inv->login};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (*values[i] && (*values[i])[0] == '\0')
			*values[i] = NULL;
}

/* procmail is called with -a "$EXTENSION". */
static void drop_extension(struct invocation *told, const struct invocation *env)
{
	if (told->original && env->extension && !told->recipient &&
		strcmp(told->original, env->extension) == 0)
		told->original = NULL;
}

/*
 * Takes a word that belongs to no option. LAST is the option letter before it, which has its value
 * already.
 */
static int stray_word(const char *word, char last, struct err *err)
{
	if (names_recipient(last) || (word[0] != '-' && strchr(word, '@')))
		return several_recipients(word, err);
	return err_temp(err, "\"%s\" is not an option; mda --help lists them", word);
}

/* Takes the option at *I and its value, and moves *I to the last word of it. */
static int take_option(
	int argc, char **argv, int *i, struct invocation *told, struct arena *mem, struct err *err)
{
	const char *arg = argv[*i];
	size_t o = find_option(arg);
	if (o == OPTIONS)
		return err_temp(err, "unknown option %s; mda --help lists them", arg);
	bool takes_value = options[o].kind == VALUE || options[o].kind == LIST;
	bool joined = arg[1] != '-' && arg[2] != '\0';
	if (!takes_value && joined)
		return err_temp(err, "the option -%c takes no value", options[o].letter);
	if (options[o].kind == SWITCH && argc != 2)
		return err_temp(err, "no other option may be given with -%c", options[o].letter);
	if (takes_value && !joined && *i + 1 == argc)
		return err_temp(err, "the option -%c needs a value (%s)", options[o].letter,
			options[o].value);
	const char *value = !takes_value ? NULL : joined ? arg + 2 : argv[++*i];
	return set_option(told, o, value, mem, err);
}

/*
 * Reads the command line to its end even after an error, because the last option may say where the
 * log is. The first error is reported.
 */
static int take_words(
	int argc, char **argv, struct invocation *told, struct arena *mem, struct err *err)
{
	struct err later;
	char last = '\0';
	int r = 0;
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i];
		bool is_word = arg[0] != '-' || arg[1] == '\0';
		int taken = is_word ? stray_word(arg, last, r < 0 ? &later : err)
				    : take_option(argc, argv, &i, told, mem, r < 0 ? &later : err);
		r = taken < 0 ? -1 : r;
		if (!is_word)
			last = arg[1];
	}
	return r;
}

int invocation_parse(
	int argc, char **argv, struct arena *mem, struct invocation *inv, struct err *err)
{
	struct invocation told = {0};
	int r = take_words(argc, argv, &told, mem, err);
	*inv = (struct invocation){0};
	take_environment(inv);
	if (r == 0 && ((told.user && !*told.user) || (told.recipient && !*told.recipient)))
		r = err_temp(err, "the option -%c is empty", told.user && !*told.user ? 'd' : 'r');
	drop_empty(inv);
	drop_empty(&told);
	drop_extension(&told, inv);
	overlay(inv, &told);
	return r;
}

void invocation_usage(void)
{
	printf("usage: mda [options] < message\n"
	       "       mda NAME ...     run the tool mda-NAME\n\n");
	for (size_t i = 0; i < OPTIONS; i++)
		printf("  -%c %-10s %s\n", options[i].letter,
			options[i].value ? options[i].value : "", options[i].meaning);
	printf("\n");
	tool_list();
	printf("Exit status: 0 done, 67 no such user, 75 try again later, 77 refused.\n");
}

/* ---- the envelope ---- */

struct str invocation_default_domain(struct str configured, struct arena *mem)
{
	if (configured.n)
		return configured;
	struct str host = str_of(host_name());
	return host.n ? arena_lower(mem, host) : STR_LIT("localhost");
}

/* The bare address. If it cannot be parsed, it stays as it was written. */
static struct str bare(struct str text, struct str default_domain, struct arena *mem)
{
	struct address a = address_parse_envelope(text, mem);
	if (a.invalid)
		return str_trim(text);
	if (a.local.n && a.domain.n == 0 && default_domain.n) {
		a.domain = default_domain;
		address_spec_write(&a, mem);
	}
	return a.spec;
}

/* Postfix's pipe(8) passes the null sender under this name. */
static struct str null_or_sender(struct str sender)
{
	return str_ieq(sender, STR_LIT("MAILER-DAEMON")) ? STR_EMPTY : sender;
}

/* A sender in the message counts only if it is an address. */
static struct str address_or_nothing(struct str text, struct arena *mem)
{
	struct address a = address_parse_envelope(text, mem);
	return a.invalid ? STR_EMPTY : a.spec;
}

struct str invocation_message_sender(const struct message *msg, struct arena *mem)
{
	struct str sender = STR_EMPTY;
	const struct header *path = message_find(msg, STR_LIT("Return-Path"));
	if (message_from_line(msg).n)
		sender = address_or_nothing(message_from_line(msg), mem);
	else if (path)
		sender = address_or_nothing(message_header_text(path, mem), mem);
	return null_or_sender(sender);
}

static struct str sender_of(
	const struct invocation *inv, const struct message *msg, struct arena *mem)
{
	if (inv->sender)
		return null_or_sender(bare(str_of(inv->sender), STR_EMPTY, mem));
	return msg ? invocation_message_sender(msg, mem) : STR_EMPTY;
}

/*
 * Are these several addresses, separated by a comma or blanks? A quoted local part may contain
 * anything.
 */
static bool is_several(struct str text)
{
	size_t count = 0;
	if (str_find(text, '"') < text.n)
		return false;
	while (text.n) {
		size_t end = 0;
		while (end < text.n && text.p[end] != ',' && !ascii_isblank(text.p[end]))
			end++;
		count += str_find(str_slice(text, 0, end), '@') < end;
		text = str_slice(text, end + 1, text.n);
	}
	return count > 1;
}

static int check_address(const char *text, struct arena *mem, struct err *err)
{
	struct address a = address_parse_envelope(str_of(text), mem);
	if (is_several(str_of(text)))
		return several_recipients(text, err);
	if (a.invalid || a.local.n == 0)
		return err_no_user(err, "\"%.100s\" is not an address", text);
	return 0;
}

void invocation_drop_word(struct invocation *inv, struct str delimiters)
{
	if (!inv->original || inv->recipient != inv->original || !inv->user ||
		inv->user == inv->login || strchr(inv->original, '@'))
		return;
	struct str word = str_of(inv->original), user = str_of(inv->user);
	user = str_slice(user, 0, str_rfind(user, '@'));
	bool is_users = str_istarts(word, user) &&
			(word.n == user.n || str_find(delimiters, word.p[user.n]) < delimiters.n);
	if (!is_users)
		inv->recipient = inv->original = NULL;
}

int invocation_check(
	const struct invocation *inv, bool users_are_virtual, struct arena *mem, struct err *err)
{
	const char *user = inv->user;
	/* USER of a login session, which is not an address. */
	if (users_are_virtual && user && user == inv->login && !strchr(user, '@'))
		user = NULL;
	if (users_are_virtual && !user && !inv->recipient)
		return err_temp(err, "no recipient is given: use -r or -d (an MTA: RECIPIENT)");
	if (inv->recipient && check_address(inv->recipient, mem, err) < 0)
		return -1;
	return users_are_virtual && user ? check_address(user, mem, err) : 0;
}

/* If the MTA names nobody, the mail is for the user who runs this process. */
struct str invocation_recipient(
	const struct invocation *inv, struct str default_domain, struct arena *mem)
{
	const char *text = inv->recipient ? inv->recipient : inv->user;
	if (!text) {
		const struct passwd *me = getpwuid(geteuid());
		text = me ? arena_cstr(mem, str_of(me->pw_name)) : "";
	}
	return bare(str_of(text), default_domain, mem);
}

/* The address without its detail and quotes. What is not an address stays as it was written. */
static struct str mailbox_of(struct str recipient, struct str delimiters, size_t user_length,
	struct str *detail, struct arena *mem)
{
	struct address a = address_parse_envelope(recipient, mem);
	*detail = STR_EMPTY;
	if (a.invalid || a.local.n == 0)
		return recipient;
	if (user_length) {
		*detail = str_slice(a.local, user_length + 1, a.local.n);
		a.local = str_slice(a.local, 0, user_length);
	} else {
		address_split_detail(a.local, delimiters, &a.local, detail);
	}
	if (a.domain.n == 0)
		return a.local;
	return arena_fmt(mem, STR_FMT "@" STR_FMT, STR_ARGS(a.local), STR_ARGS(a.domain));
}

struct str invocation_mailbox(const struct invocation *inv, struct str default_domain,
	struct str delimiters, struct arena *mem)
{
	struct str detail;
	struct str recipient = invocation_recipient(inv, default_domain, mem);
	return arena_lower(mem, mailbox_of(recipient, delimiters, inv->user_length, &detail, mem));
}

struct str invocation_user(const struct invocation *inv, struct str default_domain,
	struct str delimiters, struct arena *mem)
{
	struct str detail;
	if (!inv->user)
		return mailbox_of(invocation_recipient(inv, default_domain, mem), delimiters,
			inv->user_length, &detail, mem);
	/*
	 * The MTA, or -d, has found the user already, so a delimiter in the name belongs to the
	 * name.
	 */
	const struct str none = STR_EMPTY;
	return mailbox_of(bare(str_of(inv->user), default_domain, mem), none, 0, &detail, mem);
}

struct envelope invocation_envelope(const struct invocation *inv, const struct message *msg,
	struct str default_domain, struct str delimiters, struct arena *mem)
{
	struct envelope env = {0};
	env.recipient = invocation_recipient(inv, default_domain, mem);
	env.mailbox = arena_lower(
		mem, mailbox_of(env.recipient, delimiters, inv->user_length, &env.detail, mem));
	if (env.detail.n == 0 && inv->extension)
		env.detail = str_of(inv->extension);
	env.original_recipient =
		inv->original ? bare(str_of(inv->original), default_domain, mem) : env.recipient;
	env.sender = sender_of(inv, msg, mem);
	env.queue_id = str_of(inv->queue_id);
	env.envelope_id = str_of(inv->envelope_id);
	env.wants_receipt = inv->wants_receipt;
	if (inv->submitter)
		env.submitter = bare(str_of(inv->submitter), STR_EMPTY, mem);
	return env;
}

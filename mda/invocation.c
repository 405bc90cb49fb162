#include "mda/invocation.h"

#include "mda/base/address.h"
#include "mda/base/address_spec.h"
#include "mda/tool.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- command line ---- */

enum kind { VALUE, SWITCH, LIST, IGNORED };

static const struct {
	char letter;
	enum kind kind;
	size_t offset; /* in struct invocation */
	const char *value, *meaning;
} options[] = {
#define AT(f) offsetof(struct invocation, f)
	{'d', VALUE, AT(user), "user", "deliver to this user (system) or address (virtual)"},
	{'f', VALUE, AT(sender), "sender", "envelope sender; empty or <> is the null sender"},
	{'r', VALUE, AT(recipient), "recipient", "envelope recipient, after aliases"},
	{'a', VALUE, AT(original), "original", "original recipient, before aliases"},
	{'m', VALUE, AT(folder), "folder", "keep into this folder instead of the INBOX"},
	{'p', VALUE, AT(path), "file", "read the message from a file instead of standard input"},
	{'c', VALUE, AT(conf), "conf", "configuration file"},
	{'o', LIST, AT(overrides), "key=value", "set a configuration key"},
	{'e', IGNORED, 0, NULL, "as in dovecot-lda; mda always tells the MTA instead of bouncing"},
	{'n', SWITCH, AT(dry_run), NULL, "decide and explain, change nothing"},
	{'v', SWITCH, AT(verbose), NULL, "with -n: each step of the rules as well"},
	{'t', SWITCH, AT(check_conf), NULL, "check the configuration and print what is in force"},
	{'h', SWITCH, AT(help), NULL, "print this"},
	{'V', SWITCH, AT(version), NULL, "print the version"},
#undef AT
};

enum { OPTIONS = sizeof options / sizeof *options };

static size_t find_option(const char *arg)
{
	static const struct {
		const char *name;
		char letter;
	} names[] = {{"--help", 'h'}, {"--version", 'V'}};
	char letter = arg[1];
	for (size_t i = 0; i < 2; i++)
		if (strcmp(arg, names[i].name) == 0)
			letter = names[i].letter;
	size_t i = 0;
	while (i < OPTIONS && options[i].letter != letter)
		i++;
	return i;
}

static void set_option(struct invocation *inv, size_t option, const char *value, struct arena *mem)
{
	void *field = (char *)inv + options[option].offset;
	if (options[option].kind == VALUE)
		*(const char **)field = value;
	else if (options[option].kind == SWITCH)
		*(bool *)field = true;
	else if (options[option].kind == LIST)
		*(const char **)ARENA_PUSH(mem, inv->overrides, inv->override_count) = value;
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
		{"USER", offsetof(struct invocation, user)},
		{"EXTENSION", offsetof(struct invocation, extension)},
		{"HOME", offsetof(struct invocation, home)},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		*(const char **)((char *)inv + names[i].offset) = getenv(names[i].name);
}

/* HOME and USER may be those of a login session: they count only while nobody says who the mail is for. */
static void overlay(struct invocation *inv, const struct invocation *told)
{
	struct invocation env = *inv;
	*inv = *told;
	if (!told->user && !told->recipient) {
		inv->user = env.user;
		inv->home = env.home;
	}
	if (!inv->sender)
		inv->sender = env.sender;
	if (!inv->recipient)
		inv->recipient = env.recipient;
	if (!inv->original)
		inv->original = env.original;
	inv->extension = env.extension;
}

/* A macro of the MTA that expanded to nothing says nothing; only the sender may be empty. */
static void drop_empty(struct invocation *inv)
{
	const char **values[] = {&inv->user, &inv->recipient, &inv->original};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (*values[i] && (*values[i])[0] == '\0')
			*values[i] = NULL;
}

int invocation_parse(
	int argc, char **argv, struct arena *mem, struct invocation *inv, struct err *err)
{
	struct invocation told = {0};
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i];
		if (arg[0] != '-' || arg[1] == '\0')
			return err_temp(err, "\"%s\" is no option; mda --help lists them", arg);
		size_t o = find_option(arg);
		if (o == OPTIONS)
			return err_temp(err, "unknown option %s; mda --help lists them", arg);
		bool takes_value = options[o].kind == VALUE || options[o].kind == LIST;
		bool joined = arg[1] != '-' && arg[2] != '\0';
		if (!takes_value && joined)
			return err_temp(err, "the option -%c takes no value", options[o].letter);
		if (takes_value && !joined && i + 1 == argc)
			return err_temp(err, "the option -%c wants a %s", options[o].letter,
				options[o].value);
		const char *value = !takes_value ? NULL : joined ? arg + 2 : argv[++i];
		set_option(&told, o, value, mem);
	}
	*inv = (struct invocation){0};
	take_environment(inv);
	if ((told.user && !*told.user) || (told.recipient && !*told.recipient))
		return err_temp(
			err, "the option -%c is empty", told.user && !*told.user ? 'd' : 'r');
	drop_empty(inv);
	drop_empty(&told);
	overlay(inv, &told);
	return 0;
}

void invocation_usage(void)
{
	printf("usage: mda [options] < message\n"
	       "       mda NAME ...     runs the program mda-NAME\n\n");
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
	char host[256] = "";
	if (configured.n)
		return configured;
	if (gethostname(host, sizeof host - 1) < 0)
		return STR_LIT("localhost");
	return arena_lower(mem, str_of(host));
}

/* The bare address; one that cannot be parsed stays as it was written. */
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

/* Postfix's pipe(8) hands the null sender over by this name. */
static struct str null_or_sender(struct str sender)
{
	return str_ieq(sender, STR_LIT("MAILER-DAEMON")) ? (struct str){"", 0} : sender;
}

/* What the message says is believed only when it is an address. */
static struct str address_or_nothing(struct str text, struct arena *mem)
{
	struct address a = address_parse_envelope(text, mem);
	return a.invalid ? (struct str){"", 0} : a.spec;
}

struct str invocation_message_sender(const struct message *msg, struct arena *mem)
{
	struct str sender = {"", 0};
	const struct header *path = message_find(msg, STR_LIT("Return-Path"));
	if (message_from_line(msg).n)
		sender = address_or_nothing(message_from_line(msg), mem);
	else if (path)
		sender = address_or_nothing(header_text(path, mem), mem);
	return null_or_sender(sender);
}

static struct str sender_of(
	const struct invocation *inv, const struct message *msg, struct arena *mem)
{
	if (inv->sender)
		return null_or_sender(bare(str_of(inv->sender), (struct str){"", 0}, mem));
	return msg ? invocation_message_sender(msg, mem) : (struct str){"", 0};
}

/* Without any word from the MTA the mail is for whoever runs us. */
static struct str recipient_of(
	const struct invocation *inv, struct str default_domain, struct arena *mem)
{
	const char *text = inv->recipient ? inv->recipient : inv->user;
	if (!text) {
		const struct passwd *me = getpwuid(geteuid());
		text = me ? arena_cstr(mem, str_of(me->pw_name)) : "";
	}
	return bare(str_of(text), default_domain, mem);
}

/* An address without its detail and without quotes. One that is no address stays as it was written. */
static struct str mailbox_of(
	struct str recipient, struct str delimiters, struct str *detail, struct arena *mem)
{
	struct address a = address_parse_envelope(recipient, mem);
	*detail = (struct str){"", 0};
	if (a.invalid || a.local.n == 0)
		return recipient;
	address_split_detail(a.local, delimiters, &a.local, detail);
	if (a.domain.n == 0)
		return a.local;
	return arena_fmt(mem, STR_FMT "@" STR_FMT, STR_ARGS(a.local), STR_ARGS(a.domain));
}

struct str invocation_mailbox(const struct invocation *inv, struct str default_domain,
	struct str delimiters, struct arena *mem)
{
	struct str detail;
	struct str recipient = recipient_of(inv, default_domain, mem);
	return arena_lower(mem, mailbox_of(recipient, delimiters, &detail, mem));
}

struct str invocation_user(const struct invocation *inv, struct str default_domain,
	struct str delimiters, struct arena *mem)
{
	struct str detail;
	if (!inv->user)
		return mailbox_of(recipient_of(inv, default_domain, mem), delimiters, &detail, mem);
	/* The MTA, or whoever says -d, has found the user already: a delimiter is part of his name. */
	const struct str none = {"", 0};
	return mailbox_of(bare(str_of(inv->user), default_domain, mem), none, &detail, mem);
}

struct envelope invocation_envelope(const struct invocation *inv, const struct message *msg,
	struct str default_domain, struct str delimiters, struct arena *mem)
{
	struct envelope env = {0};
	env.recipient = recipient_of(inv, default_domain, mem);
	env.mailbox = arena_lower(mem, mailbox_of(env.recipient, delimiters, &env.detail, mem));
	if (env.detail.n == 0 && inv->extension)
		env.detail = str_of(inv->extension);
	env.original_recipient =
		inv->original ? bare(str_of(inv->original), default_domain, mem) : env.recipient;
	env.sender = sender_of(inv, msg, mem);
	return env;
}

#include "mda/tools/doctor/doctor_smtpd.h"

#include "base/buf.h"

#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_command.h"

/* ---- smtpd.conf ---- */

/* A statement: a line, and those that it continues with a backslash. Comments are left out. */
static bool next_statement(struct str *rest, struct arena *mem, struct str *statement)
{
	struct buf b = {0};
	struct str line;
	bool more = true, found = false;
	while (more && str_line(rest, &line)) {
		found = true;
		if (str_trim(line).n && str_trim(line).p[0] == '#')
			break;
		more = line.n && line.p[line.n - 1] == '\\';
		buf_add(&b, str_slice(line, 0, line.n - more));
		buf_byte(&b, ' ');
	}
	*statement = arena_str(mem, str_trim(buf_str(&b)));
	buf_free(&b);
	return found;
}

static bool starts_with_word(struct str text, const char *word)
{
	struct str first;
	return str_word(&text, &first) && str_eq(first, str_of(word));
}

/* What follows the word WORD outside of quotes; empty: it is not there. */
static struct str after_word(struct str text, const char *word)
{
	struct str key = str_of(word);
	bool quoted = false;
	for (size_t i = 0; i + key.n <= text.n; i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		bool begins = i == 0 || ascii_isblank(text.p[i - 1]);
		bool ends = i + key.n == text.n || ascii_isblank(text.p[i + key.n]);
		if (!quoted && begins && ends && str_eq(str_slice(text, i, i + key.n), key))
			return str_trim(str_slice(text, i + key.n, text.n));
	}
	return STR_EMPTY;
}

/* Without its quotes. */
static struct str first_value(struct str text)
{
	struct str word = STR_EMPTY;
	if (text.n && text.p[0] == '"')
		return str_slice(text, 1, 1 + str_find(str_slice(text, 1, text.n), '"'));
	(void)str_word(&text, &word); /* empty when there is none */
	return word;
}

/* The action that runs mda. */
struct smtpd_action {
	struct str name, statement;
	struct doctor_command command;
};

static bool is_there(struct doctor *d)
{
	const struct doctor_output *o = doctor_ask(d, DOCTOR_SMTPD);
	return o->exists && !o->failed;
}

static bool action_of(struct doctor *d, struct smtpd_action *a)
{
	struct str rest = doctor_ask(d, DOCTOR_SMTPD)->text, statement;
	if (!is_there(d))
		return false;
	while (next_statement(&rest, d->mem, &statement)) {
		struct str mda = after_word(statement, "mda");
		if (!starts_with_word(statement, "action") || mda.n == 0)
			continue;
		*a = (struct smtpd_action){.name = first_value(after_word(statement, "action")),
			.statement = statement,
			.command = doctor_command_find(first_value(mda), d->mem)};
		if (a->command.words.count)
			return true;
	}
	return false;
}

bool doctor_smtpd_hands_over(struct doctor *d)
{
	struct str rest = doctor_ask(d, DOCTOR_SMTPD)->text, statement;
	while (is_there(d) && next_statement(&rest, d->mem, &statement))
		if (starts_with_word(statement, "action") &&
			doctor_command_is_lmtp(d, first_value(after_word(statement, "lmtp"))))
			return true;
	return false;
}

/* ---- the checks ---- */

/* As an account without rights, smtpd cannot read keys: only an error of the file counts. */
void doctor_smtpd_read(struct doctor *d)
{
	if (!doctor_ask_failed(d, DOCTOR_SMTPD, "OpenSMTPD"))
		doctor_found(
			d, DOCTOR_OK, STR_LIT("OpenSMTPD's configuration can be read"), STR_EMPTY);
}

void doctor_smtpd_syntax(struct doctor *d)
{
	const struct doctor_output *o = doctor_ask(d, DOCTOR_SMTPD_CHECK);
	if (!is_there(d) || !o->exists)
		return;
	bool bad = str_ifind(o->text, STR_LIT("syntax error")) < o->text.n;
	if (bad || !o->failed)
		doctor_judge(d, bad, DOCTOR_ERROR, o->text,
			STR_LIT("correct this line of smtpd.conf, and run smtpd -n"),
			STR_LIT("smtpd -n finds no error in smtpd.conf"));
}

void doctor_smtpd_runs(struct doctor *d)
{
	struct smtpd_action a = {.name = STR_EMPTY};
	if (!is_there(d))
		return;
	bool runs = action_of(d, &a), by_lmtp = doctor_smtpd_hands_over(d);
	doctor_judge(d, !runs && !by_lmtp, DOCTOR_ERROR,
		STR_LIT("no action of smtpd.conf leads to mda"),
		STR_LIT("copy the lines of examples/opensmtpd or of examples/lmtp"),
		runs ? DOCTOR_TEXT(d, "the action " STR_FMT " runs mda", STR_ARGS(a.name))
		     : STR_LIT("smtpd hands mail to mda-lmtpd"));
}

void doctor_smtpd_used(struct doctor *d)
{
	struct smtpd_action a;
	if (!action_of(d, &a))
		return;
	struct str rest = doctor_ask(d, DOCTOR_SMTPD)->text, statement;
	bool used = false;
	while (!used && next_statement(&rest, d->mem, &statement))
		used = starts_with_word(statement, "match") &&
		       str_eq(first_value(after_word(statement, "action")), a.name);
	doctor_judge(d, !used, DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"no match of smtpd.conf leads to the action " STR_FMT ": mda sees no mail",
			STR_ARGS(a.name)),
		DOCTOR_TEXT(d, "add: match from local for local action \"" STR_FMT "\"",
			STR_ARGS(a.name)),
		DOCTOR_TEXT(d, "mail is matched to the action " STR_FMT, STR_ARGS(a.name)));
}

void doctor_smtpd_program(struct doctor *d)
{
	struct smtpd_action a;
	if (action_of(d, &a))
		doctor_command_program(d, &a.command);
}

/* RECIPIENT of smtpd's environment is the address before aliases. */
void doctor_smtpd_mailbox(struct doctor *d)
{
	struct smtpd_action a;
	if (!action_of(d, &a))
		return;
	bool told = doctor_command_option(&a.command, 'r', "recipient", d->mem) ||
		    doctor_command_option(&a.command, 'd', "user", d->mem);
	doctor_judge(d, !told, DOCTOR_WARNING,
		STR_LIT("the command has no -r: smtpd's RECIPIENT is the address before aliases"),
		STR_LIT("add -r '%{user.username}@%{dest.domain}' to the command"),
		STR_LIT("mda gets the recipient after aliases"));
}

void doctor_smtpd_original(struct doctor *d)
{
	struct smtpd_action a;
	if (!action_of(d, &a))
		return;
	doctor_judge(d, !doctor_command_option(&a.command, 'a', "original", d->mem), DOCTOR_WARNING,
		STR_LIT("the command has no -a: the allow list of an alias's target counts for "
			"mail to "
			"the alias"),
		STR_LIT("add -a '%{rcpt}' to the command"),
		STR_LIT("mda gets the original recipient"));
}

/* The value of "smtp NAME value". */
static struct str smtp_setting(struct doctor *d, const char *name)
{
	struct str rest = doctor_ask(d, DOCTOR_SMTPD)->text, statement, value = STR_EMPTY;
	while (next_statement(&rest, d->mem, &statement))
		if (starts_with_word(statement, "smtp") && after_word(statement, name).n)
			value = first_value(after_word(statement, name));
	return value;
}

void doctor_smtpd_delimiter(struct doctor *d)
{
	struct smtpd_action a;
	if (!action_of(d, &a))
		return;
	struct str theirs = smtp_setting(d, "sub-addr-delim"), ours = d->conf->recipient_delimiter;
	if (theirs.n == 0)
		theirs = STR_LIT("+");
	doctor_judge(d, !str_eq(theirs, ours), DOCTOR_WARNING,
		DOCTOR_TEXT(d,
			"sub-addr-delim is \"" STR_FMT
			"\" in smtpd.conf, and recipient_delimiter \"" STR_FMT "\" in mda.conf",
			STR_ARGS(theirs), STR_ARGS(ours)),
		DOCTOR_TEXT(d, "set: smtp sub-addr-delim \"" STR_FMT "\"", STR_ARGS(ours)),
		STR_LIT("recipient_delimiter is smtpd's sub-addr-delim"));
}

void doctor_smtpd_size(struct doctor *d)
{
	struct smtpd_action a;
	unsigned long long bytes;
	if (!action_of(d, &a))
		return;
	struct str limit = smtp_setting(d, "max-message-size");
	if (doctor_command_bytes(limit.n ? limit : STR_LIT("35M"), &bytes))
		doctor_command_size(d, bytes,
			DOCTOR_TEXT(d, "set: smtp max-message-size \"%zu\", or message_max = 0",
				d->conf->message_max));
}

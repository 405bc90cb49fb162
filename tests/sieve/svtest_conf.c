/* What the test file has set in Dovecot's names, as the configuration of a delivery. */
#include "tests/sieve/svtest.h"

#include "base/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- values ---- */

typedef struct str translate(struct str value, struct arena *mem);

static struct str as_it_is(struct str value, struct arena *mem)
{
	(void)mem;
	return value;
}

static bool is_yes(struct str value)
{
	return str_ieq(value, STR_LIT("yes")) || str_ieq(value, STR_LIT("true"));
}

static struct str yes_or_no(struct str value, struct arena *mem)
{
	(void)mem;
	return is_yes(value) ? STR_LIT("yes") : STR_LIT("no");
}

static struct str opposite(struct str value, struct arena *mem)
{
	(void)mem;
	return is_yes(value) ? STR_LIT("no") : STR_LIT("yes");
}

static struct str null_or_recipient(struct str value, struct arena *mem)
{
	(void)mem;
	return is_yes(value) ? STR_LIT("recipient") : STR_LIT("null");
}

/* "10s" */
static struct str seconds_of(struct str value, struct arena *mem)
{
	(void)mem;
	return str_iends(value, STR_LIT("s")) ? str_slice(value, 0, value.n - 1) : value;
}

/*
 * Those of Dovecot's that we have: an address, or whose. The user's own address is the recipient.
 */
static struct str writer(struct str value, struct arena *mem)
{
	(void)mem;
	if (str_ieq(value, STR_LIT("orig_recipient")))
		return STR_LIT("original_recipient");
	return value.n && value.p[0] == '<' ? value : STR_LIT("recipient");
}

static struct str sender_of_redirect(struct str value, struct arena *mem)
{
	if (str_ieq(value, STR_LIT("srs")))
		return value;
	if (str_ieq(value, STR_LIT("sender")) || str_ieq(value, STR_LIT("postmaster")))
		return STR_LIT("original");
	return writer(value, mem);
}

/* Dovecot's variable of the subject is "%$" or "%{subject}". */
static struct str subject_of(struct str value, struct arena *mem)
{
	static const struct str names[] = {STR_LIT("%$"), STR_LIT("%{subject}")};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t at = str_ifind(value, names[i]);
		if (at < value.n)
			return ARENA_JOIN(mem, str_slice(value, 0, at), STR_LIT("%s"),
				str_slice(value, at + names[i].n, value.n));
	}
	return value;
}

/* ---- settings ---- */

static const struct {
	const char *dovecot, *key;
	translate *translate;
} settings[] = {
	{"recipient_delimiter", "recipient_delimiter", as_it_is},
	{"sieve_execute_exec_timeout", "programs_seconds", seconds_of},
	{"sieve_execute_input_eol", "programs_line_end", as_it_is},
	{"sieve_filter_exec_timeout", "programs_seconds", seconds_of},
	{"sieve_filter_input_eol", "programs_line_end", as_it_is},
	{"sieve_notify_mailto_envelope_from", "notify_sender", writer},
	{"sieve_pipe_exec_timeout", "programs_seconds", seconds_of},
	{"sieve_pipe_input_eol", "programs_line_end", as_it_is},
	{"sieve_redirect_envelope_from", "redirect_sender", sender_of_redirect},
	{"sieve_report_from", "report_sender", writer},
	{"sieve_vacation_default_subject", "vacation_subject", as_it_is},
	{"sieve_vacation_default_subject_template", "vacation_subject_of", subject_of},
	{"sieve_vacation_dont_check_recipient", "vacation_check_recipient", opposite},
	{"sieve_vacation_send_from_recipient", "vacation_sender", null_or_recipient},
	{"sieve_vacation_use_original_recipient", "vacation_original_recipient", yes_or_no},
};

static int override(struct svtest *t, struct conf_file *file, size_t i, struct err *err)
{
	struct str value = str_trim(svtest_get(t, settings[i].dovecot));
	if (value.n == 0)
		return 0;
	value = settings[i].translate(value, t->mem);
	return conf_override(
		file, arena_fmt(t->mem, "%s=" STR_FMT, settings[i].key, STR_ARGS(value)).p, err);
}

const struct conf *svtest_conf(struct svtest *t, struct err *err)
{
	static const char *const fixed[] = {"aliases=", "stamp_key=", "log=none"};
	struct conf_file *file = conf_load(NULL, t->mem, err);
	for (size_t i = 0; file && i < sizeof fixed / sizeof *fixed; i++)
		if (conf_override(file, fixed[i], err) < 0)
			return NULL;
	for (size_t i = 0; file && i < sizeof settings / sizeof *settings; i++)
		if (override(t, file, i, err) < 0)
			return NULL;
	return file ? conf_for(file, t->env.mailbox, t->mem, err) : NULL;
}

/* ---- whose mailbox it is ---- */

struct envelope svtest_envelope(const struct svtest *t)
{
	struct envelope env = t->env;
	struct str local, detail;
	struct address a = address_parse_envelope(t->env.recipient, t->mem);
	if (a.invalid || a.domain.n == 0)
		return env;
	address_split_detail(a.local, svtest_get(t, "recipient_delimiter"), &local, &detail);
	env.detail = detail;
	env.mailbox = arena_lower(t->mem,
		arena_fmt(t->mem, STR_FMT "@" STR_FMT, STR_ARGS(local), STR_ARGS(a.domain)));
	return env;
}

/*
 * sieve_user_email is an alias of the mailbox; otherwise there are no aliases, and details are
 * known.
 */
struct aliases *svtest_aliases(struct svtest *t, struct str mailbox)
{
	struct str other = str_trim(svtest_get(t, "sieve_user_email"));
	char path[] = "/tmp/svtest.XXXXXX";
	struct err err;
	struct str delimiters = svtest_get(t, "recipient_delimiter");
	if (other.n == 0)
		return aliases_open(other, delimiters, t->mem, &err);
	int fd = mkstemp(path);
	if (fd < 0)
		return NULL;
	dprintf(fd, STR_FMT " " STR_FMT "\n", STR_ARGS(other), STR_ARGS(mailbox));
	struct aliases *aliases = aliases_open(str_of(path), delimiters, t->mem, &err);
	close(fd);
	unlink(path);
	return aliases;
}

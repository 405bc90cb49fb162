#include "mda/tools/doctor/doctor_exim.h"

#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_command.h"

/*
 * The transport of mda, as exim prints it: lines "name = value", and switches "name" and "no_name".
 */
struct transport {
	struct str name, text;
	struct doctor_command command;
};

/* The value of an option; false when it is a switch that is off, or not there. */
static bool option(struct str text, const char *name, struct str *value)
{
	struct str line, key = str_of(name);
	while (str_line(&text, &line)) {
		size_t equals = str_find(line, '=');
		struct str found = str_trim(str_slice(line, 0, equals));
		*value = str_trim(str_slice(line, equals + 1, line.n));
		if (str_eq(found, key))
			return true;
	}
	*value = STR_EMPTY;
	return false;
}

/* Takes "NAME transport:" and the lines up to the next of its kind. */
static bool next_transport(struct str *rest, struct transport *t)
{
	static const struct str ending = STR_LIT(" transport:");
	struct str line, before;
	*t = (struct transport){.name = STR_EMPTY};
	while (before = *rest, str_line(rest, &line)) {
		bool title = line.n > ending.n && str_iends(line, ending);
		if (title && t->name.n) {
			*rest = before;
			break;
		}
		if (title) {
			t->name = str_slice(line, 0, line.n - ending.n);
			t->text = (struct str){rest->p, 0};
		} else if (t->name.n) {
			t->text.n = (size_t)(line.p + line.n - t->text.p);
		}
	}
	return t->name.n > 0;
}

/* The first transport that runs mda. False: Exim is not installed, or does not run mda. */
static bool transport_of(struct doctor *d, struct transport *t)
{
	const struct doctor_output *o = doctor_ask(d, DOCTOR_EXIM_TRANSPORTS);
	struct str rest = o->text, command;
	if (!o->exists || o->failed)
		return false;
	while (next_transport(&rest, t))
		if (option(t->text, "command", &command)) {
			t->command = doctor_command_find(command, d->mem);
			if (t->command.words.count)
				return true;
		}
	return false;
}

bool doctor_exim_hands_over(struct doctor *d)
{
	const struct doctor_output *o = doctor_ask(d, DOCTOR_EXIM_TRANSPORTS);
	struct transport t;
	struct str rest = o->text, driver, socket;
	while (o->exists && !o->failed && next_transport(&rest, &t))
		if (option(t.text, "driver", &driver) && str_eq(driver, STR_LIT("lmtp")) &&
			option(t.text, "socket", &socket) && doctor_command_is_lmtp(d, socket))
			return true;
	return false;
}

void doctor_exim_read(struct doctor *d)
{
	if (!doctor_ask_failed(d, DOCTOR_EXIM_TRANSPORTS, "exim -bP transports"))
		doctor_found(d, DOCTOR_OK, STR_LIT("Exim's configuration can be read"), STR_EMPTY);
}

void doctor_exim_runs(struct doctor *d)
{
	const struct doctor_output *o = doctor_ask(d, DOCTOR_EXIM_TRANSPORTS);
	struct transport t;
	if (!o->exists || o->failed)
		return;
	bool runs = transport_of(d, &t), by_lmtp = doctor_exim_hands_over(d);
	doctor_judge(d, !runs && !by_lmtp, DOCTOR_ERROR,
		STR_LIT("no transport of Exim leads to mda"),
		STR_LIT("copy the router and the transport of examples/exim or of examples/lmtp"),
		runs ? DOCTOR_TEXT(d, "the transport " STR_FMT " runs mda", STR_ARGS(t.name))
		     : STR_LIT("Exim hands mail to mda-lmtpd"));
}

void doctor_exim_program(struct doctor *d)
{
	struct transport t;
	if (transport_of(d, &t))
		doctor_command_program(d, &t.command);
}

void doctor_exim_time(struct doctor *d)
{
	struct transport t;
	struct str timeout;
	unsigned long long seconds;
	if (transport_of(d, &t) && option(t.text, "timeout", &timeout) &&
		doctor_command_seconds(timeout, 's', &seconds))
		doctor_command_time(d, seconds, STR_LIT("set timeout = 20m in the transport"));
}

/* ---- options of the transport ---- */

/* A switch that must be as it is WANTED. */
static void judge_switch(
	struct doctor *d, const char *name, bool wanted, enum doctor_status status, const char *bad)
{
	struct transport t;
	struct str value;
	if (!transport_of(d, &t))
		return;
	bool is_on = option(t.text, name, &value);
	doctor_judge(d, is_on != wanted, status,
		DOCTOR_TEXT(d, "%s%s: %s", wanted ? "no_" : "", name, bad),
		DOCTOR_TEXT(d, "set %s%s in the transport", wanted ? "" : "no_", name),
		DOCTOR_TEXT(d, "%s%s is set", wanted ? "" : "no_", name));
}

void doctor_exim_late(struct doctor *d)
{
	judge_switch(d, "timeout_defer", true, DOCTOR_WARNING,
		"if a delivery takes too long, Exim bounces the mail");
}

void doctor_exim_output(struct doctor *d)
{
	judge_switch(d, "return_output", false, DOCTOR_ERROR,
		"whatever mda prints makes Exim bounce mail that was delivered");
}

void doctor_exim_ignored(struct doctor *d)
{
	judge_switch(d, "ignore_status", false, DOCTOR_ERROR,
		"if mda fails, Exim believes that the mail was delivered: it is lost");
}

static bool has_number(struct str list, struct str number)
{
	while (list.n) {
		size_t colon = str_find(list, ':');
		struct str item = str_trim(str_slice(list, 0, colon));
		if (str_eq(item, number) || str_eq(item, STR_LIT("*")))
			return true;
		list = str_slice(list, colon + 1, list.n);
	}
	return false;
}

void doctor_exim_again(struct doctor *d)
{
	struct transport t;
	struct str list;
	if (!transport_of(d, &t) || !option(t.text, "temp_errors", &list))
		return;
	bool has_75 = has_number(list, STR_LIT("75")), has_127 = has_number(list, STR_LIT("127"));
	doctor_judge(d, !has_75 || !has_127, has_75 ? DOCTOR_WARNING : DOCTOR_ERROR,
		has_75 ? STR_LIT("temp_errors lacks 127: if the system cannot start mda, Exim "
				 "bounces "
				 "the mail")
		       : STR_LIT("temp_errors lacks 75: Exim bounces mail that mda wants to be "
				 "tried "
				 "again"),
		STR_LIT("set temp_errors = 75 : 127 in the transport"),
		STR_LIT("Exim tries again after 75 and 127"));
}

void doctor_exim_batch(struct doctor *d)
{
	struct transport t;
	struct str most;
	if (!transport_of(d, &t) || !option(t.text, "batch_max", &most))
		return;
	doctor_judge(d, !str_eq(most, STR_LIT("1")), DOCTOR_ERROR,
		DOCTOR_TEXT(d, "batch_max = " STR_FMT ": mda gets several recipients at once",
			STR_ARGS(most)),
		STR_LIT("set batch_max = 1 in the transport"),
		STR_LIT("mda gets one recipient at a time"));
}

void doctor_exim_original(struct doctor *d)
{
	struct transport t;
	struct str environment;
	if (!transport_of(d, &t))
		return;
	(void)option(t.text, "environment", &environment); /* empty when it is not there */
	bool told = doctor_command_option(&t.command, 'a', "original", d->mem) ||
		    str_ifind(environment, STR_LIT("ORIGINAL_RECIPIENT=")) < environment.n;
	doctor_judge(d, !told, DOCTOR_WARNING,
		STR_LIT("the original recipient is not passed: the allow list of an alias's target "
			"counts for mail to the alias"),
		STR_LIT("set environment = "
			"ORIGINAL_RECIPIENT=$original_local_part@$original_domain"),
		STR_LIT("mda gets the original recipient"));
}

void doctor_exim_around(struct doctor *d)
{
	struct transport t;
	struct str before, after;
	if (!transport_of(d, &t))
		return;
	bool changes = (option(t.text, "message_prefix", &before) && before.n) ||
		       (option(t.text, "message_suffix", &after) && after.n);
	doctor_judge(d, changes, DOCTOR_WARNING,
		STR_LIT("message_prefix or message_suffix adds lines to every message"),
		STR_LIT("set message_prefix = and message_suffix = (empty) in the transport"),
		STR_LIT("Exim adds nothing around a message"));
}

void doctor_exim_size(struct doctor *d)
{
	const struct doctor_output *o = doctor_ask(d, DOCTOR_EXIM);
	struct transport t;
	struct str limit;
	unsigned long long bytes;
	if (o->exists && !o->failed && transport_of(d, &t) &&
		option(o->text, "message_size_limit", &limit) &&
		doctor_command_bytes(limit, &bytes))
		doctor_command_size(d, bytes,
			DOCTOR_TEXT(d, "set message_size_limit = %zu in Exim, or message_max = 0",
				d->conf->message_max));
}

/*
 * The frame in which the process that judges hands back its verdict, as an attacker in that process
 * may write it: what is read is within its limits, and is the same when it is written and read
 * again.
 */
#include "mda/judgement.h"

#include "base/address_path.h"
#include "filters/sieve/programs.h"
#include "tests/fuzz/fuzz.h"

static const struct str message =
	STR_LIT("Received: by x; y\nFrom: Ann <ann@example.org>\nSubject: one\nDate: "
		"z\n\nbody\nlast line\n");

static bool is_line(struct str s)
{
	return str_find(s, '\n') == s.n && str_find(s, '\0') == s.n;
}

static void check_form(const struct form *f, struct str frame)
{
	size_t bytes = 0;
	for (size_t i = 0; i < f->stored.count; i++) {
		struct str piece = f->stored.items[i];
		FUZZ_CHECK(fuzz_within(piece, frame) || fuzz_within(piece, message));
		bytes += fuzz_within(piece, message) ? piece.n : 0;
	}
	FUZZ_CHECK(bytes <= message.n); /* no part of it twice */
}

/* In the form in which it is passed on, it is no option of a program. */
static bool is_target(struct str address, struct arena *mem)
{
	struct str path;
	return is_line(address) && address_path(address, mem, &path) && path.p[0] != '-';
}

static void check_action(const struct judgement *j, const struct step *a)
{
	FUZZ_CHECK(a->kind <= ACTION_PIPE && a->form < j->plan.form_count);
	if (a->kind == ACTION_REDIRECT)
		FUZZ_CHECK(is_target(a->argument, j->plan.mem));
	if (a->kind == ACTION_PIPE)
		FUZZ_CHECK(!programs_bad_name(a->argument));
	for (size_t i = 0; i < a->arguments.count; i++)
		FUZZ_CHECK(is_line(a->arguments.items[i]));
	if (a->kind == ACTION_STORE)
		FUZZ_CHECK(is_line(a->argument) &&
			   str_ifind(a->argument, STR_LIT("..")) == a->argument.n);
}

static void check_read(const struct judgement *j, struct str frame)
{
	FUZZ_CHECK(is_line(j->sender) && is_line(j->original_recipient));
	FUZZ_CHECK(j->failed || (j->plan.step_count && j->plan.form_count));
	for (size_t i = 0; i < j->plan.form_count; i++)
		check_form(&j->plan.forms[i], frame);
	for (size_t i = 0; i < j->plan.step_count; i++)
		check_action(j, &j->plan.steps[i]);
	for (size_t i = 0; i < j->plan.outmails.count; i++)
		for (size_t k = 0; k < j->plan.outmails.items[i].recipients.count; k++)
			FUZZ_CHECK(is_target(
				j->plan.outmails.items[i].recipients.items[k], j->plan.mem));
}

static void run(struct str input, struct arena *mem)
{
	struct judgement j, again;
	struct err err = {.text = ""};
	struct buf once = {0}, twice = {0};
	if (judgement_read(input, message, mem, &j, &err) < 0) {
		FUZZ_CHECK(err.text[0]);
		return;
	}
	check_read(&j, input);
	judgement_write(&once, &j, message);
	FUZZ_CHECK(judgement_read(buf_str(&once), message, mem, &again, &err) == 0);
	judgement_write(&twice, &again, message);
	FUZZ_CHECK(str_eq(buf_str(&once), buf_str(&twice)));
	buf_free(&once);
	buf_free(&twice);
}

static void add(const struct judgement *j)
{
	struct buf b = {0};
	judgement_write(&b, j, message);
	fuzz_seed(buf_str(&b));
	buf_free(&b);
}

static void seeds(struct arena *mem)
{
	struct str label = STR_LIT("X-Mda-Label: External\n"), seen = STR_LIT("$External"),
		   to = STR_LIT("bob@example.net");
	struct str whole[] = {label, message},
		   parts[] = {str_slice(message, 0, 18), str_slice(message, 18, message.n)};
	struct form forms[] = {{.stored = {whole, 2}, .sent = {parts, 2}, .judged = STAMP_CLEAN}};
	struct step actions[] = {{.kind = ACTION_STORE,
					 .argument = STR_LIT("Lists/A"),
					 .flags = FLAG_SEEN,
					 .keywords = {&seen, 1},
					 .reason = {.file = STR_LIT("rules.sieve"),
						 .line = 3,
						 .text = STR_LIT("fileinto")}},
		{.kind = ACTION_REDIRECT, .argument = to},
		{.kind = ACTION_PIPE,
			.argument = STR_LIT("archive"),
			.arguments = {&seen, 1},
			.may_fail = true}};
	struct outmail answers[] = {{.kind = "vacation",
		.what = STR_LIT("vacation x"),
		.recipients = {&to, 1},
		.text = STR_LIT("To: bob@example.net\n\nAway\n")}};
	struct judgement j = {.plan = {.mem = mem,
				      .steps = actions,
				      .step_count = 3,
				      .forms = forms,
				      .form_count = 1,
				      .outmails = {.items = answers, .count = 1}},
		.trace = STR_LIT("rules.sieve: 3")};
	add(&j);
	j.plan.step_count = 1;
	j.plan.outmails.count = 0;
	add(&j);
	const struct judgement failed = {
		.failed = true, .failure = {.fault = FAULT_TEMP, .text = STR_LIT("no")}};
	add(&failed);
}

const struct fuzz_target fuzz_target = {.run = run, .seeds = seeds, .quick_runs = 30000};

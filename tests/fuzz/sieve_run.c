/*
 * A Sieve script, a message, and what programs write that the script runs: the run ends within its
 * limits, and what it wants is what the program can do.
 */
#include "filters/sieve/action.h"
#include "filters/sieve/builtin.h"
#include "filters/sieve/host.h"
#include "filters/sieve/programs.h"
#include "tests/fuzz/fuzz.h"

/* All within one input, with this line between them. */
static const struct str mark = STR_LIT("\n--8<--\n");

/*
 * Fewer steps than usual, as what costs more than its steps say is seen with few of them as well: a
 * unit has twenty seconds for what should be done in one.
 */
enum { MOST_STEPS = 20 * 1000 * 1000 };
static struct sv_limits limits = SV_LIMITS_DEFAULT;

/* ---- programs ---- */

/* What each of them writes; none is run. */
static struct str written;

static enum sv_ran run_program(void *context, const struct sv_program *program, struct arena *mem,
	struct str *output, struct err *err)
{
	(void)context;
	size_t size = 0;
	FUZZ_CHECK(!programs_bad_name(program->name));
	for (size_t i = 0; i < program->arguments.count; i++)
		FUZZ_CHECK(!programs_bad_argument(program->arguments.items[i]));
	for (size_t i = 0; i < program->input.count; i++)
		size += program->input.items[i].n;
	FUZZ_CHECK(size <= 256UL << 20);
	*output = program->wants_output ? arena_str(mem, written) : (struct str){"", 0};
	if (str_eq(program->name, STR_LIT("good")))
		return SV_RAN_WELL;
	err_refused(err, "the program is not good");
	return str_eq(program->name, STR_LIT("bad")) ? SV_RAN_ILL : SV_RAN_NOT;
}

static const struct sv_host host = {.limits = &limits, .run_program = run_program};

/* ---- scripts ---- */

static const char require[] =
	"require [\"fileinto\",\"envelope\",\"copy\",\"reject\",\"relational\",\"variables\","
	"\"regex\",\"body\",\"mime\",\"foreverypart\",\"extracttext\",\"enclose\",\"replace\","
	"\"editheader\",\"imap4flags\",\"subaddress\",\"date\",\"index\",\"vacation\","
	"\"vnd.dovecot.pipe\",\"vnd.dovecot.filter\",\"vnd.dovecot.execute\",\"duplicate\","
	"\"comparator-i;unicode-casemap\",\"comparator-i;ascii-numeric\"];\n";

static const char *const words[] = {require, "\n--8<--\n",
	"if header :matches \"Subject\" \"*a?*\" { keep; }\n",
	"if header :regex \"Subject\" \"(a|b)*c\" { keep; }\n",
	"if body :text :contains \"x\" { discard; }\n",
	"foreverypart { if header :mime :subtype \"Content-Type\" \"plain\" { break; } }\n",
	"set \"a\" \"${1}${a}\";", "set :quotewildcard :upper \"b\" \"${a}\";",
	"addheader \"X\" \"${a}\";", "deleteheader :matches \"*\" \"*\";",
	"if header :mime :param \"name\" \"Content-Type\" \"x\" { stop; }\n", "extracttext \"c\";",
	"replace :mime \"x\";", "enclose :subject \"s\" \"x\";", "Subject: aaaa\n",
	"filter \"good\" [\"${a}\"];\n", "if not filter \"bad\" { keep; }\n",
	"execute :pipe :output \"a\" \"good\";\n",
	"if execute :input \"${a}\" :output \"b\" \"good\" \"x\" { stop; }\n",
	"pipe :copy :try \"good\" [\"${a}\", \"b\"];\n", "filter \"none\";\n", "To: a@b.test\n",
	"Content-Type: multipart/mixed; boundary=b\n\n--b\n", "Content-Type: message/rfc822\n\n",
	"--b\n", "\n", NULL};

static void check_action(const struct sv_action *a)
{
	struct buf b = {0};
	action_describe(a, &b);
	FUZZ_CHECK(b.n > 0);
	if (a->kind->effect == SV_SENDS)
		FUZZ_CHECK(a->argument.n && str_find(a->argument, '\n') == a->argument.n);
	buf_free(&b);
}

static void run_it(const struct sv_script *script, const struct message *msg, struct arena *mem)
{
	struct sv_result result = {0};
	struct envelope env = {.sender = STR_LIT("ann@example.org"),
		.recipient = STR_LIT("bob+lists@example.net"),
		.mailbox = STR_LIT("bob@example.net")};
	struct sv_input input = {.msg = msg, .env = &env, .host = &host};
	struct err err = {.text = ""};
	if (builtin_engine.run(script, &input, mem, &result, &err) < 0) {
		FUZZ_CHECK(err.text[0]);
		return;
	}
	FUZZ_CHECK(result.count <= limits.actions);
	for (size_t i = 0; i < result.count; i++)
		check_action(&result.actions[i]);
}

static void run(struct str input, struct arena *mem)
{
	limits.steps = MOST_STEPS;
	limits.cpu_milliseconds = 0;
	struct sv_errors errors = {0};
	size_t at = str_ifind(input, mark);
	struct str text = str_slice(input, 0, at);
	struct sv_script *script =
		builtin_engine.compile(STR_LIT("fuzz"), text, &host, mem, &errors);
	struct err err;
	if (!script)
		return;
	struct str rest = str_slice(input, at + mark.n, input.n);
	at = str_ifind(rest, mark);
	written = str_slice(rest, at + mark.n, rest.n);
	struct message *msg = message_borrow(str_slice(rest, 0, at), &err);
	if (msg)
		run_it(script, msg, mem);
	message_free(msg);
}

static void seeds(struct arena *mem)
{
	static const char message[] =
		"From: Ann <ann@example.org>\nTo: bob@example.net\nSubject: =?utf-8?q?Caf=C3=A9?= "
		"one\n"
		"Date: Sat, 28 Nov 2026 10:00:00 +0100\nContent-Type: multipart/mixed; "
		"boundary=b\n\n"
		"--b\nContent-Type: text/html\n\n<p>hi</p>\n--b\nContent-Type: application/x; "
		"name=a.exe\n\nMZ\n--b--\n";
	for (size_t i = 2; words[i]; i++)
		fuzz_seed(arena_fmt(mem, "%s%s%s%s", words[0], words[i], words[1], message));
	/* A message of a program's is judged as one that came. */
	for (size_t i = 2; words[i]; i++)
		fuzz_seed(arena_fmt(mem, "%sfilter \"good\";\n%s%s%s%s%s", words[0], words[i],
			words[1], "Subject: first\n\nx\n", words[1], message));
	fuzz_seed(arena_fmt(mem,
		"%sexecute :pipe :output \"a\" \"good\";\nfilter \"good\" [\"${a}\"];\n"
		"fileinto \"${a}\";\npipe \"good\" \"${a}\";\n%s%s%s%s",
		words[0], words[1], message, words[1],
		"From x\nReturn-Path: <a@b>\nX: \xff\r\n\r\n"));
	struct str as = fuzz_repeat(mem, STR_LIT("a"), 500),
		   pattern = fuzz_repeat(mem, STR_LIT("(a*)"), 50);
	fuzz_seed(arena_fmt(mem,
		"%sif header :regex \"Subject\" \"" STR_FMT "b\" {keep;}%sSubject: " STR_FMT "\n\n",
		words[0], STR_ARGS(pattern), words[1], STR_ARGS(as)));
	struct str nested = fuzz_repeat(mem, STR_LIT("Content-Type: message/rfc822\n\n"), 60);
	fuzz_seed(arena_fmt(mem, "%sforeverypart {foreverypart {foreverypart {keep;}}}%s" STR_FMT,
		words[0], words[1], STR_ARGS(nested)));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 2500};

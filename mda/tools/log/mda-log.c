/* mda-log: lists what was delivered to a mailbox, as the records of explain_keep tell it. */
#include "base/io.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "mda/account/account_json.h"
#include "mda/account/account_text.h"
#include "mda/tools/program.h"
#include "mda/tools/records.h"

#include <stdio.h>
#include <unistd.h>

struct log_job {
	struct session session;
	struct records_query query;
	bool json, forget, help, version;
};

#define AT(field) offsetof(struct log_job, field)
static const struct option_row options[] = {
	{"user", "user", "whose deliveries: a login or an address", 'd', AT(session.inv.user),
		NULL},
	{"recipient", "address", "the same as --user", 'r', AT(session.inv.user), NULL},
	{"uid", "number", "the delivery that stored the message with this UID", 0, AT(query.uid),
		NULL},
	{"folder", "folder", "what was stored in this folder; for --uid, the INBOX if not given",
		'm', AT(query.folder), NULL},
	RECORDS_OPTIONS(struct log_job),
	{"forget", NULL, "remove all records of this mailbox", 0, AT(forget), NULL},
	{"json", NULL, "print JSON, an object a line (see mda-explain(1))", 0, AT(json), NULL},
	{"conf", "file", "configuration file", 'c', AT(session.inv.conf), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

/* ---- lines ---- */

/* The columns and how wide each is at least; the last is as wide as it is. */
enum { TIME, STATUS, WHERE, SENDER, WHAT, ID, COLUMNS };
static const char *const titles[COLUMNS] = {
	"time", "status", "folder, uid or target", "sender", "subject or Message-ID", "id"};
static const unsigned widths[COLUMNS] = {19, 10, 22, 26, 26, 0};

static void put_column(struct buf *to, unsigned column, struct str text, bool is_cut)
{
	unsigned n = 0;
	while (text.n && (!is_cut || widths[column] == 0 || n < widths[column])) {
		buf_add(to, printable_next(&text));
		n++;
	}
	for (; n < widths[column]; n++)
		buf_byte(to, ' ');
	buf_text(to, column + 1 < COLUMNS ? "  " : "\n");
}

static struct str where_of(const struct account *a, struct arena *mem)
{
	struct str all = {NULL, 0};
	for (size_t i = 0; i < a->action_count; i++) {
		const struct account_action *action = &a->actions[i];
		struct str one = action->folder.n ? action->folder : action->target;
		if (!action->done && !a->error.text.n)
			continue;
		if (action->uid)
			one = ARENA_JOIN(mem, one, STR_LIT(" "),
				arena_fmt(mem, "%lu", (unsigned long)action->uid));
		all = all.n ? ARENA_JOIN(mem, all, STR_LIT(", "), one) : one;
	}
	if (all.n == 0)
		return a->error.text.n ? a->error.text : STR_LIT("-");
	return all;
}

static void put_line(struct buf *to, const struct account *a, bool is_cut, struct arena *mem)
{
	struct str subject = account_field(a, STR_LIT("Subject"));
	struct str columns[COLUMNS] = {
		[TIME] = records_time(a->time, mem),
		[STATUS] = a->status,
		[WHERE] = where_of(a, mem),
		[SENDER] = a->sender.n ? a->sender : STR_LIT("<>"),
		[WHAT] = subject.n ? subject : (a->message_id.n ? a->message_id : STR_LIT("-")),
		[ID] = a->id,
	};
	for (unsigned i = 0; i < COLUMNS; i++)
		put_column(to, i, columns[i], is_cut);
}

static void put_titles(struct buf *to)
{
	for (unsigned i = 0; i < COLUMNS; i++)
		put_column(to, i, str_of(titles[i]), true);
}

/* On a terminal, columns are cut; other programs get all of each. */
static int print(const struct log_job *l, const struct records *found, struct err *err)
{
	struct buf text = {0};
	struct json json = {.to = &text};
	bool terminal = isatty(STDOUT_FILENO);
	if (!l->json && terminal && found->count)
		put_titles(&text);
	for (size_t i = 0; i < found->count; i++) {
		if (!l->json) {
			put_line(&text, &found->items[i], terminal, l->session.mem);
			continue;
		}
		account_json(&json, &found->items[i], STR_EMPTY);
		json_end_line(&json);
	}
	int r = io_write(STDOUT_FILENO, buf_str(&text), "the list", err);
	buf_free(&text);
	return r;
}

/* ---- the whole ---- */

static int forget(const char *dir, struct err *err)
{
	size_t files;
	if (kept_forget(dir, &files, err) < 0)
		return -1;
	printf("%zu file%s removed\n", files, files == 1 ? "" : "s");
	return io_flush_stdout(err);
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	struct log_job *l = request;
	struct records found;
	(void)command;
	if (count > 1 || (count && l->session.inv.user))
		return err_temp(
			err, "one mailbox is enough; %s is one too many", words[count > 1 ? 1 : 0]);
	const char *dir = records_open(&l->session, count ? words[0] : l->session.inv.user, err);
	if (!dir)
		return -1;
	if (l->forget)
		return forget(dir, err);
	if (records_find(&l->session, dir, &l->query, &found, err) < 0)
		return -1;
	if (found.damage.places)
		program_complain("the records are damaged in %zu place%s, which are skipped: %s",
			found.damage.places, found.damage.places == 1 ? "" : "s",
			found.damage.why.text);
	if (found.count == 0)
		program_complain("no such delivery is known%s",
			l->session.conf->explain_keep ? "" : ": explain_keep is 0");
	return print(l, &found, err) < 0 ? -1 : found.count == 0;
}

static const struct command command = {"log", "[ADDRESS]", "", 0};

static const struct program program = {
	.name = "mda-log",
	.synopsis = "mda-log [ADDRESS] [options]",
	.usual = &command,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "ADDRESS is a login or an address; without it, you.\n"
	       "Exit status: 0 listed; 1 no such delivery is known; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct log_job l = {.session = {.mem = arena_new(), .asks = true}};
	int status = program_main(&program, &l, argc, argv);
	arena_free(l.session.mem);
	return status;
}

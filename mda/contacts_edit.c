/* mda-contacts add, remove and import: what a person says about whom he knows. */
#include "mda/base/address.h"
#include "mda/base/io.h"
#include "mda/base/printable.h"
#include "mda/base/vcard.h"
#include "mda/contacts_csv.h"
#include "mda/contacts_tool.h"

#include <string.h>
#include <unistd.h>

enum { IMPORT_MOST = 256 * 1024 * 1024, CHANGES_AT_ONCE = 20000 };

static struct known_changes *open_known(struct contacts_tool *tool, struct err *err)
{
	if (contacts_open(tool, err) < 0)
		return NULL;
	if (tool->contacts.dir.n == 0) {
		err_temp(err, "mda.conf has no contacts_dir for this mailbox");
		return NULL;
	}
	return known_open(contacts_known_dir(&tool->contacts, tool->mem), err);
}

/* Those that are addresses; the others are told, and make the exit status. */
static int mark_all(const struct contacts_tool *tool, char **words, size_t count,
	struct known_changes *changes, unsigned set, unsigned clear)
{
	int status = 0;
	for (size_t i = 0; i < count; i++) {
		struct str key, name = str_of(tool->name);
		struct err why;
		if (contacts_key(tool, words[i], &key, &why) == 0) {
			known_mark(changes, key, name, set, clear);
			continue;
		}
		program_complain("%s", why.text);
		status = CONTACTS_WRONG;
	}
	return status;
}

static int mark_and_commit(struct contacts_tool *tool, char **words, size_t count, unsigned set,
	unsigned clear, struct err *err)
{
	struct known_changes *changes = open_known(tool, err);
	if (!changes)
		return -1;
	int status = mark_all(tool, words, count, changes, set, clear);
	int r = known_commit(changes, err);
	known_close(changes);
	return r < 0 ? -1 : status;
}

/* ---- add, remove ---- */

static int run_add(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	if (tool->name && count > 1)
		return err_temp(err, "--name is for one address");
	return mark_and_commit(tool, words, count, KNOWN_ADDED, KNOWN_REMOVED, err);
}

/* A file has it as well: that one the person edits himself. */
static int tell_what_stays(struct contacts_tool *tool, char **words, size_t count)
{
	int status = 0;
	for (size_t i = 0; i < count; i++) {
		struct str key;
		struct contact left;
		struct verdict v;
		if (contacts_key(tool, words[i], &key, NULL) < 0)
			continue;
		verdict_init(&v, tool->mem, 0);
		contacts_find(&tool->contacts, key, &v, &left);
		if (left.kind == CONTACT_NONE)
			continue;
		struct str where = reason_where(&left.reason, tool->mem);
		program_complain("%s stays a contact: " STR_FMT, words[i], STR_ARGS(where));
		status = CONTACTS_WRONG;
	}
	return status;
}

static int run_remove(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	int status = mark_and_commit(tool, words, count, KNOWN_REMOVED, KNOWN_ADDED, err);
	if (status < 0)
		return -1;
	int stays = tell_what_stays(tool, words, count);
	return status ? status : stays;
}

/* ---- import ---- */

struct importing {
	const struct contacts_tool *tool;
	struct known_changes *changes;
	size_t taken, waiting; /* contacts; not committed yet */
	struct err *err;
	bool failed;
};

static void take(struct importing *in, struct str name, struct str address)
{
	struct arena *mem = arena_new();
	struct address a = address_parse_envelope(str_trim(address), mem);
	/* A card must have a name; of one that has none it is the address. */
	if (str_eq(name, address))
		name = (struct str){"", 0};
	if (!a.invalid && a.local.n && a.domain.n && !in->failed) {
		known_mark(in->changes, address_key(&a, mem), name, KNOWN_ADDED, KNOWN_REMOVED);
		in->taken++;
		if (++in->waiting == CHANGES_AT_ONCE) {
			in->failed = known_commit(in->changes, in->err) < 0;
			in->waiting = 0;
		}
	}
	arena_free(mem);
}

static void on_card(void *context, struct str name, struct str address)
{
	take(context, name, address);
}

/* Which columns hold what: by their headings, as Google, Outlook, Thunderbird and mda-contacts write them. */
struct columns {
	struct str_list headings;
};

static bool heads(const struct columns *c, size_t i, const char *word)
{
	return i < c->headings.count &&
	       str_ifind(c->headings.items[i], str_of(word)) < c->headings.items[i].n;
}

static bool is_name_column(const struct columns *c, size_t i)
{
	static const char *const words[] = {"name", "First Name", "Display Name"};
	for (size_t k = 0; k < sizeof words / sizeof *words; k++)
		if (i < c->headings.count && str_ieq(c->headings.items[i], str_of(words[k])))
			return true;
	return false;
}

static void take_record(
	struct importing *in, const struct columns *c, const struct str_list *fields)
{
	struct str name = {"", 0};
	for (size_t i = 0; i < fields->count && name.n == 0; i++)
		if (is_name_column(c, i))
			name = fields->items[i];
	for (size_t i = 0; i < fields->count; i++)
		if ((heads(c, i, "mail") || heads(c, i, "address")) &&
			str_find(fields->items[i], '@') < fields->items[i].n)
			take(in, name, fields->items[i]);
}

static int take_table(struct importing *in, struct str text, struct err *err)
{
	struct columns columns;
	struct arena *mem = arena_new();
	bool has_address = false;
	csv_next(&text, mem, &columns.headings);
	for (size_t i = 0; i < columns.headings.count; i++)
		has_address =
			has_address || heads(&columns, i, "mail") || heads(&columns, i, "address");
	while (has_address && text.n) {
		struct arena *scratch = arena_new();
		struct str_list fields;
		if (csv_next(&text, scratch, &fields))
			take_record(in, &columns, &fields);
		arena_free(scratch);
	}
	arena_free(mem);
	return has_address ? 0
			   : err_temp(err, "this is no vCard, and no CSV whose first line names a "
					   "column of addresses");
}

static int take_text(struct importing *in, struct str text, struct err *err)
{
	if (str_istarts(text, STR_LIT("\xef\xbb\xbf")))
		text = str_slice(text, 3, text.n);
	if (!str_istarts(str_trim(str_slice(text, 0, 100)), STR_LIT("BEGIN:VCARD")))
		return take_table(in, text, err);
	vcard_walk(text, on_card, in);
	return 0;
}

static int read_input(const char *path, struct buf *text, struct arena *mem, struct err *err)
{
	struct str file;
	if (strcmp(path, "-") == 0)
		return io_read_all(STDIN_FILENO, IMPORT_MOST, text, "standard input", err);
	int r = io_read_file(path, IMPORT_MOST, mem, &file, err);
	if (r == 0)
		return err_temp(err, "%s does not exist", path);
	if (r > 0)
		buf_add(text, file);
	return r < 0 ? -1 : 0;
}

static int import_file(struct importing *in, const char *path, struct err *err)
{
	struct buf text = {0};
	int r = read_input(path, &text, in->tool->mem, err);
	if (r == 0)
		r = take_text(in, buf_str(&text), err);
	buf_free(&text);
	if (r == 0 && !in->failed)
		r = known_commit(in->changes, err);
	return in->failed ? -1 : r;
}

static int run_import(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	struct importing in = {.tool = tool, .err = err};
	struct buf out = {0};
	in.changes = open_known(tool, err);
	if (!in.changes)
		return -1;
	int r = 0;
	for (size_t i = 0; i < count && r == 0; i++)
		r = import_file(&in, words[i], err);
	known_close(in.changes);
	if (r < 0)
		return -1;
	buf_fmt(&out, "%zu addresses\n", in.taken);
	r = program_print(&out, err);
	buf_free(&out);
	return r;
}

const struct contacts_command contacts_add = {
	{"add", "ADDRESS...", "mail from there is not labelled", 1}, run_add};
const struct contacts_command contacts_remove = {
	{"remove", "ADDRESS...", "it is, whatever is learned later", 1}, run_remove};
const struct contacts_command contacts_import = {
	{"import", "FILE...", "adds those of vCards or CSV; - is standard input", 1}, run_import};

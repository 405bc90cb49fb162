/* mda-contacts import: reads address books of other programs, as vCards or tables. */
#include "base/address_cell.h"
#include "base/io.h"
#include "base/printable.h"
#include "base/vcard.h"
#include "mda/tools/contacts/contacts_columns.h"
#include "mda/tools/contacts/contacts_tool.h"
#include "mda/tools/contacts/contacts_utf8.h"

#include <string.h>
#include <unistd.h>

enum { IMPORT_MOST = 256 * 1024 * 1024, CHANGES_AT_ONCE = 20000, SHOWN_MOST = 60 };

struct import {
	const struct contacts_tool *tool;
	struct known_changes *changes;
	const char *file;
	size_t taken, refused; /* contacts that were added, and fields that were refused */
	size_t waiting;        /* not committed yet */
	struct err *err;
	bool failed;
};

/* ---- one contact ---- */

static void refuse(struct import *in, unsigned line, const char *why, struct str text)
{
	struct buf shown = {0};
	printable_add(&shown, str_slice(text, 0, SHOWN_MOST));
	program_complain("%s:%u: %s: \"%s%s\"", in->file, line, why, buf_cstr(&shown),
		text.n > SHOWN_MOST ? "..." : "");
	buf_free(&shown);
	in->refused++;
}

static void take(struct import *in, struct str name, const struct address *a, struct arena *mem)
{
	if (in->failed)
		return;
	contacts_known_mark(in->changes, address_key(a, mem), a->name.n ? a->name : name,
		KNOWN_ADDED, KNOWN_REMOVED);
	in->taken++;
	if (++in->waiting == CHANGES_AT_ONCE) {
		in->failed = contacts_known_commit(in->changes, in->err) < 0;
		in->waiting = 0;
	}
}

/* Adds all addresses of a cell, or none of them. */
static void take_cell(struct import *in, unsigned line, struct str name, struct str cell)
{
	struct arena *mem = arena_new();
	struct address_list list = address_cell_parse(cell, mem);
	/* A vCard must have a name; if the person has none, it is the address. */
	if (str_eq(name, cell))
		name = STR_EMPTY;
	if (list.malformed || list.count == 0)
		refuse(in, line, "not an address", cell);
	else
		for (size_t i = 0; i < list.count; i++)
			take(in, name, &list.items[i], mem);
	arena_free(mem);
}

/* ---- vCards ---- */

static void on_card(void *context, struct str name, struct str address, unsigned line)
{
	take_cell(context, line, name, address);
}

/* ---- tables ---- */

static void take_record(struct import *in, const struct columns *c, const struct csv *csv,
	const struct str_list *fields, struct arena *mem)
{
	struct str name = contacts_columns_name(c, fields, mem), doubtful = STR_EMPTY;
	bool found = false;
	for (size_t i = 0; i < fields->count; i++) {
		struct str cell = contacts_columns_unguarded(fields->items[i]);
		if (contacts_columns_has_address(c, i, cell)) {
			take_cell(in, csv->line, name, cell);
			found = true;
		} else if (!c->has_address && str_find(cell, '@') < cell.n) {
			doubtful = cell;
		}
	}
	if (!found && doubtful.n)
		refuse(in, csv->line, "not an address", doubtful);
}

static void take_table(struct import *in, struct str text)
{
	struct csv csv = contacts_csv_open(text);
	struct arena *mem = arena_new();
	struct columns columns = {0};
	bool is_first = true, more = true;
	while (more) {
		struct arena *scratch = arena_new();
		struct str_list fields;
		more = contacts_csv_next(&csv, scratch, &fields);
		bool is_headings =
			more && is_first && contacts_columns_find(&columns, &fields, mem);
		is_first = false;
		if (more && csv.wrong)
			refuse(in, csv.line, csv.wrong, fields.items[0]);
		else if (more && !is_headings)
			take_record(in, &columns, &csv, &fields, scratch);
		arena_free(scratch);
	}
	arena_free(mem);
}

/* ---- files ---- */

static int take_text(struct import *in, struct str text, struct err *err)
{
	size_t before = in->taken + in->refused;
	if (str_istarts(str_trim(str_slice(text, 0, 100)), STR_LIT("BEGIN:VCARD")))
		(void)vcard_walk(text, on_card, in); /* addresses are counted, not cards */
	else
		take_table(in, text);
	if (in->taken + in->refused == before && str_trim(text).n)
		return err_temp(err,
			"%s: it contains no address; it must be vCards, or CSV with a column of "
			"addresses",
			in->file);
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

static int import_file(struct import *in, const char *path, struct err *err)
{
	struct buf bytes = {0}, text = {0};
	in->file = strcmp(path, "-") == 0 ? "standard input" : path;
	int r = read_input(path, &bytes, in->tool->mem, err);
	if (r == 0)
		r = contacts_utf8(buf_str(&bytes), &text, in->file, err);
	if (r == 0)
		r = take_text(in, buf_str(&text), err);
	buf_free(&bytes);
	buf_free(&text);
	if (r == 0 && !in->failed)
		r = contacts_known_commit(in->changes, err);
	return in->failed ? -1 : r;
}

static int tell(const struct import *in, struct err *err)
{
	struct buf out = {0};
	buf_fmt(&out, "%zu addresses", in->taken);
	if (in->refused)
		buf_fmt(&out, ", %zu refused", in->refused);
	buf_byte(&out, '\n');
	int r = program_print(&out, err);
	buf_free(&out);
	return r < 0 ? -1 : in->refused ? CONTACTS_WRONG : 0;
}

static int run_import(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	struct import in = {.tool = tool, .err = err};
	in.changes = contacts_change(tool, err);
	if (!in.changes)
		return -1;
	int r = 0;
	for (size_t i = 0; i < count && r == 0; i++)
		r = import_file(&in, words[i], err);
	contacts_known_close(in.changes);
	return r < 0 ? -1 : tell(&in, err);
}

const struct contacts_command contacts_import = {
	{"import", "FILE...", "add contacts from vCards or CSV; - is standard input", 1},
	run_import};

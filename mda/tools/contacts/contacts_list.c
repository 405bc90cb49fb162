/* mda-contacts list and export: all contacts. */
#include "base/json.h"
#include "base/printable.h"
#include "base/vcard.h"
#include "filters/label/contacts_book.h"
#include "filters/lists/list_text.h"
#include "mda/tools/contacts/contacts_csv.h"
#include "mda/tools/contacts/contacts_tool.h"

#include <string.h>

/* One contact, from any source. */
struct one {
	const char *kind;
	struct str address, name, where;
	uint32_t count;
	int64_t last;
};

struct printer {
	const struct contacts_tool *tool;
	void (*write)(struct printer *l, const struct one *one);
	struct buf out;
	bool failed;
	struct err *err;
};

static void tell(struct printer *p, const struct one *one)
{
	p->write(p, one);
	if (p->out.n > 1 << 16 && !p->failed)
		p->failed = program_print(&p->out, p->err) < 0;
}

/* ---- where they stand ---- */

static void on_entry(void *context, const struct list_line *line)
{
	struct printer *p = context;
	if (line->wild)
		tell(p, &(struct one){.kind = "list",
				.address = line->entry,
				.where = p->tool->contacts.list});
}

static void on_card(void *context, const struct book_entry *e)
{
	tell(context,
		&(struct one){
			.kind = "book", .address = e->key, .name = e->name, .where = e->file});
}

static int on_known(void *context, const struct known *k, struct err *err)
{
	(void)err;
	if (!(k->flags & KNOWN_REMOVED))
		tell(context, &(struct one){.kind = k->flags & KNOWN_ADDED ? "added" : "written",
				      .address = k->key,
				      .name = k->name,
				      .count = k->count,
				      .last = k->last});
	return 0;
}

static int walk(struct contacts_tool *tool, struct printer *p, struct err *err)
{
	const struct contacts *c = &tool->contacts;
	const struct book book = {&c->books, contacts_book_path(c, tool->mem)};
	if (c->list.n && list_text_walk(c->list, list_text_today(), on_entry, p, err) < 0)
		return -1;
	if (contacts_book_walk(&book, on_card, p, err) < 0)
		return -1;
	return c->dir.n ? contacts_known_walk(contacts_known_dir(c, tool->mem), on_known, p, err)
			: 0;
}

static int run_listing(struct contacts_tool *tool,
	void (*write)(struct printer *p, const struct one *one), const char *heading,
	struct err *err)
{
	struct printer p = {.tool = tool, .write = write, .err = err};
	if (contacts_open(tool, err) < 0)
		return -1;
	buf_text(&p.out, heading);
	int r = walk(tool, &p, err);
	struct err told;
	if (!p.failed && program_print(&p.out, r < 0 ? &told : err) < 0)
		r = -1;
	buf_free(&p.out);
	return p.failed ? -1 : r;
}

/* ---- list ---- */

static void write_text(struct printer *p, const struct one *one)
{
	struct str day = contacts_day(one->last, p->tool->mem);
	buf_fmt(&p->out, "%-8s ", one->kind);
	printable_add(&p->out, one->address);
	if (one->name.n) {
		buf_text(&p->out, "  ");
		printable_add(&p->out, one->name);
	}
	if (one->count)
		buf_fmt(&p->out, "  (%lu, last " STR_FMT ")", (unsigned long)one->count,
			STR_ARGS(day));
	buf_byte(&p->out, '\n');
}

static void write_json(struct printer *p, const struct one *one)
{
	struct json json = {.to = &p->out};
	json_begin_object(&json);
	json_text(&json, "kind", str_of(one->kind));
	json_text(&json, "address", one->address);
	json_text(&json, "name", one->name);
	json_text(&json, "where", one->where);
	json_number(&json, "count", one->count);
	json_number(&json, "last", one->last > 0 ? (unsigned long long)one->last : 0);
	json_end_object(&json);
	json_end_line(&json);
}

static int run_list(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	(void)words;
	if (count)
		return err_temp(err, "list takes no arguments; use -d user");
	return run_listing(tool, tool->json ? write_json : write_text, "", err);
}

/* ---- export ---- */

/* An entry with wildcards is not an address. */
static bool is_address(struct str s)
{
	return str_find(s, '@') < s.n && str_find(s, '*') == s.n && str_find(s, '?') == s.n;
}

static void write_card(struct printer *p, const struct one *one)
{
	if (is_address(one->address))
		vcard_write(&p->out, one->name, one->address);
}

static void write_csv(struct printer *p, const struct one *one)
{
	struct str count = arena_fmt(p->tool->mem, "%lu", (unsigned long)one->count);
	const struct str fields[] = {
		one->address, one->name, count, contacts_day(one->last, p->tool->mem)};
	if (is_address(one->address))
		contacts_csv_write(&p->out, fields, sizeof fields / sizeof *fields);
}

static int run_export(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	const char *format = tool->format ? tool->format : "vcard";
	(void)words;
	if (count)
		return err_temp(err, "export takes no arguments; it prints to standard output");
	if (strcmp(format, "vcard") == 0)
		return run_listing(tool, write_card, "", err);
	if (strcmp(format, "csv") == 0)
		return run_listing(tool, write_csv, "address,name,count,last\r\n", err);
	return err_temp(err, "--format is vcard or csv, not %s", format);
}

const struct contacts_command contacts_list = {
	{"list", "", "print all contacts, and where each comes from", 0}, run_list};
const struct contacts_command contacts_export = {
	{"export", "", "print all contacts as vCards or CSV", 0}, run_export};

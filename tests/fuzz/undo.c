/*
 * The file by which mda-apply puts mail back: whatever is in it, no message is taken from or put
 * anywhere but into a folder of the Maildir, and a line that is read says the same when it is
 * written again.
 */
#include "mda/tools/apply/apply_undo.h"

#include "base/io.h"
#include "base/path.h"
#include "store/folder.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

#define ID "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"

static const char *const words[] = {"mda-apply 1\n", "move ", "back ", "sent ", "- ", ".A ", ".. ",
	"1.x.y ", "2.x.y ", "3.x.y ", "%2C", "%00", "%", " 0 0", " 63 63", " 64", " .\n", "\n",
	"a@b.test ", ID, NULL};

/* ---- a line ---- */

static bool same_words(const struct str_list *a, const struct str_list *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (!str_eq(a->items[i], b->items[i]))
			return false;
	return a->count == b->count;
}

static bool same_record(const struct apply_record *a, const struct apply_record *b)
{
	return str_eq(a->from, b->from) && str_eq(a->base, b->base) && str_eq(a->to, b->to) &&
	       str_eq(a->new_base, b->new_base) && a->had == b->had && a->has == b->has &&
	       same_words(&a->keywords, &b->keywords);
}

static void write_line(const struct apply_line *l, struct arena *mem, struct buf *to)
{
	const struct apply_record *r = &l->record;
	const struct store_move m = {.base = r->base,
		.new_base = arena_cstr(mem, r->new_base),
		.had = r->had,
		.has = r->has,
		.add_keywords = r->keywords};
	if (l->kind == APPLY_LINE_SENT)
		apply_line_put_sent(
			to, STR_EMPTY, STR_LIT("1.x.y"), l->redirect.address, &l->redirect.id);
	else
		apply_line_put_move(
			to, l->kind == APPLY_LINE_BACK ? "back" : "move", r->from, r->to, &m);
}

static void check_line(struct str line, struct arena *mem)
{
	struct apply_line l, again;
	struct buf text = {0};
	if (!apply_line_read(line, mem, &l))
		return;
	write_line(&l, mem, &text);
	struct str written = buf_str(&text);
	FUZZ_CHECK(written.n > 3 && str_find(written, '\n') == written.n - 1);
	FUZZ_CHECK(apply_line_read(str_slice(written, 0, written.n - 3), mem, &again));
	FUZZ_CHECK(again.kind == l.kind);
	if (l.kind == APPLY_LINE_SENT)
		FUZZ_CHECK(str_eq(again.redirect.address, l.redirect.address) &&
			   memcmp(again.redirect.id.bytes, l.redirect.id.bytes,
				   sizeof l.redirect.id.bytes) == 0);
	else
		FUZZ_CHECK(same_record(&again.record, &l.record));
	buf_free(&text);
}

/* ---- the file ---- */

static void make_maildir(struct arena *mem)
{
	static const char *const files[] = {
		"mail/cur/1.x.y:2,S", "mail/new/2.x.y", "mail/.A/cur/3.x.y:2,FSa"};
	struct err err;
	if (path_exists(fuzz_path(mem, "mail/.A/cur/3.x.y:2,FSa")) == 0)
		return;
	FUZZ_CHECK(io_make_dirs(fuzz_path(mem, "mail/new"), 0700, &err) == 0 &&
		   io_make_dirs(fuzz_path(mem, "mail/cur"), 0700, &err) == 0 &&
		   io_make_dirs(fuzz_path(mem, "mail/.A/cur"), 0700, &err) == 0);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		fuzz_write(fuzz_path(mem, files[i]), STR_LIT("Subject: x\n\n"));
}

static void hear(void *context, struct str folder, struct str base, const char *what)
{
	(void)context;
	FUZZ_CHECK(what && base.n && (folder.n == 0 || folder_is_directory(folder)));
}

static void check_move(const struct apply_move *m)
{
	FUZZ_CHECK(m->from.n == 0 || folder_is_directory(m->from));
	FUZZ_CHECK(m->to.n == 0 || folder_is_directory(m->to));
	FUZZ_CHECK(m->move.base.n && str_find(m->move.base, '/') == m->move.base.n);
	FUZZ_CHECK(m->move.file && !strchr(m->move.file, '/'));
}

static void run(struct str input, struct arena *mem)
{
	struct apply a = {.quiet = true, .mem = mem};
	struct apply_recorded recorded;
	struct err err;
	struct str rest = input, line;
	while (str_line(&rest, &line))
		check_line(line, mem);
	make_maildir(mem);
	const char *path = fuzz_path(mem, "undo");
	fuzz_write(path, input);
	if (apply_undo_plan(&a, path, fuzz_path(mem, "mail"), hear, NULL, &recorded, &err) < 0)
		return;
	FUZZ_CHECK(a.moves.count <= recorded.moves);
	for (size_t i = 0; i < a.moves.count; i++)
		check_move(&a.moves.items[i]);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(STR_LIT("mda-apply 1\nmove - 0.x.y .A 3.x.y 1 3 work .\n"
			  "sent - 1.x.y a@b.test " ID " .\nback .A 3.x.y - 4.x.y 3 1 work .\n"));
	fuzz_seed(STR_LIT("mda-apply 1\nmove .A 9.x.y - 1.x.y 0 2 .\nmove .A 8.x.y - 2"));
	struct str many = fuzz_repeat(mem, STR_LIT("move .A 9.x.y - 1.x.y 0 2 .\n"), 300);
	fuzz_seed(ARENA_JOIN(mem, STR_LIT("mda-apply 1\n"), many));
	many = fuzz_repeat(mem, STR_LIT("sent - 1.x.y a@b.test " ID " .\n"), 300);
	fuzz_seed(ARENA_JOIN(mem, STR_LIT("mda-apply 1\n"), many));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 1700};

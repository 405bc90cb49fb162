/*
 * mda-contacts learn, sent and compile: finds out to whom a person has written, from their Sent
 * folder or as their mail leaves.
 */
#include "base/address.h"
#include "base/automatic.h"
#include "base/date.h"
#include "base/json.h"
#include "base/mime.h"
#include "base/packed.h"
#include "base/path.h"
#include "base/str_list.h"
#include "filters/label/contacts_book.h"
#include "mda/conf/folders.h"
#include "mda/exits.h"
#include "mda/tools/contacts/contacts_ids.h"
#include "mda/tools/contacts/contacts_tool.h"
#include "mda/tools/each_mailbox.h"
#include "mda/tools/learn/learn_uids.h"
#include "mda/tools/stored.h"
#include "store/folder.h"

#include <time.h>
#include <unistd.h>

enum {
	RECIPIENTS_MOST = 100,  /* of one message: nobody knows more recipients than that */
	MESSAGES_AT_ONCE = 500, /* in one transaction */
};

/* ---- a message ---- */

/* Never in the future: the message would look newer than all later ones. */
static int64_t sent_at(const struct message *msg, struct arena *mem)
{
	struct date date;
	int64_t now = (int64_t)time(NULL);
	const struct header *h = message_find(msg, STR_LIT("Date"));
	if (!h || !date_parse(message_header_text(h, mem), &date) || date.seconds > now ||
		date.seconds < 0)
		return now;
	return date.seconds;
}

struct writer {
	const struct contacts_tool *tool;
	struct known_changes *changes;
	int64_t when;
	struct str_list keys; /* each once */
	struct arena *mem;
};

static void wrote_to(struct writer *w, const struct address *a)
{
	if (a->invalid || a->local.n == 0 || a->domain.n == 0 || w->keys.count == RECIPIENTS_MOST)
		return;
	struct str key = address_key(a, w->mem);
	if (str_eq(key, w->tool->key) || str_list_has(&w->keys, key))
		return;
	str_list_add(&w->keys, key, w->mem);
	contacts_known_wrote(w->changes, key, mime_decode(a->name, w->mem), w->when);
}

static void take_header(struct writer *w, const struct message *msg)
{
	static const char *const names[] = {"To", "Cc", "Bcc"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t at = 0;
		const struct header *h;
		while ((h = message_next(msg, str_of(names[i]), &at))) {
			struct address_list list = address_parse_list(h->value, w->mem);
			for (size_t k = 0; k < list.count; k++)
				wrote_to(w, &list.items[k]);
		}
	}
}

/*
 * RECIPIENTS, if the MTA gives them; otherwise those in the header. False if no person wrote the
 * message.
 */
static bool take_message(const struct contacts_tool *tool, struct known_changes *changes,
	struct contacts_ids *ids, const struct message *msg, char **recipients, size_t count)
{
	struct writer w = {.tool = tool, .changes = changes, .mem = arena_new()};
	w.when = sent_at(msg, w.mem);
	/* A message that a program sent adds no contact; otherwise each vacation answer would. */
	bool is_written = !automatic_why(msg, w.mem);
	if (is_written) {
		for (size_t i = 0; i < count; i++) {
			struct address a = address_parse_envelope(str_of(recipients[i]), w.mem);
			wrote_to(&w, &a);
		}
		if (count == 0)
			take_header(&w, msg);
		contacts_ids_add(ids, msg, &w.keys, w.when);
	}
	arena_free(w.mem);
	return is_written;
}

/* ---- the Sent folder ---- */

/* All folders that special_use names for sent mail; "Sent" if it names none. */
static struct str_list sent_folders(const struct conf *conf, struct arena *mem)
{
	struct str_list folders = folders_of_use(conf, STR_LIT("Sent"), mem);
	if (folders.count == 0)
		str_list_add(&folders, folder_with_prefix(STR_LIT("Sent"), mem), mem);
	return folders;
}

struct learned {
	size_t messages;
	size_t passed; /* of them: automatic, from a list, delivered here, or unreadable */
	struct packed_tally unread;
	size_t folders; /* that exist */
	struct book_compiled book;
};

/* False if the message is skipped, because it is gone or cannot be read. */
static bool take_file(const struct contacts_tool *tool, struct known_changes *changes,
	struct contacts_ids *ids, const char *path, struct packed_tally *unread)
{
	struct err err;
	struct message *msg = stored_read(tool->settings, path, unread, &err);
	/*
	 * A message that was delivered here was not sent from here, even if a rule stored it in
	 * Sent.
	 */
	bool taken = msg && !message_find(msg, STR_LIT("Return-Path")) &&
		     !message_find(msg, STR_LIT("Delivered-To")) &&
		     take_message(tool, changes, ids, msg, NULL, 0);
	message_free(msg);
	return taken;
}

static int learn_messages(const struct contacts_tool *tool, struct known_changes *changes,
	struct str directory, const struct learn_folder *folder, struct learned *learned,
	struct err *err)
{
	struct contacts_ids ids = {.mem = tool->mem};
	for (size_t i = 0; i < folder->count; i++) {
		const struct learn_message *m = &folder->messages[i];
		if (!m->path || !take_file(tool, changes, &ids, m->path, &learned->unread))
			learned->passed++;
		/* Recorded together with what was learned, so that nothing is counted twice. */
		bool last = i + 1 == folder->count;
		if (!last && (i + 1) % MESSAGES_AT_ONCE)
			continue;
		contacts_known_reached(changes, directory, folder->uidvalidity, m->uid);
		if (contacts_ids_write(&ids, tool, err) < 0)
			return -1;
		if (contacts_known_commit(changes, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_there(const struct learn_place *place, struct str directory, struct arena *mem)
{
	struct str path = arena_fmt(mem, "%s/" STR_FMT, place->maildir, STR_ARGS(directory));
	return path_is_directory(path.p);
}

static int learn_folder(const struct contacts_tool *tool, const struct learn_place *place,
	struct str name, struct known_changes *changes, struct learned *learned, struct err *err)
{
	struct str directory;
	struct learn_folder folder;
	uint32_t uidvalidity, uid;
	if (folder_directory(name, tool->mem, &directory, err) < 0 ||
		contacts_known_reached_in(changes, directory, &uidvalidity, &uid, err) < 0 ||
		learn_give_uids(place, &directory, tool->mem, err) < 0)
		return -1;
	learned->folders += is_there(place, directory, tool->mem);
	int r = learn_folder_read(place, directory, uidvalidity, uid, tool->mem, &folder, err);
	if (r <= 0)
		return r;
	learned->messages += folder.count;
	return learn_messages(tool, changes, directory, &folder, learned, err);
}

static int learn_folders(const struct contacts_tool *tool, struct known_changes *changes,
	struct learned *learned, struct err *err)
{
	const struct str_list names = sent_folders(tool->settings, tool->mem);
	const struct learn_place place = {.maildir = tool->mailbox.maildir,
		.state = tool->mailbox.state ? tool->mailbox.state
					     : store_state_dir(tool->mailbox.maildir, tool->mem),
		.server = tool->settings->imap_server};
	int r = 0;
	for (size_t i = 0; r == 0 && i < names.count; i++)
		r = learn_folder(tool, &place, names.items[i], changes, learned, err);
	if (r == 0 && learned->folders == 0)
		program_complain(STR_FMT ": there is no folder " STR_FMT
					 "; special_use says where sent mail is",
			STR_ARGS(tool->mailbox.name), STR_ARGS(names.items[0]));
	return r;
}

static int compile_book(
	const struct contacts_tool *tool, struct book_compiled *done, struct err *err)
{
	const struct contacts *c = &tool->contacts;
	const struct book book = {&c->books, contacts_book_path(c, tool->mem)};
	return c->dir.n && c->books.count ? contacts_book_compile(&book, done, err) : 0;
}

static int learn(const struct contacts_tool *tool, struct learned *learned, struct err *err)
{
	*learned = (struct learned){0};
	if (tool->contacts.dir.n == 0)
		return err_temp(err, "mda.conf has no contacts_dir for this mailbox");
	struct known_changes *changes =
		contacts_known_open(contacts_known_dir(&tool->contacts, tool->mem), err);
	int r = changes ? learn_folders(tool, changes, learned, err) : -1;
	contacts_known_close(changes);
	return r < 0 ? -1 : compile_book(tool, &learned->book, err);
}

static int tell_learned(const struct contacts_tool *tool, const struct learned *l, struct err *err)
{
	struct buf out = {0};
	if (tool->json) {
		struct json json = {.to = &out};
		json_begin_object(&json);
		json_text(&json, "mailbox", tool->mailbox.name);
		json_number(&json, "sent", l->messages);
		json_number(&json, "passed", l->passed);
		json_number(&json, "encrypted", l->unread.encrypted);
		json_number(&json, "not_unpacked", l->unread.others);
		json_number(&json, "cards", l->book.addresses);
		json_end_object(&json);
		json_end_line(&json);
	} else {
		buf_fmt(&out, "%zu sent messages, %zu addresses in the address book\n", l->messages,
			l->book.addresses);
		if (l->passed)
			buf_fmt(&out,
				"%zu of them skipped: automatic, from a list, delivered here, or "
				"gone\n",
				l->passed);
		struct str unread = packed_tally_text(&l->unread, tool->mem);
		if (unread.n)
			buf_fmt(&out, STR_FMT "\n", STR_ARGS(unread));
	}
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

static int learn_and_tell(const struct contacts_tool *tool, struct err *err)
{
	struct learned learned;
	return learn(tool, &learned, err) < 0 ? -1 : tell_learned(tool, &learned, err);
}

/* ---- all mailboxes ---- */

static int learn_in_child(const struct mailbox *m, void *context)
{
	const struct contacts_tool *all = context;
	struct arena *mem = arena_new();
	struct contacts_tool tool = {.json = all->json, .mem = mem};
	struct err err;
	int r = contacts_open_mailbox(&tool, m, m->user.conf, &err);
	if (r == 0)
		r = learn_and_tell(&tool, &err);
	if (r < 0)
		program_complain("%s", err.text);
	arena_free(mem);
	return r < 0 ? EXIT_TRY_AGAIN : 0;
}

static int learn_all(const struct contacts_tool *tool, struct err *err)
{
	struct mailboxes all;
	if (!each_mailbox_find(tool->conf, tool->mem, &all, err))
		return -1;
	const struct each each = {.work = learn_in_child,
		.context = (void *)tool,
		.json = tool->json,
		.program = "mda-contacts"};
	return each_mailbox(&each, &all, err);
}

static int run_learn(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	(void)words;
	if (count)
		return err_temp(err, "learn takes no arguments; use -d user, or --all");
	if (tool->all)
		return learn_all(tool, err);
	return contacts_open(tool, err) < 0 ? -1 : learn_and_tell(tool, err);
}

/* ---- sent ---- */

static int run_sent(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	if (!tool->user)
		return err_temp(err, "whose mail is it? Use -d sender");
	if (tool->user[0] == '\0') /* the null sender */
		return 0;
	if (contacts_open(tool, err) < 0)
		/* This sender has no mailbox here, and so no contacts. */
		return err->fault == FAULT_NO_USER ? 0 : -1;
	struct message_limits limits = conf_message_limits(tool->settings);
	limits.largest = 0; /* only the header counts */
	struct message *msg = message_read(STDIN_FILENO, &limits, err);
	struct known_changes *changes =
		msg ? contacts_known_open(contacts_known_dir(&tool->contacts, tool->mem), err)
		    : NULL;
	int r = -1;
	if (changes) {
		struct contacts_ids ids = {.mem = tool->mem};
		(void)take_message(
			tool, changes, &ids, msg, words, count); /* a program's mail is no error */
		r = contacts_known_commit(changes, err);
		if (r == 0)
			r = contacts_ids_write(&ids, tool, err);
	}
	contacts_known_close(changes);
	message_free(msg);
	return r;
}

/* ---- compile ---- */

static int run_compile(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	struct book_compiled done = {0};
	struct buf out = {0};
	(void)words;
	if (count)
		return err_temp(err, "compile takes no arguments; use -d user");
	if (contacts_open(tool, err) < 0 || compile_book(tool, &done, err) < 0)
		return -1;
	buf_fmt(&out, "%zu addresses in %zu files, %.1f MB\n", done.addresses, done.files,
		(double)done.bytes / 1e6);
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

const struct contacts_command contacts_learn = {
	{"learn", "", "add the recipients of the Sent folder; compile", 0}, run_learn};
const struct contacts_command contacts_sent = {
	{"sent", "[RECIPIENT...]", "add the recipients of the message on standard input", 0},
	run_sent};
const struct contacts_command contacts_compile = {
	{"compile", "", "make a large address book fast", 0}, run_compile};

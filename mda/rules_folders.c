/* Folders by their special use or their ids, and their annotations. */
#include "mda/rules_host.h"

#include "base/io.h"
#include "base/path.h"
#include "mda/asks.h"
#include "mda/conf/folders.h"
#include "store/folder.h"
#include "store/store.h"

#include <dirent.h>
#include <stdlib.h>

enum { METADATA_MAX = 1 << 20 };

/* ---- special uses (RFC 6154) ---- */

static struct str folder_of_use(const struct rules_world *w, struct str use)
{
	struct str_list named = folders_of_use(w->conf, use, w->mem);
	if (named.count)
		return named.items[0];
	return str_ieq(use, STR_LIT("\\Junk")) ? folders_junk(w->conf, w->mem) : STR_EMPTY;
}

/* A folder that does not exist yet has no special use. */
static struct str existing(const struct rules_world *w, struct str folder)
{
	struct str directory;
	if (folder.n == 0 || !w->maildir || folder_directory(folder, w->mem, &directory, NULL) < 0)
		return folder;
	const char *path =
		arena_fmt(w->mem, "%s/" STR_FMT "/cur", w->maildir, STR_ARGS(directory)).p;
	struct err err;
	int there = path_there(path, &err);
	if (there < 0)
		rules_trouble(w, "folder", &err);
	return there > 0 ? folder : STR_EMPTY;
}

struct str rules_folder_find(void *context, enum sv_folder_by by, struct str key)
{
	const struct rules_world *w = context;
	return by == SV_BY_ID ? asks_folder(w, key) : existing(w, folder_of_use(w, key));
}

/* ---- annotations (RFC 5464) ---- */

/* A word, or several in quotation marks. */
static bool take_word(struct str *rest, struct str *word)
{
	*rest = str_trim(*rest);
	if (rest->n == 0 || rest->p[0] != '"')
		return str_word(rest, word);
	struct str inner = str_slice(*rest, 1, rest->n);
	size_t end = str_find(inner, '"');
	*word = str_slice(inner, 0, end);
	*rest = str_slice(inner, end + 1, inner.n);
	return end < inner.n;
}

static bool same_folder(struct str a, struct str b, struct arena *mem)
{
	struct str x, y;
	if (a.n == 0 || b.n == 0)
		return a.n == b.n;
	return folder_directory(a, mem, &x, NULL) == 0 && folder_directory(b, mem, &y, NULL) == 0 &&
	       str_eq(x, y);
}

/*
 * A line is: folder, annotation, and the value up to its end. The annotations of the server have
 * the folder "".
 */
int rules_annotation(
	void *context, struct str folder, struct str name, struct arena *mem, struct str *value)
{
	const struct rules_world *w = context;
	const char *path = rules_path(w, w->conf->metadata);
	struct str text, line, of, entry;
	struct err err;
	int r = path ? io_read_file(path, METADATA_MAX, mem, &text, &err) : 0;
	if (r <= 0)
		return r < 0 ? rules_trouble(w, "annotation", &err) : 0;
	while (str_line(&text, &line)) {
		if (str_trim(line).n == 0 || str_trim(line).p[0] == '#')
			continue;
		if (!take_word(&line, &of) || !take_word(&line, &entry) || !str_ieq(entry, name) ||
			!same_folder(of, folder, mem))
			continue;
		*value = str_trim(line);
		return 1;
	}
	return 0;
}

/* ---- what a person may have meant ---- */

static int is_flat_folder(const struct dirent *entry)
{
	return entry->d_name[0] == '.' && entry->d_name[1] && entry->d_name[1] != '.';
}

/*
 * An existing folder whose name differs only in case; empty if there is none, or if the folder
 * itself exists.
 */
static struct str in_other_letters(
	const struct rules_world *w, struct str directory, struct arena *mem)
{
	struct dirent **entries;
	struct str found = STR_EMPTY;
	bool exact = false;
	int n = folder_layout() == FOLDER_FLAT ? path_scandir(w->maildir, &entries, is_flat_folder)
					       : 0;
	for (int i = 0; i < n; i++) {
		struct str name = str_of(entries[i]->d_name);
		exact |= str_eq(name, directory);
		if (str_ieq(name, directory))
			found = folder_name(arena_str(mem, name), mem);
		free(entries[i]);
	}
	if (n > 0)
		free(entries);
	return exact ? STR_EMPTY : found;
}

const char *rules_folder_meant(void *context, struct str folder, struct arena *mem)
{
	const struct rules_world *w = context;
	struct str meaning, directory;
	if (folder_looks_encoded(folder, mem, &meaning))
		return arena_fmt(mem,
			"\"" STR_FMT
			"\" looks like IMAP's modified UTF-7; scripts are UTF-8: write \"" STR_FMT
			"\"",
			STR_ARGS(folder), STR_ARGS(meaning))
			.p;
	if (!w->maildir || folder_directory(folder, mem, &directory, NULL) < 0)
		return NULL;
	struct str other = in_other_letters(w, directory, mem);
	if (other.n == 0)
		return NULL;
	return arena_fmt(mem, "there is no folder \"" STR_FMT "\", but there is \"" STR_FMT "\"",
		STR_ARGS(folder), STR_ARGS(other))
		.p;
}

#include "store/folder.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "store/utf7.h"

static const struct str inbox = {"INBOX", 5};

static struct folder_rules in_force;

void folder_declare(const struct folder_rules *rules)
{
	in_force = *rules;
}

enum folder_layout folder_layout(void)
{
	return in_force.layout;
}

/* ---- separators ---- */

/* The separator between the levels of a directory. */
static char directory_separator(void)
{
	return in_force.layout == FOLDER_NESTED ? '/' : '.';
}

static bool is_separator(char c)
{
	if (in_force.separator)
		return c == in_force.separator;
	return c == '/' || c == directory_separator();
}

/* Would C separate levels on the disk, although it does not in the name? */
static bool is_forbidden(char c)
{
	return (c == '/' || c == directory_separator()) && !is_separator(c);
}

/* The separator in a name that we write. */
static char shown_separator(void)
{
	if (in_force.prefix.n)
		return in_force.prefix.p[in_force.prefix.n - 1];
	return in_force.separator ? in_force.separator : '/';
}

static struct str take_level(struct str *rest, bool *more, bool (*separates)(char c))
{
	size_t end = 0;
	while (end < rest->n && !separates(rest->p[end]))
		end++;
	struct str level = str_slice(*rest, 0, end);
	*more = end < rest->n;
	*rest = str_slice(*rest, end + 1, rest->n);
	return level;
}

/* ---- the namespace ---- */

/*
 * "INBOX" is the same in upper and lower case, also at the start of a prefix or name. Nothing else
 * is.
 */
static bool starts_with_inbox(struct str name)
{
	return str_istarts(name, inbox) && (name.n == inbox.n || is_separator(name.p[inbox.n]));
}

static bool same_byte(char a, char b)
{
	return a == b || (is_separator(a) && is_separator(b));
}

/* How many bytes NAME and the prefix have in common. */
static size_t common_with_prefix(struct str name)
{
	struct str prefix = in_force.prefix;
	size_t n = starts_with_inbox(name) && starts_with_inbox(prefix) ? inbox.n : 0;
	while (n < name.n && n < prefix.n && same_byte(name.p[n], prefix.p[n]))
		n++;
	return n;
}

static bool has_prefix(struct str name)
{
	return common_with_prefix(name) == in_force.prefix.n;
}

/* The prefix alone means the INBOX, and so does INBOX below the prefix. */
static bool is_inbox(struct str name)
{
	struct str prefix = in_force.prefix;
	if (name.n == 0 || str_ieq(name, inbox))
		return true;
	if (prefix.n == 0)
		return false;
	if (name.n + 1 >= prefix.n && common_with_prefix(name) == name.n)
		return true;
	return !in_force.without_prefix && has_prefix(name) &&
	       str_eq(str_slice(name, prefix.n, name.n), inbox);
}

struct str folder_with_prefix(struct str name, struct arena *mem)
{
	if (is_inbox(name) || has_prefix(name) || in_force.without_prefix)
		return name;
	return ARENA_JOIN(mem, in_force.prefix, name);
}

/* ---- levels ---- */

static bool is_one_of(struct str name, const char *const *words, size_t count, bool as_start)
{
	for (size_t i = 0; i < count; i++) {
		struct str word = str_of(words[i]);
		if (as_start ? str_eq(str_slice(name, 0, word.n), word) : str_eq(name, word))
			return true;
	}
	return false;
}

/* In a flat layout every folder's directory begins with a dot. */
bool folder_is_level(struct str name)
{
	static const char *const words[] = {".", "..", "cur", "new", "tmp"};
	/* Servers append things to these names: a number, ".lock", ".log". */
	static const char *const files[] = {"dovecot-uid", "dovecot-keywords", "dovecot-acl",
		"dovecot-attributes", "dovecot.index", "dovecot.list.index", "dovecot.mailbox.log",
		"courierimap", "mda-uids", "maildirfolder", "maildirsize", "subscriptions"};
	if (in_force.layout == FOLDER_FLAT)
		return true;
	return !is_one_of(name, words, sizeof words / sizeof *words, false) &&
	       !is_one_of(name, files, sizeof files / sizeof *files, true);
}

static bool separates_directories(char c)
{
	return c == directory_separator();
}

struct str folder_levels(struct str directory, char separator, struct arena *mem)
{
	struct str levels =
		arena_str(mem, str_slice(directory, in_force.layout == FOLDER_FLAT, directory.n));
	for (size_t i = 0; separator && i < levels.n; i++)
		if (separates_directories(levels.p[i]))
			((char *)levels.p)[i] = separator;
	return levels;
}

static bool is_nested_directory(struct str directory)
{
	bool more = true;
	while (more) {
		struct str level = take_level(&directory, &more, separates_directories);
		if (level.n == 0 || !folder_is_level(level))
			return false;
	}
	return true;
}

static bool is_flat_directory(struct str directory)
{
	return directory.n > 1 && directory.p[0] == '.' && directory.p[1] != '.' &&
	       str_find(directory, '/') == directory.n;
}

bool folder_is_directory(struct str directory)
{
	if (directory.n == 0)
		return true;
	if (directory.n > FOLDER_PATH_BYTES || str_find(directory, '\0') < directory.n)
		return false;
	return in_force.layout == FOLDER_NESTED ? is_nested_directory(directory)
						: is_flat_directory(directory);
}

bool folder_is_within(struct str directory, const char *top)
{
	struct str name = str_of(top);
	size_t dot = in_force.layout == FOLDER_FLAT;
	if (dot && (directory.n == 0 || directory.p[0] != '.'))
		return false;
	struct str rest = str_slice(directory, dot, directory.n);
	return str_eq(str_slice(rest, 0, name.n), name) &&
	       (rest.n == name.n || rest.p[name.n] == directory_separator());
}

/* ---- from a name to a directory ---- */

static int refuse(struct str folder, const char *why, struct err *err)
{
	return err_temp(err, "the folder name \"" STR_FMT "\" %s",
		STR_ARGS(str_slice(folder, 0, 120)), why);
}

static int refuse_outside(struct str folder, struct err *err)
{
	return err_temp(err,
		"the folder name \"" STR_FMT "\" does not begin with \"" STR_FMT
		"\" (folder_prefix)",
		STR_ARGS(str_slice(folder, 0, 120)), STR_ARGS(in_force.prefix));
}

static int refuse_byte(struct str folder, char c, struct err *err)
{
	return err_temp(err,
		"the folder name \"" STR_FMT "\" has a \"%c\", but the separator of levels is "
		"\"%c\" (folder_separator)",
		STR_ARGS(str_slice(folder, 0, 120)), c, in_force.separator);
}

static int check_bytes(struct str folder, struct err *err)
{
	for (size_t i = 0; i < folder.n; i++) {
		if ((unsigned char)folder.p[i] < 0x20)
			return refuse(folder, "has a control character", err);
		if (is_forbidden(folder.p[i]))
			return refuse_byte(folder, folder.p[i], err);
	}
	return utf8_valid(folder) ? 0 : refuse(folder, "is not UTF-8", err);
}

static void put_level(struct str level, struct buf *to)
{
	if (in_force.utf8)
		buf_add(to, level);
	else
		(void)utf7_encode(level, to); /* check_bytes() has checked that it is UTF-8 */
}

static int add_level(struct str folder, struct str level, struct buf *to, struct err *err)
{
	if (level.n == 0)
		return refuse(folder, "has an empty level", err);
	if (!folder_is_level(level))
		return refuse(folder, "has a level with a name that the mailbox itself needs", err);
	if (to->n || in_force.layout == FOLDER_FLAT)
		buf_byte(to, directory_separator());
	size_t start = in_force.layout == FOLDER_FLAT ? 0 : to->n;
	put_level(level, to);
	bool fits = to->n - start <= FOLDER_NAME_BYTES && to->n <= FOLDER_PATH_BYTES;
	return fits ? 0 : refuse(folder, "is too long", err);
}

static int add_levels(struct str folder, struct str rest, struct buf *to, struct err *err)
{
	bool more = true, first = in_force.prefix.n == 0 && starts_with_inbox(rest);
	if (rest.n && rest.p[0] == '~')
		return refuse(folder, "begins with \"~\"", err);
	for (; more; first = false) {
		struct str level = take_level(&rest, &more, is_separator);
		if (add_level(folder, first ? inbox : level, to, err) < 0)
			return -1;
	}
	return 0;
}

int folder_directory(struct str folder, struct arena *mem, struct str *directory, struct err *err)
{
	struct buf b = {0};
	struct str rest = folder;
	if (is_inbox(folder)) {
		*directory = arena_str(mem, STR_EMPTY);
		return 0;
	}
	if (check_bytes(folder, err) < 0)
		return -1;
	if (has_prefix(folder))
		rest = str_slice(folder, in_force.prefix.n, folder.n);
	else if (!in_force.without_prefix)
		return refuse_outside(folder, err);
	int r = add_levels(folder, rest, &b, err);
	if (r == 0)
		*directory = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return r;
}

/* ---- from a directory to a name ---- */

static bool get_level(struct str level, struct buf *to)
{
	if (!in_force.utf8)
		return utf7_decode(level, to);
	buf_add(to, level);
	return true;
}

static bool decode(struct str directory, struct buf *to)
{
	bool more = true;
	size_t start = in_force.layout == FOLDER_FLAT;
	buf_add(to, in_force.prefix);
	for (struct str rest = str_slice(directory, start, directory.n); more;) {
		struct str level = take_level(&rest, &more, separates_directories);
		if (!get_level(level, to))
			return false;
		if (more)
			buf_byte(to, shown_separator());
	}
	return true;
}

/*
 * A name is used only if it leads back to the directory: other names could hide a separator, or
 * look like another folder's name.
 */
static bool leads_back(struct str name, struct str directory, struct arena *mem)
{
	struct str back = STR_EMPTY;
	return folder_directory(name, mem, &back, NULL) == 0 && str_eq(back, directory);
}

/*
 * A flat layout has no names that begin with a dot, and the nested one has none that begin with
 * "./".
 */
static struct str as_it_is(struct str directory, struct arena *mem)
{
	return in_force.layout == FOLDER_FLAT ? arena_str(mem, directory)
					      : ARENA_JOIN(mem, STR_LIT("./"), directory);
}

struct str folder_name(struct str directory, struct arena *mem)
{
	struct buf b = {0};
	if (directory.n == 0)
		return inbox;
	bool fine = decode(directory, &b) && leads_back(buf_str(&b), directory, mem);
	struct str name = fine ? arena_str(mem, buf_str(&b)) : as_it_is(directory, mem);
	buf_free(&b);
	return name;
}

bool folder_looks_encoded(struct str folder, struct arena *mem, struct str *meaning)
{
	struct buf b = {0};
	bool may_be = str_find(folder, '&') < folder.n;
	for (size_t i = 0; i < folder.n; i++)
		may_be = may_be && (unsigned char)folder.p[i] < 0x80;
	may_be = may_be && utf7_decode(folder, &b);
	if (may_be)
		*meaning = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return may_be;
}

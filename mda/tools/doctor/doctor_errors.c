#include "mda/tools/doctor/doctor_errors.h"

#include "base/io.h"
#include "base/str_list.h"
#include "mda/conf/conf.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ERRORS_MOST = 20, TEXT_MOST = 1 << 20 };

/* "PATH:LINE:COLUMN: SENTENCE" */
struct place {
	unsigned long line;
	struct str rest; /* ":LINE:COLUMN: SENTENCE" */
};

static bool parse_place(struct str error, struct str path, struct place *p)
{
	unsigned long long line;
	if (!str_starts(error, path) || error.n <= path.n || error.p[path.n] != ':')
		return false;
	p->rest = str_slice(error, path.n, error.n);
	struct str number = str_slice(p->rest, 1, p->rest.n);
	if (!str_number(str_slice(number, 0, str_find(number, ':')), UINT32_MAX, &line))
		return false;
	p->line = (unsigned long)line;
	return true;
}

/* The line with that number, without its end. */
static struct str line_at(struct str text, unsigned long line)
{
	for (; line > 1 && text.n; line--)
		text = str_slice(text, str_find(text, '\n') + 1, text.n);
	return str_slice(text, 0, str_find(text, '\n'));
}

/* Is it a whole statement? What comes after a line that is gone may be the rest of one. */
static bool is_statement(struct str line)
{
	line = str_trim(line);
	return line.n && ascii_isalnum(line.p[0]) && str_find(line, '=') < line.n;
}

/* Loads TEXT as if it were a file. 1 with an error in it, 0 without, -1 on other errors. */
static int load(struct str text, struct place *place, struct arena *mem)
{
	struct err err;
	struct place found;
	int fd = memfd_create("mda.conf", MFD_CLOEXEC), r = -1;
	if (fd < 0)
		return -1;
	struct str path = arena_fmt(mem, "/proc/self/fd/%d", fd);
	if (io_write(fd, text, "a copy of mda.conf", &err) == 0) {
		bool good = conf_load(path.p, mem, &err) != NULL;
		struct str error = good ? STR_EMPTY : arena_str(mem, str_of(err.text));
		r = good ? 0 : parse_place(error, path, &found) ? 1 : -1;
		if (r > 0)
			*place = found;
	}
	close(fd); /* a copy in memory */
	return r;
}

void doctor_errors_find(
	const char *path, const struct err *first, struct arena *mem, struct str_list *errors)
{
	struct str text;
	struct place place;
	if (!parse_place(str_of(first->text), str_of(path), &place) ||
		io_read_file(path, TEXT_MOST, mem, &text, NULL) <= 0)
		return;
	char *copy = (char *)arena_str(mem, text).p;
	text.p = copy;
	while (errors->count < ERRORS_MOST) {
		struct str line = line_at(text, place.line);
		memset(copy + (line.p - copy), ' ', line.n);
		if (load(text, &place, mem) <= 0 || !is_statement(line_at(text, place.line)))
			return;
		str_list_add(errors, arena_fmt(mem, "%s" STR_FMT, path, STR_ARGS(place.rest)), mem);
	}
}

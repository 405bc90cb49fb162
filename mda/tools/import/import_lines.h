/* The lines of a large file, of which only the beginning is needed. */
#ifndef MDA_TOOLS_IMPORT_IMPORT_LINES_H
#define MDA_TOOLS_IMPORT_IMPORT_LINES_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/* So much of a line is kept: enough for the fields of header that matter here. */
enum { IMPORT_LINE_HEAD = 2048 };

struct import_lines {
	int fd;
	const char *name;
	char *bytes;         /* a window of the file */
	uint64_t at;         /* the place of the window in the file */
	size_t filled, used; /* bytes of it, and those of lines that were returned */
	bool at_end;
	/* the line that was returned last */
	uint64_t number, offset, size; /* from 1; in the file; with its line end */
	bool is_blank;
	char head[IMPORT_LINE_HEAD];
	size_t head_size;
};

/* Reads FD, called NAME, from its beginning. FD stays the caller's. */
void import_lines_init(struct import_lines *l, int fd, const char *name);
void import_lines_free(struct import_lines *l);
/* The next line: 1, 0 at the end, -1 when it cannot be read. */
int import_lines_next(struct import_lines *l, struct err *err);
/* The beginning of the line, without its line end. */
struct str import_lines_head(const struct import_lines *l);

/* Up to ROOM bytes at OFFSET; how many there are, or -1. */
long import_lines_peek(
	struct import_lines *l, uint64_t offset, char *to, size_t room, struct err *err);

#endif

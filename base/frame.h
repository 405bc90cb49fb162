/*
 * Structs as bytes, described by tables: what one process hands to another, or what a file keeps.
 * The reader trusts nothing: each number, length, count and text is checked against its row.
 * Unknown tags are skipped.
 *
 * A frame is "MDAF", a version, its own length, and items: a tag, a length, and that many bytes.
 * All numbers are little-endian.
 */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum frame_kind {
	FRAME_NUMBER, /* an unsigned integer, an enum or a bool of SIZE bytes */
	FRAME_REAL,   /* a double */
	FRAME_TEXT,   /* struct str, possibly null; a NUL that is not counted follows it */
	FRAME_WORD,   /* const char *, or NULL */
	/*
	 * struct str, large; a part that is in the message or already in the frame is not written
	 * again
	 */
	FRAME_BYTES,
	FRAME_LIST,   /* a pointer to items of SIZE bytes; their number is at COUNT */
	FRAME_STRUCT, /* a struct inside the struct */
};

struct frame_type;

struct frame_row {
	const char *name; /* for error messages */
	unsigned tag;     /* permanent: a number is never used again for something else */
	enum frame_kind kind;
	size_t offset, size, count;
	unsigned long long most;               /* the limit: of a number, of bytes or of items */
	const struct frame_type *type;         /* the type of a struct, or of a list's items */
	const char *(*check)(struct str text); /* NULL, or says why a text (not empty) is wrong */
};

struct frame_type {
	const struct frame_row *rows;
	size_t count;
};

#define FRAME_MEMBER(s, m) .offset = offsetof(s, m), .size = sizeof((s *)NULL)->m
#define FRAME_ITEMS(s, m, n)                                                                       \
	.offset = offsetof(s, m), .size = sizeof *((s *)NULL)->m, .count = offsetof(s, n)
#define FRAME_TYPE(list)                                                                           \
	{                                                                                          \
		list, sizeof(list) / sizeof *(list)                                                \
	}

/* Appends the frame of VALUE, a struct of TYPE. Both sides have MESSAGE. */
void frame_write(struct buf *to, unsigned version, const struct frame_type *type, const void *value,
	struct str message);

/*
 * Reads a frame of that version into *VALUE, which the caller has zeroed. Texts point into FRAME
 * and MESSAGE; lists are in MEM, grown with ARENA_PUSH. -1 (FAULT_TEMP) with what is wrong.
 */
int frame_read(struct str frame, unsigned version, const struct frame_type *type, void *value,
	struct str message, struct arena *mem, struct err *err);

/* A check for rows of texts that are one line. */
const char *frame_one_line(struct str s);

#endif

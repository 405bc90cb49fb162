/*
 * Structs as bytes, by tables: what one process hands another, or a file keeps. The reader takes
 * nothing on trust: each number, length, count and text is held against its row, and a tag that it
 * does not know is passed over.
 *
 * A frame is "MDAF", a version, its own length, and items: a tag, a length, and so many bytes. All
 * numbers are little-endian.
 */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum frame_kind {
	FRAME_NUMBER, /* an unsigned integer, an enum or a bool of SIZE bytes */
	FRAME_REAL,   /* a double */
	FRAME_TEXT, /* struct str; may be the null slice; a NUL that is not counted is behind it */
	FRAME_WORD, /* const char *, or NULL */
	/*
	 * struct str; large: a part of the message, or of what the frame has already, is not
	 * repeated
	 */
	FRAME_BYTES,
	FRAME_LIST,   /* SIZE bytes an item: a pointer to them, and their number at COUNT */
	FRAME_STRUCT, /* one inside the other */
};

struct frame_type;

struct frame_row {
	const char *name; /* for messages */
	unsigned tag;     /* for good: a number is not used again for something else */
	enum frame_kind kind;
	size_t offset, size, count;
	unsigned long long most;       /* the largest number; bytes of a text; items of a list */
	const struct frame_type *type; /* of a struct, or of a list's items */
	const char *(*check)(
		struct str text); /* NULL, or why a text (not an empty one) cannot be */
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

/* Appends the frame of VALUE, a struct of TYPE. MESSAGE is what both sides have. */
void frame_write(struct buf *to, unsigned version, const struct frame_type *type, const void *value,
	struct str message);

/*
 * Reads a frame of that version into *VALUE, which the caller has zeroed. Texts point into FRAME
 * and MESSAGE, lists are in MEM, grown by ARENA_PUSH. -1 (FAULT_TEMP) with what is wrong.
 */
int frame_read(struct str frame, unsigned version, const struct frame_type *type, void *value,
	struct str message, struct arena *mem, struct err *err);

#endif

/*
 * Macros for the rows of a frame's tables (see frame.h), one for each kind. TAG is the tag, S the
 * struct, M its member; the rest is what it may hold.
 */
#ifndef BASE_FRAME_ROWS_H
#define BASE_FRAME_ROWS_H

#include "base/frame.h"

#include <stddef.h>

/* clang-format off */

#define ROW_NUMBER(tag, s, m, most)      {#m, tag, FRAME_NUMBER, FRAME_MEMBER(s, m), 0, most, NULL, NULL}
#define ROW_REAL(tag, s, m)              {#m, tag, FRAME_REAL, FRAME_MEMBER(s, m), 0, 0, NULL, NULL}
#define ROW_TEXT(tag, s, m, most, check) {#m, tag, FRAME_TEXT, FRAME_MEMBER(s, m), 0, most, NULL, check}
#define ROW_WORD(tag, s, m, check)       {#m, tag, FRAME_WORD, FRAME_MEMBER(s, m), 0, 64, NULL, check}
#define ROW_BYTES(tag, s, m, most)       {#m, tag, FRAME_BYTES, FRAME_MEMBER(s, m), 0, most, NULL, NULL}
#define ROW_STRUCT(tag, s, m, type)      {#m, tag, FRAME_STRUCT, FRAME_MEMBER(s, m), 0, 0, &(type), NULL}
/* COUNT is the member that has the number of items. */
#define ROW_LIST(tag, s, m, count, most, type) {#m, tag, FRAME_LIST, FRAME_ITEMS(s, m, count), most, &(type), NULL}

/* Defines a type with these rows. */
#define FRAME_ROWS(name, ...) \
	static const struct frame_row name##_rows[] = {__VA_ARGS__}; \
	static const struct frame_type name = FRAME_TYPE(name##_rows)

/* Defines the type of a list whose items are struct str: texts or bytes. */
#define FRAME_TEXTS(name, most, check) \
	FRAME_ROWS(name, {#name, 1, FRAME_TEXT, 0, sizeof(struct str), 0, most, NULL, check})
#define FRAME_PARTS(name, most) \
	FRAME_ROWS(name, {#name, 1, FRAME_BYTES, 0, sizeof(struct str), 0, most, NULL, NULL})

/* clang-format on */

#endif

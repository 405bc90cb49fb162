#include "mda/lmtp/wire.h"

#include <string.h>

/* ---- lines ---- */

static void add(struct wire_line *line, char c)
{
	if (line->text.n < LIMIT_LMTP_LINE)
		buf_byte(&line->text, c);
	else
		line->is_too_long = true;
}

bool wire_take_line(struct wire_line *line, struct str *input)
{
	for (size_t i = 0; i < input->n; i++) {
		char c = input->p[i];
		bool follows_cr = line->ends_in_cr;
		line->ends_in_cr = c == '\r';
		if (follows_cr && c == '\n') {
			*input = str_slice(*input, i + 1, input->n);
			return true;
		}
		if (follows_cr || c == '\n' || c == '\0')
			line->is_broken = true;
		if (c != '\r')
			add(line, c);
	}
	*input = STR_EMPTY;
	return false;
}

void wire_clear(struct wire_line *line)
{
	buf_clear(&line->text);
	line->ends_in_cr = line->is_too_long = line->is_broken = false;
}

void wire_free(struct wire_line *line)
{
	buf_free(&line->text);
}

/* ---- the text after DATA ---- */

/*
 * The state after the byte C; for a dot at the start of a line and what follows it, another
 * function is used.
 */
static enum wire_at next(enum wire_at at, char c)
{
	if (c == '\r')
		return WIRE_AFTER_CR;
	return at == WIRE_AFTER_CR && c == '\n' ? WIRE_AT_START : WIRE_AT_TEXT;
}

/* The bytes up to a dot at the start of a line, or all of them. */
static struct str take_plain(enum wire_at *at, struct str *input)
{
	size_t i = 0;
	while (i < input->n && !(*at == WIRE_AT_START && input->p[i] == '.')) {
		const char *cr =
			*at == WIRE_AT_TEXT ? memchr(input->p + i, '\r', input->n - i) : NULL;
		if (*at == WIRE_AT_TEXT && !cr)
			i = input->n;
		else if (cr)
			i = (size_t)(cr - input->p);
		if (i < input->n)
			*at = next(*at, input->p[i++]);
	}
	struct str piece = str_slice(*input, 0, i);
	*input = str_slice(*input, i, input->n);
	return piece;
}

void wire_take_data(enum wire_at *at, struct str *input, struct str *piece)
{
	*piece = STR_EMPTY;
	if (*at == WIRE_AT_START && input->p[0] == '.') {
		*at = WIRE_AFTER_DOT;
		*input = str_slice(*input, 1, input->n);
	} else if (*at == WIRE_AFTER_DOT && input->p[0] == '\r') {
		*at = WIRE_AFTER_DOT_CR;
		*input = str_slice(*input, 1, input->n);
	} else if (*at == WIRE_AFTER_DOT_CR && input->p[0] == '\n') {
		*at = WIRE_AT_END;
		*input = str_slice(*input, 1, input->n);
	} else if (*at == WIRE_AFTER_DOT_CR) {
		/* It did not end the message, so it is data. */
		*at = WIRE_AFTER_CR;
		*piece = STR_LIT("\r");
	} else {
		if (*at == WIRE_AFTER_DOT)
			*at = WIRE_AT_TEXT;
		*piece = take_plain(at, input);
	}
}

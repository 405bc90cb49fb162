#include "base/json.h"

#include "base/printable.h"
#include "base/utf8.h"

/*
 * Characters that could control a terminal, are invisible or change the direction of text are
 * escaped too.
 */
static bool is_plain(uint32_t c)
{
	return c != '"' && c != '\\' && !(c <= 0xffff && printable_is_deceptive(c));
}

static void quote(struct buf *to, struct str text)
{
	uint32_t c;
	buf_byte(to, '"');
	while (text.n) {
		struct str rest = text;
		bool valid = utf8_next(&rest, &c);
		if (!valid) {
			c = 0xdc00 + (unsigned char)text.p[0];
			rest = str_slice(text, 1, text.n);
		}
		if (valid && is_plain(c))
			buf_add(to, str_slice(text, 0, text.n - rest.n));
		else
			buf_fmt(to, "\\u%04x", (unsigned)c);
		text = rest;
	}
	buf_byte(to, '"');
}

/* ---- values ---- */

static void put_comma(struct json *json)
{
	if (json->comma)
		buf_byte(json->to, ',');
}

static void begin(struct json *json, char bracket)
{
	put_comma(json);
	buf_byte(json->to, bracket);
	json->comma = false;
}

static void end(struct json *json, char bracket)
{
	buf_byte(json->to, bracket);
	json->comma = true;
}

void json_begin_object(struct json *json)
{
	begin(json, '{');
}

void json_end_object(struct json *json)
{
	end(json, '}');
}

void json_begin_array(struct json *json)
{
	begin(json, '[');
}

void json_end_array(struct json *json)
{
	end(json, ']');
}

void json_quote(struct json *json, struct str text)
{
	put_comma(json);
	quote(json->to, text);
	json->comma = true;
}

void json_raw(struct json *json, struct str values)
{
	if (values.n == 0)
		return;
	put_comma(json);
	buf_add(json->to, values);
	json->comma = true;
}

/* ---- members of an object ---- */

void json_key(struct json *json, const char *key)
{
	json_quote(json, str_of(key));
	buf_byte(json->to, ':');
	json->comma = false;
}

void json_text(struct json *json, const char *key, struct str value)
{
	json_key(json, key);
	json_quote(json, value);
}

void json_texts(struct json *json, const char *key, const struct str *values, size_t count)
{
	json_named_array(json, key);
	for (size_t i = 0; i < count; i++)
		json_quote(json, values[i]);
	json_end_array(json);
}

void json_number(struct json *json, const char *key, unsigned long long value)
{
	json_key(json, key);
	buf_fmt(json->to, "%llu", value);
	json->comma = true;
}

void json_bool(struct json *json, const char *key, bool value)
{
	json_key(json, key);
	json_raw(json, value ? STR_LIT("true") : STR_LIT("false"));
}

void json_named_array(struct json *json, const char *key)
{
	json_key(json, key);
	json_begin_array(json);
}

/* ---- lines ---- */

void json_next_line(struct json *json)
{
	if (json->comma)
		buf_text(json->to, ",\n");
	json->comma = false;
}

void json_end_line(struct json *json)
{
	buf_byte(json->to, '\n');
	json->comma = false;
}

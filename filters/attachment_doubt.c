#include "filters/attachment_doubt.h"

#include "base/mime_field.h"

const struct header *attachment_field(const struct mime_part *part, const char *name)
{
	for (size_t i = 0; i < part->field_count; i++)
		if (str_ieq(part->fields[i].name, str_of(name)))
			return &part->fields[i];
	return NULL;
}

/* Are there two fields with this name that differ? Some readers take one, some the other. */
static bool has_another(const struct mime_part *part, const char *name, struct arena *mem)
{
	const struct header *first = attachment_field(part, name);
	struct str value = first ? message_header_text(first, mem) : STR_EMPTY;
	for (size_t i = 0; i < part->field_count; i++)
		if (str_ieq(part->fields[i].name, str_of(name)) &&
			!str_eq(value, message_header_text(&part->fields[i], mem)))
			return true;
	return false;
}

static struct str value_of(const struct mime_part *part, const char *name, struct arena *mem)
{
	const struct header *h = attachment_field(part, name);
	return h ? message_header_text(h, mem) : STR_EMPTY;
}

static bool is_among(struct str word, const char *words)
{
	struct str rest = str_of(words), one;
	while (str_word(&rest, &one))
		if (str_ieq(word, one))
			return true;
	return false;
}

static bool is_message(const struct mime_part *part)
{
	static const char *const subtypes[] = {
		"rfc822", "global", "news", "partial", "external-body"};
	for (size_t i = 0; i < sizeof subtypes / sizeof *subtypes; i++)
		if (str_ieq(part->subtype, str_of(subtypes[i])))
			return str_ieq(part->type, STR_LIT("message"));
	return false;
}

/*
 * GMime decodes the encodings that it knows. The misspelt words for no encoding are harmless. But
 * for any other word, some readers know more, or guess.
 */
static const char *doubt_encoding(const struct mime_part *part, struct arena *mem)
{
	static const char plain[] = "binary utf-8 none",
			  coded[] = "base64 quoted-printable uuencode x-uuencode x-uue";
	struct str said = value_of(part, "Content-Transfer-Encoding", mem);
	/* such as "7bit" or "8 bit" */
	if (said.n == 0 || ascii_isdigit(said.p[0]) || is_among(said, plain))
		return NULL;
	if (!is_among(said, coded))
		return "an unknown transfer encoding";
	return is_message(part) ? "an encoded message" : NULL;
}

/* Compares our own reading of the field with GMime's, by which the message was cut into parts. */
static const char *doubt_type(const struct mime_part *part, struct arena *mem)
{
	struct str said = mime_field_type(value_of(part, "Content-Type", mem));
	struct str type = str_trim(str_slice(said, 0, str_find(said, '/')));
	bool agrees = str_find(said, '/') == said.n || str_ieq(type, part->type);
	return agrees ? NULL : "a type that can be read in two ways";
}

static bool is_blank(struct str s)
{
	return str_trim(s).n == 0;
}

/* Some readers see more parts after the last boundary. */
static bool goes_on(const struct mime_part *part, struct str boundary)
{
	struct str rest = part->epilogue, line;
	while (boundary.n && str_line(&rest, &line))
		if (str_istarts(line, STR_LIT("--")) &&
			str_eq(str_slice(line, 2, 2 + boundary.n), boundary))
			return true;
	return false;
}

static const char *doubt_multipart(const struct mime_part *part, struct arena *mem)
{
	const struct mime_field f = mime_field_read(value_of(part, "Content-Type", mem), mem);
	struct str boundary = STR_EMPTY;
	(void)mime_field_parameter(&f, STR_LIT("boundary"), mem, &boundary);
	for (size_t i = 0; i < f.count; i++)
		if (str_ieq(f.items[i].name, STR_LIT("boundary")) &&
			!str_eq(f.items[i].value, boundary))
			return "two boundaries";
	if (!part->child && !(is_blank(part->prologue) && is_blank(part->epilogue)))
		return "a boundary that is missing";
	return goes_on(part, boundary) ? "parts after the last boundary" : NULL;
}

static const char *doubt_message(const struct mime_part *part)
{
	if (str_ieq(part->subtype, STR_LIT("partial")))
		return "a piece of a message";
	if (str_ieq(part->subtype, STR_LIT("external-body")))
		return "a part that is elsewhere";
	return part->child || part->is_cut ? NULL : "a message that cannot be read";
}

const char *attachment_doubt(const struct mime_part *part, struct arena *mem)
{
	static const struct {
		const char *field, *why;
	} single[] = {
		{"Content-Type", "two Content-Type fields that differ"},
		{"Content-Disposition", "two Content-Disposition fields that differ"},
		{"Content-Transfer-Encoding", "two Content-Transfer-Encoding fields that differ"},
	};
	const char *why = part->is_cut ? "parts that are nested too deeply" : NULL;
	for (size_t i = 0; i < sizeof single / sizeof *single && !why; i++)
		why = has_another(part, single[i].field, mem) ? single[i].why : NULL;
	why = why ? why : doubt_encoding(part, mem);
	why = why ? why : doubt_type(part, mem);
	if (!why && str_ieq(part->type, STR_LIT("multipart")))
		why = doubt_multipart(part, mem);
	if (!why && is_message(part))
		why = doubt_message(part);
	return why;
}

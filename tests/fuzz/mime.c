/* MIME: the parts of a message, their contents and parameters, and encoded words. */
#include "base/mime.h"

#include "base/encoded_word.h"
#include "base/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/mime_same.h"

static const char *const words[] = {"Content-Type: multipart/mixed; boundary=b\n\n", "--b\n",
	"--b--\n", "\n", "Content-Type: text/plain; charset=iso-8859-1\n",
	"Content-Transfer-Encoding: base64\n", "Content-Transfer-Encoding: quoted-printable\n",
	"Content-Type: message/rfc822\n\n",
	"Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=b\n",
	"=?utf-8?b?w6k=?=", "=?utf-8?q?=C3=A9?=", "; name=", "\"", "(", "=\n", "=3D",
	"begin 644 x\n", "charset=utf-7", NULL};

static void check_part(const struct mime_part *part, size_t number, struct arena *mem)
{
	struct str parameter;
	FUZZ_CHECK(part->number == number && part->type.n && part->subtype.n);
	FUZZ_CHECK(!part->child || part->child->parent == part);
	(void)mime_content(part, mem);
	if (str_ieq(part->type, STR_LIT("text")))
		FUZZ_CHECK(utf8_valid(mime_text(part, mem)));
	for (size_t i = 0; i < part->field_count; i++) {
		(void)mime_field_type(part->fields[i].value);
		if (mime_parameter(part->fields[i].value, STR_LIT("filename"), mem, &parameter))
			FUZZ_CHECK(utf8_valid(parameter));
	}
}

static void check_parts(struct str message, struct arena *mem)
{
	const struct mime_part *root = mime_parts(message, mem), *last = root;
	size_t count = 0;
	for (const struct mime_part *p = root; p; p = mime_next(p, root)) {
		check_part(p, count++, mem);
		last = p;
	}
	FUZZ_CHECK(count <= MIME_MAX_PARTS + 1);
	struct str body;
	if (last && last != root && mime_replace(last, STR_LIT("X: y\n\nnew\n"), mem, &body))
		FUZZ_CHECK(str_ifind(body, STR_LIT("new")) < body.n);
}

/* What is read without GMime is what it would read. */
static void check_plain(struct str message, struct arena *mem)
{
	bool plain;
	FUZZ_CHECK(mime_unavailable() || !mime_same_message(message, &plain, mem));
}

/* What we encode comes back, but for control characters, which become blanks. */
static void check_encoded(struct str text, struct arena *mem)
{
	struct header h = {.value = encoded_word_value(text, 7, mem)};
	if (!utf8_valid(text))
		return;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return;
	struct str back = mime_decode(message_header_text(&h, mem), mem);
	if (str_ifind(text, STR_LIT("=?")) == text.n && !mime_unavailable())
		FUZZ_CHECK(str_eq(str_trim(back), str_trim(text)));
}

static void run(struct str input, struct arena *mem)
{
	struct str parameter;
	check_parts(input, mem);
	check_plain(input, mem);
	(void)mime_decode(input, mem);
	if (mime_parameter(input, STR_LIT("name"), mem, &parameter))
		FUZZ_CHECK(utf8_valid(parameter));
	(void)mime_field_type(input);
	if (input.n < 4096)
		check_encoded(input, mem);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(fuzz_repeat(mem, STR_LIT("=?utf-8?q?a?= "), 300));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("Content-Type: message/rfc822\n\n"), 50));
	fuzz_seed(fuzz_repeat(
		mem, STR_LIT("Content-Type: multipart/mixed; boundary=b\n\n--b\n"), 50));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 600};

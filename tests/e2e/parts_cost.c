/*
 * What hostile input costs: parts_cost CASE N does the work of the case on N bytes, or as many
 * pieces as fill N bytes, and prints the memory that it took. tests/e2e/parts-cost.sh counts its
 * instructions, in valgrind, at n and 2n.
 */
#include "base/address.h"
#include "base/buf.h"
#include "base/encoded_word.h"
#include "base/html.h"
#include "base/mime.h"
#include "base/mime_field.h"
#include "base/wild.h"
#include "filters/attachments.h"
#include "mda/conf/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * PIECE repeated between BEFORE and AFTER to at least N bytes. A BEL in it is replaced by a number
 * that grows.
 */
struct input {
	const char *before, *piece, *after;
};

static void add_piece(struct buf *to, const char *piece, size_t number)
{
	for (; *piece; piece++)
		if (*piece == '\a')
			buf_fmt(to, "%zu", number);
		else
			buf_byte(to, *piece);
}

static struct str make(const struct input *in, size_t n, struct arena *mem)
{
	struct buf b = {0};
	buf_text(&b, in->before);
	for (size_t i = 0; b.n < n; i++)
		add_piece(&b, in->piece, i);
	buf_text(&b, in->after);
	struct str s = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return s;
}

/* ---- the work ---- */

static void read_html(struct str s, struct arena *mem)
{
	(void)html_text(s, mem);
}

static void read_message(struct str s, struct arena *mem)
{
	struct err err;
	struct message *m = message_borrow(s, &err);
	for (size_t i = 0; m && i < message_header_count(m); i++)
		(void)message_header_text(message_header(m, i), mem);
	message_free(m);
}

static void judge_attachments(struct str s, struct arena *mem)
{
	struct err err;
	struct verdict v;
	struct str pattern = STR_LIT("*.exe");
	const struct str_list patterns = {&pattern, 1};
	struct message *m = message_borrow(s, &err);
	verdict_init(&v, mem, 10);
	if (m)
		attachments_judge(&patterns, m, &v);
	message_free(m);
}

static void read_parts(struct str s, struct arena *mem)
{
	const struct mime_part *root = mime_parts(s, mem);
	for (const struct mime_part *p = root; p; p = mime_next(p, root))
		(void)mime_content(p, mem);
}

static void read_parameter(struct str s, struct arena *mem)
{
	struct str value;
	struct str_list all = {0};
	const struct mime_field f = mime_field_read(s, mem);
	(void)mime_field_parameter(&f, STR_LIT("filename"), mem, &value);
	(void)mime_field_readings(&f, STR_LIT("filename"), mem, &all);
}

static void decode(struct str s, struct arena *mem)
{
	(void)mime_decode(s, mem);
}

static void read_addresses(struct str s, struct arena *mem)
{
	(void)address_parse_list(s, mem);
}

static void encode(struct str s, struct arena *mem)
{
	(void)encoded_word_value(s, 10, mem);
}

/* Of an entry of a list, or a pattern of attachments_refuse. */
static void match_text(struct str s, struct arena *mem)
{
	struct buf pattern = {0};
	(void)mem;
	for (int i = 0; i < 100; i++)
		buf_text(&pattern, "*a");
	buf_text(&pattern, "*b");
	(void)wild_match(buf_str(&pattern), s);
	buf_free(&pattern);
}

static void match_pattern(struct str s, struct arena *mem)
{
	struct buf text = {0};
	(void)mem;
	for (int i = 0; i < 998; i++)
		buf_byte(&text, 'a');
	(void)wild_match(s, buf_str(&text));
	buf_free(&text);
}

static const char *file_of(struct str s, struct arena *mem)
{
	int fd = memfd_create("mda.conf", MFD_CLOEXEC);
	if (fd < 0 || write(fd, s.p, s.n) != (ssize_t)s.n)
		exit(1);
	return arena_fmt(mem, "/proc/self/fd/%d", fd).p;
}

static void read_conf(struct str s, struct arena *mem)
{
	struct err err;
	struct str_list domains, addresses;
	struct conf_file *file = conf_load(file_of(s, mem), mem, &err);
	if (!file)
		return;
	(void)conf_check(file, &err);
	(void)conf_for(file, STR_LIT("u1@d1.test"), mem, &err);
	conf_titles(file, &domains, &addresses, mem);
}

/* ---- the cases ---- */

#define HEAD      "From: a@b.test\nMIME-Version: 1.0\n"
#define MULTIPART HEAD "Content-Type: multipart/mixed; boundary=b\n\n"

#define PART MULTIPART "--b\n"

static const struct test_case {
	const char *name;
	void (*work)(struct str s, struct arena *mem);
	struct input input;
} cases[] = {
	{"html-less-than", read_html, {"", "<", ""}},
	{"html-tag", read_html, {"", "<a ", ""}},
	{"html-quote", read_html, {"", "<a b=\"", ""}},
	{"html-comment", read_html, {"", "<!-- <script>", ""}},
	{"html-reference", read_html, {"", "&#x", ""}},
	{"html-end", read_html, {"", "</", ""}},
	{"header-fields", read_message, {HEAD, "X: y\n", "\nbody\n"}},
	{"header-folds", read_message, {HEAD "X: y", "\n z", "\n\nbody\n"}},
	{"header-no-fields", read_message, {HEAD, "x\n", "\nbody\n"}},
	{"parts-empty", read_parts, {MULTIPART, "--b\n\n\n", "--b--\n"}},
	{"parts-boundaries", read_parts, {MULTIPART "--b\n\n", "--\n", "--b--\n"}},
	{"parts-messages", read_parts, {HEAD, "Content-Type: message/rfc822\n\n", "\nx\n"}},
	{"parts-nested", read_parts,
		{HEAD, "Content-Type: multipart/mixed; boundary=b\n\n--b\n", "\nx\n"}},
	{"parts-nested-deep", read_parts,
		{HEAD, "Content-Type: multipart/mixed; boundary=b\n\n--b\n", "\nx\n"}},
	{"parts-boundaries-deep", read_parts,
		{HEAD, "Content-Type: multipart/mixed; boundary=bb\n\n--b\n--bb\n", "\nx\n"}},
	{"parts-boundary-long", read_parts,
		{HEAD "Content-Type: multipart/mixed; boundary=", "b", "\n\n--b\n\nx\n"}},
	{"parts-parameters", read_parts, {PART "Content-Type: a/b", "; c=d", "\n\nx\n--b--\n"}},
	{"parts-pieces", read_parts, {PART "Content-Type: a/b", "; c*1*=%41", "\n\nx\n--b--\n"}},
	{"parts-semicolons", read_parts, {PART "Content-Type: a/b", ";", "\n\nx\n--b--\n"}},
	{"parts-comments", read_parts, {PART "Content-Type: a/b", "(", "\n\nx\n--b--\n"}},
	{"parts-comments-closed", read_parts,
		{PART "Content-Type: a/b; c=d", "(a)", "\n\nx\n--b--\n"}},
	{"parts-words", read_parts,
		{PART "Content-Disposition: a; filename=\"", "=?utf-8?q?a?= ", "\"\n\nx\n"}},
	{"parts-addresses", read_parts, {HEAD "To: ", "a@b.test, ", "\n\nx\n"}},
	{"parts-digest", read_parts,
		{HEAD "Content-Type: multipart/digest; boundary=b\n\n", "--b\n\nX: y\n\n", ""}},
	{"parts-fields", read_parts, {MULTIPART "--b\n", "X: y\n", "\nx\n--b--\n"}},
	{"attachments-empty", judge_attachments, {MULTIPART, "--b\n\n\n", "--b--\n"}},
	{"attachments-named", judge_attachments,
		{MULTIPART, "--b\nContent-Disposition: a; filename=a.txt\n\nx\n", "--b--\n"}},
	{"attachments-types", judge_attachments,
		{MULTIPART "--b\n", "Content-Type: text/plain\n", "\nx\n--b--\n"}},
	{"attachments-dispositions", judge_attachments,
		{MULTIPART "--b\n", "Content-Disposition: a; filename=a.txt\n", "\nx\n--b--\n"}},
	{"attachments-begin", judge_attachments, {HEAD "\n", "begin 644 a\n", ""}},
	{"attachments-zip", judge_attachments,
		{HEAD "Content-Type: application/zip\n\nPK\003\004", "PK\001\002", ""}},
	{"parameter-pieces", read_parameter, {"a/b", "; filename*1=x", ""}},
	{"parameter-many", read_parameter, {"a/b", "; filename=x", ""}},
	{"parameter-long", read_parameter, {"a/b; filename=", "x%41 ", ""}},
	{"parameter-comments", read_parameter, {"a/b; filename=x", "(", ""}},
	{"parameter-comments-closed", read_parameter, {"a/b; filename=x", "(a)", ""}},
	{"parameter-quotes", read_parameter, {"a/b; filename=x", "\"", ""}},
	{"parameter-escapes", read_parameter, {"a/b; filename=\"", "\\", ""}},
	{"words", decode, {"", "=?utf-8?q?a?= ", ""}},
	{"words-open", decode, {"", "=?utf-8?q?a", ""}},
	{"words-marks", decode, {"", "=?", ""}},
	{"addresses", read_addresses, {"", "a@b.test,", ""}},
	{"addresses-comments", read_addresses, {"a@b.test ", "(", ""}},
	{"addresses-closed", read_addresses, {"a@b.test ", "()", ""}},
	{"addresses-quotes", read_addresses, {"", "\"", ""}},
	{"addresses-angles", read_addresses, {"", "<", ""}},
	{"addresses-ats", read_addresses, {"", "a@", ""}},
	{"addresses-colons", read_addresses, {"", "a:", ""}},
	{"addresses-dots", read_addresses, {"", "a.", ""}},
	{"addresses-brackets", read_addresses, {"", "[", ""}},
	{"encode", encode, {"", "\303\244", ""}},
	{"encode-blanks", encode, {"", "a ", ""}},
	{"wild-text", match_text, {"", "a", ""}},
	{"wild-stars", match_pattern, {"", "*a", "*b"}},
	{"wild-marks", match_pattern, {"*", "a?", "b"}},
	{"conf-addresses", read_conf, {"", "address \"u\a@d\a.test\" {\n label = no\n}\n", ""}},
	{"conf-domains", read_conf, {"", "domain \"d\a.test\" {\n label = no\n}\n", ""}},
	{"conf-organizations", read_conf,
		{"", "organization \"o\a\" {\n domains = { \"d\a.test\" }\n}\n", ""}},
	{"conf-organization", read_conf,
		{"organization \"o\" {\n domains = { \"a.test\"", ", \"d\a.test\"", " }\n}\n"}},
	{"conf-keys", read_conf, {"", "label = no\n", ""}},
	{"conf-keys-within", read_conf, {"address \"u1@d1.test\" {\n", "label = no\n", "}\n"}},
	{"conf-list", read_conf, {"scripts_user = { \"a\"", ", \"b\a\"", " }\n"}},
	{"conf-list-wrong", read_conf,
		{"attachments_refuse = { \"a\"", ", \"b\a\"", ", \"/\" }\n"}},
	{"conf-list-grows", read_conf, {"", "scripts_user += { \"a\a\" }\n", ""}},
	{"conf-string", read_conf, {"junk_folder = \"", "a", "\"\n"}},
	{"conf-string-escapes", read_conf, {"junk_folder = \"", "\\x41\\\"", "\"\n"}},
	{"conf-string-variables", read_conf, {"junk_folder = \"", "${A:-b}", "\"\n"}},
	{"conf-string-open", read_conf, {"junk_folder = \"", "${", "\"\n"}},
	{"conf-string-quotes", read_conf, {"junk_folder = ", "'${", "\"}\n"}},
	{"conf-variables", read_conf, {"address \"u1@d1.test\" {\n", "label = ${A:-no}\n", "}\n"}},
	{"conf-comments", read_conf, {"", "/* a */ // b\n# c\n", ""}},
	{"conf-comments-open", read_conf, {"label = no /*", "/*", ""}},
	{"conf-braces", read_conf, {"address \"u1@d1.test\" {\n", "{", ""}},
	{"conf-braces-closed", read_conf, {"address \"u1@d1.test\" {\n", "{ } ", "}\n"}},
	{"conf-word", read_conf, {"label = ", "a", "\n"}},
	{"conf-unknown", read_conf, {"", "a", " = b\n"}},
	{"conf-lines", read_conf, {"", "\n", "}"}},
};

static long memory_in_kb(void)
{
	struct rusage usage;
	return getrusage(RUSAGE_SELF, &usage) < 0 ? 0 : usage.ru_maxrss;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < sizeof cases / sizeof *cases; i++)
		puts(cases[i].name);
	for (size_t i = 0; argc == 3 && i < sizeof cases / sizeof *cases; i++) {
		if (strcmp(cases[i].name, argv[1]) != 0)
			continue;
		struct arena *mem = arena_new();
		/* Loading GMime is a cost of starting, whether the input needs it or not. */
		(void)mime_parts(STR_LIT("From: a\r\n\r\n"), mem);
		struct str s = make(&cases[i].input, strtoul(argv[2], NULL, 10), mem);
		long before = memory_in_kb();
		cases[i].work(s, mem);
		printf("bytes %zu memory %ld KB\n", s.n, memory_in_kb() - before);
		arena_free(mem);
		return 0;
	}
	return argc != 1;
}

/*
 * Addresses of headers and envelopes: what was read is within what was written, and reads the same
 * again.
 */
#include "base/address.h"

#include "base/idn.h"
#include "base/utf8.h"
#include "tests/fuzz/fuzz.h"

static const char *const words[] = {"a@b.test", "Ann <ann@b.test>", "\"A, B\" <a@b.test>, ", "(",
	")", "(c)", "\"", "\\", "<", ">", ",", ";", "Group: a@b, c@d;", "@a,@b:", "[127.0.0.1]",
	"[IPv6:::1]", ".", "=?utf-8?q?=C3=A9?=", "\xc3\xa9", "xn--", "\r\n ", "\xef\xbc\x8e", NULL};

/* An address that is one is the same one when its comparable form is read. */
static void check_again(const struct address *a, struct arena *mem)
{
	struct address again = address_parse_envelope(a->spec, mem);
	FUZZ_CHECK(!again.invalid);
	FUZZ_CHECK(str_eq(again.spec, a->spec));
	FUZZ_CHECK(str_eq(address_key(&again, mem), address_key(a, mem)));
}

static void check_one(const struct address *a, struct arena *mem)
{
	struct str user, detail;
	(void)address_key(a, mem);
	address_split_detail(a->local, STR_LIT("+-"), &user, &detail);
	FUZZ_CHECK(user.n + detail.n <= a->local.n && (user.n > 0 || a->local.n == 0));
	/* MTAs pass on local parts in other charsets as they are; in quotes nobody reads those. */
	if (!a->invalid && a->domain.n && utf8_valid(a->spec))
		check_again(a, mem);
}

static void run(struct str input, struct arena *mem)
{
	struct address_list list = address_parse_list(input, mem);
	size_t bytes = 0;
	FUZZ_CHECK(list.count <= ADDRESS_MAX_ITEMS);
	for (size_t i = 0; i < list.count; i++) {
		bytes += list.items[i].local.n + list.items[i].domain.n;
		check_one(&list.items[i], mem);
	}
	FUZZ_CHECK(bytes <= input.n || list.malformed);
	if (!address_list_is_ambiguous(&list))
		FUZZ_CHECK(list.count == 1 && !list.malformed && list.items[0].domain.n);
	struct address envelope = address_parse_envelope(input, mem);
	check_one(&envelope, mem);
	struct str domain = idn_domain(input, mem);
	FUZZ_CHECK(str_eq(idn_domain(domain, mem), domain) || !idn_exact(input));
	(void)idn_unicode(input, mem);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(fuzz_repeat(mem, STR_LIT("a@b.test, "), 500));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("("), 500));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("\"a\" "), 500));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("<a@"), 500));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 1500};

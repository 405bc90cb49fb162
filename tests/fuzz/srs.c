/*
 * SRS addresses: what we make comes back, nobody without the key makes one, and what is an address
 * stays one.
 */
#include "mda/outgoing/srs.h"

#include "base/address.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { NOW = 1795000000, DAY = 24 * 3600 };

static const char *const words[] = {"SRS0=", "SRS1=", "abcdef=", "ab=", "example.org=ann",
	"@example.net", "==", "=", "@", "+", "-", "\xff", "\"", NULL};

static void run(struct str input, struct arena *mem)
{
	struct stamp_key key = {.id = STR_LIT("k")};
	memset(key.secret.bytes, 3, sizeof key.secret.bytes);
	struct stamp_keys known = {.items = &key, .count = 1};
	struct str sender = fuzz_field(&input), domain = STR_LIT("example.net"), made, back;
	const char *why = NULL;
	bool forged = srs_reverse(input, &known, NOW, mem, &back, &why);
	FUZZ_CHECK(!forged && why);
	if (!srs_forward(sender, domain, &key, NOW, mem, &made) || str_eq(made, sender))
		return;
	FUZZ_CHECK(srs_is_one(made) && made.n < 300);
	FUZZ_CHECK(srs_reverse(made, &known, NOW + SRS_DAYS * DAY, mem, &back, &why) ||
		   srs_is_one(sender));
	if (!srs_is_one(sender)) {
		FUZZ_CHECK(str_eq(back, sender));
		FUZZ_CHECK(
			!srs_reverse(made, &known, NOW + (SRS_DAYS + 2) * DAY, mem, &back, &why));
	}
	/* MTAs change the case of addresses. */
	FUZZ_CHECK(srs_reverse(arena_lower(mem, made), &known, NOW, mem, &back, &why) ||
		   srs_is_one(sender));
	struct address a = address_parse_envelope(sender, mem);
	if (!a.invalid && str_eq(a.spec, sender))
		FUZZ_CHECK(!address_parse_envelope(made, mem).invalid);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(STR_LIT("ann@example.org\xff"
			  "SRS0=abcdef=ab=example.org=ann@example.net"));
	fuzz_seed(STR_LIT("SRS0=abcdef=ab=example.org=ann@example.com\xff"
			  "SRS1=abcdef=example.org==x=y=z@example.net"));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("SRS1="), 100));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 60000};

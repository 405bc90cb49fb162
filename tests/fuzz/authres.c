/* Authentication-Results: the grammar alone, and what a message that bears them is worth. */
#include "filters/authres.h"
#include "filters/authres_parse.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const words[] = {"mx.example.org", "; dkim=pass header.d=example.org",
	"; spf=fail smtp.mailfrom=a@b.test", "; dmarc=pass (p=none) header.from=example.org",
	"; none", "(", ")", "\"", "\\", "=", ";", " 1", "reason=\"x\"", "\r\n ", ".", "/1",
	"\nAuthentication-Results: ", "\nReceived: by x;\n", NULL};

static void check_field(const struct authres_field *f)
{
	FUZZ_CHECK(f->item_count <= AUTHRES_ITEMS_MOST);
	for (size_t i = 0; i < f->item_count; i++) {
		FUZZ_CHECK(f->items[i].property_count <= AUTHRES_PROPERTIES_MOST);
		(void)authres_property(&f->items[i], "header", "d");
	}
}

static bool forged_pass(const struct auth *a)
{
	return a->dmarc == AUTH_PASS || a->arc == AUTH_PASS || a->dkim == AUTH_PASS ||
	       a->spf == AUTH_PASS;
}

/* Within a message: a field that is not ours never says anything. */
static void judge(struct str value, const char *id, struct arena *mem)
{
	struct str ids[] = {str_of(id)};
	const struct str_list list = {ids, 1};
	const struct authres_conf conf = {.ids = &list, .own_received = 1};
	struct str text = arena_fmt(mem,
		"Received: by us; x\nAuthentication-Results: " STR_FMT
		"\nFrom: Ann <ann@example.org>\n\nbody\n",
		STR_ARGS(value));
	struct verdict v;
	struct err err;
	struct message *msg = message_borrow(text, &err);
	if (!msg)
		return;
	verdict_init(&v, mem, message_header_count(msg));
	authres_judge(&conf, msg, STR_LIT("ann@example.org"), &v);
	(void)authres_text(&v.auth, mem);
	if (v.auth.by.n)
		FUZZ_CHECK(str_ieq(v.auth.by, ids[0]));
	else
		FUZZ_CHECK(!forged_pass(&v.auth));
	if (!authres_doubt(&conf, &v))
		FUZZ_CHECK(v.auth.dmarc != AUTH_FAIL);
	message_free(msg);
}

static void run(struct str input, struct arena *mem)
{
	struct authres_field field;
	const char *why = NULL;
	if (authres_parse(input, mem, &field, &why))
		check_field(&field);
	else
		FUZZ_CHECK(why && *why);
	judge(input, "mx.example.org", mem);
	/* No sender can know this one. */
	if (str_ifind(input, STR_LIT("c4f1")) == input.n)
		judge(input, "c4f1.example.org", mem);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(STR_LIT("mx.example.org 1; dkim=pass (2048-bit key; \"x\") header.d=example.org "
			  "header.i=@example.org;\n"
			  "\tspf=pass smtp.mailfrom=ann@example.org; dmarc=pass (p=REJECT) "
			  "header.from=example.org; arc=none"));
	fuzz_seed(STR_LIT("\"mx.example.org\"; none"));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("("), 300));
	fuzz_seed(arena_fmt(mem, "mx.example.org" STR_FMT,
		STR_ARGS(fuzz_repeat(mem, STR_LIT("; spf=pass a.b=c"), 90))));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 3500};

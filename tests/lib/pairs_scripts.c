/*
 * Scripts in addition to the one that is tested: those that it includes, and those that run before
 * and after it.
 */
#include "tests/lib/pairs_inside.h"

const char *const pair_included[PAIR_INCLUDED] = {"one", "two"};

void pair_include(struct pair *p)
{
	static const char *const tags[] = {
		"", ":personal ", ":once ", ":optional ", ":personal :once "};
	/* A second time makes sieve-test crash. */
	bool missing = (p->is_included || one_in(p, 6)) && !p->misses;
	if (missing) {
		p->misses = true;
		put(p, "include :optional \"nothing\";");
		return;
	}
	if (p->is_included || !p->includes) {
		put(p, "keep;");
		p->kept = true;
		return;
	}
	put(p, "include ");
	put(p, ONE_OF(p, tags));
	put_string(p, ONE_OF(p, pair_included));
	put(p, ";");
}

/* Takes what was written as the script. */
static void move(struct pair *p, struct buf *to)
{
	struct buf empty = *to;
	*to = p->script;
	p->script = empty;
	buf_clear(&p->script);
}

/*
 * A script that is included twice answers twice, an error that the two find at different times.
 * With several scripts, half of them include nothing: flags after a keep are not used there, and it
 * is unknown when another script has kept.
 */
void pair_make_included(struct pair *p)
{
	p->includes = !p->is_one_of_several || one_in(p, 2);
	if (!p->includes)
		return;
	p->kept = true;
	for (size_t i = 0; i < PAIR_INCLUDED; i++) {
		p->answered = p->notified = true;
		pair_require(p);
		put(p, one_in(p, 2) ? "set \"g\" \"${g}x\";\n" : "");
		/* No circles. */
		if (i > 0 && one_in(p, 2))
			buf_fmt(&p->script, "include \"%s\";\n", pair_included[i - 1]);
		p->is_included = true;
		pair_commands(p, 1 + below(p, 2));
		p->is_included = false;
		put(p, one_in(p, 3) ? "return;\n" : "");
		put(p, one_in(p, 4) && !p->is_one_of_several ? "addflag \"$Included\";\n" : "");
		move(p, &p->included[i]);
	}
	p->answered = p->notified = false;
}

/* Flags, changes and copies; the message is kept. */
static void make_other(struct pair *p, const char *folder)
{
	pair_require(p);
	if (one_in(p, 2))
		buf_fmt(&p->script, "%s \"%s\";\n", one_in(p, 2) ? "addflag" : "setflag",
			one_in(p, 2) ? "$Other" : "\\\\Seen work");
	if (one_in(p, 3)) {
		pair_edit(p);
		put(p, "\n");
	}
	if (one_in(p, 2))
		buf_fmt(&p->script, "if exists \"%s\" { fileinto :copy \"%s\"; }\n",
			pair_text_header(p), folder);
	if (one_in(p, 3))
		put(p, "if hasflag \"work\" { removeflag \"work\"; }\n");
}

void pair_make_others(struct pair *p)
{
	if (!one_in(p, 3))
		return;
	p->is_one_of_several = true;
	make_other(p, "Front");
	move(p, &p->before);
	make_other(p, "Behind");
	move(p, &p->after);
}

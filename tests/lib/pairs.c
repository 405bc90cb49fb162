#include "tests/lib/pairs_inside.h"

/* ---- words of scripts ---- */

static const char *const patterns[] = {"*", "*hello*", "?ello", "*list*", "h*o", "*o*o*", "a?c",
	"??", "*b", "a*", "[list]*", "*score=?", "re:*", "*.example", "*@*", "j*@*.*", "*a*b*c*"};
static const char *const full_patterns[] = {
	"\\\\*", "*\\\\*", "what\\\\?", "*\xc3\xbc*", "?r??e", "", "**", "*?", "a\\\\\\\\*"};
static const char *const addresses[] = {"joe@a.example", "ann@b.example", "Joe@A.Example",
	"joe+shop@a.example", "boss@mail.b.example", "root@c.example", "j.d@a.example"};
/* The last one, where keep may store, has its own flags in every implementation. */
static const char *const folders[] = {"A", "B", "Lists", "Work/Old", "x y", "Copies", "INBOX"};
static const char *const date_parts[] = {"year", "month", "day", "date", "julian", "hour", "minute",
	"second", "time", "iso8601", "zone", "weekday"};
static const char *const date_keys[] = {"2026", "11", "23", "2026-11-23", "61367", "23", "30", "05",
	"23:30:05", "2027-01-01T00:00:00Z", "+0000", "0", "1", "00", "12", "01", "1970", "-0530"};
static const char *const zones[] = {
	"", ":zone \"+0000\" ", ":zone \"-0800\" ", ":zone \"+0545\" ", ":originalzone "};
static const char *const modifiers[] = {"", "", ":lower ", ":upper ", ":upperfirst ", ":length ",
	":lowerfirst :upper ", ":quotewildcard ", ":length :quotewildcard "};
/* The first three are in RFC 3028. */
static const char *const parts[] = {":all", ":localpart", ":domain", ":user", ":detail"};

static const char *pattern(struct pair *p)
{
	return is_full(p) && one_in(p, 4) ? ONE_OF(p, full_patterns) : ONE_OF(p, patterns);
}

/* ---- the script ---- */

/* A string, or a list of up to three. */
void put_strings(struct pair *p, const char *(*choose)(struct pair *p))
{
	size_t n = one_in(p, 2) ? 1 : 1 + below(p, 3);
	if (n == 1 && one_in(p, 2)) {
		put_string(p, choose(p));
		return;
	}
	put(p, "[");
	for (size_t i = 0; i < n; i++) {
		put(p, i ? ", " : "");
		put_string(p, choose(p));
	}
	put(p, "]");
}

static const char *any_header(struct pair *p)
{
	return one_in(p, 2) ? pair_text_header(p) : pair_address_header(p);
}

static const char *address_key(struct pair *p)
{
	static const char *const keys[] = {"joe", "ann", "a.example", "b.example", "Mail.B.example",
		"joe@a.example", "ANN@b.example", "example", "root", "j.d", "+shop", "@", "shop"};
	return ONE_OF(p, keys);
}

/* Only digits: both agree about them. Anything else is infinity (RFC 4790 section 9.1). */
static const char *number(struct pair *p)
{
	static const char *const keys[] = {"0", "5", "7", "12", "100", "007"};
	return ONE_OF(p, keys);
}

static const char *choose_comparator(struct pair *p)
{
	if (one_in(p, 2) && !p->names_comparator)
		return "";
	return one_in(p, 2) ? ":comparator \"i;octet\" " : ":comparator \"i;ascii-casemap\" ";
}

/* A match type, a comparator (in either order), and the function that makes keys for them. */
static const char *(*put_matching(
	struct pair *p, const char *(*plain)(struct pair *p), bool countable))(struct pair *p)
{
	static const char *const types[] = {"", ":is ", ":contains ", ":matches "};
	static const char *const orders[] = {":value \"gt\" ", ":value \"ge\" ", ":value \"lt\" ",
		":value \"le\" ", ":value \"eq\" ", ":value \"ne\" "};
	if (is_full(p) && one_in(p, 6)) {
		put(p, one_in(p, 2) ? ONE_OF(p, orders) : ":is ");
		put(p, ":comparator \"i;ascii-numeric\" ");
		return number;
	}
	if (is_full(p) && countable && one_in(p, 8)) {
		static const char *const counts[] = {
			":count \"gt\" ", ":count \"eq\" ", ":count \"le\" ", ":count \"ne\" "};
		put(p, ONE_OF(p, counts));
		put(p, ":comparator \"i;ascii-numeric\" ");
		return number;
	}
	const char *type = ONE_OF(p, types), *comparator = choose_comparator(p);
	bool swapped = one_in(p, 2);
	put(p, swapped ? comparator : type);
	put(p, swapped ? type : comparator);
	return type[0] && type[1] == 'm' ? pattern : plain;
}

/* It is followed by one name, without :count: Pigeonhole does not count from the end like that. */
static bool put_index(struct pair *p)
{
	if (!is_full(p) || !one_in(p, 6))
		return false;
	buf_fmt(&p->script, ":index %zu ", 1 + below(p, 3));
	put(p, one_in(p, 3) ? ":last " : "");
	return true;
}

static const char *date_key(struct pair *p)
{
	return ONE_OF(p, date_keys);
}

static void date_test(struct pair *p)
{
	put(p, "date ");
	put(p, ONE_OF(p, zones));
	const char *(*key)(struct pair *) = put_matching(p, date_key, true);
	put(p, one_in(p, 2) ? "\"date\" " : "\"received\" ");
	put_string(p, ONE_OF(p, date_parts));
	put(p, " ");
	put_strings(p, key);
}

static void header_test(struct pair *p)
{
	put(p, "header ");
	bool one = put_index(p);
	const char *(*key)(struct pair *) = put_matching(p, pair_text, !one);
	if (one)
		put_string(p, pair_text_header(p));
	else
		put_strings(p, one_in(p, 4) && is_full(p) ? any_header : pair_text_header);
	put(p, " ");
	put_strings(p, key);
}

/*
 * An address without detail counts for one and not for the other, so :detail is not used with
 * :count.
 */
static const char *(*put_part_and_matching(struct pair *p, bool countable))(struct pair *p)
{
	size_t part = one_in(p, 2) ? below(p, is_full(p) ? COUNT(parts) : 3) : 0;
	if (part || one_in(p, 2)) {
		put(p, parts[part]);
		put(p, " ");
	}
	return put_matching(p, address_key, countable && part != COUNT(parts) - 1);
}

static void address_test(struct pair *p)
{
	put(p, "address ");
	bool one = put_index(p);
	const char *(*key)(struct pair *) = put_part_and_matching(p, !one);
	if (one)
		put_string(p, pair_address_header(p));
	else
		put_strings(p, pair_address_header);
	put(p, " ");
	put_strings(p, key);
}

static void envelope_test(struct pair *p)
{
	put(p, "envelope ");
	const char *(*key)(struct pair *) = put_part_and_matching(p, true);
	put(p, one_in(p, 2) ? "\"from\" " : "\"to\" ");
	put_strings(p, key);
}

static void size_test(struct pair *p)
{
	buf_fmt(&p->script, "size %s ", one_in(p, 2) ? ":over" : ":under");
	if (one_in(p, 3))
		put(p, one_in(p, 2) ? "1K" : "2k");
	else
		buf_fmt(&p->script, "%zu", below(p, 3000));
}

static void exists_test(struct pair *p)
{
	put(p, "exists ");
	put_strings(p, any_header);
}

/* Without a comparator, Pigeonhole uses i;octet. */
static void string_test(struct pair *p)
{
	put(p, "string ");
	p->names_comparator = true;
	const char *(*key)(struct pair *) = put_matching(p, pair_text, true);
	p->names_comparator = false;
	put_strings(p, pair_text);
	put(p, " ");
	put_strings(p, key);
}

static void make_test(struct pair *p, unsigned depth);

static void list_test(struct pair *p, unsigned depth)
{
	size_t n = 1 + below(p, 3);
	put(p, one_in(p, 2) ? "allof (" : "anyof (");
	for (size_t i = 0; i < n; i++) {
		put(p, i ? ", " : "");
		make_test(p, depth + 1);
	}
	put(p, ")");
}

static void make_test(struct pair *p, unsigned depth)
{
	static void (*const simple[])(struct pair *) = {header_test, header_test, header_test,
		address_test, address_test, envelope_test, size_test, exists_test, string_test,
		date_test, pair_body_test, pair_mime_test, pair_regex_test, pair_small_test};
	if (depth < 3 && one_in(p, 5)) {
		list_test(p, depth);
	} else if (depth < 3 && one_in(p, 6)) {
		put(p, "not ");
		make_test(p, depth + 1);
	} else if (one_in(p, 20) && (depth == 0 || !is_full(p))) {
		/*
		 * In lists, Pigeonhole skips the tests before a constant, and what they would
		 * capture.
		 */
		put(p, one_in(p, 2) ? "true" : "false");
	} else {
		simple[below(p, COUNT(simple) - (is_full(p) ? 0 : 6))](p);
	}
}

static const char *flag(struct pair *p)
{
	static const char *const flags[] = {
		"\\\\Seen", "\\\\Flagged", "work", "$Label1", "\\\\Answered"};
	return ONE_OF(p, flags);
}

static void put_flags(struct pair *p)
{
	if (!is_full(p) || !one_in(p, 4))
		return;
	put(p, ":flags ");
	put_strings(p, flag);
	put(p, " ");
}

/*
 * For Pigeonhole, a copy and a store into the same folder are one action, and do not cancel the
 * implicit keep.
 */
static bool is_for_copies(size_t choice)
{
	return choice % 3 == 2;
}

static void fileinto_action(struct pair *p)
{
	size_t choice = below(p, COUNT(folders) - is_full(p));
	put(p, "fileinto ");
	if (is_full(p) && is_for_copies(choice))
		put(p, ":copy ");
	put_flags(p);
	if (is_full(p) && !is_for_copies(choice) && one_in(p, 4))
		buf_fmt(&p->script, "\"V/%s\"", pair_expressions[below(p, 9)]);
	else
		put_string(p, folders[choice]);
	put(p, ";");
}

/* More than four would exceed the limit of one of them. */
static void redirect_action(struct pair *p)
{
	size_t choice = below(p, COUNT(addresses));
	if (p->redirects++ >= 4) {
		put(p, "keep;");
		p->kept = true;
		return;
	}
	put(p, "redirect ");
	if (is_full(p) && is_for_copies(choice))
		put(p, ":copy ");
	put_string(p, addresses[choice]);
	put(p, ";");
}

static void make_action(struct pair *p)
{
	static const char *const flagging[] = {"setflag", "addflag", "removeflag"};
	switch (below(p, is_full(p) ? 17 : 8)) {
	case 0:
	case 1:
	case 2:
		fileinto_action(p);
		break;
	case 3:
	case 4:
		put(p, "keep ");
		/* Pigeonhole does not pass on the flags of an explicit keep. */
		if (!p->is_one_of_several)
			put_flags(p);
		put(p, ";");
		p->kept = true;
		break;
	case 5:
		redirect_action(p);
		break;
	case 6:
		put(p, "discard;");
		break;
	case 8:
	case 9:
		buf_fmt(&p->script, "set %s\"%s\" \"%s%s\";", ONE_OF(p, modifiers),
			one_in(p, 4)   ? "g"
			: one_in(p, 2) ? "a"
				       : "B",
			one_in(p, 2) ? pair_text(p) : "",
			pair_expressions[below(p, PAIR_EXPRESSIONS)]);
		break;
	case 7:
		/*
		 * Together with a keep, which another script decides about, it is not an error for
		 * Pigeonhole.
		 */
		put(p, one_in(p, 6) && !p->is_one_of_several ? "reject \"go away\";" : "stop;");
		break;
	case 10:
		pair_edit(p);
		break;
	case 11:
		pair_loop(p);
		break;
	case 12:
		pair_answer(p);
		break;
	case 13:
		pair_small_command(p);
		break;
	case 14:
		pair_include(p);
		break;
	default:
		/* Neither are those that are set after it. */
		if (p->is_one_of_several && p->kept) {
			put(p, "keep;");
			break;
		}
		put(p, ONE_OF(p, flagging));
		put(p, " ");
		put_strings(p, flag);
		put(p, ";");
	}
}

static void make_block(struct pair *p, unsigned depth);

static void make_if(struct pair *p, unsigned depth)
{
	put(p, "if ");
	make_test(p, 0);
	make_block(p, depth + 1);
	while (one_in(p, 3)) {
		put(p, " elsif ");
		make_test(p, 0);
		make_block(p, depth + 1);
	}
	if (one_in(p, 3)) {
		put(p, " else");
		make_block(p, depth + 1);
	}
}

static void make_commands(struct pair *p, unsigned depth, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (depth < 3 && !one_in(p, 3))
			make_if(p, depth);
		else
			make_action(p);
		put(p, is_full(p) && one_in(p, 10) ? " # a } comment\n/* { another\n*/" : "\n");
	}
}

static void make_block(struct pair *p, unsigned depth)
{
	put(p, " {\n");
	make_commands(p, depth, below(p, 3));
	put(p, "}");
}

void pair_require(struct pair *p)
{
	put(p, is_full(p)
			? "require [\"encoded-character\", \"variables\", \"date\", \"index\", "
			  "\"fileinto\", "
			  "\"reject\", \"envelope\", "
			  "\"copy\", "
			  "\"imap4flags\",\n\"subaddress\", \"relational\", "
			  "\"comparator-i;ascii-numeric\", \"body\", \"mime\", "
			  "\"foreverypart\",\n\"extracttext\", \"regex\", \"editheader\", "
			  "\"vacation\", \"enotify\", \"ihave\", \"environment\", "
			  "\"duplicate\",\n\"spamtestplus\", \"virustest\", "
			  "\"include\", \"mailbox\", \"vacation-seconds\", \"vnd.dovecot.debug\", "
			  "\"vnd.dovecot.environment\"];\n"
			: "require [\"fileinto\", \"reject\", \"envelope\"];\n");
	if (is_full(p))
		put(p, "global \"g\";\n");
}

void pair_commands(struct pair *p, size_t n)
{
	make_commands(p, 0, n);
}

/* ---- both ---- */

void pair_make(struct pair *p, enum pairs_dialect dialect, unsigned long seed, size_t number)
{
	static const char *const senders[] = {"joe@a.example", "Ann@B.example", "root@c.example"};
	buf_clear(&p->script);
	buf_clear(&p->message);
	p->dialect = dialect;
	p->redirects = 0;
	buf_clear(&p->before);
	buf_clear(&p->after);
	for (size_t i = 0; i < PAIR_INCLUDED; i++)
		buf_clear(&p->included[i]);
	p->answered = p->notified = p->edited = p->is_one_of_several = p->kept = p->misses =
		p->includes = false;
	p->chance = (uint64_t)seed * 0x100000001b3ULL + number;
	pair_make_message(p);
	p->env.sender = str_of(ONE_OF(p, senders));
	p->env.recipient = p->env.original_recipient = p->env.mailbox =
		str_of(ONE_OF(p, addresses));
	if (is_full(p)) {
		pair_make_others(p);
		pair_make_included(p);
	}
	pair_require(p);
	pair_commands(p, 1 + below(p, 5));
}

void pair_free(struct pair *p)
{
	buf_free(&p->script);
	buf_free(&p->message);
	buf_free(&p->before);
	buf_free(&p->after);
	for (size_t i = 0; i < PAIR_INCLUDED; i++)
		buf_free(&p->included[i]);
}

#include "filters/authres.h"

#include "base/address.h"
#include "base/idn.h"
#include "filters/authres_parse.h"

enum { FIELDS_MOST = 100 }; /* fields with our id; no MTA writes so many */

/* ---- results ---- */

static const struct {
	const char *word;
	enum auth_result result;
} words[] = {
	{"pass", AUTH_PASS},
	{"fail", AUTH_FAIL},
	{"hardfail", AUTH_FAIL},
	{"softfail", AUTH_FAIL},
	{"none", AUTH_NONE},
	{"neutral", AUTH_NONE},
	{"policy", AUTH_NONE},
	{"temperror", AUTH_ERROR},
	{"permerror", AUTH_ERROR},
};

bool authres_result(struct str word, enum auth_result *result)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!str_ieq(word, str_of(words[i].word)))
			continue;
		*result = words[i].result;
		return true;
	}
	return false;
}

/* An unknown word counts as no opinion. */
static enum auth_result result_of(struct str word)
{
	enum auth_result result;
	return authres_result(word, &result) ? result : AUTH_NONE;
}

static const char *const result_names[] = {[AUTH_ABSENT] = "",
	[AUTH_PASS] = "pass",
	[AUTH_NONE] = "none",
	[AUTH_ERROR] = "error",
	[AUTH_FAIL] = "fail"};

static void keep_worst(enum auth_result *kept, enum auth_result result)
{
	if (result > *kept)
		*kept = result;
}

/* A message may have many signatures; one that passes is enough. */
static void keep_passed(enum auth_result *kept, enum auth_result result)
{
	if (*kept != AUTH_PASS && (result == AUTH_PASS || result > *kept))
		*kept = result;
}

/* ---- whose domain it is ---- */

static bool is_below(struct str domain, struct str above)
{
	return domain.n > above.n && str_iends(domain, above) &&
	       domain.p[domain.n - above.n - 1] == '.';
}

static struct str domain_of(struct str value, struct arena *mem)
{
	if (value.n > 1 && value.p[0] == '<' && value.p[value.n - 1] == '>')
		value = str_slice(value, 1, value.n - 1);
	size_t at = str_rfind(value, '@');
	return idn_domain(at < value.n ? str_slice(value, at + 1, value.n) : value, mem);
}

/*
 * Which of two domains is the organization's cannot be determined without a list of public
 * suffixes, so one must contain the other.
 */
static bool is_aligned(struct str domain, struct str from, struct arena *mem)
{
	domain = domain_of(domain, mem);
	if (domain.n == 0 || from.n == 0 || str_find(domain, '.') == domain.n)
		return false;
	return str_eq(domain, from) || is_below(domain, from) || is_below(from, domain);
}

static struct str from_domain(const struct message *msg, struct arena *mem)
{
	const struct header *h = message_find(msg, STR_LIT("From"));
	if (!h)
		return STR_EMPTY;
	struct address_list list = address_parse_list(h->value, mem);
	return list.count ? idn_domain(list.items[0].domain, mem) : STR_EMPTY;
}

struct judge {
	const struct authres_conf *conf;
	const struct message *msg;
	struct verdict *v;
	struct str from;   /* the From's domain */
	struct str sender; /* the envelope sender's domain */
	/*
	 * of the HELO name; used when SPF has no result for the envelope sender (RFC 7208 section
	 * 2.4)
	 */
	enum auth_result helo;
};

static struct str dkim_domain(const struct authres_item *item)
{
	struct str d = authres_property(item, "header", "d");
	return d.n ? d : authres_property(item, "header", "i");
}

/* A pass for an unrelated domain says nothing about the author of this message. */
static enum auth_result about_from(
	const struct judge *j, enum auth_result result, struct str domain)
{
	return result != AUTH_PASS || is_aligned(domain, j->from, j->v->mem) ? result : AUTH_NONE;
}

static void take_dmarc(struct judge *j, const struct authres_item *item, enum auth_result result)
{
	struct str domain = authres_property(item, "header", "from");
	keep_worst(&j->v->auth.dmarc, domain.n ? about_from(j, result, domain) : result);
}

static void take_arc(struct judge *j, const struct authres_item *item, enum auth_result result)
{
	(void)item;
	keep_worst(&j->v->auth.arc, result);
}

static enum auth_result about_sender(
	const struct judge *j, enum auth_result result, struct str mailfrom)
{
	bool same = j->sender.n && str_eq(domain_of(mailfrom, j->v->mem), j->sender);
	return result != AUTH_PASS || same ? result : AUTH_NONE;
}

static void take_spf(struct judge *j, const struct authres_item *item, enum auth_result result)
{
	struct str sender = authres_property(item, "smtp", "mailfrom");
	struct str helo = authres_property(item, "smtp", "helo");
	bool is_helo = sender.n == 0 && helo.n != 0;
	if (!is_helo)
		keep_worst(&j->v->auth.sender, about_sender(j, result, sender));
	keep_worst(is_helo ? &j->helo : &j->v->auth.spf,
		about_from(j, result, is_helo ? helo : sender));
}

static void take_dkim(struct judge *j, const struct authres_item *item, enum auth_result result)
{
	keep_passed(&j->v->auth.dkim, about_from(j, result, dkim_domain(item)));
}

/* If the login is an address in another domain than the From's, it says nothing about the From. */
static void take_auth(struct judge *j, const struct authres_item *item, enum auth_result result)
{
	struct str login = authres_property(item, "smtp", "auth");
	bool is_address = str_find(login, '@') < login.n;
	if (result == AUTH_PASS && is_address)
		result = about_from(j, result, login);
	if (result == AUTH_PASS && login.n == 0)
		result = AUTH_NONE;
	keep_worst(&j->v->auth.submission, result);
}

static const struct {
	const char *name;
	void (*take)(struct judge *j, const struct authres_item *item, enum auth_result result);
} methods[] = {
	{"dmarc", take_dmarc},
	{"arc", take_arc},
	{"spf", take_spf},
	{"dkim", take_dkim},
	{"auth", take_auth},
};

static void take_item(struct judge *j, const struct authres_item *item)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (str_ieq(item->method, str_of(methods[i].name)))
			methods[i].take(j, item, result_of(item->result));
}

/* ---- which fields count ---- */

static bool is_ours(const struct authres_conf *conf, struct str id)
{
	for (size_t i = 0; i < conf->ids->count; i++)
		if (str_ieq(conf->ids->items[i], id))
			return true;
	return false;
}

/* A field that we cannot read may be readable for others, who then find our id in it. */
static bool mentions_us(const struct authres_conf *conf, struct str value)
{
	for (size_t i = 0; i < conf->ids->count; i++)
		if (str_ifind(value, conf->ids->items[i]) < value.n)
			return true;
	return false;
}

static void take_field(struct judge *j, size_t number, bool from_outside)
{
	const struct header *h = message_header(j->msg, number);
	struct authres_field field;
	const char *why;
	bool good = authres_parse(h->value, j->v->mem, &field, &why);
	if (good && !is_ours(j->conf, field.id))
		return;
	if (!good && !mentions_us(j->conf, h->value))
		return;
	if (!good || from_outside) {
		verdict_remove_field(j->v, number);
		j->v->auth.unreadable = j->v->auth.unreadable || !from_outside;
		verdict_note(j->v,
			"an Authentication-Results field that our MTA did not add is removed: %s",
			good ? "it came from outside" : why);
		return;
	}
	j->v->auth.by = field.id;
	for (size_t i = 0; i < field.item_count; i++)
		take_item(j, &field.items[i]);
}

/* The number of the last Received field of our own servers. 0: no field above it can count. */
static size_t border(const struct authres_conf *conf, const struct message *msg)
{
	size_t next = 0, last = 0;
	for (size_t i = 0; i < conf->own_received; i++) {
		if (!message_next(msg, STR_LIT("Received"), &next))
			break;
		last = next - 1;
	}
	return last;
}

static struct str sender_domain(struct str sender, struct arena *mem)
{
	struct address a = address_parse_envelope(sender, mem);
	return a.invalid || a.domain.n == 0 ? STR_EMPTY : idn_domain(a.domain, mem);
}

void authres_judge(const struct authres_conf *conf, const struct message *msg, struct str sender,
	struct verdict *v)
{
	struct judge j = {.conf = conf, .msg = msg, .v = v};
	size_t taken = 0;
	if (conf->ids->count == 0)
		return;
	size_t outside = border(conf, msg);
	for (size_t i = 0; i < message_header_count(msg); i++) {
		const struct header *h = message_header(msg, i);
		if (!str_ieq(h->name, STR_LIT("Authentication-Results")))
			continue;
		if (taken++ == 0) {
			j.from = from_domain(msg, v->mem);
			j.sender = sender_domain(sender, v->mem);
		}
		if (taken <= FIELDS_MOST)
			take_field(&j, i, i >= outside);
		else
			verdict_remove_field(v, i);
	}
	if (v->auth.spf == AUTH_ABSENT)
		v->auth.spf = j.helo;
}

/* ---- what it means for an allow entry ---- */

static bool has_passed(const struct auth *a)
{
	return a->dmarc == AUTH_PASS ||
	       (a->dmarc != AUTH_FAIL && (a->dkim == AUTH_PASS || a->spf == AUTH_PASS));
}

/* Without a DMARC result, what DMARC would be computed from counts. */
static bool has_failed(const struct auth *a)
{
	if (a->dmarc == AUTH_FAIL)
		return true;
	return !has_passed(a) && (a->dkim == AUTH_FAIL || a->spf == AUTH_FAIL);
}

static const char *tell(const struct verdict *v, const char *what)
{
	if (v->auth.by.n == 0 && !v->auth.unreadable)
		return "our MTA added no Authentication-Results field";
	struct str text = authres_text(&v->auth, v->mem);
	return arena_fmt(v->mem, "%s in Authentication-Results of " STR_FMT " (" STR_FMT ")", what,
		STR_ARGS(v->auth.by), STR_ARGS(text))
		.p;
}

static bool arc_counts(const struct authres_conf *conf, const struct verdict *v)
{
	return conf->trust_arc && v->auth.arc == AUTH_PASS;
}

static const char *failure(const struct verdict *v)
{
	return tell(v, v->auth.dmarc == AUTH_FAIL ? "dmarc=fail" : "nothing passed");
}

const char *authres_doubt(const struct authres_conf *conf, const struct verdict *v)
{
	if (conf->allow_requires == ALLOW_NOTHING || arc_counts(conf, v))
		return NULL;
	if (has_failed(&v->auth))
		return failure(v);
	if (v->auth.unreadable && v->auth.dmarc != AUTH_PASS)
		return "Authentication-Results of our MTA cannot be read";
	if (conf->allow_requires == ALLOW_PASS && !has_passed(&v->auth))
		return tell(v, "nothing passed");
	return NULL;
}

const char *authres_sender_doubt(const struct authres_conf *conf, const struct verdict *v)
{
	if (v->auth.sender != AUTH_PASS)
		return "it is for the envelope sender, and SPF has not passed for that domain";
	if (conf->allow_requires == ALLOW_NOTHING || arc_counts(conf, v))
		return NULL;
	return v->auth.dmarc == AUTH_FAIL ? failure(v) : NULL;
}

const char *authres_inside_doubt(
	const struct authres_conf *conf, bool submitted, const struct verdict *v)
{
	if (!conf->ids || conf->ids->count == 0)
		return NULL;
	if (submitted && v->auth.submission == AUTH_PASS && v->auth.dmarc != AUTH_FAIL)
		return NULL;
	return authres_doubt(conf, v);
}

bool authres_failed(const struct verdict *v)
{
	return has_failed(&v->auth) || v->auth.unreadable;
}

struct str authres_text(const struct auth *auth, struct arena *mem)
{
	const struct {
		const char *name;
		enum auth_result result;
	} all[] = {{"dmarc", auth->dmarc}, {"spf", auth->spf}, {"dkim", auth->dkim},
		{"arc", auth->arc}, {"auth", auth->submission}};
	struct str text = STR_EMPTY;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].result != AUTH_ABSENT)
			text = arena_fmt(mem, STR_FMT "%s%s=%s", STR_ARGS(text), text.n ? " " : "",
				all[i].name, result_names[all[i].result]);
	return text;
}

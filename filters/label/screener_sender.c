#include "filters/label/screener_sender.h"

#include "base/printable.h"
#include "base/utf8.h"
#include "filters/lists/list_senders.h"

/* The keys are texts, so an address with a blank in it would be read as two. */
enum { ADDRESS_MOST = 200 };

static const struct str author = STR_LIT("author"), envelope = STR_LIT("envelope"),
			claim = STR_LIT("claim");

static struct str domain_of(struct str key)
{
	return str_slice(key, str_rfind(key, '@') + 1, key.n);
}

static bool is_word(struct str word)
{
	if (word.n == 0 || word.n > ADDRESS_MOST || !utf8_valid(word) ||
		printable_has_control(word))
		return false;
	for (size_t i = 0; i < word.n; i++)
		if (ascii_isblank(word.p[i]))
			return false;
	return true;
}

static bool is_plain(struct str key)
{
	size_t at = str_rfind(key, '@');
	return at > 0 && at + 1 < key.n && is_word(key);
}

static struct str pair(struct str kind, struct str a, struct str b, struct arena *mem)
{
	return arena_fmt(
		mem, STR_FMT " " STR_FMT " " STR_FMT, STR_ARGS(kind), STR_ARGS(a), STR_ARGS(b));
}

/* The author is certain, but not proven: the doubt is WHY. */
static void find_narrow(struct screener_sender *s, struct str sender,
	const struct authres_conf *auth, const struct verdict *v, const char *why)
{
	/* A failure is a forgery as far as we can know. */
	if (authres_failed(v))
		s->why = why;
	else if (!is_plain(sender))
		s->why = "the sender is not proven, and there is no envelope sender";
	else if (!authres_sender_doubt(auth, v))
		s->key = pair(envelope, sender, s->from, v->mem);
	else
		s->key = pair(claim, s->from, domain_of(sender), v->mem);
}

struct screener_sender screener_sender_of(const struct authres_conf *given,
	const struct message *msg, const struct envelope *env, const struct verdict *v)
{
	struct authres_conf auth = *given;
	struct list_senders senders = list_senders_of(msg, env, v->mem);
	struct screener_sender s = {.key = STR_EMPTY};
	auth.allow_requires = ALLOW_PASS;
	if (senders.ambiguous) {
		s.why = senders.ambiguous;
		return s;
	}
	if (!is_plain(senders.from.items[0])) {
		s.why = "the author's address is not a plain one";
		return s;
	}
	s.from = senders.from.items[0];
	s.domain = domain_of(s.from);
	const char *doubt = authres_doubt(&auth, v);
	s.is_proven = !doubt;
	if (doubt)
		find_narrow(&s, senders.envelope, &auth, v, doubt);
	else
		s.key = arena_fmt(v->mem, STR_FMT " " STR_FMT, STR_ARGS(author), STR_ARGS(s.from));
	return s;
}

/* The words of TEXT, at most MOST; 0 if there are more, or one is not as we write it. */
static size_t split(struct str text, struct str *words, size_t most)
{
	for (size_t n = 0; n < most;) {
		size_t blank = str_find(text, ' ');
		words[n] = str_slice(text, 0, blank);
		if (!is_word(words[n++]))
			return 0;
		if (blank == text.n)
			return n;
		text = str_slice(text, blank + 1, text.n);
	}
	return 0;
}

bool screener_sender_read(struct str text, struct screener_key *key)
{
	struct str words[3];
	size_t n = split(text, words, sizeof words / sizeof *words);
	if (n == 2 && str_eq(words[0], author))
		*key = (struct screener_key){SCREENER_AUTHOR, words[1], STR_EMPTY};
	else if (n == 3 && str_eq(words[0], envelope) && is_plain(words[1]))
		*key = (struct screener_key){SCREENER_ENVELOPE, words[2], words[1]};
	else if (n == 3 && str_eq(words[0], claim))
		*key = (struct screener_key){SCREENER_CLAIM, words[1], words[2]};
	else
		return false;
	return is_plain(key->from);
}

bool screener_sender_is_key(struct str text)
{
	struct screener_key key;
	return screener_sender_read(text, &key);
}

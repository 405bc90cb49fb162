#include "mda/tools/learn/learn.h"

#include "base/address.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/shell_word.h"

static const struct spam_protocol *protocol_of(const struct conf *conf)
{
	static const struct spam_protocol *const protocols[] = {
		[SPAM_BY_SPAMD] = &spam_protocol_spamd,
		[SPAM_BY_RSPAMD] = &spam_protocol_rspamd,
		[SPAM_BY_NOBODY] = NULL,
	};
	return protocols[conf->antispam];
}

int learn_check(const struct learn *l, struct err *err)
{
	if (protocol_of(l->conf))
		return 0;
	return err_temp(err, "there is no server to teach: antispam is neither spamd nor rspamd");
}

/* The author's address, for an entry in a list; empty if it is ambiguous. */
static struct str sender_of(const struct message *msg, struct arena *mem)
{
	const struct header *h = message_find(msg, STR_LIT("From"));
	if (!h)
		return STR_EMPTY;
	struct address_list list = address_parse_list(h->value, mem);
	return address_list_is_ambiguous(&list) ? STR_EMPTY : list.items[0].spec;
}

/* The command that adds the sender to a list. One that is a pattern would add others, too. */
static void suggest(const struct learn *l, struct str sender, bool is_spam)
{
	if (sender.n == 0 || str_find(sender, '*') < sender.n || str_find(sender, '?') < sender.n)
		return;
	buf_text(l->out, "  mda-lists add -d ");
	printable_add(l->out, shell_word(l->mailbox, l->mem));
	buf_text(l->out, is_spam ? " block " : " allow ");
	printable_add(l->out, shell_word(sender, l->mem));
	buf_byte(l->out, '\n');
}

static void tell_declined(const struct learn *l, const char *where, struct str why)
{
	struct json json = {.to = l->out};
	if (!l->json) {
		buf_fmt(l->out, "%s: the server learns nothing from it%s", where,
			why.n ? ": " : "");
		printable_add(l->out, why);
		buf_byte(l->out, '\n');
		return;
	}
	json_begin_object(&json);
	json_text(&json, "mailbox", l->mailbox);
	json_text(&json, "message", str_of(where));
	json_text(&json, "as", STR_LIT("nothing"));
	json_text(&json, "why", why);
	json_end_object(&json);
	json_end_line(&json);
}

static void tell(const struct learn *l, const struct message *msg, const char *where, bool is_spam)
{
	struct str sender = sender_of(msg, l->mem);
	if (l->json) {
		struct json json = {.to = l->out};
		json_begin_object(&json);
		json_text(&json, "mailbox", l->mailbox);
		json_text(&json, "message", str_of(where));
		json_text(&json, "as", is_spam ? STR_LIT("spam") : STR_LIT("ham"));
		json_text(&json, "from", sender);
		json_end_object(&json);
		json_end_line(&json);
		return;
	}
	buf_fmt(l->out, "%s: %s %s, from ", where, l->dry_run ? "would be" : "is learned as",
		is_spam ? "spam" : "ham");
	printable_add(l->out, sender.n ? sender : STR_LIT("an unknown sender"));
	buf_byte(l->out, '\n');
	if (l->suggest)
		suggest(l, sender, is_spam);
}

/*
 * Removes the fields that we wrote. A message that is to be judged never has them, so they must not
 * be learned.
 */
static void add_taught(struct buf *to, const struct message *msg)
{
	struct str rest = message_bytes(msg);
	for (size_t i = 0; i < message_header_count(msg); i++) {
		const struct header *h = message_header(msg, i);
		if (!str_istarts(h->name, STR_LIT("X-Mda-")))
			continue;
		buf_add(to, str_slice(rest, 0, (size_t)(h->whole.p - rest.p)));
		rest = str_slice(rest, (size_t)(h->whole.p + h->whole.n - rest.p), rest.n);
	}
	buf_add(to, rest);
}

static int teach(const struct learn *l, const struct message *msg, bool is_spam, struct err *err)
{
	const struct conf *conf = l->conf;
	bool at_scanner = conf->learn_servers.count == 0 && conf->antispam == SPAM_BY_SPAMD;
	const struct spam_servers servers = {.protocol = protocol_of(conf),
		.servers = at_scanner ? &conf->antispam_servers : &conf->learn_servers,
		.seconds = conf->antispam_timeout};
	const struct envelope env = {.mailbox = l->mailbox};
	const char *password = conf->learn_password.n ? conf->learn_password.p : NULL;
	struct buf taught = {0};
	add_taught(&taught, msg);
	int r = spam_servers_learn(
		&servers, buf_str(&taught), &env, password, is_spam, l->mem, err);
	buf_free(&taught);
	return r;
}

int learn_message(struct learn *l, const struct message *msg, const char *where, bool is_spam,
	struct err *err)
{
	int r = l->dry_run ? 0 : teach(l, msg, is_spam, err);
	if (r < 0)
		return -1;
	if (r > 0) {
		tell_declined(l, where, str_of(err->text));
		return 0;
	}
	*(is_spam ? &l->spam : &l->ham) += 1;
	tell(l, msg, where, is_spam);
	return 0;
}

#include "mda/learn.h"

#include "mda/base/address.h"
#include "mda/base/printable.h"
#include "mda/json.h"

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
	return err_temp(err, "there is nobody to teach: antispam is neither spamd nor rspamd");
}

/* Who signed it, for a list; empty when nobody can tell. */
static struct str sender_of(const struct message *msg, struct arena *mem)
{
	const struct header *h = message_find(msg, STR_LIT("From"));
	if (!h)
		return (struct str){"", 0};
	struct address_list list = address_parse_list(h->value, mem);
	return address_list_is_ambiguous(&list) ? (struct str){"", 0} : list.items[0].spec;
}

/* In single quotes, as a shell reads it; an address that has one itself is left out. */
static void suggest(const struct learn *l, struct str sender, bool is_spam)
{
	if (sender.n == 0 || str_find(sender, '\'') < sender.n)
		return;
	buf_fmt(l->out, "  mda-lists add -d '" STR_FMT "' %s '", STR_ARGS(l->mailbox),
		is_spam ? "block" : "allow");
	printable_add(l->out, sender);
	buf_text(l->out, "'\n");
}

static void tell(const struct learn *l, const struct message *msg, const char *where, bool is_spam)
{
	struct str sender = sender_of(msg, l->mem);
	if (l->json) {
		buf_byte(l->out, '{');
		json_text(l->out, "mailbox", l->mailbox);
		json_text(l->out, "message", str_of(where));
		json_text(l->out, "as", is_spam ? STR_LIT("spam") : STR_LIT("ham"));
		json_text(l->out, "from", sender);
		buf_text(l->out, "}\n");
		return;
	}
	buf_fmt(l->out, "%s: %s %s, from ", where, l->dry_run ? "would be" : "is learned as",
		is_spam ? "spam" : "ham");
	printable_add(l->out, sender.n ? sender : STR_LIT("nobody certain"));
	buf_byte(l->out, '\n');
	if (l->suggest)
		suggest(l, sender, is_spam);
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
	return spam_servers_learn(&servers, msg, &env, password, is_spam, l->mem, err);
}

int learn_message(struct learn *l, const struct message *msg, const char *where, bool is_spam,
	struct err *err)
{
	if (!l->dry_run && teach(l, msg, is_spam, err) < 0)
		return -1;
	*(is_spam ? &l->spam : &l->ham) += 1;
	tell(l, msg, where, is_spam);
	return 0;
}

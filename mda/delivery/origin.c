#include "mda/delivery/origin.h"

#include "mda/conf/aliases.h"
#include "mda/conf/conf.h"
#include "mda/delivery/stamp.h"

#include <time.h>

enum { STAMPS_MOST = 4, DAY = 24 * 60 * 60 };

struct lookup {
	const struct conf *conf;
	const struct aliases *aliases;
	const struct message *msg;
	const struct envelope *env;
	struct stamp_keys keys; /* as far as they have been read */
	struct arena *mem;
};

static bool read_keys(struct lookup *l, struct origin *o)
{
	struct err err;
	if (l->keys.count || l->keys.ask)
		return true;
	if (stamp_key_read(l->conf->stamp_key.p, false, &l->keys, &err) == 0)
		return true;
	o->doubt = arena_str(l->mem, str_of(err.text)).p;
	return false;
}

static bool is_for_us(const struct lookup *l, const struct stamp *s)
{
	return str_eq(aliases_mailbox(l->aliases, s->recipient, l->mem),
		aliases_mailbox(l->aliases, l->env->mailbox, l->mem));
}

/* The stamp of the field, if it is valid here. Else NULL, and o->doubt says why not. */
static const struct stamp *believe(struct lookup *l, const struct header *h, struct origin *o)
{
	struct stamp_claim *claim = arena_alloc(l->mem, sizeof *claim);
	const long long lifetime = (long long)l->conf->stamp_lifetime * DAY;
	if (!stamp_read(h->value, l->mem, claim)) {
		o->doubt = "it is malformed";
		return NULL;
	}
	if (!read_keys(l, o))
		return NULL;
	struct stamp_message m = stamp_message_of(l->msg);
	if (!stamp_holds(claim, &m, &l->keys, (long long)time(NULL), lifetime, l->mem, &o->doubt))
		return NULL;
	if (!o->passed)
		o->passed = &claim->stamp;
	if (is_for_us(l, &claim->stamp))
		return &claim->stamp;
	o->doubt = "it is for another address";
	return NULL;
}

static void find_stamp(struct lookup *l, struct origin *o)
{
	size_t at = 0;
	const struct header *h;
	for (int i = 0; i < STAMPS_MOST && !o->stamp; i++) {
		h = message_next(l->msg, str_of(stamp_header), &at);
		if (!h)
			return;
		o->stamp = believe(l, h, o);
	}
	if (o->stamp)
		o->doubt = NULL;
}

/* Another recipient's settings decide what is asked about the mail, not where it goes. */
static void take_settings(const struct lookup *l, const struct conf_file *file, struct str original,
	struct origin *o, struct err *err)
{
	struct err why;
	o->conf = conf_known(file, original, l->mem, &why);
	if (why.text[0])
		o->lacks = arena_str(l->mem, str_of(why.text)).p;
	if (!o->conf && err)
		*err = why;
}

struct origin origin_find(const struct conf *conf, const struct conf_file *file,
	const struct aliases *aliases, const struct message *msg, const struct stamp_keys *keys,
	struct envelope *env, struct arena *mem, struct err *err)
{
	struct lookup l = {conf, aliases, msg, env, *keys, mem};
	struct origin o = {.conf = conf};
	if (conf->stamp_key.n)
		find_stamp(&l, &o);
	if (o.stamp)
		env->original_recipient = o.stamp->original;
	struct str original = aliases_mailbox(aliases, env->original_recipient, mem);
	o.is_mailbox = str_eq(original, aliases_mailbox(aliases, env->mailbox, mem));
	if (!o.is_mailbox && file)
		take_settings(&l, file, original, &o, err);
	return o;
}

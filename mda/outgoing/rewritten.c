#include "mda/outgoing/rewritten.h"

/* Takes the part before the next SEPARATOR off *REST. */
static bool take(struct str *rest, char separator, struct str *part)
{
	size_t at = str_find(*rest, separator);
	if (at == rest->n)
		return false;
	*part = str_slice(*rest, 0, at);
	*rest = str_slice(*rest, at + 1, rest->n);
	return true;
}

/* "hash=day=domain=local" */
static bool read_srs0(struct str rest, struct str *local, struct str *domain)
{
	struct str hash, day;
	if (!take(&rest, '=', &hash) || !take(&rest, '=', &day) || !take(&rest, '=', domain))
		return false;
	*local = rest;
	return local->n && domain->n;
}

/* "hash=forwarder=", then what followed SRS0 there: the separator and the rest */
static bool read_srs1(struct str rest, struct str *local, struct str *domain)
{
	struct str hash, forwarder;
	if (!take(&rest, '=', &hash) || !take(&rest, '=', &forwarder) || rest.n == 0)
		return false;
	return read_srs0(str_slice(rest, 1, rest.n), local, domain);
}

static bool read_tag(struct str rest, char separator, struct str *local)
{
	struct str tag;
	if (!take(&rest, separator, &tag))
		return false;
	*local = rest;
	return tag.n && local->n;
}

/* "tag=local" */
static bool read_prvs(struct str rest, struct str *local, struct str *domain)
{
	(void)domain;
	return read_tag(rest, '=', local);
}

/* "tag==local" */
static bool read_btv1(struct str rest, struct str *local, struct str *domain)
{
	struct str tail;
	(void)domain;
	if (!read_tag(rest, '=', &tail) || tail.n < 2 || tail.p[0] != '=')
		return false;
	*local = str_slice(tail, 1, tail.n);
	return true;
}

static const struct {
	const char *start;
	bool (*read)(struct str rest, struct str *local, struct str *domain);
} forms[] = {
	/* A forwarder chooses the separator that does not start a detail at its site. */
	{"srs0=", read_srs0},
	{"srs0-", read_srs0},
	{"srs0+", read_srs0},
	{"srs1=", read_srs1},
	{"srs1-", read_srs1},
	{"srs1+", read_srs1},
	{"prvs=", read_prvs},
	{"btv1==", read_btv1},
};

static bool read_once(struct str sender, struct arena *mem, struct str *inside)
{
	size_t at = str_rfind(sender, '@');
	struct str local = str_slice(sender, 0, at), domain = str_slice(sender, at + 1, sender.n);
	for (size_t i = 0; at < sender.n && i < sizeof forms / sizeof *forms; i++) {
		struct str start = str_of(forms[i].start), who;
		if (!str_istarts(local, start) ||
			!forms[i].read(str_slice(local, start.n, local.n), &who, &domain))
			continue;
		*inside = ARENA_JOIN(mem, who, STR_LIT("@"), domain);
		return true;
	}
	return false;
}

/* The forwarder's sender may itself be a BATV address, for example. */
struct str rewritten_inside(struct str sender, struct arena *mem)
{
	enum { MOST = 3 };
	for (int i = 0; i < MOST && read_once(sender, mem, &sender); i++)
		;
	return sender;
}

#include "mda/tools/contacts/contacts_tool.h"

#include "base/address.h"
#include "base/date.h"
#include "mda/conf/user_become.h"
#include "mda/stage_conf.h"

#include <pwd.h>
#include <unistd.h>

static const char *myself(struct arena *mem)
{
	const struct passwd *me = getpwuid(getuid());
	return me ? arena_cstr(mem, str_of(me->pw_name)) : "";
}

int contacts_open_mailbox(struct contacts_tool *tool, const struct mailbox *m,
	const struct conf *conf, struct err *err)
{
	struct address own = address_parse_envelope(m->name, tool->mem);
	tool->settings = conf;
	tool->mailbox = *m;
	tool->key = address_key(&own, tool->mem);
	if (user_become(&m->user, err) < 0)
		return -1;
	return stage_conf_contacts(conf, &m->user.names, tool->mem, &tool->contacts, err);
}

int contacts_open(struct contacts_tool *tool, struct err *err)
{
	struct mailbox m;
	struct session *s = &tool->session;
	*s = (struct session){.mem = tool->mem,
		.inv = {.conf = tool->conf, .user = tool->user ? tool->user : myself(tool->mem)},
		.asks = true};
	if (session_named(s, &m, err) < 0)
		return -1;
	return contacts_open_mailbox(tool, &m, s->conf, err);
}

int contacts_key(
	const struct contacts_tool *tool, const char *word, struct str *key, struct err *err)
{
	struct address a = address_parse_envelope(str_of(word), tool->mem);
	if (a.invalid || a.local.n == 0 || a.domain.n == 0)
		return err_temp(err, "%s is not an address", word);
	*key = address_key(&a, tool->mem);
	return 0;
}

enum { SECONDS_OF_A_DAY = 24 * 3600 };

struct str contacts_day(int64_t seconds, struct arena *mem)
{
	int64_t year;
	int month, day;
	if (seconds <= 0)
		return STR_EMPTY;
	date_from_days(seconds / SECONDS_OF_A_DAY, &year, &month, &day);
	return arena_fmt(mem, "%04lld-%02d-%02d", (long long)year, month, day);
}

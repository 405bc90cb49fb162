#include "mda/grey/grey_settings.h"

#include "base/host.h"
#include "mda/conf/owner.h"
#include "mda/server/event.h"

#include <unistd.h>

static int check(const struct conf *conf, struct err *err)
{
	const struct {
		const char *key;
		size_t value, least, most;
	} numbers[] = {
		{"grey_ipv4_bits", conf->grey_ipv4_bits, 1, 32},
		{"grey_ipv6_bits", conf->grey_ipv6_bits, 1, 128},
		{"grey_connections", conf->grey_connections, 1, 100000},
		{"grey_timeout", conf->grey_timeout, 1, 90},
		{"grey_auto_allow", conf->grey_auto_allow, 0, 1000000},
		{"grey_retry_window", conf->grey_retry_window, conf->grey_delay + 1, SIZE_MAX},
		{"grey_lifetime", conf->grey_lifetime, conf->grey_retry_window, SIZE_MAX},
	};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i].value < numbers[i].least)
			return err_temp(err, "%s is %zu: it must be at least %zu", numbers[i].key,
				numbers[i].value, numbers[i].least);
		else if (numbers[i].value > numbers[i].most)
			return err_temp(err, "%s is %zu: it must be at most %zu", numbers[i].key,
				numbers[i].value, numbers[i].most);
	return 0;
}

int grey_settings_read(struct grey_settings *s, const struct invocation *inv, struct err *err)
{
	*s = (struct grey_settings){
		.session = {.mem = arena_new(), .inv = *inv}, .host = host_name()};
	if (session_configure(&s->session, err) == 0 && check(s->session.conf, err) == 0) {
		const struct conf *conf = s->session.conf;
		s->terms = (struct grey_terms){.delay = (int64_t)conf->grey_delay,
			.window = (int64_t)conf->grey_retry_window,
			.lifetime = (int64_t)conf->grey_lifetime,
			.auto_allow = (int64_t)conf->grey_auto_allow};
		s->bits = (struct grey_bits){
			(unsigned)conf->grey_ipv4_bits, (unsigned)conf->grey_ipv6_bits};
		s->exempt = grey_exempt_read(conf->grey_allow_clients, conf->grey_allow_recipients,
			s->session.mem, event_trouble, err);
	}
	if (s->exempt)
		return 0;
	grey_settings_free(s);
	return -1;
}

void grey_settings_free(struct grey_settings *s)
{
	if (s->session.mem)
		arena_free(s->session.mem);
	*s = (struct grey_settings){.host = NULL};
}

int grey_settings_drop(const struct grey_settings *s, const char *user, struct err *err)
{
	const struct conf *conf = s->session.conf;
	struct user account = {.uid = 0};
	struct str name = user ? str_of(user) : conf->grey_user;
	int r = name.n ? user_by_name(
				 name, user ? "--user" : "grey_user", s->session.mem, &account, err)
		       : owner_drop(conf, s->session.mem, err);
	if (r == 0 && name.n)
		r = user_account_become(&account, err);
	if (r == 0 && (geteuid() == 0 || getuid() == 0))
		r = err_temp(err, "root is not used for this: set grey_user");
	return r;
}

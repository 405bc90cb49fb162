#include "mda/lmtp/server.h"

#include "mda/lmtp/tls.h"

#include <stdio.h>
#include <unistd.h>

static const char *host_name(const struct conf *conf, struct arena *mem)
{
	char host[256] = "";
	if (gethostname(host, sizeof host - 1) == 0 && host[0])
		return arena_cstr(mem, str_of(host));
	return conf->default_domain.n ? conf->default_domain.p : "localhost";
}

static int check(const struct conf *conf, struct err *err)
{
	const struct {
		const char *key;
		size_t value, most;
	} numbers[] = {
		{"lmtp_workers", conf->lmtp_workers, BOARD_WORKERS / 4},
		{"lmtp_worker_messages", conf->lmtp_worker_messages, SIZE_MAX},
		{"lmtp_connections", conf->lmtp_connections, 100000},
		{"lmtp_client_connections", conf->lmtp_client_connections, SIZE_MAX},
		{"lmtp_recipients", conf->lmtp_recipients, 10000},
		{"lmtp_deliveries", conf->lmtp_deliveries, 1000},
		{"lmtp_mailbox_deliveries", conf->lmtp_mailbox_deliveries, SIZE_MAX},
		{"lmtp_timeout", conf->lmtp_timeout, SIZE_MAX},
	};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i].value == 0 || numbers[i].value > numbers[i].most)
			return err_temp(err, "%s is %zu: it must be from 1 to %zu", numbers[i].key,
				numbers[i].value, numbers[i].most);
	return 0;
}

int server_configure(struct server *s, const struct invocation *inv, struct err *err)
{
	*s = (struct server){.session = {.mem = arena_new(), .inv = *inv}};
	struct arena *mem = s->session.mem;
	if (session_configure(&s->session, err) == 0) {
		const struct conf *conf = s->session.conf;
		s->dialog = (struct dialog_conf){.host = host_name(conf, mem),
			.size = conf->message_max,
			.recipients = conf->lmtp_recipients};
		if (check(conf, err) == 0 && tls_check(conf, err) == 0 &&
			peer_networks_read(
				&conf->lmtp_trusted, "lmtp_trusted", mem, &s->trusted, err) == 0 &&
			peer_networks_read(
				&conf->lmtp_xclient, "lmtp_xclient", mem, &s->xclient, err) == 0)
			return 0;
	}
	server_free(s);
	return -1;
}

void server_free(struct server *s)
{
	arena_free(s->session.mem);
	*s = (struct server){.listeners = NULL};
}

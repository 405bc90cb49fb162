#include "mda/server/systemd.h"

#include "base/io.h"
#include "base/process.h"
#include "base/str.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static unsigned long long number_of(const char *variable)
{
	unsigned long long n;
	const char *value = getenv(variable);
	return value && str_number(str_of(value), 1ULL << 32, &n) ? n : 0;
}

unsigned systemd_sockets(void)
{
	unsigned long long count = number_of("LISTEN_FDS");
	if (number_of("LISTEN_PID") != (unsigned long long)getpid())
		count = 0;
	if (count > SYSTEMD_SOCKETS_MOST)
		count = SYSTEMD_SOCKETS_MOST;
	process_keep_sockets((unsigned)count);
	return (unsigned)count;
}

static const char *callers_value(const char *name)
{
	size_t n = strlen(name);
	for (char **v = process_callers_environment(); v && *v; v++)
		if (strncmp(*v, name, n) == 0 && (*v)[n] == '=')
			return *v + n + 1;
	return NULL;
}

void systemd_notify(const char *state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = callers_value("NOTIFY_SOCKET");
	size_t n = path ? strlen(path) : 0;
	if (n < 2 || n >= sizeof address.sun_path || (*path != '/' && *path != '@'))
		return;
	memcpy(address.sun_path, path, n);
	if (*path == '@')
		address.sun_path[0] = '\0'; /* it has no file */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* If nobody hears it, systemd uses its timeouts. */
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd); /* a datagram was sent as a whole, or not */
}

void systemd_notify_reload(void)
{
	char state[64];
	snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
		io_microseconds()); /* it fits */
	systemd_notify(state);
}

#include "mda/server/listener.h"

#include "base/path.h"
#include "mda/conf/user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024, SOCKET = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, OWN = 0600 };

/* ---- Unix sockets ---- */

/* A socket at which another server listens is left alone. */
static int remove_old(const struct sockaddr_un *address, struct err *err)
{
	struct stat st;
	if (path_lstat(address->sun_path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_temp(err, "%s exists and is not a socket", address->sun_path);
	int fd = socket(AF_UNIX, SOCKET, 0);
	int r = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)address, sizeof *address);
	bool is_used = fd >= 0 && (r == 0 || errno == EAGAIN);
	if (fd >= 0)
		close(fd); /* nothing was sent */
	if (is_used)
		return err_temp(err, "another server listens at %s", address->sun_path);
	if (path_unlink(address->sun_path) < 0)
		return err_system(err, errno, "cannot remove %s", address->sun_path);
	return 0;
}

static int find_group(const char *name, const char *prefix, gid_t *gid, struct err *err)
{
	unsigned long long n;
	const struct group *entry;
	if (str_number(str_of(name), 0xfffffffe, &n)) {
		*gid = (gid_t)n;
		return 0;
	}
	if (!(entry = getgrnam(name)))
		return err_temp(err, "%s_socket_owner: there is no group \"%s\"", prefix, name);
	*gid = entry->gr_gid;
	return 0;
}

/* "user", "user:group", ":group". */
static int find_owner(const struct listener_keys *keys, uid_t *uid, gid_t *gid, struct err *err)
{
	struct arena *mem = arena_new();
	struct str owner = keys->owner;
	size_t colon = str_find(owner, ':');
	struct str name = str_slice(owner, 0, colon);
	struct user user = {0};
	*uid = (uid_t)-1;
	*gid = (gid_t)-1;
	int r = 0;
	if (name.n) {
		r = user_by_name(arena_str(mem, name),
			arena_fmt(mem, "%s_socket_owner", keys->prefix).p, mem, &user, err);
		*uid = user.uid;
		*gid = user.gid;
	}
	if (r == 0 && colon + 1 < owner.n)
		r = find_group(arena_cstr(mem, str_slice(owner, colon + 1, owner.n)), keys->prefix,
			gid, err);
	arena_free(mem);
	return r;
}

/* The owner of the directory could put another file there, so only a socket changes its owner. */
static int give_away(const char *path, const struct listener_keys *keys, struct err *err)
{
	struct stat st;
	uid_t uid;
	gid_t gid;
	if (!keys || keys->owner.n == 0)
		return 0;
	if (find_owner(keys, &uid, &gid, err) < 0)
		return -1;
	int fd = path_open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
	bool is_socket = fd >= 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
	int r = is_socket ? fchownat(fd, "", uid, gid, AT_EMPTY_PATH) : -1;
	int reason = errno;
	if (fd >= 0)
		close(fd); /* O_PATH */
	return r < 0 ? err_system(err, reason, "cannot give %s to " STR_FMT, path,
			       STR_ARGS(keys->owner))
		     : 0;
}

static int read_mode(const struct listener_keys *keys, mode_t *mode, struct err *err)
{
	char *end;
	struct str text = keys->mode;
	unsigned long n = strtoul(text.p, &end, 8);
	*mode = (mode_t)n;
	if (text.n && *end == '\0' && n <= 0777)
		return 0;
	return err_temp(err, "%s_socket_mode: \"" STR_FMT "\" is not an octal mode such as 0660",
		keys->prefix, STR_ARGS(text));
}

/* Linux gives the file the mode of the socket, less the umask. */
static int bind_file(int fd, const struct sockaddr_un *address, mode_t mode, struct err *err)
{
	mode_t before = umask(0);
	int r = fchmod(fd, mode);
	if (r == 0)
		r = bind(fd, (const struct sockaddr *)address, sizeof *address);
	int reason = errno;
	umask(before);
	return r < 0 ? err_system(err, reason, "cannot listen at %s", address->sun_path) : 0;
}

/* Without KEYS it stays its maker's. */
static int open_file(
	struct str path, const struct listener_keys *keys, mode_t mode, int *fd, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (path.n >= sizeof address.sun_path)
		return err_temp(err, "\"" STR_FMT "\" is too long for a socket", STR_ARGS(path));
	memcpy(address.sun_path, path.p, path.n);
	if (remove_old(&address, err) < 0)
		return -1;
	*fd = socket(AF_UNIX, SOCKET, 0);
	if (*fd < 0)
		return err_system(err, errno, "cannot make a socket");
	if (bind_file(*fd, &address, mode, err) < 0 || give_away(address.sun_path, keys, err) < 0)
		return -1;
	return listen(*fd, BACKLOG) < 0 ? err_system(err, errno, "cannot listen") : 0;
}

/* ---- TCP ---- */

/* "host:port" or "[v6]:port". */
static int look_up(struct str address, const char *prefix, struct addrinfo **found, struct err *err)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM};
	struct arena *mem = arena_new();
	size_t colon = str_rfind(address, ':');
	struct str host = str_slice(address, 0, colon);
	const char *port = arena_cstr(mem, str_slice(address, colon + 1, address.n));
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_slice(host, 1, host.n - 1);
	bool is_any = str_eq(host, STR_LIT("*"));
	int r = colon == address.n || host.n == 0
			? EAI_NONAME
			: getaddrinfo(is_any ? NULL : arena_cstr(mem, host), port, &hints, found);
	arena_free(mem);
	return r ? err_temp(err, "%s_listen: \"" STR_FMT "\": %s", prefix, STR_ARGS(address),
			   gai_strerror(r))
		 : 0;
}

static int open_tcp(struct str address, const char *prefix, int *fd, struct err *err)
{
	struct addrinfo *found = NULL;
	const int yes = 1;
	if (look_up(address, prefix, &found, err) < 0 || !found)
		return -1;
	*fd = socket(found->ai_family, SOCKET, 0);
	int r = *fd < 0 ? -1 : setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (r == 0)
		r = bind(*fd, found->ai_addr, found->ai_addrlen);
	if (r == 0)
		r = listen(*fd, BACKLOG);
	int reason = errno;
	freeaddrinfo(found);
	return r < 0 ? err_system(err, reason, "cannot listen at " STR_FMT, STR_ARGS(address)) : 0;
}

/* ---- both ---- */

int listener_open(
	struct listener *l, struct str address, const struct listener_keys *keys, struct err *err)
{
	mode_t mode;
	*l = (struct listener){.address = address, .fd = -1};
	bool is_file = address.n && address.p[0] == '/';
	int r = is_file ? read_mode(keys, &mode, err) : 0;
	if (r == 0)
		r = is_file ? open_file(address, keys, mode, &l->fd, err)
			    : open_tcp(address, keys->prefix, &l->fd, err);
	if (r < 0)
		listener_close(l, false);
	return r;
}

int listener_open_status(struct listener *l, struct str address, struct err *err)
{
	*l = (struct listener){.address = address, .fd = -1};
	int r = open_file(address, NULL, OWN, &l->fd, err);
	if (r < 0)
		listener_close(l, false);
	return r;
}

void listener_inherit(struct listener *l, int fd)
{
	*l = (struct listener){.address = STR_LIT("systemd"), .fd = fd, .is_inherited = true};
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* neither can fail for an open descriptor */
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void listener_close(struct listener *l, bool remove)
{
	if (l->fd >= 0)
		close(l->fd); /* nothing was written */
	l->fd = -1;
	if (remove && !l->is_inherited && l->address.n && l->address.p[0] == '/')
		(void)path_unlink(l->address.p); /* it may be gone already */
}

void listener_raise_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* if it fails, fewer clients can be served */
}

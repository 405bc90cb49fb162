#include "base/landlock.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * What later kernels know, with the version of the interface that introduced it. Older headers lack
 * the names; the numbers never change (see linux/landlock.h).
 */
enum {
	FS_FIRST =
		(1 << 13) - 1, /* version 1: execute, write, read, and making and removing names */
	FS_REFER = 1 << 13,    /* 2 */
	FS_TRUNCATE = 1 << 14, /* 3 */
	FS_IOCTL = 1 << 15,    /* 5 */
	NET_TCP = 3,           /* 4: bind and connect */
	SCOPE_SOCKETS = 1,     /* 6: abstract Unix sockets */
	SCOPE_SIGNALS = 2,     /* 6 */
	VERSION_MOST = 6,
	READ_FILE = LANDLOCK_ACCESS_FS_READ_FILE,
	READ_DIR = LANDLOCK_ACCESS_FS_READ_DIR,
};

struct attributes {
	uint64_t fs, net, scoped;
};

static int version(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool landlock_exists(void)
{
	return version() > 0;
}

static struct attributes attributes_of(int known, bool network)
{
	struct attributes a = {.fs = FS_FIRST};
	if (known >= 2)
		a.fs |= FS_REFER;
	if (known >= 3)
		a.fs |= FS_TRUNCATE;
	if (known >= 5)
		a.fs |= FS_IOCTL;
	if (known >= 4 && !network)
		a.net = NET_TCP;
	if (known >= 6)
		a.scoped = network ? SCOPE_SIGNALS : SCOPE_SOCKETS | SCOPE_SIGNALS;
	return a;
}

/* The kernel refuses a size that it does not know, unless the additional bytes are zero. */
static size_t size_of(int known)
{
	return known >= 6   ? sizeof(struct attributes)
	       : known >= 4 ? offsetof(struct attributes, scoped)
			    : offsetof(struct attributes, net);
}

static int add_rule(int rules, int fd, uint64_t access)
{
	const struct landlock_path_beneath_attr beneath = {
		.allowed_access = access, .parent_fd = fd};
	return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
}

/* The kernel refuses directory rights for a file that is not a directory. */
static int allow(int rules, const char *path)
{
	int fd = path_open(path, O_PATH, 0);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP
			       ? 0
			       : -1;
	int r = add_rule(rules, fd, READ_FILE | READ_DIR);
	if (r < 0 && errno == EINVAL)
		r = add_rule(rules, fd, READ_FILE);
	int reason = errno;
	close(fd); /* nothing was written */
	errno = reason;
	return r;
}

static int restrict_to(int rules, const struct str_list *readable)
{
	for (size_t i = 0; i < readable->count; i++)
		if (allow(rules, readable->items[i].p) < 0)
			return -1;
	return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

/*
 * The kernel, or something else that confines this process, does not allow it. E2BIG: too many
 * nested confinements.
 */
static int refused(void)
{
	return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM || errno == E2BIG ? 0 : -1;
}

static int make_rules(int known, bool network)
{
	const struct attributes a = attributes_of(known, network);
	return (int)syscall(SYS_landlock_create_ruleset, &a, size_of(known), 0);
}

/* The kernel is asked what it knows only if it refuses what the newest one knows. */
int landlock_confine(const struct str_list *readable, bool network)
{
	int rules = make_rules(VERSION_MOST, network);
	if (rules < 0 && (errno == EINVAL || errno == E2BIG)) {
		int known = version();
		if (known <= 0)
			return 0;
		rules = make_rules(known, network);
	}
	if (rules < 0)
		return refused();
	int r = restrict_to(rules, readable) < 0 ? refused() : 1;
	close(rules); /* it is in force, or it is not wanted */
	return r;
}

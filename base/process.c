#include "base/process.h"

#include "base/descriptors.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KEPT_MOST = 32, VARIABLES_MOST = 64 };

static bool had_input;
static bool is_started;
static uid_t starter;
static char **callers;
static unsigned sockets;

void process_keep_sockets(unsigned count)
{
	sockets = count;
}

uid_t process_starter(void)
{
	return is_started ? starter : getuid();
}

bool process_had_input(void)
{
	return had_input;
}

char **process_callers_environment(void)
{
	return callers ? callers : environ;
}

/* ---- privileges of the program file ---- */

/*
 * The kernel sets AT_SECURE for a label of a security module too: only capabilities make it a
 * privilege.
 */
static bool has_file_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	if (!getauxval(AT_SECURE) || geteuid() == 0)
		return false;
	return syscall(SYS_capget, &header, data) < 0 || data[0].permitted || data[1].permitted;
}

static int refuse_set_id(struct err *err)
{
	uid_t uid, euid, suid;
	gid_t gid, egid, sgid;
	if (getresuid(&uid, &euid, &suid) < 0 || getresgid(&gid, &egid, &sgid) < 0)
		return err_temp(err, "cannot ask which user this is: %s", strerror(errno));
	starter = uid;
	if (uid != euid || gid != egid || has_file_capabilities())
		return err_temp(err, "this copy of the program is set-uid, set-gid or has file "
				     "capabilities: mda must have none of them");
	return 0;
}

/* ---- descriptors ---- */

int process_descriptor(const char *path)
{
	static const char *const directories[] = {"/dev/fd/", "/proc/self/fd/"};
	unsigned long long n;
	if (strcmp(path, "/dev/stdin") == 0)
		return STDIN_FILENO;
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
		size_t length = strlen(directories[i]);
		if (strncmp(path, directories[i], length) == 0 &&
			str_number(str_of(path + length), INT_MAX, &n))
			return (int)n;
	}
	return -1;
}

static int by_number(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* Finds the descriptors to leave open, in order. */
static size_t find_kept(int argc, char **argv, unsigned *kept)
{
	size_t count = 0;
	for (int i = 1; i < argc && count < KEPT_MOST; i++) {
		int fd = process_descriptor(argv[i]);
		if (fd > STDERR_FILENO + (int)sockets)
			kept[count++] = (unsigned)fd;
	}
	if (count)
		qsort(kept, count, sizeof *kept, by_number);
	return count;
}

static void close_inherited(int argc, char **argv)
{
	unsigned kept[KEPT_MOST];
	size_t count = find_kept(argc, argv, kept);
	descriptors_close(STDERR_FILENO + 1 + sockets, kept, count);
}

/* If the caller closed a standard stream, no file must get its number. */
static int open_standard(struct err *err)
{
	struct pollfd standard[] = {
		{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};
	if (poll(standard, sizeof standard / sizeof *standard, 0) < 0)
		return err_temp(err, "cannot look at the standard streams: %s", strerror(errno));
	had_input = true;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (!(standard[fd].revents & POLLNVAL))
			continue;
		if (fd == STDIN_FILENO)
			had_input = false;
		if (fd != open("/dev/null", O_RDWR))
			return err_temp(err, "cannot open /dev/null: %s", strerror(errno));
	}
	return 0;
}

/* ---- the environment ---- */

/*
 * The C library opens the file that TZ names: only its own zones and rules such as CET-1CEST are
 * allowed.
 */
static bool is_zone(const char *value)
{
	static const char *const files[] = {"/usr/share/zoneinfo/", "/etc/localtime"};
	if (strstr(value, ".."))
		return false;
	if (*value == ':')
		value++;
	if (*value != '/')
		return true;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (strncmp(value, files[i], strlen(files[i])) == 0)
			return true;
	return false;
}

static const struct {
	const char *name;
	bool (*good)(const char *value); /* NULL: any value is allowed */
} variables[] = {
	{"SENDER", NULL},
	{"RECIPIENT", NULL},
	{"ORIGINAL_RECIPIENT", NULL},
	{"SASL_SENDER", NULL},
	{"USER", NULL},
	{"HOME", NULL},
	{"EXTENSION", NULL},
	{"DOMAIN", NULL},
	{"LOCAL", NULL},
	{"TERM", NULL},
	{"NO_COLOR", NULL},
	{"TZ", is_zone},
#ifdef MDA_SANITIZED
	{"ASAN_OPTIONS", NULL},
	{"LSAN_OPTIONS", NULL},
	{"UBSAN_OPTIONS", NULL},
#endif
};

static bool is_wanted(const char *variable)
{
	size_t n = strcspn(variable, "=");
	for (size_t i = 0; variable[n] && i < sizeof variables / sizeof *variables; i++)
		if (strlen(variables[i].name) == n && strncmp(variable, variables[i].name, n) == 0)
			return !variables[i].good || variables[i].good(variable + n + 1);
	return false;
}

/*
 * Libraries take paths of modules, tables and temporary files from the environment (GCONV_PATH,
 * MAGIC, ICU_DATA, TMPDIR, ...).
 */
static void clean_environment(void)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char *kept[VARIABLES_MOST + 2] = {path};
	size_t n = 1;
	callers = environ;
	for (char **v = environ; v && *v && n <= VARIABLES_MOST; v++)
		if (is_wanted(*v))
			kept[n++] = *v;
	environ = kept;
}

/* ---- signals ---- */

/*
 * A program inherits which signals its caller ignores and blocks. With SIGCHLD ignored, the end of
 * a child would not be known, and what was sent would be sent again. A blocked SIGALRM would never
 * end a delivery. Other ignored signals may be intended (see nohup(1)).
 */
static int reset_signals(struct err *err)
{
	sigset_t none;
	if (sigemptyset(&none) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0 ||
		signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return err_temp(err, "cannot set up signals: %s", strerror(errno));
	return 0;
}

int process_start(int argc, char **argv, struct err *err)
{
	if (refuse_set_id(err) < 0 || reset_signals(err) < 0)
		return -1;
	is_started = true;
	close_inherited(argc, argv);
	clean_environment();
	umask(077);
	return open_standard(err);
}

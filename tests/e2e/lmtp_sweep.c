/*
 * lmtp_sweep SERVER CONF SOCKET RECIPIENT ROLE FIRST STEP BASE: runs mda-lmtpd, hands it messages,
 * and kills the process with that ROLE (master, back, front, question, delivery, judge) at its
 * FIRST system call from the start of a message, and with the next message STEP calls later, until
 * a message ends before the process has made that many. After each kill the client does what an MTA
 * does: when it was not told that the message was delivered, it sends it again. Message N of the
 * sweep has the Message-ID <BASE+N@outside.test>, and BASE is printed with their number.
 *
 * The server and all its processes are traced, so their roles are known by who has started them.
 * With the role master, it is also told to read its configuration again at the start of a message.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 256, TRIES = 3000, PATIENCE = 120, CALLS_MOST = 100000, PAUSE_US = 10000 };
enum {
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL
};

enum role { UNKNOWN, MASTER, BACK, FRONT, QUESTION, DELIVERY, JUDGE, ROLES };
static const char *const role_names[ROLES] = {
	"", "master", "back", "front", "question", "delivery", "judge"};

struct process {
	pid_t pid; /* 0: free */
	enum role role;
	bool has_front, waits; /* a back that has started its front; until its role is known */
	unsigned born;
};

static const char *program, *conf, *to, *recipient;
static enum role target;
static struct process processes[PROCESSES];
static unsigned births;
static pid_t master;
static volatile bool *is_handed; /* shared with the client: the whole message was sent */

/* The attempt: the call at which to kill (0: none), the calls so far, was it killed? */
static size_t kill_at, calls;
static bool has_killed;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "lmtp_sweep: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- the client ---- */

/* The code of the reply; 0 if the connection is lost. */
static unsigned read_reply(FILE *in)
{
	char line[2048];
	do
		if (!fgets(line, sizeof line, in))
			return 0;
	while (line[3] == '-');
	return (unsigned)strtoul(line, NULL, 10);
}

static bool say(FILE *in, int fd, const char *text, unsigned expected)
{
	return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text) &&
	       read_reply(in) == expected;
}

static bool talk(FILE *in, int fd, unsigned long number)
{
	char text[512];
	if (read_reply(in) != 220 || !say(in, fd, "LHLO c\r\n", 250) ||
		!say(in, fd, "MAIL FROM:<x@outside.test>\r\n", 250))
		return false;
	snprintf(text, sizeof text, "RCPT TO:<%s>\r\n", recipient);
	if (!say(in, fd, text, 250) || !say(in, fd, "DATA\r\n", 354))
		return false;
	*is_handed = true;
	snprintf(text, sizeof text,
		"Received: by mx; number %lu\r\nMessage-ID: <%lu@outside.test>\r\n"
		"Subject: number %lu\r\n\r\nbody\r\n.\r\n",
		number, number, number);
	return say(in, fd, text, 250);
}

/* Was it told that the message was delivered? */
static bool try_to_send(unsigned long number)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", to);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	bool done = in && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
		    talk(in, fd, number);
	if (done)
		(void)say(in, fd, "QUIT\r\n", 221);
	if (in)
		fclose(in);
	return done;
}

/* Its exit status says whether the message was delivered. */
static pid_t start_client(unsigned long number)
{
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		alarm(PATIENCE);
		_exit(try_to_send(number) ? 0 : 1);
	}
	return pid;
}

/* ---- processes ---- */

static struct process *find(pid_t pid)
{
	for (size_t i = 0; i < PROCESSES; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	return NULL;
}

static struct process *find_or_add(pid_t pid)
{
	struct process *p = find(pid);
	if (p)
		return p;
	p = find(0);
	if (!p)
		fail("too many processes");
	*p = (struct process){.pid = pid, .born = ++births};
	return p;
}

static bool is_newest(const struct process *p)
{
	for (size_t i = 0; i < PROCESSES; i++)
		if (processes[i].pid && processes[i].role == p->role && processes[i].born > p->born)
			return false;
	return true;
}

static enum role role_of_child(struct process *parent)
{
	switch (parent->role) {
	case MASTER:
		return BACK;
	case BACK:
		if (parent->has_front)
			return *is_handed ? DELIVERY : QUESTION;
		parent->has_front = true;
		return FRONT;
	default:
		return JUDGE;
	}
}

static void go_on(const struct process *p, int signal)
{
	/* A process that was killed meanwhile is reported as ended. */
	(void)ptrace(p->role == target ? PTRACE_SYSCALL : PTRACE_CONT, p->pid, NULL,
		(void *)(intptr_t)signal);
}

static void name_child(struct process *parent)
{
	unsigned long pid;
	if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) < 0)
		return;
	struct process *child = find_or_add((pid_t)pid);
	child->role = role_of_child(parent);
	if (child->waits)
		go_on(child, 0);
	child->waits = false;
}

static bool is_entry(pid_t pid)
{
	struct ptrace_syscall_info {
		uint8_t op, rest[127];
	} info = {0};
	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

/* True if it was killed. */
static bool count_call(const struct process *p)
{
	if (kill_at == 0 || has_killed || !is_newest(p) || !is_entry(p->pid) || ++calls < kill_at)
		return false;
	has_killed = true;
	kill(p->pid, SIGKILL);
	return true;
}

static void hear(pid_t pid, int status)
{
	if (!WIFSTOPPED(status)) {
		struct process *gone = find(pid);
		if (gone)
			gone->pid = 0;
		if (pid == master)
			master = 0;
		return;
	}
	struct process *p = find_or_add(pid);
	int event = status >> 16, signal = WSTOPSIG(status);
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
		event == PTRACE_EVENT_CLONE)
		name_child(p);
	if (p->role == UNKNOWN) {
		p->waits = true;
		return;
	}
	bool is_call = signal == (SIGTRAP | 0x80);
	if (is_call && p->role == target && count_call(p))
		return;
	go_on(p, event || is_call ? 0 : signal);
}

/* ---- the server ---- */

static void start_server(void)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000000};
	int ready[2];
	char byte = 0;
	if (pipe(ready) < 0 || (master = fork()) < 0)
		fail("cannot start the server");
	if (master == 0) {
		close(ready[1]);
		if (read(ready[0], &byte, 1) < 0)
			_exit(2);
		close(ready[0]);
		setsid();
		nanosleep(
			&pause, NULL); /* its predecessor's workers have the sockets for a while */
		execl(program, program, "-c", conf, (char *)NULL);
		_exit(127);
	}
	close(ready[0]);
	find_or_add(master)->role = MASTER;
	if (ptrace(PTRACE_SEIZE, master, NULL, (void *)(intptr_t)OPTIONS) < 0) {
		kill(master, SIGKILL);
		fail("a process cannot be traced here");
	}
	close(ready[1]);
}

/* Serves all processes until the client has ended. True if the message was delivered. */
static bool wait_for_client(pid_t client)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno != EINTR)
			fail("waitpid");
		if (pid == client)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (pid > 0)
			hear(pid, status);
		if (master == 0) /* as systemd does */
			start_server();
	}
}

/* Lets the processes run for a while. */
static void pause_a_while(void)
{
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		const struct timespec time = {.tv_nsec = PAUSE_US * 1000L};
		nanosleep(&time, NULL);
		_exit(0);
	}
	(void)wait_for_client(pid);
}

static bool send_once(unsigned long number)
{
	*is_handed = false;
	bool done = wait_for_client(start_client(number));
	pause_a_while(); /* what comes after the reply is killed, too */
	return done;
}

/* ---- the sweep ---- */

static void send_until_delivered(unsigned long number)
{
	kill_at = 0;
	for (size_t i = 0; i < TRIES; i++)
		if (send_once(number))
			return;
	errno = ETIMEDOUT;
	fail("a message was never delivered");
}

static unsigned newest(enum role role)
{
	unsigned born = 0;
	for (size_t i = 0; i < PROCESSES; i++)
		if (processes[i].pid && processes[i].role == role && processes[i].born > born)
			born = processes[i].born;
	return born;
}

/* A master that reads its configuration again has done so when it has started another worker. */
static void wait_for_worker(unsigned before)
{
	for (size_t i = 0; !has_killed && newest(BACK) <= before; i++) {
		if (i == TRIES)
			fail("the master has started no worker");
		pause_a_while();
	}
	pause_a_while();
}

/* False if the process did not make that many calls. *RESENT counts the messages sent again. */
static bool attempt(unsigned long number, size_t at, size_t *resent)
{
	unsigned worker = newest(BACK);
	has_killed = false;
	calls = 0;
	kill_at = at;
	if (target == MASTER && kill(master, SIGHUP) < 0)
		fail("SIGHUP");
	bool done = send_once(number);
	if (target == MASTER)
		wait_for_worker(worker);
	kill_at = 0;
	if (done)
		return has_killed;
	++*resent;
	send_until_delivered(number);
	return has_killed;
}

static enum role role_named(const char *name)
{
	for (size_t i = 1; i < ROLES; i++)
		if (strcmp(role_names[i], name) == 0)
			return (enum role)i;
	return UNKNOWN;
}

static void end_server(void)
{
	for (size_t i = 0; i < PROCESSES; i++)
		if (processes[i].pid)
			kill(processes[i].pid, SIGKILL);
}

int main(int argc, char **argv)
{
	size_t first, step, killed = 0, resent = 0;
	if (argc != 9 || (target = role_named(argv[5])) == UNKNOWN) {
		fprintf(stderr,
			"usage: lmtp_sweep SERVER CONF SOCKET RECIPIENT ROLE FIRST STEP BASE\n");
		return 2;
	}
	program = argv[1];
	conf = argv[2];
	to = argv[3];
	recipient = argv[4];
	first = strtoul(argv[6], NULL, 10);
	step = strtoul(argv[7], NULL, 10);
	unsigned long number = strtoul(argv[8], NULL, 10);
	is_handed = mmap(
		NULL, sizeof *is_handed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (is_handed == MAP_FAILED)
		fail("mmap");
	signal(SIGPIPE, SIG_IGN);
	start_server();
	send_until_delivered(number);
	for (size_t at = first; at < CALLS_MOST && attempt(++number, at, &resent); at += step)
		killed++;
	end_server();
	printf("%s %zu %zu %lu\n", argv[5], killed, resent, number);
	return 0;
}

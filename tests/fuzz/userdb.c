/* What Dovecot answers about a user, and the list of its users. */
#include "mda/conf/userdb_user.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const words[] = {"VERSION\t1\t1\nSPID\t7\n", "VERSION\t1\t3\nSPID\t7\n",
	"USER\t1\tann@a.test\t", "NOTFOUND\t1\n", "FAIL\t1\ttemp\treason=", "LIST\t1\tann\n",
	"DONE\t1\tfail\n", "uid=5000\t", "gid=5000\t", "home=/h/ann\t", "mail=maildir:~/M",
	":LAYOUT=fs", ":INDEX=/i", ":CONTROL=", ":INBOX=", ":UTF-8", "mail_path=~/M\t",
	"mail_driver=maildir\t", "mailbox_list_layout=fs\t",
	"quota_rule=*:storage=10M:messages=5\t", "quota_storage_size=1G\t",
	"namespace/inbox/location=", "\001t", "\001n", "\0010", "..", "//", "::", NULL};

/* A path is absolute and clean, and leads nowhere else. */
static void check_path(struct str path)
{
	if (path.n == 0)
		return;
	FUZZ_CHECK(path.p[0] == '/' && path.n > 1 && path.p[path.n - 1] != '/');
	while (path.n) {
		path = str_slice(path, 1, path.n);
		size_t slash = str_find(path, '/');
		struct str part = str_slice(path, 0, slash);
		FUZZ_CHECK(part.n && !str_eq(part, STR_LIT(".")) && !str_eq(part, STR_LIT("..")));
		for (size_t i = 0; i < part.n; i++)
			FUZZ_CHECK(!ascii_iscntrl(part.p[i]));
		path = str_slice(path, slash, path.n);
	}
}

static void check_user(const struct userdb_reply *reply, struct arena *mem)
{
	struct userdb_user u;
	struct err err;
	if (userdb_user_read(reply, mem, &u, &err) < 0) {
		FUZZ_CHECK(err.fault == FAULT_TEMP && err.text[0]);
		return;
	}
	check_path(u.home);
	check_path(u.maildir);
	FUZZ_CHECK(userdb_user_is_name(u.name));
	FUZZ_CHECK(u.uid.is_set == u.gid.is_set);
	FUZZ_CHECK(!u.uid.is_set || (u.uid.value && u.uid.value < UINT32_MAX));
	FUZZ_CHECK(!u.gid.is_set || (u.gid.value && u.gid.value < UINT32_MAX));
	FUZZ_CHECK(u.quota_bytes.value <= 1ULL << 50);
}

static void run(struct str input, struct arena *mem)
{
	struct userdb_reply reply;
	struct str_list names;
	struct err err;
	size_t seen = 0, half = 0;
	bool whole = userdb_is_whole(&seen, input);
	FUZZ_CHECK(seen <= input.n);
	/* In two pieces it is the same. */
	bool early = userdb_is_whole(&half, str_slice(input, 0, input.n / 2));
	FUZZ_CHECK((early || userdb_is_whole(&half, input)) == whole);
	if (userdb_read(input, mem, &reply, &err) == 0) {
		FUZZ_CHECK(whole);
		/* A name that is read can be asked for. */
		struct str request = userdb_ask(reply.name, mem);
		FUZZ_CHECK(memchr(request.p, '\n', request.n - 1) == request.p + 11);
		if (reply.answer == USERDB_FOUND)
			check_user(&reply, mem);
	} else {
		FUZZ_CHECK(err.fault == FAULT_TEMP && err.text[0]);
	}
	if (userdb_read_all(input, mem, &names, &err) == 0)
		FUZZ_CHECK(whole && names.count <= input.n);
}

static void seeds(struct arena *mem)
{
	struct str field = fuzz_repeat(mem, STR_LIT("a=\001tb\t"), 300);
	fuzz_seed(STR_LIT("VERSION\t1\t1\nSPID\t1\nUSER\t1\tann@a.test\tuid=5000\tgid=5000\thome=/h"
			  "\tmail=maildir:~/M:LAYOUT=fs:INDEX=/i\tquota_rule=*:storage=1G\n"));
	fuzz_seed(STR_LIT("VERSION\t1\t3\nSPID\t1\nUSER\t1\tann@a.test\tuid=5000\tgid=5000\thome=/h"
			  "\tmail_driver=maildir\tmail_path=~/M\tmailbox_list_layout=fs\n"));
	fuzz_seed(STR_LIT("VERSION\t1\t3\nSPID\t1\nNOTFOUND\t1\n"));
	fuzz_seed(STR_LIT("VERSION\t1\t3\nSPID\t1\nFAIL\t1\ttemp\treason=no\001tway\n"));
	fuzz_seed(STR_LIT("VERSION\t1\t1\nSPID\t1\nLIST\t1\tann\nLIST\t1\tbob\nDONE\t1\n"));
	fuzz_seed(arena_fmt(mem, "VERSION\t1\t1\nUSER\t1\tann\t" STR_FMT "\n", STR_ARGS(field)));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 4000};

#include "mda/tools/doctor/doctor_state.h"

#include "base/beneath.h"
#include "base/io.h"
#include "base/path.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_mailbox.h"
#include "mda/tools/doctor/doctor_uids.h"
#include "store/dotlock.h"
#include "store/folder.h"
#include "store/uidlist.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAY = 24 * 3600, LOCK_LOOKS = 20, UID_SAFE = INT32_MAX };

static const struct timespec between_looks = {.tv_nsec = 100000000L};

static struct str name_of(struct doctor *d, struct str directory)
{
	return folder_name(directory, d->mem);
}

/* ---- the database ---- */

void doctor_state_database(struct doctor *d)
{
	struct doctor_uids u = doctor_uids_of(d);
	struct doctor_mailbox m = doctor_mailbox_of(d);
	if (!u.exists)
		return;
	doctor_judge(d, u.wrong != NULL, DOCTOR_ERROR,
		DOCTOR_TEXT(
			d, "the UIDs in %s cannot be read: %s", m.state, u.wrong ? u.wrong : ""),
		DOCTOR_TEXT(d, "%s -d %s", doctor_tool(d, "reindex repair"), doctor_user_word(d)),
		DOCTOR_TEXT(
			d, "the UID database is sound: %zu folders, %zu UIDs", u.count, u.uids));
}

void doctor_state_damaged(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	DIR *dir = m.state ? path_opendir(m.state) : NULL;
	const struct dirent *entry;
	const char *damaged = NULL;
	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, "data.mdb.damaged-", 17) == 0)
			damaged = DOCTOR_TEXT(d, "%s/%s", m.state, entry->d_name).p;
	if (dir)
		closedir(dir);
	if (dir)
		doctor_judge(d, damaged != NULL, DOCTOR_WARNING,
			DOCTOR_TEXT(d, "the UID database was damaged, and renamed to %s",
				damaged ? damaged : ""),
			DOCTOR_TEXT(d,
				"%s -d %s; if it is content, remove the file. "
				"Look at the disk and the memory",
				doctor_tool(d, "reindex check"), doctor_user_word(d)),
			STR_LIT("no damaged UID database is left"));
}

void doctor_state_high(struct doctor *d)
{
	struct doctor_uids u = doctor_uids_of(d);
	if (!u.exists || u.wrong)
		return;
	for (size_t i = 0; i < u.count; i++) {
		const struct doctor_folder *f = &u.folders[i];
		if (f->uidnext - 1 <= UID_SAFE)
			continue;
		doctor_found(d, DOCTOR_WARNING,
			DOCTOR_TEXT(d,
				STR_FMT ": the next UID is %lu, which some clients cannot use",
				STR_ARGS(name_of(d, f->directory)), (unsigned long)f->uidnext),
			DOCTOR_TEXT(d, "%s -d %s", doctor_tool(d, "reindex renumber"),
				doctor_user_word(d)));
		return;
	}
	doctor_found(d, DOCTOR_OK, STR_LIT("no folder has used up its UIDs"), STR_EMPTY);
}

/* ---- the IMAP server's files ---- */

/* The header of dovecot-uidlist in a folder: 1, 0 there is none, -1 it is damaged. */
static int server_header(int root, struct str directory, struct uidlist_header *h)
{
	char path[FOLDER_PATH_BYTES + 32], bytes[UIDLIST_LINE_MAX];
	struct str line;
	if (snprintf(path, sizeof path, STR_FMT "%sdovecot-uidlist", STR_ARGS(directory),
		    directory.n ? "/" : "") >= (int)sizeof path)
		return 0;
	int fd = beneath_open_file(root, path, O_RDONLY, 0);
	if (fd < 0)
		return 0;
	ssize_t n = io_read(fd, bytes, sizeof bytes);
	close(fd); /* nothing was written */
	line = (struct str){bytes, n > 0 ? (size_t)n : 0};
	line = str_slice(line, 0, str_find(line, '\n'));
	return uidlist_parse_header(line, h) ? 1 : -1;
}

void doctor_state_server(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	static const struct {
		const char *file, *server;
		enum store_server is;
	} files[] = {{"dovecot-uidlist", "dovecot", STORE_SERVER_DOVECOT},
		{"courierimapuiddb", "courier", STORE_SERVER_COURIER}};
	if (m.root < 0)
		return;
	for (size_t i = 0; i < 2; i++) {
		if (beneath_exists(m.root, files[i].file) < 0 ||
			d->conf->imap_server == files[i].is)
			continue;
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d,
				"%s/%s: %s reads this mailbox, and gives UIDs of its own to what "
				"mda delivers",
				m.maildir, files[i].file, files[i].server),
			DOCTOR_TEXT(d, "set imap_server = %s", files[i].server));
		return;
	}
	doctor_found(d, DOCTOR_OK, STR_LIT("imap_server is the server that reads the mailbox"),
		STR_EMPTY);
}

void doctor_state_uidlist(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	struct uidlist_header h;
	size_t files = 0;
	for (size_t i = 0; i < m.folders.count; i++) {
		int r = server_header(m.root, m.folders.items[i], &h);
		files += r > 0;
		if (r >= 0)
			continue;
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d,
				STR_FMT ": dovecot-uidlist is damaged: Dovecot would give new UIDs",
				STR_ARGS(name_of(d, m.folders.items[i]))),
			DOCTOR_TEXT(d, "%s -d %s", doctor_tool(d, "reindex repair"),
				doctor_user_word(d)));
		return;
	}
	if (files)
		doctor_found(d, DOCTOR_OK,
			DOCTOR_TEXT(d, "%zu files dovecot-uidlist can be read", files), STR_EMPTY);
}

void doctor_state_validity(struct doctor *d)
{
	struct doctor_uids u = doctor_uids_of(d);
	struct doctor_mailbox m = doctor_mailbox_of(d);
	struct uidlist_header h;
	size_t same = 0;
	if (!u.exists || u.wrong || m.root < 0)
		return;
	for (size_t i = 0; i < u.count; i++) {
		const struct doctor_folder *f = &u.folders[i];
		if (!folder_is_directory(f->directory) ||
			server_header(m.root, f->directory, &h) <= 0)
			continue;
		same++;
		if (h.uidvalidity == f->uidvalidity)
			continue;
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d,
				STR_FMT
				": UIDVALIDITY is %lu in dovecot-uidlist and %lu in the UID "
				"database",
				STR_ARGS(name_of(d, f->directory)), (unsigned long)h.uidvalidity,
				(unsigned long)f->uidvalidity),
			DOCTOR_TEXT(d, "%s -d %s says which one counts",
				doctor_tool(d, "reindex check"), doctor_user_word(d)));
		return;
	}
	if (same)
		doctor_found(d, DOCTOR_OK,
			DOCTOR_TEXT(
				d, "%zu folders have one UIDVALIDITY here and in Dovecot", same),
			STR_EMPTY);
}

/* ---- locks ---- */

static bool is_locked(int fd)
{
	struct flock range = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
	return fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

/* A delivery holds the lock for milliseconds. */
void doctor_state_lock(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	int fd = m.state ? path_open_file(DOCTOR_TEXT(d, "%s/lock", m.state).p, O_RDONLY, 0) : -1;
	size_t held = 0;
	if (fd < 0)
		return;
	while (held < LOCK_LOOKS && is_locked(fd) && ++held)
		nanosleep(&between_looks, NULL); /* a shorter pause does no harm */
	close(fd);                               /* nothing was written */
	doctor_judge(d, held == LOCK_LOOKS, DOCTOR_ERROR,
		DOCTOR_TEXT(d, "another process holds the mailbox's lock, %s/lock: mail waits",
			m.state),
		DOCTOR_TEXT(d, "fuser -v %s shows which one; end it if it hangs",
			doctor_word(d, DOCTOR_TEXT(d, "%s/lock", m.state).p)),
		STR_LIT("the mailbox is not locked"));
}

void doctor_state_dotlock(struct doctor *d)
{
	static const char *const names[] = {"dovecot-uidlist.lock", "dovecot-keywords.lock",
		"subscriptions.lock", "courierimapuiddb.lock"};
	struct doctor_mailbox m = doctor_mailbox_of(d);
	struct stat st;
	for (size_t i = 0; i < m.folders.count; i++)
		for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
			struct str dir = m.folders.items[i];
			struct str path = DOCTOR_TEXT(
				d, STR_FMT "%s%s", STR_ARGS(dir), dir.n ? "/" : "", names[k]);
			if (beneath_lstat(m.root, path.p, &st) < 0 ||
				st.st_mtime > time(NULL) - DOTLOCK_STALE_SECONDS)
				continue;
			doctor_found(d, DOCTOR_WARNING,
				DOCTOR_TEXT(d,
					"%s/%s is older than %d seconds: its server has died, or "
					"hangs",
					m.maildir, path.p, (int)DOTLOCK_STALE_SECONDS),
				DOCTOR_TEXT(d, "if the process in it is gone: rm %s",
					doctor_word(
						d, DOCTOR_TEXT(d, "%s/%s", m.maildir, path.p).p)));
			return;
		}
	if (m.root >= 0)
		doctor_found(d, DOCTOR_OK, STR_LIT("no lock of an IMAP server is old"), STR_EMPTY);
}

void doctor_state_tmp(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	if (m.root < 0)
		return;
	doctor_judge(d, m.old_tmp > 0, DOCTOR_WARNING,
		DOCTOR_TEXT(d,
			"%zu files in tmp are older than three days: deliveries died, and "
			"nothing cleans up",
			m.old_tmp),
		DOCTOR_TEXT(d,
			"look for \"signal\" and \"time_limit\" in the log; the next delivery "
			"cleans up"),
		STR_LIT("no old files are in tmp"));
}

/* ---- the clock ---- */

enum { YEAR_2020 = 1577836800 };

void doctor_clock_year(struct doctor *d)
{
	time_t now = time(NULL);
	doctor_judge(d, now < YEAR_2020, DOCTOR_ERROR,
		STR_LIT("the clock says that it is before 2020: UIDVALIDITY and dates will be "
			"wrong"),
		STR_LIT("timedatectl set-ntp true"), STR_LIT("the clock is later than 2020"));
}

void doctor_clock_mail(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	if (m.root < 0)
		return;
	doctor_judge(d, m.in_future > 0, DOCTOR_WARNING,
		DOCTOR_TEXT(d, "%zu messages are from the future, such as %s", m.in_future,
			m.in_future ? m.from_future : ""),
		STR_LIT("set the clock (timedatectl), then: touch these files"),
		STR_LIT("no message is from the future"));
}

void doctor_clock_validity(struct doctor *d)
{
	struct doctor_uids u = doctor_uids_of(d);
	time_t now = time(NULL);
	if (!u.exists || u.wrong)
		return;
	for (size_t i = 0; i < u.count; i++) {
		if ((time_t)u.folders[i].uidvalidity <= now + DAY)
			continue;
		doctor_found(d, DOCTOR_WARNING,
			DOCTOR_TEXT(d,
				STR_FMT ": UIDVALIDITY %lu is from the future: the clock was wrong",
				STR_ARGS(name_of(d, u.folders[i].directory)),
				(unsigned long)u.folders[i].uidvalidity),
			STR_LIT("set the clock (timedatectl); the UIDs stay valid"));
		return;
	}
	doctor_found(d, DOCTOR_OK, STR_LIT("no UIDVALIDITY is from the future"), STR_EMPTY);
}

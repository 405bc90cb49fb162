#include "mda/tools/doctor/doctor_machine.h"

#include "base/confined.h"
#include "base/confusable.h"
#include "base/curl_library.h"
#include "base/filetype.h"
#include "base/idn.h"
#include "base/mime.h"
#include "filters/sieve/unistring.h"
#include "mda/tools/doctor/doctor.h"

/* ---- libraries ---- */

void doctor_library_mime(struct doctor *d)
{
	const char *why = mime_unavailable();
	doctor_judge(d, why != NULL, DOCTOR_ERROR,
		DOCTOR_TEXT(d,
			"GMime cannot be loaded, so scripts that read parts or encoded words "
			"fail: %s",
			why ? why : ""),
		STR_LIT("apt-get install libgmime-3.0-0, and make install"),
		STR_LIT("GMime can be loaded"));
}

void doctor_library_magic(struct doctor *d)
{
	const char *why = NULL;
	struct str type = filetype_of(STR_LIT("%PDF-1.4\n1 0 obj\n"), d->mem, &why);
	bool needed = d->conf->attachments_refuse.count > 0;
	doctor_judge(d, !str_eq(type, STR_LIT("application/pdf")),
		needed ? DOCTOR_ERROR : DOCTOR_WARNING,
		DOCTOR_TEXT(d,
			"libmagic does not know a PDF file, so attachments are judged by their "
			"names: %s",
			why ? why : "its database is incomplete"),
		STR_LIT("apt-get install libmagic1 libmagic-mgc"),
		STR_LIT("libmagic and its database work"));
}

void doctor_library_idn(struct doctor *d)
{
	struct str domain = idn_domain(STR_LIT("b\xc3\xbc"
					       "cher.test"),
		d->mem);
	doctor_judge(d, !str_eq(domain, STR_LIT("xn--bcher-kva.test")), DOCTOR_ERROR,
		STR_LIT("libidn2 cannot be loaded, so list entries do not match domains with other "
			"letters than ASCII"),
		STR_LIT("apt-get install libidn2-0"), STR_LIT("libidn2 works"));
}

void doctor_library_icu(struct doctor *d)
{
	/* A Cyrillic a. */
	(void)confusable_fold(STR_LIT("\xd0\xb0"), d->mem);
	doctor_judge(d, confusable_lacks_icu(), DOCTOR_WARNING,
		STR_LIT("ICU cannot be loaded, so names in look-alike letters are not recognised"),
		STR_LIT("apt-get install the libicu that mda was built with"),
		STR_LIT("ICU works"));
}

void doctor_library_curl(struct doctor *d)
{
	const struct conf *c = d->conf;
	if (c->antispam != SPAM_BY_RSPAMD && c->submission.n == 0)
		return;
	doctor_judge(d, curl_library() == NULL, DOCTOR_ERROR,
		STR_LIT("libcurl cannot be loaded, so rspamd cannot be asked and nothing is sent "
			"by "
			"submission"),
		STR_LIT("apt-get install libcurl4"), STR_LIT("libcurl works"));
}

void doctor_library_unistring(struct doctor *d)
{
	void *function = NULL;
	doctor_judge(d, !unistring_find("u8_casefold", &function), DOCTOR_WARNING,
		STR_LIT("libunistring cannot be loaded, so rules compare only ASCII letters "
			"without "
			"case"),
		STR_LIT("apt-get install the libunistring that libidn2 needs"),
		STR_LIT("libunistring works"));
}

/* ---- what confines the process that judges ---- */

void doctor_sandbox_landlock(struct doctor *d)
{
	doctor_judge(d, !(confined_possible() & CONFINED_LANDLOCK), DOCTOR_WARNING,
		STR_LIT("this kernel has no Landlock: a message that takes over the process that "
			"judges "
			"could read files of its user"),
		STR_LIT("boot with lsm=landlock,..., or a kernel from 5.13 on"),
		STR_LIT("Landlock is there"));
}

void doctor_sandbox_seccomp(struct doctor *d)
{
	doctor_judge(d, !(confined_possible() & CONFINED_SYSCALLS), DOCTOR_WARNING,
		STR_LIT("this kernel has no filter of system calls: a message that takes over the "
			"process that judges could connect or write"),
		STR_LIT("use a kernel with CONFIG_SECCOMP_FILTER"),
		STR_LIT("a filter of system calls is there"));
}

static void say_done(void *context, struct buf *out)
{
	(void)context;
	buf_text(out, "done");
}

void doctor_sandbox_child(struct doctor *d)
{
	enum { MEMORY = 64 << 20, MILLISECONDS = 20000, SECONDS = 10 };
	unsigned holds = 0;
	struct str result;
	struct err err;
	const struct str_list nothing = {0};
	const struct confined_job job = {.what = "a trial",
		.work = say_done,
		.readable = &nothing,
		.cpu_seconds = SECONDS,
		.wall_milliseconds = MILLISECONDS,
		.memory = MEMORY,
		.largest = MEMORY,
		.holds = &holds};
	bool failed = confined_run(&job, d->mem, &result, &err) != CONFINED_DONE;
	const char *lack = failed ? NULL : confined_lack(holds);
	doctor_judge(d, failed || lack, failed ? DOCTOR_ERROR : DOCTOR_WARNING,
		failed ? DOCTOR_TEXT(d, "no process can be confined: %s", err.text)
		       : DOCTOR_TEXT(d, "the process that judges mail is confined, but with %s",
				 lack ? lack : ""),
		STR_LIT("let the container or service that mda runs in have Landlock and seccomp"),
		STR_LIT("a process that judges was confined by limits, Landlock and a filter of "
			"system "
			"calls"));
}

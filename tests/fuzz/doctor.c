/*
 * What postconf, exim, smtpd and doveconf print, which mda-doctor reads: whatever it is, each check
 * comes to its end, says something in words, and what is shown cannot control the terminal. The
 * input has the outputs one after the other, each up to a byte 0xFF.
 */
#include "base/printable.h"
#include "mda/tools/doctor/doctor_show.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const words[] = {"\xff", "\n", " = ", "{\n", "}\n", " transport:\n",
	"command = ", "/usr/bin/mda", "argv=/usr/bin/mda", "-f ${sender}", "-r ${recipient}", "-a ",
	"${original_recipient}", "$", "${", "}", "mda_time_limit", "command_time_limit", "unix",
	"pipe", "flags=DRXhu", "user=vmail", "null_sender=", "virtual_transport = lmtp:unix:",
	"mailbox_command = ", "mydestination = ", "action \"local\" mda \"", "\"", "'", "\\\n",
	"match from any for domain", "alias <aliases>", "namespace inbox {\n", "inbox = yes\n",
	"mail_location = maildir:~/Maildir", ":LAYOUT=fs",
	":INBOX=", ":CONTROL=", "mail_path = ", "mail_driver = ", "userdb {\n",
	"args = home=", "plugin {\n", "sieve = file:", "%d/%n", "%{user | username}",
	"special_use = \\Junk\n", "99999999999999999999", "1h30m", "50M", NULL};

static bool is_of_a_program(const struct doctor_check *c)
{
	static const char *const groups[] = {"postfix", "exim", "smtpd", "dovecot"};
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (strcmp(c->group, groups[i]) == 0)
			return c->need == DOCTOR_NEEDS_CONF;
	return false;
}

static void begin(struct doctor *d, struct str input)
{
	struct session *s = &d->session;
	s->file = conf_load(NULL, d->mem, NULL);
	FUZZ_CHECK(s->file != NULL);
	s->conf = d->conf = conf_global(s->file, d->mem);
	s->user.names = (struct template_values){.user = STR_LIT("ann@a.test"),
		.local = STR_LIT("ann"),
		.domain = STR_LIT("a.test"),
		.home = STR_LIT("/nonexistent/ann")};
	d->has_user = true;
	for (size_t i = 0; i < DOCTOR_SOURCES; i++)
		d->outputs[i] = (struct doctor_output){
			.asked = true, .exists = true, .text = fuzz_field(&input)};
}

static void check_shown(const struct doctor *d)
{
	const struct terminal plain = {false, 0};
	struct buf text = {0};
	doctor_show_text(&text, d, &plain);
	struct str rest = buf_str(&text), line;
	while (str_line(&rest, &line)) {
		struct buf safe = {0};
		printable_add(&safe, line);
		FUZZ_CHECK(str_eq(buf_str(&safe), line));
		buf_free(&safe);
	}
	buf_clear(&text);
	doctor_show_json(&text, d);
	buf_free(&text);
}

static void run(struct str input, struct arena *mem)
{
	struct doctor d = {.session = {.mem = mem, .asks = true}, .mem = mem};
	begin(&d, input);
	for (size_t i = 0; i < doctor_check_count; i++) {
		d.check = &doctor_checks[i];
		if (is_of_a_program(d.check))
			d.check->run(&d);
	}
	for (size_t i = 0; i < d.finding_count; i++)
		FUZZ_CHECK(d.findings[i].text.n > 0);
	check_shown(&d);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(STR_LIT("mda_destination_recipient_limit = 1\nvirtual_transport = mda\n"
			  "mda_time_limit = ${command_time_limit}\ncommand_time_limit = 1000s\n"
			  "mydestination = $myhostname, localhost\nrecipient_delimiter = +\n\xff"
			  "mda unix - n n - - pipe flags=Rq user=vmail null_sender= "
			  "argv=/usr/bin/mda -f ${sender} -r ${recipient} -a "
			  "${original_recipient}\n\xff"
			  "message_size_limit = 50M\nqualify_domain = a.test\n\xff"
			  "mda transport:\ndriver = pipe\nbatch_max = 1\n"
			  "command = \"/usr/bin/mda\"\nenvironment = "
			  "ORIGINAL_RECIPIENT=$original_local_part@$original_domain\n"
			  "no_ignore_status\ntemp_errors = 75 : 127\ntimeout = 20m\n"
			  "timeout_defer\n\xff"
			  "smtp sub-addr-delim \"+\"\naction \"local\" mda \"/usr/bin/mda -r "
			  "'%{user.username}@%{dest.domain}' -a '%{rcpt}'\" \\\n  alias <aliases>\n"
			  "match from any for domain \"a.test\" action \"local\"\n\xff"
			  "configuration OK\n\xff"
			  "mail_location = maildir:~/Maildir\nmail_plugins = \" quota zlib\"\n"
			  "namespace inbox {\n  inbox = yes\n  prefix =\n  mailbox Junk {\n    "
			  "special_use = \\Junk\n  }\n}\nplugin {\n  sieve = "
			  "file:~/sieve;active=~/.dovecot.sieve\n}\nuserdb {\n  args = uid=1 gid=1 "
			  "home=/srv/%d/%n\n  driver = static\n}\n"));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("a = $a$b\nb = $a$a\n"), 300));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("namespace inbox {\n"), 300));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 1500};

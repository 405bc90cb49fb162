#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_conf.h"
#include "mda/tools/doctor/doctor_path.h"
#include "mda/tools/doctor/doctor_user.h"

#define ANYTIME    DOCTOR_ANYTIME
#define NEEDS_CONF DOCTOR_NEEDS_CONF
#define NEEDS_USER DOCTOR_NEEDS_USER

/* In the order in which they are reported. */
const struct doctor_check doctor_checks[] = {
	{"conf-account", "conf", ANYTIME, doctor_conf_account, "there is an account to check with"},
	{"conf-file", "conf", ANYTIME, doctor_conf_file, "mda.conf has no errors"},
	{"conf-sections", "conf", NEEDS_CONF, doctor_conf_sections, "its sections have no errors"},
	{"conf-mode", "conf", ANYTIME, doctor_conf_mode, "only root can change it"},
	{"conf-password", "conf", NEEDS_CONF, doctor_conf_password,
		"nobody else can read a password in it"},
	{"conf-apart", "conf", NEEDS_CONF, doctor_conf_apart, "nothing but mail is in a Maildir"},
	{"conf-folders", "conf", NEEDS_CONF, doctor_conf_folders,
		"the keys about folders' names agree"},
	{"conf-junk", "conf", NEEDS_CONF, doctor_conf_junk, "junk_folder is a folder"},
	{"conf-discard", "conf", NEEDS_CONF, doctor_conf_discard, "spam is not discarded"},
	{"conf-idle", "conf", NEEDS_CONF, doctor_conf_idle, "every key that is set has an effect"},
	{"conf-authserv", "conf", NEEDS_CONF, doctor_conf_authserv,
		"allow entries do not apply to forged senders"},
	{"conf-inside", "conf", NEEDS_CONF, doctor_conf_inside,
		"senders inside can be told from those outside"},
	{"conf-organization", "conf", NEEDS_CONF, doctor_conf_organization,
		"our domains are in organizations"},
	{"conf-time", "conf", NEEDS_CONF, doctor_conf_time,
		"servers and programs have less time than time_limit"},
	{"conf-time-limit", "conf", NEEDS_CONF, doctor_conf_time_limit,
		"a delivery that hangs ends"},
	{"conf-srs", "conf", NEEDS_CONF, doctor_conf_srs, "SRS addresses can be made"},
	{"conf-log", "conf", NEEDS_CONF, doctor_conf_log, "there is a log"},

	{"path-log", "path", NEEDS_CONF, doctor_path_log, "the log can be written"},
	{"path-key", "path", NEEDS_CONF, doctor_path_key, "only its owner can read stamp_key"},
	{"path-spool", "path", NEEDS_CONF, doctor_path_spool, "spool_dir can be used"},
	{"path-sendmail", "path", NEEDS_CONF, doctor_path_sendmail, "sendmail_path is a program"},
	{"path-programs", "path", NEEDS_CONF, doctor_path_programs,
		"the programs of programs_dir can be run"},
	{"path-lists", "path", NEEDS_CONF, doctor_path_lists, "the global lists can be read"},
	{"path-lists-mode", "path", NEEDS_CONF, doctor_path_lists_mode,
		"not everybody can change them"},
	{"path-scripts", "path", NEEDS_CONF, doctor_path_scripts,
		"the scripts for everybody can be read"},
	{"path-people", "path", NEEDS_CONF, doctor_path_people, "the files of people can be read"},
	{"path-above", "path", NEEDS_CONF, doctor_path_above,
		"the directories above the homes are safe"},

	{"user-known", "user", NEEDS_CONF, doctor_user_known, "the user of -d exists"},
	{"user-home", "user", NEEDS_USER, doctor_user_home,
		"the home belongs to the owner of the mailbox"},
	{"user-home-mode", "user", NEEDS_USER, doctor_user_home_mode,
		"nobody else can write to it"},
	{"user-maildir", "user", NEEDS_USER, doctor_user_maildir,
		"the Maildir belongs to the owner"},
	{"user-maildir-mode", "user", NEEDS_USER, doctor_user_maildir_mode,
		"nobody else can read it"},
	{"user-folders", "user", NEEDS_USER, doctor_user_folders, "its folders can be written"},
	{"user-mail-owner", "user", NEEDS_USER, doctor_user_mail_owner,
		"the messages belong to the owner"},
	{"user-state", "user", NEEDS_USER, doctor_user_state, "the state belongs to the owner"},
	{"user-state-mode", "user", NEEDS_USER, doctor_user_state_mode, "nobody else can use it"},
	{"user-files", "user", NEEDS_USER, doctor_user_files,
		"the user's rules, lists and contacts can be read"},
	{"user-links", "user", NEEDS_USER, doctor_user_links, "no link hides them"},
	{"user-quota", "user", NEEDS_USER, doctor_user_quota, "the mailbox is not full"},
};

const size_t doctor_check_count = sizeof doctor_checks / sizeof *doctor_checks;

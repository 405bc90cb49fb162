#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_conf.h"
#include "mda/tools/doctor/doctor_disk.h"
#include "mda/tools/doctor/doctor_list.h"
#include "mda/tools/doctor/doctor_machine.h"
#include "mda/tools/doctor/doctor_path.h"
#include "mda/tools/doctor/doctor_script.h"
#include "mda/tools/doctor/doctor_spam.h"
#include "mda/tools/doctor/doctor_state.h"
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

	{"disk-space", "disk", NEEDS_CONF, doctor_disk_space, "there is room on the disks"},
	{"disk-files", "disk", NEEDS_CONF, doctor_disk_files, "there are inodes on the disks"},
	{"disk-writable", "disk", NEEDS_CONF, doctor_disk_writable, "the disks can be written"},
	{"disk-network", "disk", NEEDS_USER, doctor_disk_network,
		"the UIDs are on a local file system"},
	{"disk-one", "disk", NEEDS_USER, doctor_disk_one, "each folder is on one file system"},

	{"state-database", "state", NEEDS_USER, doctor_state_database, "the UID database is sound"},
	{"state-damaged", "state", NEEDS_USER, doctor_state_damaged,
		"no damaged UID database is left"},
	{"state-high", "state", NEEDS_USER, doctor_state_high, "no folder has used up its UIDs"},
	{"state-server", "state", NEEDS_USER, doctor_state_server,
		"imap_server is the server that reads the mailbox"},
	{"state-uidlist", "state", NEEDS_USER, doctor_state_uidlist,
		"the files dovecot-uidlist can be read"},
	{"state-validity", "state", NEEDS_USER, doctor_state_validity,
		"UIDVALIDITY is the same in Dovecot"},
	{"state-lock", "state", NEEDS_USER, doctor_state_lock, "the mailbox is not locked"},
	{"state-dotlock", "state", NEEDS_USER, doctor_state_dotlock,
		"no lock of an IMAP server is old"},
	{"state-tmp", "state", NEEDS_USER, doctor_state_tmp, "no old files are in tmp"},

	{"clock-year", "clock", ANYTIME, doctor_clock_year, "the clock is later than 2020"},
	{"clock-mail", "clock", NEEDS_USER, doctor_clock_mail, "no message is from the future"},
	{"clock-validity", "clock", NEEDS_USER, doctor_clock_validity,
		"no UIDVALIDITY is from the future"},

	{"script-errors", "script", NEEDS_CONF, doctor_script_errors, "the scripts have no errors"},
	{"script-advice", "script", NEEDS_USER, doctor_script_advice,
		"no line of a script is suspicious"},
	{"script-shadow", "script", NEEDS_USER, doctor_script_shadow,
		"no script hides another one"},
	{"script-unseen", "script", NEEDS_USER, doctor_script_unseen,
		"no script is where it does not run"},
	{"script-failed", "script", NEEDS_USER, doctor_script_failed,
		"no delivery has found errors in the script"},

	{"list-errors", "list", NEEDS_CONF, doctor_list_errors, "all entries can be read"},
	{"list-everything", "list", NEEDS_CONF, doctor_list_everything,
		"no entry matches everybody"},
	{"list-own-domain", "list", NEEDS_CONF, doctor_list_own_domain,
		"no domain of ours is allowed"},
	{"list-covered", "list", NEEDS_CONF, doctor_list_covered,
		"no entry is covered by another one"},
	{"list-overruled", "list", NEEDS_CONF, doctor_list_overruled,
		"no entry is overruled by the opposite list"},
	{"list-expired", "list", NEEDS_CONF, doctor_list_expired, "no entry has expired"},
	{"list-compiled", "list", NEEDS_CONF, doctor_list_compiled,
		"compiled lists are up to date"},
	{"alias-errors", "list", NEEDS_CONF, doctor_list_aliases, "all aliases can be read"},
	{"alias-compiled", "list", NEEDS_CONF, doctor_list_aliases_compiled,
		"compiled aliases are up to date"},

	{"library-mime", "library", ANYTIME, doctor_library_mime, "GMime can be loaded"},
	{"library-magic", "library", NEEDS_CONF, doctor_library_magic,
		"libmagic and its database work"},
	{"library-idn", "library", ANYTIME, doctor_library_idn, "libidn2 can be loaded"},
	{"library-icu", "library", ANYTIME, doctor_library_icu, "ICU can be loaded"},
	{"library-curl", "library", NEEDS_CONF, doctor_library_curl,
		"libcurl can be loaded, if it is needed"},
	{"library-unistring", "library", ANYTIME, doctor_library_unistring,
		"libunistring can be loaded"},

	{"spam-filter", "spam", NEEDS_CONF, doctor_spam_filter, "somebody decides what is spam"},
	{"spam-server", "spam", NEEDS_CONF, doctor_spam_server, "the anti-spam servers answer"},
	{"spam-learn", "spam", NEEDS_CONF, doctor_spam_learn, "the servers that learn answer"},

	{"sandbox-landlock", "sandbox", ANYTIME, doctor_sandbox_landlock,
		"the kernel has Landlock"},
	{"sandbox-seccomp", "sandbox", ANYTIME, doctor_sandbox_seccomp,
		"the kernel filters system calls"},
	{"sandbox-child", "sandbox", ANYTIME, doctor_sandbox_child,
		"the process that judges is confined"},
};

const size_t doctor_check_count = sizeof doctor_checks / sizeof *doctor_checks;

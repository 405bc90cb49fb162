/*
 * What the admin has set. conf_load() reads mda.conf into a list of settings. conf_for() selects
 * those for one recipient: the command line wins over an address section, that over the table
 * `address_settings`, that over a domain section, that over the rest of the file, and that over the
 * defaults.
 */
#ifndef MDA_CONF_CONF_H
#define MDA_CONF_CONF_H

#include "base/arena.h"
#include "base/err.h"
#include "filters/authres.h"
#include "filters/label/tag.h"
#include "filters/spam/score.h"
#include "filters/spam/spam.h"
#include "store/folder.h"
#include "mda/conf/conf_warning.h"
#include "store/quota.h"
#include "store/store.h"

enum conf_users { USERS_SYSTEM, USERS_VIRTUAL, USERS_DOVECOT };
/* A switch whose value may depend on another key. */
enum conf_auto { CONF_AUTO, CONF_NO, CONF_YES };
/* Whose symbolic links are followed below a home. */
enum conf_links { LINKS_OF_NOBODY, LINKS_OF_ADMIN };
enum conf_spam_action { SPAM_TO_JUNK, SPAM_MARK, SPAM_REJECT, SPAM_DISCARD };
enum conf_quota_full { QUOTA_FULL_RETRY, QUOTA_FULL_REFUSE };
enum conf_blocked_action { BLOCKED_TO_JUNK, BLOCKED_MARK, BLOCKED_REFUSE };

/* A limit in bytes, and where it comes from. */
struct conf_quota {
	enum quota_source source;
	size_t bytes; /* of QUOTA_SET; 0: no limit */
};

/* A number, or none. */
struct conf_limit {
	bool is_set;
	double value;
};

/* Which address is the sender. */
enum sender_by {
	SENDER_ORIGINAL,
	SENDER_RECIPIENT,
	SENDER_SRS,
	SENDER_ORIGINAL_RECIPIENT,
	SENDER_ADDRESS
};

struct conf_sender {
	enum sender_by by;
	struct str address; /* with SENDER_ADDRESS; empty: the null sender */
};

enum reject_by { REJECT_BY_MTA, REJECT_BY_MESSAGE };
enum line_end { LINE_END_CRLF, LINE_END_LF };
enum vacation_sender { VACATION_FROM_NOBODY, VACATION_FROM_RECIPIENT };

/* The settings in force for one recipient. Each string is a C string as well: a NUL follows it. */
struct conf {
	enum conf_users users;
	struct str users_socket; /* of Dovecot */
	size_t users_timeout;    /* seconds */
	struct str_list users_homes;
	struct str virtual_user, virtual_home, unprivileged_user;
	bool create_home;
	struct str default_domain, recipient_delimiter, aliases;
	size_t aliases_timeout; /* seconds */
	struct str address_settings;
	size_t address_settings_timeout; /* seconds */
	struct str maildir, state_dir;
	bool create_maildir;
	bool create_keep_folder;
	enum folder_layout layout;
	struct str folder_prefix, folder_separator;
	enum conf_auto folder_utf8;
	bool subscribe;
	enum conf_links follow_links;
	enum store_server imap_server;
	struct conf_quota quota;
	size_t quota_messages; /* 0: no limit */
	enum conf_quota_full quota_full;
	struct conf_warnings quota_warnings;
	struct str after_delivery; /* "unix:/path", or empty: nobody is told */
	struct str_list retention; /* "folder time", see retention.h */

	struct str stamp_key;
	size_t stamp_lifetime; /* days */

	size_t message_in_memory, message_max;
	struct str spool_dir, log;
	size_t explain_keep; /* seconds; 0: nothing is kept */
	size_t time_limit;   /* seconds */

	struct str global_allow, global_block, user_allow, user_block;
	size_t lists_expire; /* seconds; 0: never */
	struct str_list authserv_id;
	size_t own_received;
	enum authres_requires allow_requires;
	bool trust_arc;
	enum conf_blocked_action blocked_action;
	struct str refuse_text;

	enum spam_kind antispam;
	struct str_list antispam_servers;
	size_t antispam_timeout; /* seconds */
	size_t antispam_max_size;
	enum spam_failure antispam_failure;
	struct str_list learn_servers;
	struct str learn_password;
	struct conf_limit spam_limit;
	struct spam_rules spam_headers;
	struct score_conf spamtest, virustest;
	enum conf_spam_action spam_action;
	bool spam_rules;
	struct str_list attachments_refuse;
	struct str junk_folder;

	struct str sieve_engine;
	struct str_list scripts_before, scripts_user, scripts_after;
	bool report_errors;
	struct str_list scripts_personal,
		scripts_global;      /* directories that `include` looks into */
	struct str_list special_use; /* "Sent Sent": use, folder */
	struct str metadata;         /* annotations: a path */
	struct str_list list_dirs;   /* of external lists */
	struct str_list editheader_protected, editheader_forbid_add,
		editheader_forbid_delete; /* names of fields */
	size_t editheader_max;
	struct str_list script_environment; /* "name value" */
	size_t script_max, redirects_max;
	struct str programs_dir; /* empty: rules run none */
	size_t programs_seconds, programs_memory;
	enum line_end programs_line_end;
	struct str sendmail_path, submission;
	struct conf_sender redirect_sender, notify_sender, report_sender;
	struct str srs_domain;
	bool redirect_resent;
	size_t redirects_per_day, answers_per_hour;
	enum vacation_sender vacation_sender;
	bool vacation_check_recipient, vacation_original_recipient;
	struct str vacation_subject, vacation_subject_of;
	enum reject_by reject_by;

	bool label;
	unsigned label_shows; /* TAG_HEADER ... */
	enum authres_requires inside_requires;
	struct str contacts, contacts_dir;
	bool contacts_skip_antispam;
	struct str_list address_books;
	struct str_list remove_headers;
	struct str_list lmtp_listen; /* paths and host:port */
	struct str lmtp_socket_owner, lmtp_socket_mode, lmtp_status;
	size_t lmtp_workers, lmtp_worker_messages, lmtp_connections, lmtp_client_connections;
	size_t lmtp_recipients, lmtp_deliveries, lmtp_mailbox_deliveries;
	size_t lmtp_timeout; /* seconds */
	struct str_list lmtp_trusted, lmtp_xclient;
	struct str lmtp_tls_certificate, lmtp_tls_key, lmtp_tls_clients;
	bool lmtp_tls_required;
	struct str_list grey_listen; /* paths and host:port */
	struct str grey_socket_owner, grey_socket_mode, grey_status;
	struct str grey_user, grey_dir;
	size_t grey_delay, grey_retry_window, grey_lifetime; /* seconds */
	size_t grey_auto_allow;
	size_t grey_ipv4_bits, grey_ipv6_bits;
	struct str grey_allow_clients, grey_allow_recipients;
	bool grey_contacts, grey_header;
	size_t grey_connections;
	size_t grey_timeout; /* seconds */

	struct str screener; /* the folder; empty: off */
	bool screener_digest;
	struct str_list freemail_domains;

	/* folders that act: their names */
	struct str_list block_folders, allow_folders;
	struct str_list block_domain_folders, allow_domain_folders;
	bool create_act_folders;
	struct str_list block_keywords, allow_keywords;
	struct str_list user_settings; /* the keys that a person may set */
	struct str settings;           /* the file in which they do: a path */

	struct organization *organizations;
	size_t organization_count;
};

struct conf_file;

/*
 * Reads PATH; when it is NULL, every key has its default. On an error, NULL with file, line, column
 * and what is allowed in *ERR. The sections of domains and addresses are not parsed until they are
 * needed; conf_check() parses them all. All memory is MEM's.
 */
struct conf_file *conf_load(const char *path, struct arena *mem, struct err *err);

/* Parses every section. -1 with the place of an error, or of a section that exists twice. */
int conf_check(const struct conf_file *file, struct err *err);

/*
 * Adds a setting from the command line, "key=value"; a list is words with blanks between them. It
 * wins over the file.
 */
int conf_override(struct conf_file *file, const char *assignment, struct err *err);

/*
 * The settings for RECIPIENT (in lower case, without detail). NULL with the error in one of their
 * sections or in the table `address_settings`, or when that cannot be asked.
 */
const struct conf *conf_for(
	const struct conf_file *file, struct str recipient, struct arena *mem, struct err *err);

/*
 * The same without the table `address_settings`. This is enough for what no setting of an address
 * can change.
 */
const struct conf *conf_written(
	const struct conf_file *file, struct str recipient, struct arena *mem, struct err *err);
/*
 * conf_for(), or conf_written() if it fails: for what does not decide where mail goes. The text of
 * ERR, which is empty otherwise, says why the table does not count.
 */
const struct conf *conf_known(
	const struct conf_file *file, struct str recipient, struct arena *mem, struct err *err);

/* The table `address_settings`, in the memory of FILE; NULL: there is none. */
struct table_map;
struct table_map *conf_settings_table(const struct conf_file *file);

/* conf_for(), or GLOBAL, from conf_global(), if nothing else is set for RECIPIENT. */
const struct conf *conf_for_one(const struct conf_file *file, struct str recipient,
	const struct conf *global, struct arena *mem, struct err *err);

/* The settings outside of sections. */
const struct conf *conf_global(const struct conf_file *file, struct arena *mem);

struct message_limits;
/* What CONF sets for a message that is read (see base/message.h). CONF must outlive it. */
struct message_limits conf_message_limits(const struct conf *conf);

/* The titles of all domain sections and address sections. */
void conf_titles(const struct conf_file *file, struct str_list *domains, struct str_list *addresses,
	struct arena *mem);

/*
 * The file that is read by default. The variable MDA_CONF is not used, because the caller may be
 * set-uid.
 */
extern const char conf_default_path[];

#endif

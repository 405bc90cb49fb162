/*
 * THE LIMITS. Everything that a stranger, a user's script or a damaged file can make the program do
 * is limited, and each limit is a row here: X(NAME, limit, unit, what is limited, what happens
 * beyond). The rows define the constants LIMIT_NAME. The tables in sieve(7) (script, regex, run)
 * and mda.conf(5) (the others) say the same; tests/unit/test_limits.c checks that, and what n and
 * 2n of each cost. The unit "bytes" is shown as KB or MB, others as they are; "" means no unit.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* clang-format off */

/*
 * For the text of a script: an error with line and column, both in `mda-sieve check` and in a
 * delivery.
 */
#define LIMITS_SCRIPT(X) \
	X(SCRIPT_BYTES, 1 << 20, "bytes", "a script", "script error") \
	X(SCRIPT_NESTING, 32, "levels", "nested blocks and tests", "script error") \
	X(SCRIPT_NODES, 50000, "", "commands and tests of a script", "script error") \
	X(SCRIPT_MEMORY, 128 << 20, "bytes", "memory to read a script", "script error") \
	X(SCRIPT_STEPS, 100000000, "steps", "work to read a script", "script error") \
	X(SCRIPT_ERRORS, 100, "", "errors that are shown", "rest counted") \
	X(SCRIPT_INCLUDED, 255, "", "scripts that a script includes", "script error") \
	X(SCRIPT_INCLUDE_DEPTH, 10, "levels", "nested includes", "script error") \
	X(SCRIPT_VARIABLES, 1000, "", "variables, local and global each", "script error") \
	X(SCRIPT_MATCH_VARIABLES, 32, "", "match variables", "script error")

/* For a regular expression. */
#define LIMITS_REGEX(X) \
	X(REGEX_NESTING, 100, "levels", "nested groups of a regex", "no match") \
	X(REGEX_COUNT, 32767, "", "a count in a regex", "script error") \
	X(REGEX_SIZE, 20000, "", "regex operations, counts expanded", "no match")

/* For a run: it ends, the message is kept, and the log and the script's error file say why. */
#define LIMITS_RUN(X) \
	X(RUN_ACTIONS, 32, "", "actions of a run", "run fails") \
	X(RUN_ALL_ACTIONS, 256, "", "actions of all runs of a message", "run fails") \
	X(RUN_REDIRECTS, 4, "", "redirects of a run", "run fails") \
	X(RUN_STEPS, 1000000000, "steps", "work of a run", "run fails") \
	X(RUN_CPU, 10000, "ms", "processor time of a run", "run fails") \
	X(RUN_MEMORY, 256 << 20, "bytes", "memory of a run", "run fails") \
	X(RUN_STRING, 1 << 20, "bytes", "a string after substitution", "run fails") \
	X(RUN_VARIABLE, 1 << 16, "bytes", "the value of a variable", "cut") \
	X(RUN_FIELD, 1 << 20, "bytes", "a header field that a test reads", "rest ignored") \
	X(RUN_ADDED, 1000, "", "header fields that a run adds", "run fails") \
	X(RUN_ADDED_BYTES, 1 << 16, "bytes", "a header field that is added", "run fails") \
	X(RUN_TRACKED, 366, "days", "how long duplicate remembers", "forgotten") \
	X(RUN_ZIP_NAMES, 1000, "", "names in an archive", "rest ignored") \
	X(RUN_PROGRAMS, 32, "", "programs of filter and execute", "rest not run") \
	X(RUN_PIPES, 16, "", "pipes of a message", "run fails") \
	X(ANSWER_SUBJECT, 256, "characters", "the subject of a vacation answer", "cut") \
	X(NOTIFY_RECIPIENTS, 8, "", "recipients of a mailto URI", "URI error") \
	X(NOTIFY_FIELDS, 20, "", "header fields of a mailto URI", "URI error")

/* For a message and its header. */
#define LIMITS_MESSAGE(X) \
	X(MESSAGE_FIELDS, 100000, "", "header fields of a message", "the message is refused")

/* For MIME structure, HTML and encoded words. */
#define LIMITS_MIME(X) \
	X(MIME_PARTS, 10000, "", "parts of a message", "the others are not seen") \
	X(MIME_DEPTH, 100, "levels", "nested parts of a message", "the deeper ones are not seen") \
	X(MIME_FIELDS, 100000, "", "header fields of all parts", "the parts end there") \
	X(MIME_FIELD, 1 << 18, "bytes", "a header field of a part", "the parts end there") \
	X(MIME_PARAMETERS, 1000, "", "parameters of a MIME field", "the others are not seen")

/*
 * For attachments_refuse: what exceeds these limits, or those of MIME, cannot be checked, so the
 * message is spam.
 */
#define LIMITS_ATTACHMENTS(X) \
	X(ATTACHMENT_NAMES, 20000, "", "names in an archive", "the message is spam") \
	X(ATTACHMENT_NAME, 1 << 12, "bytes", "a name in an archive", "the message is spam") \
	X(ATTACHMENT_CPU, 5000, "ms", "processor time to look at attachments", "the message is spam")

/* For block and allow lists, contacts and organisations. */
#define LIMITS_LISTS(X) \
	X(PATTERN, 320, "characters", "a pattern of lists, spam_headers, attachments_refuse", "it is an error")

/* For what people set themselves. */
#define LIMITS_SETTINGS(X) \
	X(SETTINGS, 1 << 16, "bytes", "a file of user_settings", "it does not count") \
	X(SETTINGS_ERRORS, 20, "", "wrong lines of that file", "what follows is not read")

/* For LMDB files and the IMAP servers' files. */
#define LIMITS_DATABASE(X) \
	X(DATABASE_DEPTH, 32, "levels", "pages of an LMDB file from the root to a leaf", "the file is damaged") \
	X(DATABASE_STEP, 30, "s", "processor time of one step in an LMDB file", "the file is damaged") \
	X(UIDLIST_SKIPPED, 64 << 20, "bytes", "lines that are too long in a server's file of UIDs", "the file ends there")

/* For message files that an IMAP server compressed; only tools read them. */
#define LIMITS_PACKED(X) \
	X(PACKED_BYTES, 64 << 20, "bytes", "a compressed message file, and its text", "it is not read")

/* For programs that rules run, in addition to the keys programs_seconds and programs_memory. */
#define LIMITS_PROGRAM(X) \
	X(PROGRAM_SECONDS, 60, "s", "time of a program, even if programs_seconds is larger", "it is stopped") \
	X(PROGRAM_OUTPUT, 48 << 20, "bytes", "what a program writes to standard output", "it is stopped") \
	X(PROGRAM_FILE, 1 << 30, "bytes", "a file that a program writes", "it is stopped")

/* For the judging child. */
#define LIMITS_CHILD(X) \
	X(CHILD_CPU, 20, "s", "processor time of the process that judges", "the message is kept") \
	X(CHILD_WALL, 60, "s", "time of that process and of its questions, at most a sixth of time_limit", "the message is kept") \
	X(CHILD_MEMORY, 512 << 20, "bytes", "memory of the process that judges, in addition to four times the message", "the message is kept") \
	X(CHILD_LISTS, 2047 << 20, "bytes", "address space for root's compiled lists in addition, twice their size", "the text is read, which is slow") \
	X(CHILD_RESULT, 256 << 20, "bytes", "the result of the process that judges", "the message is kept") \
	X(CHILD_STORED, 2047 << 20, "bytes", "what rules add to all stored copies of a message", "the message is kept")

/* For the records of explain_keep. */
#define LIMITS_EXPLAIN(X) \
	X(EXPLAIN_RECORD, 64 << 10, "bytes", "a record of explain_keep", "what the stages looked at is left out") \
	X(EXPLAIN_FILES, 16 << 20, "bytes", "all records of a mailbox", "the oldest are removed")

/* For mda-greyd, in addition to the keys grey_... */
#define LIMITS_GREY(X) \
	X(GREY_REQUEST, 16 << 10, "bytes", "a request of Postfix to mda-greyd", "the connection is closed")

/* For the LMTP server, in addition to the keys lmtp_... */
#define LIMITS_LMTP(X) \
	X(LMTP_LINE, 4096, "bytes", "a command of an LMTP client", "500 5.5.2") \
	X(LMTP_ERRORS, 20, "", "wrong commands of an LMTP connection", "421 4.7.0, and it is closed")

#define LIMITS_OF_SIEVE_7(X) LIMITS_SCRIPT(X) LIMITS_REGEX(X) LIMITS_RUN(X)
#define LIMITS_OF_CONF_5(X) \
	LIMITS_MESSAGE(X) LIMITS_MIME(X) LIMITS_ATTACHMENTS(X) LIMITS_LISTS(X) LIMITS_SETTINGS(X) LIMITS_DATABASE(X) LIMITS_PACKED(X) LIMITS_PROGRAM(X) LIMITS_CHILD(X) LIMITS_EXPLAIN(X) LIMITS_LMTP(X) LIMITS_GREY(X)
#define LIMITS(X) LIMITS_OF_SIEVE_7(X) LIMITS_OF_CONF_5(X)

/* clang-format on */

#define LIMIT_CONSTANT(name, limit, unit, what, beyond) LIMIT_##name = (limit),
enum { LIMITS(LIMIT_CONSTANT) };
#undef LIMIT_CONSTANT

#endif

/*
 * Questions of the process that judges. It has no keys, no network and no file open for writing, so
 * it asks its parent what it cannot find out, by a row of a table. Without such a process (in a
 * tool, for example) the same functions find the answer themselves.
 */
#ifndef MDA_ASKS_H
#define MDA_ASKS_H

#include "filters/label/contacts_known.h"
#include "filters/sieve/host.h"
#include "mda/rules_world.h"
#include "store/store.h"

struct conf_file;
struct hash;
struct spam_servers;

/*
 * Is KEY remembered under HANDLE by another delivery to this mailbox? 1, 0, or -1 with the reason
 * as a note.
 */
int asks_remembered(
	const struct delivery *d, struct str handle, struct str key, struct notes *notes);
/* Like contacts_known_find(), in what mda-contacts knows of the mailbox's owner. */
int asks_known(
	const char *dir, struct str key, struct arena *mem, struct known *found, struct err *err);
/* What the mailbox remembers of a sender (screener_conf.ask). D is the context. */
struct screener_question;
struct screener_answer;
int asks_screener(void *d, const struct screener_question *q, struct screener_answer *answer,
	struct err *err);
/* Like spam_servers_ask(). D is the context. */
int asks_spam(void *d, const struct spam_servers *servers, const struct message *msg,
	const struct envelope *env, struct arena *mem, struct spam_result *result, struct err *err);
/* The folder with that object id; empty if there is none. */
struct str asks_folder(const struct rules_world *w, struct str id);
/* Runs libsieve on REQUEST in a process of its own (filters/sieve/libsieve/libsieve.h). */
int asks_libsieve(
	void *w, struct str request, struct arena *mem, struct str *reply, struct err *err);
/* Like programs_run(). */
enum sv_ran asks_program(const struct delivery *d, const struct sv_program *program,
	struct arena *mem, struct str *output, struct err *err);
/*
 * Each is a table_finder, for a delivery's table of aliases or of settings. They work only in that
 * process.
 */
int asks_alias(
	void *context, struct str key, struct arena *mem, struct str *value, struct err *err);
int asks_settings(
	void *context, struct str key, struct arena *mem, struct str *value, struct err *err);
/* Did we make this seal? For struct stamp_keys. */
bool asks_sealed(void *context, struct str id, const struct str_list *parts,
	const struct hash *seal, const char **why);

#endif

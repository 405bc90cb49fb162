#include "filters/sieve/libsieve/libsieve_child.h"

#include <dlfcn.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include <sieve2.h>

enum { MAX_MESSAGE = 300 };

/* ---- the library ---- */

static struct library {
	__typeof__(&sieve2_alloc) alloc;
	__typeof__(&sieve2_callbacks) callbacks;
	__typeof__(&sieve2_validate) validate;
	__typeof__(&sieve2_execute) execute;
	__typeof__(&sieve2_errstr) errstr;
	__typeof__(&sieve2_getvalue_string) get_string;
	__typeof__(&sieve2_getvalue_int) get_int;
	__typeof__(&sieve2_setvalue_string) set_string;
	__typeof__(&sieve2_setvalue_stringlist) set_list;
	__typeof__(&sieve2_setvalue_int) set_int;
} lib;

static const struct symbol {
	const char *name;
	size_t offset;
} symbols[] = {
	{"sieve2_alloc", offsetof(struct library, alloc)},
	{"sieve2_callbacks", offsetof(struct library, callbacks)},
	{"sieve2_validate", offsetof(struct library, validate)},
	{"sieve2_execute", offsetof(struct library, execute)},
	{"sieve2_errstr", offsetof(struct library, errstr)},
	{"sieve2_getvalue_string", offsetof(struct library, get_string)},
	{"sieve2_getvalue_int", offsetof(struct library, get_int)},
	{"sieve2_setvalue_string", offsetof(struct library, set_string)},
	{"sieve2_setvalue_stringlist", offsetof(struct library, set_list)},
	{"sieve2_setvalue_int", offsetof(struct library, set_int)},
};

const char *libsieve_load(void *context)
{
	(void)context;
	void *handle = dlopen("libsieve.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return "libsieve.so.1 is missing (Debian: libsieve2-1)";
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *found = dlsym(handle, symbols[i].name);
		if (!found)
			return "libsieve.so.1 is not the libsieve that this program knows";
		memcpy((char *)&lib + symbols[i].offset, &found, sizeof found);
	}
	return NULL;
}

/* ---- records ---- */

static void put_record(
	struct buf *out, enum libsieve_record_kind kind, uint32_t number, struct str text)
{
	struct libsieve_record r = {.kind = kind, .number = number, .size = (uint32_t)text.n};
	buf_add(out, (struct str){(const char *)&r, sizeof r});
	buf_add(out, text);
}

bool libsieve_take_record(struct str *rest, struct libsieve_record *r, struct str *text)
{
	if (rest->n < sizeof *r)
		return false;
	memcpy(r, rest->p, sizeof *r);
	if (r->size > rest->n - sizeof *r)
		return false;
	*text = str_slice(*rest, sizeof *r, sizeof *r + r->size);
	*rest = str_slice(*rest, sizeof *r + r->size, rest->n);
	return true;
}

/* ---- callbacks ---- */

static int give_script(sieve2_context_t *c, void *context)
{
	struct libsieve_session *s = context;
	/* The library wants a writable text; the copy is freed when the process ends. */
	char *copy = strdup(s->script);
	return copy ? lib.set_string(c, "script", copy) : SIEVE2_ERROR_NOMEM;
}

/* The number in a name. The translated script has no other names. */
static bool get_number(sieve2_context_t *c, char *key, size_t max, size_t *number)
{
	unsigned long long n;
	char *text = lib.get_string(c, key);
	if (!str_number(str_of(text), max, &n))
		return false;
	*number = (size_t)n;
	return true;
}

static int give_header(sieve2_context_t *c, void *context)
{
	static char *nothing[] = {NULL};
	struct libsieve_session *s = context;
	size_t i;
	bool known = get_number(c, (char[]){"header"}, SIZE_MAX, &i) && i < s->value_count;
	return lib.set_list(c, "body", known ? s->values[i] : nothing);
}

static int give_size(sieve2_context_t *c, void *context)
{
	struct libsieve_session *s = context;
	return lib.set_int(c, "size", s->size < INT_MAX ? (int)s->size : INT_MAX);
}

static int take_action(sieve2_context_t *c, void *context)
{
	struct libsieve_session *s = context;
	size_t i;
	if (!get_number(c, (char[]){"mailbox"}, UINT32_MAX, &i))
		return SIEVE2_ERROR_EXEC;
	put_record(s->out, RECORD_ACTION, (uint32_t)i, STR_LIT(""));
	return SIEVE2_OK;
}

static int refuse(sieve2_context_t *c, void *context)
{
	(void)c;
	struct libsieve_session *s = context;
	put_record(
		s->out, RECORD_ERROR, 0, STR_LIT("an action was taken that is not in the script"));
	return SIEVE2_ERROR_EXEC;
}

static int take_error(sieve2_context_t *c, void *context)
{
	struct libsieve_session *s = context;
	int line = lib.get_int(c, (char[]){"lineno"});
	struct str text = str_of(lib.get_string(c, (char[]){"message"}));
	put_record(s->out, RECORD_ERROR, line > 0 ? (uint32_t)line : 0,
		str_slice(text, 0, MAX_MESSAGE));
	return SIEVE2_OK;
}

static sieve2_callback_t callbacks[] = {
	{SIEVE2_SCRIPT_GETSCRIPT, give_script},
	{SIEVE2_MESSAGE_GETHEADER, give_header},
	{SIEVE2_MESSAGE_GETSIZE, give_size},
	{SIEVE2_ACTION_FILEINTO, take_action},
	{SIEVE2_ACTION_REDIRECT, refuse},
	{SIEVE2_ACTION_REJECT, refuse},
	{SIEVE2_ACTION_DISCARD, refuse},
	{SIEVE2_ACTION_KEEP, refuse},
	{SIEVE2_ERRCALL_RUNTIME, take_error},
	{SIEVE2_ERRCALL_PARSE, take_error},
	{SIEVE2_ERRCALL_HEADER, take_error},
	{SIEVE2_ERRCALL_ADDRESS, take_error},
	{SIEVE2_VALUE_FIRST, NULL},
};

/* The calls must be in this order: the library crashes if execute comes first. */
static int drive(struct libsieve_session *s)
{
	sieve2_context_t *c = NULL;
	int r = lib.alloc(&c);
	if (r == SIEVE2_OK)
		r = lib.callbacks(c, callbacks);
	if (r == SIEVE2_OK)
		r = lib.validate(c, s);
	if (r == SIEVE2_OK && s->run)
		r = lib.execute(c, s);
	return r; /* the context ends with the process */
}

void libsieve_work(void *context, struct buf *out)
{
	struct libsieve_session *s = context;
	s->out = out;
	int r = drive(s);
	if (r != SIEVE2_OK)
		put_record(out, RECORD_ERROR, 0, str_of(lib.errstr(r)));
	put_record(out, RECORD_END, 0, STR_LIT(""));
}

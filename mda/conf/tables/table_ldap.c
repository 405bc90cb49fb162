/* LDAP, with OpenLDAP's library. */
#include "mda/conf/tables/table_driver.h"

#include "base/io.h"
#include "mda/conf/tables/table_library.h"

#include <ldap.h>
#include <sys/time.h>

enum { LIMIT_MOST = 1000000000, PORT_MOST = 65535, ATTRIBUTES_MOST = 32, SECONDS_MOST = 3600 };

static const struct table_setting settings[] = {
	{"server_host", TABLE_TEXT, "localhost", 0},
	{"server_port", TABLE_NUMBER, "389", PORT_MOST},
	{"timeout", TABLE_NUMBER, "10", SECONDS_MOST},
	{"search_base", TABLE_TEXT, "", 0},
	{"query_filter", TABLE_TEXT, "mailacceptinggeneralid=%s", 0},
	{"result_format", TABLE_TEXT, "%s", 0},
	{"domain", TABLE_TEXT, "", 0},
	{"result_attribute", TABLE_TEXT, "maildrop", 0},
	{"expansion_limit", TABLE_NUMBER, "0", LIMIT_MOST},
	{"size_limit", TABLE_NUMBER, "", LIMIT_MOST},
	{"scope", TABLE_TEXT, "sub", 0},
	{"bind", TABLE_TEXT, "yes", 0},
	{"bind_dn", TABLE_TEXT, "", 0},
	{"bind_pw", TABLE_TEXT, "", 0},
	{"version", TABLE_TEXT, "3", 0},
	{"dereference", TABLE_NUMBER, "0", LDAP_DEREF_ALWAYS},
	{"chase_referrals", TABLE_NUMBER, "0", 1},
	{"start_tls", TABLE_SWITCH, "no", 0},
	{"tls_ca_cert_dir", TABLE_TEXT, "", 0},
	{"tls_ca_cert_file", TABLE_TEXT, "", 0},
	{"tls_cert", TABLE_TEXT, "", 0},
	{"tls_key", TABLE_TEXT, "", 0},
	{"tls_require_cert", TABLE_SWITCH, "no", 0},
	{"tls_cipher_suite", TABLE_TEXT, "", 0},
	{"debuglevel", TABLE_UNUSED, "", 0},
	{"recursion_limit", TABLE_UNUSED, "", 0},
	{"cache", TABLE_UNUSED, "", 0},
	{"cache_expiry", TABLE_UNUSED, "", 0},
	{"cache_size", TABLE_UNUSED, "", 0},
	{"tls_random_file", TABLE_UNUSED, "", 0},
	{"special_result_attribute", TABLE_REFUSED, "", 0},
	{"terminal_result_attribute", TABLE_REFUSED, "", 0},
	{"leaf_result_attribute", TABLE_REFUSED, "", 0},
	{"result_filter", TABLE_REFUSED, "", 0},
	{"sasl_mechs", TABLE_REFUSED, "", 0},
	{"sasl_realm", TABLE_REFUSED, "", 0},
	{"sasl_authz_id", TABLE_REFUSED, "", 0},
	{"sasl_minssf", TABLE_UNUSED, "", 0},
	{NULL, TABLE_TEXT, NULL, 0},
};

/* ---- what a setting may be ---- */

static const struct word {
	const char *word;
	int value;
} scopes[] = {{"sub", LDAP_SCOPE_SUBTREE}, {"one", LDAP_SCOPE_ONELEVEL}, {"base", LDAP_SCOPE_BASE},
	{NULL, 0}},
  binds[] = {{"yes", 1}, {"simple", 1}, {"no", 0}, {"none", 0}, {NULL, 0}};

static const struct word *find_word(const struct word *words, struct str text)
{
	while (words->word && !str_ieq(text, str_of(words->word)))
		words++;
	return words->word ? words : NULL;
}

static int check(const struct table_file *f, struct err *err)
{
	if (!find_word(scopes, table_file_get(f, "scope")))
		return table_file_wrong(f, "scope", "this is not sub, one or base", err);
	if (!find_word(binds, table_file_get(f, "bind")))
		return table_file_wrong(f, "bind", "mda supports yes (simple) and no (none)", err);
	if (!str_eq(table_file_get(f, "version"), STR_LIT("3")) && table_file_is(f, "start_tls"))
		return table_file_wrong(f, "start_tls", "it needs version = 3", err);
	if (!str_eq(table_file_get(f, "version"), STR_LIT("2")) &&
		!str_eq(table_file_get(f, "version"), STR_LIT("3")))
		return table_file_wrong(f, "version", "this is not 2 or 3", err);
	struct str rest = table_file_get(f, "result_attribute"), word;
	size_t count = 0;
	while (table_file_word(&rest, &word))
		count++;
	if (count == 0 || count > ATTRIBUTES_MOST)
		return table_file_wrong(f, "result_attribute", "this is not a list of names", err);
	return 0;
}

/* ---- the library ---- */

static struct {
	int (*initialize)(LDAP **ld, const char *url);
	int (*set_option)(LDAP *ld, int option, const void *value);
	int (*get_option)(LDAP *ld, int option, void *value);
	int (*start_tls)(LDAP *ld, LDAPControl **server, LDAPControl **client);
	int (*bind)(LDAP *ld, const char *dn, const char *mechanism, struct berval *credentials,
		LDAPControl **server, LDAPControl **client, int *id);
	int (*result)(LDAP *ld, int id, int all, struct timeval *timeout, LDAPMessage **result);
	int (*parse)(LDAP *ld, LDAPMessage *result, int *code, char **dn, char **text,
		char ***referrals, LDAPControl ***controls, int free_it);
	int (*search)(LDAP *ld, const char *base, int scope, const char *filter, char **attributes,
		int only_types, LDAPControl **server, LDAPControl **client, struct timeval *timeout,
		int limit, int *id);
	LDAPMessage *(*first_entry)(LDAP *ld, LDAPMessage *result);
	LDAPMessage *(*next_entry)(LDAP *ld, LDAPMessage *entry);
	char *(*first_attribute)(LDAP *ld, LDAPMessage *entry, BerElement **at);
	char *(*next_attribute)(LDAP *ld, LDAPMessage *entry, BerElement *at);
	struct berval **(*values)(LDAP *ld, LDAPMessage *entry, const char *attribute);
	void (*free_values)(struct berval **values);
	void (*free_memory)(void *p);
	void (*free_ber)(BerElement *at, int buffer);
	int (*free_message)(LDAPMessage *m);
	int (*unbind)(LDAP *ld, LDAPControl **server, LDAPControl **client);
	char *(*text)(int code);
} lib;

static const char *load(void)
{
	static const char *const names[] = {
		"libldap-2.5.so.0", "libldap.so.2", "libldap-2.4.so.2", NULL};
	const struct table_symbol all[] = {
		{"ldap_initialize", (void **)&lib.initialize},
		{"ldap_set_option", (void **)&lib.set_option},
		{"ldap_get_option", (void **)&lib.get_option},
		{"ldap_start_tls_s", (void **)&lib.start_tls},
		{"ldap_sasl_bind", (void **)&lib.bind},
		{"ldap_result", (void **)&lib.result},
		{"ldap_parse_result", (void **)&lib.parse},
		{"ldap_search_ext", (void **)&lib.search},
		{"ldap_first_entry", (void **)&lib.first_entry},
		{"ldap_next_entry", (void **)&lib.next_entry},
		{"ldap_first_attribute", (void **)&lib.first_attribute},
		{"ldap_next_attribute", (void **)&lib.next_attribute},
		{"ldap_get_values_len", (void **)&lib.values},
		{"ldap_value_free_len", (void **)&lib.free_values},
		{"ldap_memfree", (void **)&lib.free_memory},
		{"ber_free", (void **)&lib.free_ber},
		{"ldap_msgfree", (void **)&lib.free_message},
		{"ldap_unbind_ext_s", (void **)&lib.unbind},
		{"ldap_err2string", (void **)&lib.text},
	};
	bool works = table_library_load(names, all, sizeof all / sizeof *all);
	return works ? NULL : "the library libldap is not installed";
}

/* ---- connecting ---- */

static bool is_url(struct str server)
{
	return str_istarts(server, STR_LIT("ldap://")) ||
	       str_istarts(server, STR_LIT("ldaps://")) || str_istarts(server, STR_LIT("ldapi://"));
}

static const char *wrong_server(struct str server)
{
	size_t colon = str_ifind(server, STR_LIT("://"));
	return is_url(server) || colon == server.n ? NULL
						   : "this is not ldap://, ldaps:// or ldapi://";
}

/* As Postfix makes URLs of host names. */
static const char *url_of(const struct table_file *f, struct str server, struct arena *mem)
{
	if (is_url(server))
		return arena_cstr(mem, server);
	bool has_port = str_find(server, ':') < server.n;
	return has_port ? arena_fmt(mem, "ldap://" STR_FMT, STR_ARGS(server)).p
			: arena_fmt(mem, "ldap://" STR_FMT ":%llu", STR_ARGS(server),
				  table_file_number(f, "server_port"))
				  .p;
}

/* The time that is left, but not more than `timeout`. */
static struct timeval time_left(const struct table_file *f, long long deadline)
{
	long long left = deadline - io_microseconds(),
		  most = (long long)table_file_number(f, "timeout") * 1000000;
	if (left > most)
		left = most;
	if (left < 1000)
		left = 1000;
	return (struct timeval){.tv_sec = left / 1000000, .tv_usec = left % 1000000};
}

static int ldap_failed(int code, struct err *err)
{
	if (code == LDAP_TIMEOUT)
		return err_temp(err, "the answer takes too long");
	return table_driver_failed(lib.text(code), err);
}

/* Settings of the process, because the TLS context is made of them. */
static int set_tls(LDAP *ld, const struct table_file *f)
{
	static const struct {
		const char *name;
		int option;
	} all[] = {
		{"tls_ca_cert_dir", LDAP_OPT_X_TLS_CACERTDIR},
		{"tls_ca_cert_file", LDAP_OPT_X_TLS_CACERTFILE},
		{"tls_cert", LDAP_OPT_X_TLS_CERTFILE},
		{"tls_key", LDAP_OPT_X_TLS_KEYFILE},
		{"tls_cipher_suite", LDAP_OPT_X_TLS_CIPHER_SUITE},
	};
	int code = LDAP_SUCCESS, own = 0;
	int demand =
		table_file_is(f, "tls_require_cert") ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
	for (size_t i = 0; i < sizeof all / sizeof *all && code == LDAP_SUCCESS; i++) {
		const char *value = table_file_text(f, all[i].name);
		if (value)
			code = lib.set_option(ld, all[i].option, value);
	}
	if (code == LDAP_SUCCESS)
		code = lib.set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
	return code == LDAP_SUCCESS ? lib.set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &own) : code;
}

static int set_options(LDAP *ld, const struct table_file *f, long long deadline)
{
	struct timeval left = time_left(f, deadline);
	int version =
		str_eq(table_file_get(f, "version"), STR_LIT("2")) ? LDAP_VERSION2 : LDAP_VERSION3;
	int dereference = (int)table_file_number(f, "dereference");
	const struct {
		int option;
		const void *value;
	} all[] = {
		{LDAP_OPT_PROTOCOL_VERSION, &version},
		{LDAP_OPT_NETWORK_TIMEOUT, &left},
		{LDAP_OPT_TIMEOUT, &left},
		{LDAP_OPT_DEREF, &dereference},
		/* anything but a null pointer means yes */
		{LDAP_OPT_REFERRALS,
			table_file_number(f, "chase_referrals") ? &version : LDAP_OPT_OFF},
	};
	int code = LDAP_SUCCESS;
	for (size_t i = 0; i < sizeof all / sizeof *all && code == LDAP_SUCCESS; i++)
		code = lib.set_option(ld, all[i].option, all[i].value);
	return code == LDAP_SUCCESS ? set_tls(ld, f) : code;
}

static int code_of(LDAP *ld)
{
	int code = LDAP_OTHER;
	(void)lib.get_option(ld, LDAP_OPT_RESULT_CODE, &code); /* otherwise it stays LDAP_OTHER */
	return code == LDAP_SUCCESS ? LDAP_OTHER : code;
}

/* Waits for the whole result of request ID. Its code; the result is the caller's. */
static int wait_for(LDAP *ld, int id, struct timeval left, LDAPMessage **result)
{
	int code = LDAP_OTHER;
	*result = NULL;
	int r = lib.result(ld, id, LDAP_MSG_ALL, &left, result);
	if (r == 0)
		return LDAP_TIMEOUT;
	if (r < 0)
		return code_of(ld);
	r = lib.parse(ld, *result, &code, NULL, NULL, NULL, NULL, 0);
	return r == LDAP_SUCCESS ? code : r;
}

static int log_in(LDAP *ld, const struct table_file *f, long long deadline)
{
	struct str password = table_file_get(f, "bind_pw");
	struct berval secret = {.bv_len = password.n, .bv_val = (char *)password.p};
	LDAPMessage *result;
	int id, code = LDAP_SUCCESS;
	if (table_file_is(f, "start_tls"))
		code = lib.start_tls(ld, NULL, NULL);
	if (code != LDAP_SUCCESS || !find_word(binds, table_file_get(f, "bind"))->value)
		return code;
	code = lib.bind(
		ld, table_file_get(f, "bind_dn").p, LDAP_SASL_SIMPLE, &secret, NULL, NULL, &id);
	if (code != LDAP_SUCCESS)
		return code;
	code = wait_for(ld, id, time_left(f, deadline), &result);
	if (result)
		(void)lib.free_message(result); /* returns the type of the message */
	return code;
}

static void close_connection(void *connection)
{
	(void)lib.unbind(connection, NULL, NULL); /* the server may be gone */
}

static void *open_connection(const struct table_file *f, struct str server, long long deadline,
	struct arena *mem, struct err *err)
{
	LDAP *ld = NULL;
	int code = lib.initialize(&ld, url_of(f, server, mem));
	if (code != LDAP_SUCCESS) {
		ldap_failed(code, err);
		return NULL;
	}
	code = set_options(ld, f, deadline);
	if (code == LDAP_SUCCESS)
		code = log_in(ld, f, deadline);
	if (code == LDAP_SUCCESS)
		return ld;
	ldap_failed(code, err);
	close_connection(ld);
	return NULL;
}

/* ---- quoting ---- */

static void put_hex(struct buf *to, char c)
{
	buf_fmt(to, "\\%02X", (unsigned)(unsigned char)c);
}

/* A value in a filter (RFC 4515). */
static bool quote_filter(void *context, struct str text, struct buf *to)
{
	(void)context;
	for (size_t i = 0; i < text.n; i++)
		if (str_find(STR_LIT("*()\\\0"), text.p[i]) < 5)
			put_hex(to, text.p[i]);
		else
			buf_byte(to, text.p[i]);
	return true;
}

/* A value in a name of an entry (RFC 4514). */
static bool quote_base(void *context, struct str text, struct buf *to)
{
	(void)context;
	for (size_t i = 0; i < text.n; i++)
		if (str_find(STR_LIT(" \t\"#+,;<>=\\\0"), text.p[i]) < 12)
			put_hex(to, text.p[i]);
		else
			buf_byte(to, text.p[i]);
	return true;
}

/* ---- asking ---- */

static void add_values(LDAP *ld, LDAPMessage *entry, const char *name, struct table_question *q)
{
	struct berval **values = lib.values(ld, entry, name);
	for (size_t i = 0; values && values[i]; i++)
		if (!table_driver_add(q, (struct str){values[i]->bv_val, values[i]->bv_len}))
			break;
	if (values)
		lib.free_values(values);
}

static void add_entry(LDAP *ld, LDAPMessage *entry, struct table_question *q)
{
	BerElement *at = NULL;
	char *name = lib.first_attribute(ld, entry, &at);
	while (name) {
		add_values(ld, entry, name, q);
		lib.free_memory(name);
		name = q->wrong ? NULL : lib.next_attribute(ld, entry, at);
	}
	if (at)
		lib.free_ber(at, 0);
}

static void add_entries(LDAP *ld, LDAPMessage *result, struct table_question *q)
{
	LDAPMessage *e = lib.first_entry(ld, result);
	for (; e && !q->wrong; e = lib.next_entry(ld, e))
		add_entry(ld, e, q);
}

static char **attributes_of(const struct table_question *q)
{
	char **names = arena_alloc(q->mem, (ATTRIBUTES_MOST + 1) * sizeof *names);
	struct str rest = table_file_get(q->file, "result_attribute"), word;
	for (size_t i = 0; table_file_word(&rest, &word); i++)
		names[i] = (char *)arena_cstr(q->mem, word);
	return names;
}

static int limit_of(const struct table_question *q)
{
	const char *limit =
		table_file_text(q->file, "size_limit") ? "size_limit" : "expansion_limit";
	return (int)table_file_number(q->file, limit);
}

static int search(LDAP *ld, const char *base, const char *filter, struct table_question *q,
	LDAPMessage **result)
{
	struct timeval left = time_left(q->file, q->deadline);
	int id, scope = find_word(scopes, table_file_get(q->file, "scope"))->value;
	int code = lib.search(
		ld, base, scope, filter, attributes_of(q), 0, NULL, NULL, &left, limit_of(q), &id);
	*result = NULL;
	return code == LDAP_SUCCESS ? wait_for(ld, id, left, result) : code;
}

/* Only these say that the server could not be asked: every other code is its answer. */
static bool is_lost(int code)
{
	return code < 0 || code == LDAP_UNAVAILABLE || code == LDAP_BUSY;
}

/* A base that is made of the key need not exist. */
static bool may_miss_base(const struct table_question *q)
{
	struct table_needs needs = {.labels = 0};
	(void)table_expand_needs(
		table_file_get(q->file, "search_base"), true, &needs); /* it is right */
	return needs.is_dynamic;
}

static int ask(void *connection, struct table_question *q, bool *lost, struct err *err)
{
	struct buf base = {0}, filter = {0};
	LDAPMessage *result = NULL;
	int code = LDAP_SUCCESS;
	if (table_expand_query(q->needs, table_file_get(q->file, "search_base"), q->key, quote_base,
		    NULL, &base) > 0 &&
		table_expand_query(q->needs, table_file_get(q->file, "query_filter"), q->key,
			quote_filter, NULL, &filter) > 0)
		code = search(connection, buf_cstr(&base), buf_cstr(&filter), q, &result);
	buf_free(&base);
	buf_free(&filter);
	if (code == LDAP_NO_SUCH_OBJECT && may_miss_base(q))
		code = LDAP_SUCCESS;
	else if (code == LDAP_SUCCESS && result)
		add_entries(connection, result, q);
	if (result)
		(void)lib.free_message(result); /* returns the type of the message */
	*lost = is_lost(code);
	return code == LDAP_SUCCESS ? 0 : ldap_failed(code, err);
}

const struct table_driver table_ldap = {.kind = "ldap",
	.settings = settings,
	.servers = "server_host",
	.queries = (const char *const[]){"search_base", "query_filter", NULL},
	.wrong_server = wrong_server,
	.check = check,
	.load = load,
	.connect = open_connection,
	.disconnect = close_connection,
	.ask = ask};

/* MariaDB and MySQL, with MariaDB's client library. */
#include "mda/conf/tables/table_driver.h"

#include "mda/conf/tables/table_library.h"

#include <mariadb/mysql.h>

enum { LIMIT_MOST = 1000000000, PORT_MOST = 65535 };

static const struct table_setting settings[] = {
	{"hosts", TABLE_TEXT, "localhost", 0},
	{"user", TABLE_TEXT, "", 0},
	{"password", TABLE_TEXT, "", 0},
	{"dbname", TABLE_TEXT, "", 0},
	{"query", TABLE_TEXT, "", 0},
	{"result_format", TABLE_TEXT, "%s", 0},
	{"domain", TABLE_TEXT, "", 0},
	{"expansion_limit", TABLE_NUMBER, "0", LIMIT_MOST},
	{"charset", TABLE_TEXT, "utf8mb4", 0},
	{"option_file", TABLE_TEXT, "", 0},
	{"option_group", TABLE_TEXT, "client", 0},
	{"require_result_set", TABLE_SWITCH, "yes", 0},
	{"tls_cert_file", TABLE_TEXT, "", 0},
	{"tls_key_file", TABLE_TEXT, "", 0},
	{"tls_CAfile", TABLE_TEXT, "", 0},
	{"tls_CApath", TABLE_TEXT, "", 0},
	{"tls_ciphers", TABLE_TEXT, "", 0},
	{"tls_verify_cert", TABLE_SWITCH, "no", 0},
	{"idle_interval", TABLE_UNUSED, "", 0},
	{"retry_interval", TABLE_UNUSED, "", 0},
	{"table", TABLE_REFUSED, "", 0},
	{"select_field", TABLE_REFUSED, "", 0},
	{"where_field", TABLE_REFUSED, "", 0},
	{"additional_conditions", TABLE_REFUSED, "", 0},
	{NULL, TABLE_TEXT, NULL, 0},
};

/* ---- the library ---- */

static struct {
	MYSQL *(*init)(MYSQL *c);
	int (*options)(MYSQL *c, enum mysql_option option, const void *value);
	my_bool (*ssl_set)(MYSQL *c, const char *key, const char *cert, const char *ca,
		const char *ca_path, const char *ciphers);
	MYSQL *(*real_connect)(MYSQL *c, const char *host, const char *user, const char *password,
		const char *database, unsigned port, const char *socket, unsigned long flags);
	const char *(*error)(MYSQL *c);
	unsigned (*error_number)(MYSQL *c);
	void (*close)(MYSQL *c);
	unsigned long (*escape)(MYSQL *c, char *to, const char *from, unsigned long n);
	int (*query)(MYSQL *c, const char *query, unsigned long n);
	MYSQL_RES *(*result)(MYSQL *c);
	unsigned (*fields)(MYSQL *c);
	unsigned (*columns)(MYSQL_RES *r);
	MYSQL_ROW (*row)(MYSQL_RES *r);
	unsigned long *(*lengths)(MYSQL_RES *r);
	void (*free_result)(MYSQL_RES *r);
	int (*next)(MYSQL *c);
} my;

static const char *load(void)
{
	static const char *const names[] = {"libmariadb.so.3", "libmysqlclient.so.21", NULL};
	const struct table_symbol all[] = {
		{"mysql_init", (void **)&my.init},
		{"mysql_options", (void **)&my.options},
		{"mysql_ssl_set", (void **)&my.ssl_set},
		{"mysql_real_connect", (void **)&my.real_connect},
		{"mysql_error", (void **)&my.error},
		{"mysql_errno", (void **)&my.error_number},
		{"mysql_close", (void **)&my.close},
		{"mysql_real_escape_string", (void **)&my.escape},
		{"mysql_real_query", (void **)&my.query},
		{"mysql_store_result", (void **)&my.result},
		{"mysql_field_count", (void **)&my.fields},
		{"mysql_num_fields", (void **)&my.columns},
		{"mysql_fetch_row", (void **)&my.row},
		{"mysql_fetch_lengths", (void **)&my.lengths},
		{"mysql_free_result", (void **)&my.free_result},
		{"mysql_next_result", (void **)&my.next},
	};
	bool works = table_library_load(names, all, sizeof all / sizeof *all);
	return works ? NULL : "the library libmariadb.so.3 is not installed";
}

/* ---- connecting ---- */

struct place {
	const char *host, *socket; /* one of them is NULL */
	unsigned port;             /* 0: the usual */
};

/* "unix:/path", "inet:host:port", "host:port" or "host". False: it is none of these. */
static bool take_apart(struct str server, struct arena *mem, struct place *p)
{
	unsigned long long port = 0;
	*p = (struct place){.host = NULL};
	if (str_starts(server, STR_LIT("unix:"))) {
		p->socket = arena_cstr(mem, str_slice(server, 5, server.n));
		return p->socket[0] == '/';
	}
	if (str_starts(server, STR_LIT("inet:")))
		server = str_slice(server, 5, server.n);
	size_t colon = str_rfind(server, ':');
	if (colon < server.n &&
		!str_number(str_slice(server, colon + 1, server.n), PORT_MOST, &port))
		return false;
	p->port = (unsigned)port;
	p->host = arena_cstr(mem, str_slice(server, 0, colon));
	return p->host[0] != '\0';
}

static const char *wrong_server(struct str server)
{
	struct place p;
	struct arena *mem = arena_new();
	bool right = take_apart(server, mem, &p);
	arena_free(mem);
	return right ? NULL : "this is not unix:/path, host or host:port";
}

static int set_options(MYSQL *c, const struct table_file *f, long long deadline)
{
	unsigned seconds = table_driver_seconds(deadline);
	my_bool verify = table_file_is(f, "tls_verify_cert");
	const struct {
		enum mysql_option option;
		const void *value;
	} all[] = {
		{MYSQL_OPT_CONNECT_TIMEOUT, &seconds},
		{MYSQL_OPT_READ_TIMEOUT, &seconds},
		{MYSQL_OPT_WRITE_TIMEOUT, &seconds},
		{MYSQL_SET_CHARSET_NAME, table_file_text(f, "charset")},
		{MYSQL_READ_DEFAULT_FILE, table_file_text(f, "option_file")},
		{MYSQL_READ_DEFAULT_GROUP, table_file_text(f, "option_group")},
		{MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].value && my.options(c, all[i].option, all[i].value) != 0)
			return -1;
	const char *key = table_file_text(f, "tls_key_file"),
		   *cert = table_file_text(f, "tls_cert_file"),
		   *ca = table_file_text(f, "tls_CAfile"),
		   *ca_path = table_file_text(f, "tls_CApath"),
		   *ciphers = table_file_text(f, "tls_ciphers");
	if (key || cert || ca || ca_path || ciphers || verify)
		return my.ssl_set(c, key, cert, ca, ca_path, ciphers) ? -1 : 0;
	return 0;
}

static void *open_connection(const struct table_file *f, struct str server, long long deadline,
	struct arena *mem, struct err *err)
{
	struct place p;
	MYSQL *c = my.init(NULL);
	if (!c || !take_apart(server, mem, &p) || set_options(c, f, deadline) < 0) {
		err_temp(err, "cannot prepare a connection");
		if (c)
			my.close(c);
		return NULL;
	}
	if (my.real_connect(c, p.host, table_file_text(f, "user"), table_file_text(f, "password"),
		    table_file_text(f, "dbname"), p.port, p.socket, CLIENT_MULTI_RESULTS))
		return c;
	table_driver_failed(my.error(c), err);
	my.close(c);
	return NULL;
}

static void close_connection(void *connection)
{
	my.close(connection);
}

/* ---- asking ---- */

static bool quote(void *connection, struct str text, struct buf *to)
{
	char *p = buf_grow(to, text.n * 2 + 1);
	unsigned long n = my.escape(connection, p, text.p, text.n);
	if (n == (unsigned long)-1)
		return false;
	to->n += n;
	return true;
}

/* A server that answers with an error has answered: no other one would do better. */
static int failed(MYSQL *c, bool *lost, struct err *err)
{
	enum { CLIENT_ERRORS = 2000, LAST_CLIENT_ERROR = 2999 };
	unsigned number = my.error_number(c);
	*lost = number >= CLIENT_ERRORS && number <= LAST_CLIENT_ERROR;
	return table_driver_failed(my.error(c), err);
}

static void add_rows(MYSQL_RES *result, struct table_question *q)
{
	MYSQL_ROW row;
	unsigned columns = my.columns(result);
	while ((row = my.row(result))) {
		const unsigned long *lengths = my.lengths(result);
		for (unsigned i = 0; i < columns; i++)
			if (row[i] && !table_driver_add(q, (struct str){row[i], lengths[i]}))
				return;
	}
}

/* A stored procedure has a result for each of its SELECTs, and one more without rows. */
static int take_results(MYSQL *c, struct table_question *q, bool *lost, struct err *err)
{
	unsigned sets = 0;
	int next;
	do {
		MYSQL_RES *result = my.result(c);
		if (!result && my.fields(c) > 0)
			return failed(c, lost, err);
		sets += result != NULL;
		if (result && sets == 1)
			add_rows(result, q);
		if (result)
			my.free_result(result);
		next = my.next(c);
	} while (next == 0);
	if (next > 0)
		return failed(c, lost, err);
	*lost = false;
	if (sets > 1)
		return err_temp(err, "the query has several results");
	if (sets == 0 && table_file_is(q->file, "require_result_set"))
		return err_temp(err, "the query has no result");
	return 0;
}

static int ask(void *connection, struct table_question *q, bool *lost, struct err *err)
{
	struct buf query = {0};
	int r = table_expand_query(
		q->needs, table_file_get(q->file, "query"), q->key, quote, connection, &query);
	if (r < 0) {
		*lost = false;
		err_temp(err, "the key cannot be part of a query");
	}
	if (r > 0) {
		r = my.query(connection, query.p, query.n) == 0
			    ? take_results(connection, q, lost, err)
			    : failed(connection, lost, err);
	}
	buf_free(&query);
	return r;
}

const struct table_driver table_mysql = {.kind = "mysql",
	.settings = settings,
	.servers = "hosts",
	.queries = (const char *const[]){"query", NULL},
	.wrong_server = wrong_server,
	.load = load,
	.connect = open_connection,
	.disconnect = close_connection,
	.ask = ask};

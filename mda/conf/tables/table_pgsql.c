/* PostgreSQL, with libpq. */
#include "mda/conf/tables/table_driver.h"

#include "base/io.h"
#include "mda/conf/tables/table_library.h"

#include <errno.h>
#include <postgresql/libpq-fe.h>
#include <poll.h>

enum { OPTIONS_MOST = 12, NUMBER_MOST = 24, LIMIT_MOST = 1000000000 };

static const struct table_setting settings[] = {
	{"hosts", TABLE_TEXT, "localhost", 0},
	{"user", TABLE_TEXT, "", 0},
	{"password", TABLE_TEXT, "", 0},
	{"dbname", TABLE_TEXT, "", 0},
	{"query", TABLE_TEXT, "", 0},
	{"result_format", TABLE_TEXT, "%s", 0},
	{"domain", TABLE_TEXT, "", 0},
	{"expansion_limit", TABLE_NUMBER, "0", LIMIT_MOST},
	{"encoding", TABLE_TEXT, "UTF8", 0},
	{"idle_interval", TABLE_UNUSED, "", 0},
	{"retry_interval", TABLE_UNUSED, "", 0},
	{"table", TABLE_REFUSED, "", 0},
	{"select_field", TABLE_REFUSED, "", 0},
	{"where_field", TABLE_REFUSED, "", 0},
	{"additional_conditions", TABLE_REFUSED, "", 0},
	{"select_function", TABLE_REFUSED, "", 0},
	{NULL, TABLE_TEXT, NULL, 0},
};

/* ---- the library ---- */

static struct {
	PGconn *(*connect_start)(const char *const *names, const char *const *values, int expand);
	PostgresPollingStatusType (*connect_poll)(PGconn *c);
	ConnStatusType (*status)(const PGconn *c);
	int (*socket)(const PGconn *c);
	char *(*error)(const PGconn *c);
	void (*finish)(PGconn *c);
	size_t (*escape)(PGconn *c, char *to, const char *from, size_t n, int *error);
	int (*send)(PGconn *c, const char *query);
	int (*consume)(PGconn *c);
	int (*is_busy)(PGconn *c);
	PGresult *(*result)(PGconn *c);
	ExecStatusType (*result_status)(const PGresult *r);
	int (*rows)(const PGresult *r);
	int (*columns)(const PGresult *r);
	int (*is_null)(const PGresult *r, int row, int column);
	char *(*value)(const PGresult *r, int row, int column);
	int (*length)(const PGresult *r, int row, int column);
	void (*clear)(PGresult *r);
} pq;

static const char *load(void)
{
	static const char *const names[] = {"libpq.so.5", NULL};
	const struct table_symbol all[] = {
		{"PQconnectStartParams", (void **)&pq.connect_start},
		{"PQconnectPoll", (void **)&pq.connect_poll},
		{"PQstatus", (void **)&pq.status},
		{"PQsocket", (void **)&pq.socket},
		{"PQerrorMessage", (void **)&pq.error},
		{"PQfinish", (void **)&pq.finish},
		{"PQescapeStringConn", (void **)&pq.escape},
		{"PQsendQuery", (void **)&pq.send},
		{"PQconsumeInput", (void **)&pq.consume},
		{"PQisBusy", (void **)&pq.is_busy},
		{"PQgetResult", (void **)&pq.result},
		{"PQresultStatus", (void **)&pq.result_status},
		{"PQntuples", (void **)&pq.rows},
		{"PQnfields", (void **)&pq.columns},
		{"PQgetisnull", (void **)&pq.is_null},
		{"PQgetvalue", (void **)&pq.value},
		{"PQgetlength", (void **)&pq.length},
		{"PQclear", (void **)&pq.clear},
	};
	bool works = table_library_load(names, all, sizeof all / sizeof *all);
	return works ? NULL : "the library libpq.so.5 is not installed";
}

/* ---- connecting ---- */

static bool is_url(struct str server)
{
	return str_starts(server, STR_LIT("postgresql://")) ||
	       str_starts(server, STR_LIT("postgres://"));
}

static const char *wrong_server(struct str server)
{
	if (str_starts(server, STR_LIT("unix:")) && (server.n == 5 || server.p[5] != '/'))
		return "after \"unix:\" comes the path of a directory";
	return NULL;
}

/* The parameters of a connection, for PQconnectStartParams(). */
struct options {
	const char *names[OPTIONS_MOST + 1], *values[OPTIONS_MOST + 1];
	size_t count;
};

static void set(struct options *o, const char *name, const char *value)
{
	if (!value)
		return;
	o->names[o->count] = name;
	o->values[o->count++] = value;
}

/* "unix:/directory", "inet:host:port", "host:port", "host" or "/directory". */
static void set_server(struct options *o, struct str server, struct arena *mem)
{
	if (is_url(server)) {
		set(o, "dbname", arena_cstr(mem, server));
		return;
	}
	bool is_path = server.p[0] == '/' || str_starts(server, STR_LIT("unix:"));
	if (str_starts(server, STR_LIT("unix:")) || str_starts(server, STR_LIT("inet:")))
		server = str_slice(server, 5, server.n);
	size_t colon = is_path ? server.n : str_rfind(server, ':');
	set(o, "host", arena_cstr(mem, str_slice(server, 0, colon)));
	if (colon < server.n)
		set(o, "port", arena_cstr(mem, str_slice(server, colon + 1, server.n)));
}

/* False when the time is up. */
static bool wait_for(PGconn *c, short events, long long deadline)
{
	for (;;) {
		long long left = (deadline - io_microseconds()) / 1000;
		struct pollfd p = {.fd = pq.socket(c), .events = events};
		int r = poll(&p, 1, left > 0 ? (int)left : 0);
		if (r >= 0 || errno != EINTR)
			return r > 0;
	}
}

static int failed(const PGconn *c, struct err *err)
{
	return table_driver_failed(pq.error(c), err);
}

static int establish(PGconn *c, long long deadline, struct err *err)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;
	if (pq.status(c) == CONNECTION_BAD)
		return failed(c, err);
	while (next != PGRES_POLLING_OK) {
		short events = next == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
		if (!wait_for(c, events, deadline))
			return err_temp(err, "the answer takes too long");
		next = pq.connect_poll(c);
		if (next == PGRES_POLLING_FAILED)
			return failed(c, err);
	}
	return 0;
}

static void *open_connection(const struct table_file *f, struct str server, long long deadline,
	struct arena *mem, struct err *err)
{
	struct options o = {.count = 0};
	set(&o, "dbname", table_file_text(f, "dbname"));
	set(&o, "user", table_file_text(f, "user"));
	set(&o, "password", table_file_text(f, "password"));
	set(&o, "client_encoding", table_file_text(f, "encoding"));
	set(&o, "fallback_application_name", "mda");
	set_server(&o, server, mem);
	PGconn *c = pq.connect_start(o.names, o.values, 1);
	if (!c) {
		err_temp(err, "there is no memory");
		return NULL;
	}
	if (establish(c, deadline, err) == 0)
		return c;
	pq.finish(c);
	return NULL;
}

static void close_connection(void *connection)
{
	pq.finish(connection);
}

/* ---- asking ---- */

static bool quote(void *connection, struct str text, struct buf *to)
{
	int error = 0;
	char *p = buf_grow(to, text.n * 2 + 1);
	to->n += pq.escape(connection, p, text.p, text.n, &error);
	return error == 0;
}

static void add_rows(const PGresult *r, struct table_question *q)
{
	for (int row = 0; row < pq.rows(r); row++)
		for (int column = 0; column < pq.columns(r); column++) {
			const struct str value = {
				pq.value(r, row, column), (size_t)pq.length(r, row, column)};
			if (!pq.is_null(r, row, column) && !table_driver_add(q, value))
				return;
		}
}

/* The next result, in *RESULT, or NULL when there are no more. */
static int next_result(PGconn *c, long long deadline, PGresult **result, struct err *err)
{
	while (pq.is_busy(c)) {
		if (!wait_for(c, POLLIN, deadline))
			return err_temp(err, "the answer takes too long");
		if (!pq.consume(c))
			return failed(c, err);
	}
	*result = pq.result(c);
	return 0;
}

/* A server that answers with an error has answered: no other one would do better. */
static int take_result(
	PGconn *c, const PGresult *r, struct table_question *q, bool *lost, struct err *err)
{
	ExecStatusType status = pq.result_status(r);
	if (status == PGRES_TUPLES_OK) {
		add_rows(r, q);
		return 0;
	}
	*lost = pq.status(c) == CONNECTION_BAD;
	if (status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY)
		return err_temp(err, "the query has no result");
	return failed(c, err);
}

static int ask(void *connection, struct table_question *q, bool *lost, struct err *err)
{
	struct buf query = {0};
	PGresult *result = NULL;
	int r = table_expand_query(
		q->needs, table_file_get(q->file, "query"), q->key, quote, connection, &query);
	if (r < 0) {
		*lost = false;
		err_temp(err, "the key cannot be part of a query");
	}
	if (r > 0)
		r = pq.send(connection, buf_cstr(&query)) ? 0 : failed(connection, err);
	bool is_sent = query.n > 0;
	buf_free(&query);
	while (r == 0 && is_sent) {
		r = next_result(connection, q->deadline, &result, err);
		if (r < 0 || !result)
			break;
		r = take_result(connection, result, q, lost, err);
		pq.clear(result);
	}
	return r;
}

const struct table_driver table_pgsql = {.kind = "pgsql",
	.settings = settings,
	.servers = "hosts",
	.queries = (const char *const[]){"query", NULL},
	.wrong_server = wrong_server,
	.load = load,
	.connect = open_connection,
	.disconnect = close_connection,
	.ask = ask};

#include "mda/conf/tables/table_query.h"

#include "base/io.h"
#include "base/str_list.h"
#include "base/utf8.h"

enum { MICROSECONDS = 1000000, SERVERS_MOST = 32 };

struct table_query {
	const struct table_driver *driver;
	struct table_file *file;
	struct table_needs needs;
	struct str_list servers;
	void *connection; /* NULL: none */
	size_t connected; /* the server that it leads to */
};

unsigned table_driver_seconds(long long deadline)
{
	long long left = deadline - io_microseconds();
	return left < MICROSECONDS ? 1 : (unsigned)(left / MICROSECONDS);
}

int table_driver_failed(const char *text, struct err *err)
{
	struct str all = str_trim(str_of(text));
	struct str line = str_trim(str_slice(all, 0, str_find(all, '\n')));
	return err_temp(err, STR_FMT, STR_ARGS(line));
}

/* ---- the file ---- */

static int check_templates(struct table_query *q, struct err *err)
{
	const char *name, *why = NULL;
	for (size_t i = 0; (name = q->driver->queries[i]); i++) {
		struct str template = table_file_get(q->file, name);
		if (template.n == 0)
			return table_file_wrong(q->file, name, "this must be set", err);
		why = table_expand_needs(template, true, &q->needs);
		if (why)
			return table_file_wrong(q->file, name, why, err);
	}
	why = table_expand_needs(table_file_get(q->file, "result_format"), false, &q->needs);
	return why ? table_file_wrong(q->file, "result_format", why, err) : 0;
}

static int check_servers(struct table_query *q, struct arena *mem, struct err *err)
{
	const char *name = q->driver->servers;
	struct str rest = table_file_get(q->file, name), word;
	while (table_file_word(&rest, &word)) {
		const char *why = q->driver->wrong_server(word);
		if (why)
			return table_file_wrong(q->file, name, why, err);
		str_list_add(&q->servers, word, mem);
	}
	if (q->servers.count == 0)
		return table_file_wrong(q->file, name, "there is no server", err);
	if (q->servers.count > SERVERS_MOST)
		return table_file_wrong(q->file, name, "there are too many servers", err);
	return 0;
}

/* "domain" may only list domains: files and tables that Postfix would read are for Postfix. */
static int check_domains(const struct table_query *q, struct err *err)
{
	struct str rest = table_file_get(q->file, "domain"), word;
	while (table_file_word(&rest, &word))
		if (str_find(word, '/') < word.n || str_find(word, ':') < word.n)
			return table_file_wrong(q->file, "domain",
				"mda supports only the names of domains here", err);
	return 0;
}

static struct table_query *finish(struct table_query *q, struct arena *mem, struct err *err)
{
	if (!q->file || check_templates(q, err) < 0 || check_servers(q, mem, err) < 0 ||
		check_domains(q, err) < 0 ||
		(q->driver->check && q->driver->check(q->file, err) < 0))
		return NULL;
	return q;
}

struct table_query *table_query_parse(const struct table_driver *driver, struct str text,
	const char *path, struct arena *mem, struct err *err)
{
	struct table_query *q = arena_alloc(mem, sizeof *q);
	q->driver = driver;
	q->file = table_file_parse(text, path, driver->settings, mem, err);
	return finish(q, mem, err);
}

struct table_query *table_query_open(
	const struct table_driver *driver, const char *path, struct arena *mem, struct err *err)
{
	struct table_query *q = arena_alloc(mem, sizeof *q);
	q->driver = driver;
	q->file = table_file_read(path, driver->settings, mem, err);
	return finish(q, mem, err);
}

const char *table_query_load(const struct table_query *q)
{
	return q->driver->load();
}

/* ---- results ---- */

bool table_driver_add(struct table_question *q, struct str result)
{
	struct str template = table_file_get(q->file, "result_format");
	if (!table_expand_result(q->needs, template, result, q->key, q->value))
		return true;
	if (q->left-- == 0)
		q->wrong = "there are more results than expansion_limit";
	else if (q->value->n > TABLE_VALUE_MOST)
		q->wrong = "the value is too long";
	return !q->wrong;
}

/* ---- servers ---- */

static void disconnect(struct table_query *q)
{
	if (q->connection)
		q->driver->disconnect(q->connection);
	q->connection = NULL;
}

static void begin_value(struct table_question *question)
{
	unsigned long long limit = table_file_number(question->file, "expansion_limit");
	question->left = limit ? limit : ULLONG_MAX;
	question->wrong = NULL;
	buf_clear(question->value);
}

/* Asks server I. 1 with an answer in the question's value, 0 to try another server, -1. */
static int ask_server(
	struct table_query *q, size_t i, struct table_question *question, struct err *err)
{
	struct err why;
	bool lost = true;
	if (q->connection && q->connected != i)
		disconnect(q);
	if (!q->connection) {
		q->connected = i;
		q->connection = q->driver->connect(
			q->file, q->servers.items[i], question->deadline, question->mem, &why);
	}
	begin_value(question);
	if (q->connection && q->driver->ask(q->connection, question, &lost, &why) == 0)
		return 1;
	disconnect(q);
	err_temp(err, STR_FMT ": %s", STR_ARGS(q->servers.items[i]), why.text);
	return lost ? 0 : -1;
}

/*
 * Begins with the server that has answered before; if that connection has ended meanwhile, it is
 * tried again at last. Each server gets its share of the time that is left, so that one that hangs
 * does not take it from the others.
 */
static int ask_in_turn(
	struct table_query *q, struct table_question *question, long long deadline, struct err *err)
{
	size_t count = q->servers.count, first = q->connected;
	size_t tries = count + (q->connection != NULL);
	int r = 0;
	for (size_t i = 0; i < tries && r == 0; i++) {
		long long now = io_microseconds();
		long long left = deadline > now ? deadline - now : 0;
		question->deadline = now + left / (long long)(tries - i);
		r = ask_server(q, (first + i) % count, question, err);
	}
	return r > 0 ? 0 : -1;
}

/* ---- keys ---- */

/* As in a list of Postfix's: "!" excludes, and the first one that matches counts. */
static bool is_in_domains(struct str domains, struct str key)
{
	size_t at = str_rfind(key, '@');
	struct str domain = str_slice(key, at + 1, key.n), word;
	if (str_trim(domains).n == 0)
		return true;
	if (at == 0 || domain.n == 0)
		return false;
	while (table_file_word(&domains, &word)) {
		bool excludes = word.p[0] == '!';
		if (str_ieq(str_slice(word, excludes, word.n), domain))
			return !excludes;
	}
	return false;
}

static bool can_have(const struct table_query *q, struct str key)
{
	return utf8_valid(key) && str_find(key, '\0') == key.n &&
	       is_in_domains(table_file_get(q->file, "domain"), key);
}

int table_query_find(struct table_query *q, struct str key, unsigned seconds, struct arena *mem,
	struct str *value, struct err *err)
{
	struct buf found = {0};
	if (!can_have(q, key))
		return 0;
	struct table_question question = {
		.file = q->file, .needs = &q->needs, .key = key, .mem = mem, .value = &found};
	long long deadline = io_microseconds() + (long long)seconds * MICROSECONDS;
	int r = ask_in_turn(q, &question, deadline, err);
	if (r == 0 && question.wrong)
		r = err_temp(err, "%s", question.wrong);
	if (r == 0) {
		*value = arena_str(mem, buf_str(&found));
		r = value->n > 0;
	}
	buf_free(&found);
	return r;
}

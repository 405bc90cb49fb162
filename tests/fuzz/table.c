/* Files of tables in Postfix's manner, the templates in them, and values of address_settings. */
#include "mda/conf/conf_asked.h"
#include "mda/conf/tables/table.h"
#include "mda/conf/tables/table_text.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const words[] = {"hosts = ", "query = ", "result_format = ", "domain = ",
	"server_host = ", "search_base = ", "query_filter = ", "scope = ", "bind = ",
	"expansion_limit = ", "unix:/", "inet:", "postgresql://", "ldapi://", "%s", "%u", "%d",
	"%1", "%9", "%S", "%U", "%D", "%%", "\n ", "\n#", "quota = 2G, ", "label = no", "{ \"",
	"\" }", "/*", "*/", "${HOME}", "@", ".", NULL};

static bool quote(void *count, struct str text, struct buf *to)
{
	for (size_t i = 0; i < text.n; i++)
		buf_text(to, text.p[i] == '\'' ? "''" : (const char[]){text.p[i], '\0'});
	++*(size_t *)count;
	return true;
}

/* What is between quotes stays between them. */
static void check_template(struct str template, struct str key)
{
	struct table_needs needs = {.labels = 0};
	struct buf text = {0};
	size_t count = 0, quotes = 0, own = 0;
	if (table_expand_needs(template, true, &needs))
		return;
	int r = table_expand_query(&needs, template, key, quote, &count, &text);
	FUZZ_CHECK(r >= 0 && (r > 0 || text.n == 0));
	for (size_t i = 0; i < text.n; i++)
		quotes += text.p[i] == '\'';
	for (size_t i = 0; i < template.n; i++)
		own += template.p[i] == '\'';
	FUZZ_CHECK(r == 0 || (quotes >= own && (quotes - own) % 2 == 0));
	FUZZ_CHECK(count <= template.n);
	buf_clear(&text);
	bool added = !table_expand_needs(template, false, &needs) &&
		     table_expand_result(&needs, template, key, key, &text);
	FUZZ_CHECK(added || text.n == 0);
	buf_free(&text);
}

static void check_settings(struct str value, struct arena *mem)
{
	struct settings settings = {0};
	struct err err;
	if (conf_asked_parse("t", STR_LIT("a@b.c"), value, &settings, mem, &err) < 0) {
		FUZZ_CHECK(err.fault == FAULT_TEMP && strncmp(err.text, "t: a@b.c:", 9) == 0);
		return;
	}
	for (size_t i = 0; i < settings.count; i++)
		FUZZ_CHECK(settings.items[i].key->scopes & SCOPE_ADDRESS);
}

static void run(struct str input, struct arena *mem)
{
	static const struct table_driver *const drivers[] = {
		&table_pgsql, &table_mysql, &table_ldap};
	struct err err;
	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
		if (!table_query_parse(drivers[i], input, "f", mem, &err))
			FUZZ_CHECK(err.fault == FAULT_TEMP && strncmp(err.text, "f:", 2) == 0);
	size_t half = str_find(input, '\n');
	check_template(str_slice(input, 0, half), str_slice(input, half + 1, input.n));
	check_settings(input, mem);
	struct table_entry e;
	struct str rest = input;
	unsigned line = 0;
	while (table_text_next(&rest, &line, &e))
		FUZZ_CHECK(e.line && e.line <= line && e.name.n + e.value.n <= input.n);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(
		STR_LIT("hosts = unix:/run/postgresql a:5432\nuser = a\npassword = b\ndbname = c\n"
			"query = SELECT target FROM aliases\n WHERE name = '%s' AND d = '%d'\n"
			"result_format = %u@%D\ndomain = a.test, !b.test\nexpansion_limit = 1\n"));
	fuzz_seed(STR_LIT("server_host = ldap://a:389 ldapi://%2Fb\nsearch_base = dc=%d\n"
			  "query_filter = (mail=%s)\nresult_attribute = a, b\nscope = one\n"));
	fuzz_seed(STR_LIT("SELECT '%u' '%3' %%\no'brien@mail.example.com"));
	fuzz_seed(STR_LIT("quota = 2G, label = no, scripts_user = { \"%h/a\", \"%h/b\" }"));
	fuzz_seed(STR_LIT("# comment\nann@a.test v\n  w\n@a.test @b.test\n"));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("query = a\n b\n"), 300));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 4000};

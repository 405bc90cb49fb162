/* mda-sieve capabilities: prints the extensions that `require` accepts. */
#include "base/json.h"
#include "filters/sieve/ext.h"
#include "mda/rules_host.h"
#include "mda/tools/sieve/sieve_tool.h"

static void tell(const struct sv_ext *ext, struct buf *to)
{
	buf_fmt(to, "%-28s %s\n", ext->name, ext->rfc);
}

static void tell_json(const struct sv_ext *ext, struct json *json)
{
	json_begin_object(json);
	json_text(json, "name", str_of(ext->name));
	json_text(json, "defined_in", str_of(ext->rfc));
	json_end_object(json);
}

static int run(struct sieve_tool *tool, size_t count, char **words, struct err *err)
{
	const struct sv_host *host = sieve_host(tool, NULL, NULL, NULL);
	const struct sv_ext *ext;
	struct buf out = {0};
	struct json json = {.to = &out};
	(void)count;
	(void)words;
	if (tool->json)
		json_begin_array(&json);
	for (size_t i = 0; (ext = ext_at(host, i)); i++) {
		if (!ext->name || (ext->available && !ext->available(host)))
			continue;
		if (tool->json)
			tell_json(ext, &json);
		else
			tell(ext, &out);
	}
	if (tool->json) {
		json_end_array(&json);
		json_end_line(&json);
	}
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

const struct sieve_command sieve_capabilities = {
	{"capabilities", "", "print the extensions that require accepts", 0}, run};

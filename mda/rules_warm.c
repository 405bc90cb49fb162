#include "mda/rules_warm.h"

#include "base/io.h"
#include "base/str_list.h"
#include "filters/rules.h"
#include "filters/sieve/builtin.h"
#include "filters/sieve/script.h"
#include "mda/rules_host.h"

/* A delivery's host, but that it cannot read other scripts. */
static const struct sv_host *host_for(const struct conf *conf, struct arena *mem)
{
	const struct rules_world world = {.conf = conf, .mem = mem};
	struct sv_host *host = arena_alloc(mem, sizeof *host);
	*host = *rules_host(&world);
	host->silent = true;
	host->read_script = NULL;
	return host;
}

/* What a script includes may change without a change of its own text. */
static bool includes_others(const struct sv_script *compiled)
{
	extern const struct sv_ext ext_include;
	return script_requires(compiled, &ext_include);
}

static void add_script(struct rules_warm *warm, struct str path)
{
	struct rules_kept *kept = &warm->kept;
	struct rules_script s = {.engine = &builtin_engine, .path = arena_str(kept->mem, path)};
	const char *file = arena_cstr(kept->mem, path);
	if (io_read_file(file, warm->conf->script_max, kept->mem, &s.text, NULL) <= 0)
		return;
	s.compiled = s.engine->compile(s.path, s.text, kept->host, kept->mem, &s.errors);
	if (s.compiled && !includes_others(s.compiled))
		*(struct rules_script *)ARENA_PUSH(kept->mem, kept->scripts, kept->count) = s;
}

static void add_scripts(struct rules_warm *warm, const struct str_list *templates)
{
	struct str_list paths = {0};
	struct verdict v; /* the delivery has the troubles, too, and reports them */
	verdict_init(&v, warm->kept.mem, 0);
	for (size_t i = 0; i < templates->count; i++)
		if (str_find(templates->items[i], '%') == templates->items[i].n)
			str_list_add(&paths, templates->items[i], warm->kept.mem);
	struct str_list files = rules_files(&paths, &v);
	for (size_t i = 0; i < files.count; i++)
		add_script(warm, files.items[i]);
}

struct rules_warm *rules_warm_up(const struct conf *conf, struct arena *mem)
{
	struct rules_warm *warm = arena_alloc(mem, sizeof *warm);
	warm->conf = conf;
	warm->kept = (struct rules_kept){.mem = mem, .is_complete = true};
	if (!str_eq(conf->sieve_engine, str_of(builtin_engine.name)))
		return warm;
	warm->kept.host = host_for(conf, mem);
	add_scripts(warm, &conf->scripts_before);
	add_scripts(warm, &conf->scripts_after);
	return warm;
}

#include "mda/conf.h"

#include "mda/base/log.h"
#include "mda/conf_setting.h"

#include <stdlib.h>

const char conf_default_path[] = MDA_SYSCONFDIR "/mda.conf";

/* ---- what somebody wrote ---- */

bool setting_is_valid(
	const struct conf_key *key, const struct str_list *values, char *why, size_t size)
{
	union {
		struct conf conf;
		struct organization organization;
	} field;
	struct arena *scratch = arena_new();
	bool valid = conf_key_set(key, &field, values, scratch, why, size);
	arena_free(scratch);
	return valid;
}

int conf_override(struct conf_file *file, const char *assignment, struct err *err)
{
	char why[512];
	struct str all = str_of(assignment), word;
	size_t equals = str_find(all, '=');
	struct str name = str_trim(str_slice(all, 0, equals));
	struct str value = str_trim(str_slice(all, equals + 1, all.n));
	const struct conf_key *key = conf_key_find(name, SCOPE_GLOBAL);
	if (equals == all.n)
		return err_temp(err, "-o %s: key=value is wanted", assignment);
	if (!key) {
		struct str hint = conf_key_suggest(name, SCOPE_GLOBAL, file->mem);
		return err_temp(err, "-o %s: unknown key; " STR_FMT, assignment, STR_ARGS(hint));
	}
	struct setting *s = ARENA_PUSH(file->mem, file->settings, file->count);
	*s = (struct setting){.key = key, .scope = SCOPE_GLOBAL};
	while (key->type->is_list && str_word(&value, &word))
		*(struct str *)ARENA_PUSH(file->mem, s->values.items, s->values.count) = word;
	if (!key->type->is_list)
		*(struct str *)ARENA_PUSH(file->mem, s->values.items, s->values.count) = value;
	if (!setting_is_valid(key, &s->values, why, sizeof why))
		return err_temp(err, "-o %s: %s", assignment, why);
	return 0;
}

/* ---- what is in force ---- */

static struct str domain_of(struct str address)
{
	return str_slice(address, str_rfind(address, '@') + 1, address.n);
}

static bool applies(const struct setting *s, struct str recipient)
{
	if (s->scope != SCOPE_GLOBAL && s->title.n == 0)
		return false;
	if (s->scope == SCOPE_DOMAIN)
		return str_ieq(s->title, domain_of(recipient));
	if (s->scope == SCOPE_ADDRESS)
		return str_ieq(s->title, recipient);
	return s->scope == SCOPE_GLOBAL;
}

/* Later wins: the file, its domain and address sections, the command line. */
static unsigned rank(const struct setting *s)
{
	if (s->line == 0)
		return 4;
	return s->scope == SCOPE_ADDRESS ? 3 : s->scope == SCOPE_DOMAIN ? 2 : 1;
}

static const struct setting *winner(
	const struct conf_file *file, const struct conf_key *key, struct str recipient)
{
	const struct setting *best = NULL;
	for (size_t i = 0; i < file->count; i++) {
		const struct setting *s = &file->settings[i];
		if (s->key == key && applies(s, recipient) && (!best || rank(s) >= rank(best)))
			best = s;
	}
	return best;
}

static struct organization *organization_named(
	struct conf *conf, struct str name, struct arena *mem)
{
	for (size_t i = 0; i < conf->organization_count; i++)
		if (str_eq(conf->organizations[i].name, name))
			return &conf->organizations[i];
	struct organization *org = ARENA_PUSH(mem, conf->organizations, conf->organization_count);
	org->name = name;
	return org;
}

/* Every value was checked when it was read, so setting it again cannot fail. */
static void put(
	const struct conf_key *key, void *base, const struct str_list *values, struct arena *mem)
{
	char why[512];
	if (!conf_key_set(key, base, values, mem, why, sizeof why))
		abort();
}

const struct conf *conf_for(const struct conf_file *file, struct str recipient, struct arena *mem)
{
	struct conf *conf = arena_alloc(mem, sizeof *conf);
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		if (key->scopes & SCOPE_ORGANIZATION)
			continue;
		const struct setting *s = winner(file, key, recipient);
		struct str_list standard = conf_key_standard(key, mem);
		put(key, conf, s ? &s->values : &standard, mem);
	}
	for (size_t i = 0; i < file->count; i++) {
		const struct setting *s = &file->settings[i];
		if (s->scope == SCOPE_ORGANIZATION)
			put(s->key, organization_named(conf, s->title, mem), &s->values, mem);
	}
	return conf;
}

void conf_titles(const struct conf_file *file, struct str_list *domains, struct str_list *addresses,
	struct arena *mem)
{
	*domains = *addresses = (struct str_list){0};
	for (size_t i = 0; i < file->count; i++) {
		const struct setting *s = &file->settings[i];
		struct str_list *to = s->scope == SCOPE_DOMAIN    ? domains
				      : s->scope == SCOPE_ADDRESS ? addresses
								  : NULL;
		if (to && (to->count == 0 || !str_ieq(to->items[to->count - 1], s->title)))
			*(struct str *)ARENA_PUSH(mem, to->items, to->count) = s->title;
	}
}

/* ---- printing ---- */

static void print_values(const struct conf_key *key, const struct str_list *values, FILE *out)
{
	struct buf text = {0};
	for (size_t i = 0; i < values->count; i++) {
		struct buf value = {0};
		log_escape(&value, values->items[i]);
		bool quoted = value.n && value.p[0] == '"';
		buf_fmt(&text, quoted ? "%s" STR_FMT : "%s\"" STR_FMT "\"", i ? ", " : "",
			STR_ARGS(buf_str(&value)));
		buf_free(&value);
	}
	fprintf(out, key->type->is_list ? "%-20s = {%s%s%s}" : "%-20s =%s%s%s", key->name,
		text.n ? " " : "", buf_cstr(&text), text.n && key->type->is_list ? " " : "");
	buf_free(&text);
}

static void print_origin(const struct conf_file *file, const struct setting *s, FILE *out)
{
	if (!s)
		fprintf(out, "   # default\n");
	else if (s->line == 0)
		fprintf(out, "   # -o\n");
	else if (s->title.n)
		fprintf(out, "   # %s:%u, section \"" STR_FMT "\"\n", file->path, s->line,
			STR_ARGS(s->title));
	else
		fprintf(out, "   # %s:%u\n", file->path, s->line);
}

void conf_print(const struct conf_file *file, struct str recipient, FILE *out)
{
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		if (key->scopes & SCOPE_ORGANIZATION)
			continue;
		const struct setting *s = winner(file, key, recipient);
		struct str_list standard = conf_key_standard(key, file->mem);
		print_values(key, s ? &s->values : &standard, out);
		print_origin(file, s, out);
	}
	for (size_t i = 0; i < file->count; i++) {
		const struct setting *s = &file->settings[i];
		if (s->scope != SCOPE_ORGANIZATION)
			continue;
		print_values(s->key, &s->values, out);
		print_origin(file, s, out);
	}
}

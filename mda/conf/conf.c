#include "mda/conf/conf.h"

#include "base/message.h"
#include "base/str_list.h"
#include "mda/conf/conf_asked.h"
#include "mda/conf/owner.h"

#include <string.h>

const char conf_default_path[] = MDA_SYSCONFDIR "/mda.conf";

/* ---- the command line ---- */

int conf_override(struct conf_file *file, const char *assignment, struct err *err)
{
	char why[512];
	struct str all = str_of(assignment), word;
	size_t equals = str_find(all, '=');
	struct str name = str_trim(str_slice(all, 0, equals));
	struct str value = str_trim(str_slice(all, equals + 1, all.n));
	const struct conf_key *key = conf_key_find(name, SCOPE_GLOBAL);
	if (equals == all.n)
		return err_temp(err, "-o %s: the form is key=value", assignment);
	if (!key) {
		struct str hint = conf_key_suggest(name, SCOPE_GLOBAL, file->mem);
		return err_temp(err, "-o %s: unknown key; " STR_FMT, assignment, STR_ARGS(hint));
	}
	struct setting *s = ARENA_PUSH(file->mem, file->settings.items, file->settings.count);
	*s = (struct setting){.key = key, .scope = SCOPE_GLOBAL};
	while (key->type->is_list && str_word(&value, &word))
		str_list_add(&s->values, word, file->mem);
	if (!key->type->is_list)
		str_list_add(&s->values, value, file->mem);
	if (!conf_setting_is_valid(key, &s->values, why, sizeof why))
		return err_temp(err, "-o %s: %s", assignment, why);
	return 0;
}

/* ---- what is in force ---- */

static struct str domain_of(struct str address)
{
	return str_slice(address, str_rfind(address, '@') + 1, address.n);
}

static bool applies(enum conf_scope scope, struct str title, struct str recipient)
{
	if (scope != SCOPE_GLOBAL && title.n == 0)
		return false;
	if (scope == SCOPE_DOMAIN)
		return str_ieq(title, domain_of(recipient));
	if (scope == SCOPE_ADDRESS)
		return str_ieq(title, recipient);
	return scope == SCOPE_GLOBAL;
}

/*
 * The settings that apply to RECIPIENT: those that were loaded, and those of their own sections,
 * which are read now.
 */
struct selection {
	const struct conf_file *file;
	struct str recipient;
	struct settings own, asked; /* of sections, and of the table `address_settings` */
	struct str_list titles;     /* of sections that were read */
	struct arena *mem;
};

static int load_own(struct selection *chosen, const struct conf_apart *apart, struct err *err)
{
	for (size_t i = 0; i < chosen->titles.count; i++)
		if (str_eq(chosen->titles.items[i], apart->title))
			return conf_apart_fail_twice(apart, err);
	str_list_add(&chosen->titles, apart->title, chosen->mem);
	return conf_load_apart(apart, &chosen->own, chosen->mem, err);
}

static int find_own(struct selection *chosen, struct err *err)
{
	if (chosen->recipient.n == 0)
		return 0;
	struct conf_apart apart;
	struct conf_apart_walk walk =
		conf_apart_of(&chosen->file->apart, chosen->recipient, chosen->mem);
	while (conf_apart_next(&walk, &apart))
		if (applies(apart.scope, apart.title, chosen->recipient) &&
			load_own(chosen, &apart, err) < 0)
			return -1;
	return 0;
}

/*
 * The higher rank wins: the file, a domain section, the table of settings, an address section, the
 * command line.
 */
static unsigned rank(const struct setting *s)
{
	if (!s->place.text)
		return 5;
	if (s->is_asked)
		return 3;
	return s->scope == SCOPE_ADDRESS ? 4 : s->scope == SCOPE_DOMAIN ? 2 : 1;
}

/* The setting that wins, for each of conf_keys[]; NULL: its default. */
static const struct setting **winners(const struct selection *chosen)
{
	const struct settings *const all[] = {
		&chosen->file->settings, &chosen->own, &chosen->asked};
	const struct setting **best = arena_alloc(chosen->mem, conf_key_count * sizeof *best);
	for (size_t k = 0; k < sizeof all / sizeof *all; k++)
		for (size_t i = 0; i < all[k]->count; i++) {
			const struct setting *s = &all[k]->items[i];
			const struct setting **b = &best[s->key - conf_keys];
			if (applies(s->scope, s->title, chosen->recipient) &&
				(!*b || rank(s) >= rank(*b)))
				*b = s;
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

static const struct conf *in_force(const struct selection *chosen)
{
	struct conf *conf = arena_alloc(chosen->mem, sizeof *conf);
	const struct setting *const *best = winners(chosen);
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		if (key->scopes & SCOPE_ORGANIZATION)
			continue;
		const struct setting *s = best[i];
		struct str_list defaults = s ? s->values : conf_key_default(key, chosen->mem);
		conf_key_put(key, conf, &defaults, chosen->mem);
	}
	for (size_t i = 0; i < chosen->file->settings.count; i++) {
		const struct setting *s = &chosen->file->settings.items[i];
		if (s->scope == SCOPE_ORGANIZATION)
			conf_key_put(s->key, organization_named(conf, s->title, chosen->mem),
				&s->values, chosen->mem);
	}
	return conf;
}

/* Where no mailbox is concerned, an account without rights is enough. */
static int drop_rights(void *file, struct err *err)
{
	struct arena *mem = arena_new();
	int r = owner_drop(conf_global(file, mem), mem, err);
	arena_free(mem);
	return r;
}

static int find_all(struct selection *chosen, struct err *err)
{
	if (find_own(chosen, err) < 0)
		return -1;
	return conf_asked_find(
		chosen->file, chosen->recipient, drop_rights, &chosen->asked, chosen->mem, err);
}

const struct conf *conf_for(
	const struct conf_file *file, struct str recipient, struct arena *mem, struct err *err)
{
	struct selection chosen = {.file = file, .recipient = recipient, .mem = mem};
	return find_all(&chosen, err) < 0 ? NULL : in_force(&chosen);
}

const struct conf *conf_written(
	const struct conf_file *file, struct str recipient, struct arena *mem, struct err *err)
{
	struct selection chosen = {.file = file, .recipient = recipient, .mem = mem};
	return find_own(&chosen, err) < 0 ? NULL : in_force(&chosen);
}

const struct conf *conf_known(
	const struct conf_file *file, struct str recipient, struct arena *mem, struct err *err)
{
	err->text[0] = '\0';
	const struct conf *conf = conf_for(file, recipient, mem, err);
	return conf ? conf : conf_written(file, recipient, mem, &(struct err){.text = ""});
}

const struct conf *conf_for_one(const struct conf_file *file, struct str recipient,
	const struct conf *global, struct arena *mem, struct err *err)
{
	struct selection chosen = {.file = file, .recipient = recipient, .mem = mem};
	if (find_all(&chosen, err) < 0)
		return NULL;
	return chosen.own.count || chosen.asked.count ? in_force(&chosen) : global;
}

const struct conf *conf_global(const struct conf_file *file, struct arena *mem)
{
	const struct selection chosen = {.file = file, .recipient = STR_EMPTY, .mem = mem};
	return in_force(&chosen);
}

/* ---- all sections ---- */

struct message_limits conf_message_limits(const struct conf *conf)
{
	return (struct message_limits){.in_memory = conf->message_in_memory,
		.largest = conf->message_max,
		.spool_dir = conf->spool_dir.p};
}

static void add_title(struct str_list *list, struct str title, struct arena *mem)
{
	if (title.n && (list->count == 0 || !str_ieq(list->items[list->count - 1], title)))
		str_list_add(list, title, mem);
}

void conf_titles(const struct conf_file *file, struct str_list *domains, struct str_list *addresses,
	struct arena *mem)
{
	struct conf_apart a;
	struct conf_apart_walk walk = conf_apart_all(&file->apart, mem);
	*domains = *addresses = (struct str_list){0};
	while (conf_apart_next(&walk, &a))
		add_title(a.scope == SCOPE_DOMAIN ? domains : addresses, a.title, mem);
}

static int check_apart(const struct conf_apart *apart, struct err *err)
{
	struct arena *scratch = arena_new();
	struct settings settings = {0};
	int r = conf_load_apart(apart, &settings, scratch, err);
	arena_free(scratch);
	return r;
}

int conf_check(const struct conf_file *file, struct err *err)
{
	struct conf_apart a;
	struct arena *mem = arena_new();
	struct conf_apart_walk walk = conf_apart_all(&file->apart, mem);
	int r = 0;
	while (r == 0 && conf_apart_next(&walk, &a))
		r = check_apart(&a, err);
	if (r == 0)
		r = conf_apart_check_twice(&file->apart, mem, err);
	arena_free(mem);
	return r;
}

/* ---- for a reader ---- */

int conf_each_setting(const struct conf_file *file, struct str recipient, conf_setting_visit *visit,
	void *context, struct err *err)
{
	struct selection chosen = {.file = file, .recipient = recipient, .mem = file->mem};
	if (find_all(&chosen, err) < 0)
		return -1;
	const struct setting *const *best = winners(&chosen);
	for (size_t i = 0; i < conf_key_count; i++)
		if (!(conf_keys[i].scopes & SCOPE_ORGANIZATION))
			visit(context, &conf_keys[i], best[i]);
	for (size_t i = 0; i < file->settings.count; i++)
		if (file->settings.items[i].scope == SCOPE_ORGANIZATION)
			visit(context, file->settings.items[i].key, &file->settings.items[i]);
	return 0;
}

bool conf_is_overridden(const struct conf_file *file, const struct conf_key *key)
{
	for (size_t i = 0; i < file->settings.count; i++)
		if (file->settings.items[i].key == key && !file->settings.items[i].place.text)
			return true;
	return false;
}

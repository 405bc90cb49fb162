#include "mda/conf/place.h"

#include "base/path.h"
#include "mda/conf/user_dovecot.h"
#include "mda/conf/user_source.h"

/* The templates of one file or directory each, and the lists of them. */
static const size_t templates[] = {
	offsetof(struct conf, maildir),
	offsetof(struct conf, state_dir),
	offsetof(struct conf, user_allow),
	offsetof(struct conf, user_block),
	offsetof(struct conf, metadata),
	offsetof(struct conf, contacts),
	offsetof(struct conf, contacts_dir),
	offsetof(struct conf, settings),
};
static const size_t template_lists[] = {
	offsetof(struct conf, scripts_user),
	offsetof(struct conf, scripts_personal),
	offsetof(struct conf, list_dirs),
	offsetof(struct conf, address_books),
};

const char *place_root(struct str template, const char *home, struct arena *mem)
{
	size_t percent = str_find(template, '%');
	if (percent == template.n)
		return NULL;
	if (percent == 0 && template.n > 1 && template.p[1] == 'h')
		return home;
	size_t slash = str_rfind(str_slice(template, 0, percent), '/');
	if (slash >= percent)
		return "."; /* a relative path */
	return slash ? arena_cstr(mem, str_slice(template, 0, slash)) : "/";
}

/*
 * Only root makes names in "/", so the user's part begins below the first of them. "/" itself is
 * never a home.
 */
static void declare(const char *root, struct str path, struct arena *mem)
{
	if (!root)
		return;
	if (root[0] != '/' || root[1] != '\0') {
		path_declare(root);
		return;
	}
	size_t first = str_find(str_slice(path, 1, path.n), '/') + 1;
	if (first > 1)
		path_declare(arena_cstr(mem, str_slice(path, 0, first)));
}

/*
 * The same for homes. Those of passwd(5) are trusted, and so is a template that names one home for
 * all.
 */
static const char *declare_home(const struct conf *conf, const struct user *user, struct arena *mem)
{
	const char *root = NULL;
	if (user_source(conf)->have_virtual_home)
		root = place_root(conf->virtual_home, NULL, mem);
	else if (user->mailbox)
		root = user_dovecot_home_root(conf, user, mem);
	if (!root)
		root = user->names.home.p;
	declare(root, user->names.home, mem);
	return root;
}

static void declare_template(
	struct str template, const struct user *user, const char *home, struct arena *mem)
{
	const char *path, *root = place_root(template, home, mem);
	if (root && template_expand(template, &user->names, mem, &path, NULL) == 0)
		declare(root, str_of(path), mem);
}

void place_declare(const struct conf *conf, const struct user *user)
{
	struct arena *mem = arena_new();
	path_declare_none();
	const char *base = (const char *)conf, *home = declare_home(conf, user, mem);
	for (size_t i = 0; i < sizeof templates / sizeof *templates; i++)
		declare_template(
			*(const struct str *)(const void *)(base + templates[i]), user, home, mem);
	for (size_t i = 0; i < sizeof template_lists / sizeof *template_lists; i++) {
		const struct str_list *list = (const void *)(base + template_lists[i]);
		for (size_t k = 0; k < list->count; k++)
			declare_template(list->items[k], user, home, mem);
	}
	if (user->mailbox)
		declare(user_dovecot_mail_root(conf, user, mem), STR_EMPTY, mem);
	arena_free(mem);
	bool admin = conf->follow_links == LINKS_OF_ADMIN;
	beneath_follow(admin ? BENEATH_ADMIN_LINKS : BENEATH_NO_LINKS);
}

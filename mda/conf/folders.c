#include "mda/conf/folders.h"

#include "base/str_list.h"
#include "store/folder.h"
#include "store/store.h"

/* Courier has one namespace, and scripts for it omit the prefix of its names. */
static void as_courier(struct folder_rules *rules)
{
	rules->prefix = STR_LIT("INBOX.");
	rules->without_prefix = true;
}

static int as_set(const struct conf *conf, struct folder_rules *rules, struct err *err)
{
	struct str prefix = conf->folder_prefix;
	char end = prefix.n ? prefix.p[prefix.n - 1] : '\0';
	rules->prefix = prefix;
	rules->separator = conf->folder_separator.n ? conf->folder_separator.p[0] : end;
	if (prefix.n && rules->separator != end)
		return err_temp(err,
			"folder_prefix \"" STR_FMT "\" does not end in folder_separator \"" STR_FMT
			"\"",
			STR_ARGS(prefix), STR_ARGS(conf->folder_separator));
	return 0;
}

int folders_declare(const struct conf *conf, struct err *err)
{
	bool courier = conf->imap_server == STORE_SERVER_COURIER;
	bool is_auto = conf->folder_utf8 == CONF_AUTO;
	struct folder_rules rules = {
		.layout = conf->layout, .utf8 = is_auto ? courier : conf->folder_utf8 == CONF_YES};
	if (courier && rules.layout != FOLDER_FLAT)
		return err_temp(err, "imap_server = courier works only with layout = maildir++");
	if (courier && conf->folder_prefix.n == 0 && conf->folder_separator.n == 0)
		as_courier(&rules);
	else if (as_set(conf, &rules, err) < 0)
		return -1;
	folder_declare(&rules);
	return 0;
}

/* ---- what the configuration names ---- */

struct str folders_junk(const struct conf *conf, struct arena *mem)
{
	return folder_with_prefix(conf->junk_folder, mem);
}

static bool is_use(struct str configured, struct str asked)
{
	struct str a = str_slice(configured, configured.n && configured.p[0] == '\\', configured.n);
	struct str b = str_slice(asked, asked.n && asked.p[0] == '\\', asked.n);
	return str_ieq(a, b);
}

struct str_list folders_of_use(const struct conf *conf, struct str use, struct arena *mem)
{
	struct str_list found = {0};
	for (size_t i = 0; i < conf->special_use.count; i++) {
		struct str rest = conf->special_use.items[i], word;
		if (str_word(&rest, &word) && is_use(word, use))
			str_list_add(&found, folder_with_prefix(str_trim(rest), mem), mem);
	}
	return found;
}

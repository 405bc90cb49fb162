#include "mda/tools/contacts/contacts_ids.h"

#include "base/path.h"
#include "base/str_list.h"
#include "store/store.h"

enum { ID_MOST = 1000 }; /* as the screener reads them */

void contacts_ids_add(struct contacts_ids *ids, const struct message *msg,
	const struct str_list *keys, int64_t when)
{
	const struct header *h = message_find(msg, STR_LIT("Message-ID"));
	struct str id = h ? message_header_text(h, ids->mem) : STR_EMPTY;
	struct str_list domains = {0};
	bool is_id = id.n > 2 && id.n <= ID_MOST && id.p[0] == '<' && id.p[id.n - 1] == '>';
	for (size_t i = 0; i < keys->count; i++) {
		struct str key = keys->items[i];
		struct str domain = str_slice(key, str_rfind(key, '@') + 1, key.n);
		if (domain.n && !str_list_has(&domains, domain))
			str_list_add(&domains, arena_str(ids->mem, domain), ids->mem);
	}
	if (is_id && domains.count)
		*(struct screened_sent *)ARENA_PUSH(ids->mem, ids->items, ids->count) =
			(struct screened_sent){arena_str(ids->mem, id), domains, when};
}

int contacts_ids_write(struct contacts_ids *ids, const struct contacts_tool *tool, struct err *err)
{
	const char *state = tool->mailbox.state ? tool->mailbox.state
						: store_state_dir(tool->mailbox.maildir, tool->mem);
	int r = path_is_directory(state) ? screened_sent(state, ids->items, ids->count, err) : 0;
	ids->items = NULL;
	ids->count = 0;
	return r;
}

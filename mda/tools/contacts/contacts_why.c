/* mda-contacts why: says which label mail from an address gets, and why. */
#include "base/address.h"
#include "base/encoded_word.h"
#include "base/json.h"
#include "base/printable.h"
#include "filters/authres.h"
#include "filters/label/tag.h"
#include "mda/delivery/delivery.h"
#include "mda/stages.h"
#include "mda/tools/contacts/contacts_tool.h"

struct told {
	struct str address;
	struct verdict verdict;
	struct contact contact;
};

/*
 * Results such as "dmarc=fail spf=pass", as if the MTA had found them. By default the sender is
 * genuine.
 */
static int set_auth(struct auth *auth, struct str text, struct err *err)
{
	struct str word;
	if (text.n == 0)
		text = STR_LIT("dmarc=pass");
	while (str_word(&text, &word)) {
		size_t equals = str_find(word, '=');
		struct str method = str_slice(word, 0, equals);
		struct str result = str_slice(word, equals + 1, word.n);
		enum auth_result *to = str_ieq(method, STR_LIT("dmarc"))  ? &auth->dmarc
				       : str_ieq(method, STR_LIT("spf"))  ? &auth->spf
				       : str_ieq(method, STR_LIT("dkim")) ? &auth->dkim
				       : str_ieq(method, STR_LIT("arc"))  ? &auth->arc
									  : NULL;
		if (!to || !authres_result(result, to))
			return err_temp(err,
				"--auth takes words such as dmarc=fail, spf=pass or dkim=none");
		auth->by = STR_LIT("--auth");
	}
	return 0;
}

/* As a delivery from that sender to the mailbox does it. */
static int judge(struct contacts_tool *tool, struct told *a, struct err *err)
{
	struct arena *mem = tool->mem;
	struct session *s = &tool->session;
	struct str name = encoded_word_value(str_of(tool->name), 4, mem);
	struct str bytes = arena_fmt(mem, "From: %s" STR_FMT "%s <" STR_FMT ">\n\n",
		name.n ? "\"" : "", STR_ARGS(name), name.n ? "\"" : "", STR_ARGS(a->address));
	struct message *msg = message_borrow(bytes, err);
	if (!msg)
		return -1;
	s->inv.sender = arena_cstr(mem, a->address);
	struct envelope env = session_envelope(s, msg);
	struct delivery d = session_delivery(s, &env, msg);
	d.verdict = &a->verdict;
	verdict_init(&a->verdict, mem, message_header_count(msg));
	stages_personal(&d, &a->verdict);
	int r = set_auth(&a->verdict.auth, str_of(tool->auth), err);
	if (r == 0)
		r = stages_label(&d, &a->verdict, err);
	message_free(msg);
	return r;
}

static void tell_text(const struct contacts_tool *tool, const struct told *a, struct buf *to)
{
	const struct verdict *v = &a->verdict;
	const struct contact *c = &a->contact;
	struct str why = verdict_reason_where(&v->label.reason, tool->mem);
	printable_add(to, a->address);
	buf_fmt(to, ": %s: ",
		v->label.kind == LABEL_NONE ? "no label" : tag_label_names[v->label.kind]);
	printable_add(to, why);
	buf_byte(to, '\n');
	if (c->name.n) {
		buf_text(to, "  known as ");
		printable_add(to, c->name);
		buf_byte(to, '\n');
	}
	if (c->count)
		buf_fmt(to, "  %lu messages to it, the last on " STR_FMT "\n",
			(unsigned long)c->count, STR_ARGS(contacts_day(c->last, tool->mem)));
	for (size_t i = 0; i < v->notes.count; i++) {
		buf_text(to, "  note: ");
		printable_add(to, v->notes.items[i]);
		buf_byte(to, '\n');
	}
}

static void tell_json(const struct contacts_tool *tool, const struct told *a, struct buf *to)
{
	const struct verdict *v = &a->verdict;
	struct json json = {.to = to};
	json_begin_object(&json);
	json_text(&json, "address", a->address);
	json_text(&json, "recipient", tool->mailbox.name);
	json_text(&json, "label", str_of(tag_label_names[v->label.kind]));
	json_text(&json, "reason", verdict_reason_where(&v->label.reason, tool->mem));
	json_text(&json, "name", a->contact.name);
	json_number(&json, "count", a->contact.count);
	json_texts(&json, "notes", v->notes.items, v->notes.count);
	json_end_object(&json);
	json_end_line(&json);
}

static int answer_for(
	struct contacts_tool *tool, const char *word, struct buf *out, struct err *err)
{
	struct told a = {.address = str_of(word)};
	struct str key;
	struct verdict scratch;
	if (contacts_key(tool, word, &key, err) < 0 || judge(tool, &a, err) < 0)
		return -1;
	verdict_init(&scratch, tool->mem, 0);
	contacts_find(&tool->contacts, key, &scratch, &a.contact);
	if (tool->json)
		tell_json(tool, &a, out);
	else
		tell_text(tool, &a, out);
	return 0;
}

static int run(struct contacts_tool *tool, size_t count, char **addresses, struct err *err)
{
	struct buf out = {0};
	int r = contacts_open(tool, err);
	for (size_t i = 0; i < count && r == 0; i++)
		r = answer_for(tool, addresses[i], &out, err);
	if (r == 0)
		r = program_print(&out, err);
	buf_free(&out);
	return r;
}

const struct contacts_command contacts_why = {
	{"why", "ADDRESS...", "say which label mail from an address gets, and why", 1}, run};

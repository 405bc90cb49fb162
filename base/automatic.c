#include "base/automatic.h"

bool automatic_submitted(const struct message *msg, struct arena *mem)
{
	size_t at = 0;
	const struct header *h;
	while ((h = message_next(msg, STR_LIT("Auto-Submitted"), &at))) {
		struct str value = message_header_text(h, mem);
		/* Parameters and comments may follow the word (RFC 3834 section 5). */
		struct str word = str_trim(str_slice(value, 0, str_find(value, ';')));
		word = str_trim(str_slice(word, 0, str_find(word, '(')));
		if (!str_ieq(word, STR_LIT("no")))
			return true;
	}
	return false;
}

bool automatic_is_list(const struct message *msg)
{
	static const char *const names[] = {"List-Id", "List-Help", "List-Subscribe",
		"List-Unsubscribe", "List-Post", "List-Owner", "List-Archive", "Mailing-List",
		"X-Mailing-List", "X-Loop", "X-Mailman-Version", "Feedback-Id"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (message_find(msg, str_of(names[i])))
			return true;
	return false;
}

bool automatic_has_word(
	const struct message *msg, const char *name, const char *words, struct arena *mem)
{
	size_t at = 0;
	const struct header *h;
	while ((h = message_next(msg, str_of(name), &at))) {
		struct str rest = str_of(words), word, value = message_header_text(h, mem);
		while (str_word(&rest, &word))
			if (str_ifind(value, word) < value.n)
				return true;
	}
	return false;
}

bool automatic_is_bulk(const struct message *msg, struct arena *mem)
{
	return automatic_has_word(msg, "Precedence", "bulk junk list", mem);
}

/* A receipt, which a mail program sends because a sender asked for it (RFC 8098), or a bounce. */
static bool is_report(const struct message *msg, struct arena *mem)
{
	const struct header *type = message_find(msg, STR_LIT("Content-Type"));
	return type && str_istarts(message_header_text(type, mem), STR_LIT("multipart/report"));
}

const char *automatic_why(const struct message *msg, struct arena *mem)
{
	if (automatic_submitted(msg, mem))
		return "a program sent it (Auto-Submitted, RFC 3834 section 2)";
	if (automatic_is_list(msg))
		return "it is of a mailing list (RFC 5230 section 4.6)";
	if (automatic_is_bulk(msg, mem))
		return "it is bulk mail (Precedence, RFC 3834 section 2)";
	if (is_report(msg, mem))
		return "a program sent it (multipart/report, RFC 6522)";
	return NULL;
}

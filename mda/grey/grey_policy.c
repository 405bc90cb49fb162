#include "mda/grey/grey_policy.h"

#include <stddef.h>
#include <string.h>

size_t grey_policy_end(struct str bytes, size_t *seen)
{
	/* An empty line is a newline at the start or after another one. */
	for (size_t i = *seen; i < bytes.n; i++)
		if (bytes.p[i] == '\n' && (i == 0 || bytes.p[i - 1] == '\n'))
			return i + 1;
	*seen = bytes.n;
	return 0;
}

#define AT(field) offsetof(struct grey_request, field)
static const struct attribute {
	const char *name;
	size_t offset;
} attributes[] = {
	{"request", AT(kind)},
	{"protocol_state", AT(state)},
	{"client_address", AT(client_address)},
	{"client_name", AT(client_name)},
	{"sender", AT(sender)},
	{"recipient", AT(recipient)},
	{"instance", AT(instance)},
	{"sasl_username", AT(login)},
};

static void take(struct grey_request *r, struct str name, struct str value)
{
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		if (str_eq(name, str_of(attributes[i].name)))
			*(struct str *)(void *)((char *)r + attributes[i].offset) = value;
	if (str_eq(name, STR_LIT("sender")))
		r->has_sender = true;
}

void grey_policy_read(struct str bytes, struct grey_request *r)
{
	*r = (struct grey_request){.has_sender = false};
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		*(struct str *)(void *)((char *)r + attributes[i].offset) = STR_EMPTY;
	while (bytes.n) {
		size_t end = str_find(bytes, '\n');
		struct str line = str_slice(bytes, 0, end);
		size_t equals = str_find(line, '=');
		if (equals < line.n)
			take(r, str_slice(line, 0, equals), str_slice(line, equals + 1, line.n));
		bytes = str_slice(bytes, end + 1, bytes.n);
	}
}

const char *grey_policy_doubt(const struct grey_request *r)
{
	if (!str_eq(r->kind, STR_LIT("smtpd_access_policy")))
		return "not a question of smtpd";
	if (r->login.n)
		return "authenticated client";
	if (!str_eq(r->state, STR_LIT("RCPT")) && !str_eq(r->state, STR_LIT("DATA")) &&
		!str_eq(r->state, STR_LIT("END-OF-MESSAGE")))
		return "not about a recipient";
	if (r->recipient.n == 0)
		return "several recipients";
	return r->has_sender && r->client_address.n ? NULL : "incomplete question";
}

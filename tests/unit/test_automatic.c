/* Which messages a program or a mailing list has sent: a row for each field that says so. */
#include "base/automatic.h"
#include "tests/unit/table.h"

#include <string.h>

static const struct row {
	const char *name, *header;
	const char *why; /* a part of it; NULL: a person may have sent it */
	bool submitted;
} rows[] = {
	{"nothing says so", "Subject: x\n", NULL, false},
	{"no header", "", NULL, false},
	{"Auto-Submitted: auto-replied", "Auto-Submitted: auto-replied\n", "Auto-Submitted", true},
	{"Auto-Submitted: auto-generated", "Auto-Submitted: auto-generated; a=b\n",
		"Auto-Submitted", true},
	{"Auto-Submitted: auto-notified", "Auto-Submitted: auto-notified\n", "Auto-Submitted",
		true},
	{"Auto-Submitted: an unknown word", "Auto-Submitted: maybe\n", "Auto-Submitted", true},
	{"Auto-Submitted: empty", "Auto-Submitted:\n", "Auto-Submitted", true},
	{"Auto-Submitted: no", "Auto-Submitted: No\n", NULL, false},
	{"Auto-Submitted: no, a parameter", "Auto-Submitted: no; x=y\n", NULL, false},
	{"Auto-Submitted: no, a comment", "Auto-Submitted: no (by hand)\n", NULL, false},
	{"Auto-Submitted: the second says so", "Auto-Submitted: no\nAuto-Submitted: auto-replied\n",
		"Auto-Submitted", true},
	{"Precedence: bulk", "Precedence: bulk\n", "Precedence", false},
	{"Precedence: list", "Precedence: LIST\n", "Precedence", false},
	{"Precedence: junk", "Precedence: junk\n", "Precedence", false},
	{"Precedence: first-class", "Precedence: first-class\n", NULL, false},
	{"Precedence: special-delivery", "Precedence: special-delivery\n", NULL, false},
	{"Precedence: the second says so", "Precedence: normal\nPrecedence: bulk\n", "Precedence",
		false},
	{"List-Id", "List-Id: <l.test>\n", "mailing list", false},
	{"List-Id: empty", "List-Id:\n", "mailing list", false},
	{"List-Help", "List-Help: <mailto:l@l.test>\n", "mailing list", false},
	{"List-Subscribe", "list-subscribe: <mailto:l@l.test>\n", "mailing list", false},
	{"List-Unsubscribe", "List-Unsubscribe: <mailto:l@l.test>\n", "mailing list", false},
	{"List-Post", "List-Post: NO\n", "mailing list", false},
	{"List-Owner", "List-Owner: <mailto:l@l.test>\n", "mailing list", false},
	{"List-Archive", "List-Archive: <http://l.test>\n", "mailing list", false},
	{"Mailing-List", "Mailing-List: list l@l.test\n", "mailing list", false},
	{"X-Mailing-List", "X-Mailing-List: <l@l.test>\n", "mailing list", false},
	{"X-Mailman-Version", "X-Mailman-Version: 2.1\n", "mailing list", false},
	{"X-Loop", "X-Loop: l@l.test\n", "mailing list", false},
	{"Feedback-Id", "Feedback-Id: 1:x\n", "mailing list", false},
	{"a field that starts alike", "List-Idea: x\n", NULL, false},
	{"a receipt", "Content-Type: multipart/report; report-type=disposition-notification\n",
		"multipart/report", false},
	{"another multipart", "Content-Type: multipart/related\n", NULL, false},
	{"a word in the body", "\nList-Id: <l.test>\nAuto-Submitted: auto-replied\n", NULL, false},
};

static void test_why(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct err err;
	struct message *msg = message_borrow(arena_fmt(mem, "%s\nbody\n", row->header), &err);
	assert_non_null(msg);
	const char *why = automatic_why(msg, mem);
	assert_int_equal(why != NULL, row->why != NULL);
	if (why && row->why && !strstr(why, row->why))
		fail_msg("<%s> instead of <%s>", why, row->why);
	assert_int_equal(automatic_submitted(msg, mem), row->submitted);
	message_free(msg);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_why, rows)};
	return table_run("automatic", tables, sizeof tables / sizeof *tables);
}

/*
 * The screener: whose mail it holds, each row a message; that a forger passes in none; and what is
 * remembered, for how long, and by whom.
 */
#include "filters/label/contacts_known.h"
#include "filters/label/screener.h"
#include "store/screened.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char work[64];
static char state[96], list_path[96], contacts_dir[96];

#define OURS "Authentication-Results: mx.a.test; "
#define IN   "Received: from x by mx.a.test\n"
#define H    STR_LIT
#define DAY  SCREENED_DAY

/* The state that all rows share: this person has ... */
static const char *const approved[] = {
	"author friend@b.test",                      /* proven when they were approved */
	"claim plain@plain.test plain.test",         /* from a domain that proves nothing */
	"envelope bounce@sent.test writer@far.test", /* through a service */
};
static const char *const blocked[] = {"claim pest@pest.test pest.test"};
/* ... written to */
static const char *const written[] = {
	"pal@b.test", "dev@lists.test", "bob@free.test", "boss@exarnple.test"};
/* ... sent <mine@a.test> to b.test and help.test, and <old@a.test> to help.test long ago */
static struct str domains[] = {STR_LIT("b.test"), STR_LIT("help.test")};

enum { HELD, PASSES, JUNK };
enum { NO_IDS = 1, OTHER = 2, ALLOWED = 4, ARC = 8, FAILS = 16 };

static const struct row {
	const char *name;
	int result;
	const char *sender; /* of the envelope */
	struct str header;
	const char *why; /* a part of what is said of it; NULL: anything */
	int how;
} rows[] = {
	/* nobody knows them */
	{"a new sender, proven", HELD, "x@new.test", H(OURS "dmarc=pass\n" IN "From: x@new.test\n"),
		"the sender is new", 0},
	{"a new sender, not proven", HELD, "x@new.test", H(IN "From: x@new.test\n"),
		"the sender is new", 0},
	{"a new sender with a null sender", HELD, "", H(IN "From: x@new.test\n"), "not certain", 0},
	{"no From", HELD, "x@new.test", H(IN "Subject: x\n"), "there is no From", 0},
	{"an empty header", HELD, "", H(""), "there is no From", 0},
	{"somebody else in the domain of a friend", HELD, "x@b.test",
		H(OURS "dmarc=pass\n" IN "From: x@b.test\n"), "the sender is new", 0},
	/* approved */
	{"a friend, proven by DMARC", PASSES, "friend@b.test",
		H(OURS "dmarc=pass\n" IN "From: Friend <friend@b.test>\n"), "approved on", 0},
	{"a friend, proven by DKIM", PASSES, "x@bulk.test",
		H(OURS "dkim=pass header.d=b.test\n" IN "From: friend@b.test\n"), "approved on", 0},
	{"a friend, proven by SPF", PASSES, "friend@b.test",
		H(OURS "spf=pass smtp.mailfrom=b.test\n" IN "From: friend@b.test\n"), "approved on",
		0},
	{"a friend in capitals", PASSES, "friend@b.test",
		H(OURS "dmarc=pass\n" IN "From: FRIEND@B.TEST\n"), "approved on", 0},
	{"a friend through a forwarder that ARC vouches for", PASSES, "x@fwd.test",
		H(OURS "dmarc=fail; arc=pass\n" IN "From: friend@b.test\n"), "approved on", ARC},
	{"one whose domain proves nothing", PASSES, "plain@plain.test",
		H(IN "From: plain@plain.test\n"), "approved on", 0},
	{"the same, with a result that says so", PASSES, "else@plain.test",
		H(OURS "dmarc=none; spf=none smtp.mailfrom=plain.test\n" IN
		       "From: plain@plain.test\n"),
		"approved on", 0},
	{"one who writes through a service", PASSES, "bounce@sent.test",
		H(OURS "spf=pass smtp.mailfrom=sent.test\n" IN "From: writer@far.test\n"),
		"approved on", 0},
	/* forgers of who is approved */
	{"forger: a friend, nothing proven", HELD, "friend@b.test", H(IN "From: friend@b.test\n"),
		"the sender is new", 0},
	{"forger: a friend, DMARC failed", HELD, "friend@b.test",
		H(OURS "dmarc=fail\n" IN "From: friend@b.test\n"), "not certain", 0},
	{"forger: a friend, SPF passed for the forger", HELD, "x@evil.test",
		H(OURS "spf=pass smtp.mailfrom=evil.test\n" IN "From: friend@b.test\n"),
		"the sender is new", 0},
	{"forger: a friend, DKIM passed for the forger", HELD, "x@evil.test",
		H(OURS "dkim=pass header.d=evil.test\n" IN "From: friend@b.test\n"), NULL, 0},
	{"forger: a friend, the forger's own result below Received", HELD, "friend@b.test",
		H(IN OURS "dmarc=pass\nFrom: friend@b.test\n"), NULL, 0},
	{"forger: a friend, the result of another server", HELD, "friend@b.test",
		H("Authentication-Results: mx.evil.test; dmarc=pass\n" IN "From: friend@b.test\n"),
		NULL, 0},
	{"forger: a friend, a result that cannot be read", HELD, "friend@b.test",
		H(OURS "dmarc=pass (\n" IN "From: friend@b.test\n"), NULL, 0},
	{"forger: a friend, a login", HELD, "friend@b.test",
		H(OURS "auth=pass smtp.auth=evil@a.test\n" IN "From: friend@b.test\n"), NULL, 0},
	{"forger: a friend as the display name", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: \"friend@b.test\" <x@evil.test>\n"), NULL, 0},
	{"forger: a friend as the comment", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: x@evil.test (friend@b.test)\n"), NULL, 0},
	{"forger: a friend in Sender", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: x@evil.test\nSender: friend@b.test\n"), NULL, 0},
	{"forger: a friend in Reply-To", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: x@evil.test\nReply-To: friend@b.test\n"), NULL, 0},
	{"forger: a friend in the envelope", HELD, "friend@b.test",
		H(OURS "dmarc=pass\n" IN "From: x@evil.test\n"), NULL, 0},
	{"forger: two authors, the friend first", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: friend@b.test, x@evil.test\n"), "ambiguous", 0},
	{"forger: two From fields, the friend first", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: friend@b.test\nFrom: x@evil.test\n"),
		"several From fields", 0},
	{"forger: two From fields, the friend last", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: x@evil.test\nFrom: friend@b.test\n"),
		"several From fields", 0},
	{"forger: a group with the friend", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: g: friend@b.test;\n"), "ambiguous", 0},
	{"forger: a disguised From", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: friend@b.test\nFrom : x@evil.test\n"), NULL, 0},
	{"forger: a look-alike of the friend", HELD, "fr1end@b.test",
		H(OURS "dmarc=pass\n" IN "From: fr1end@b.test\n"), NULL, 0},
	{"forger: a look-alike of the friend's domain", HELD, "friend@b.test.evil.test",
		H(OURS "dmarc=pass\n" IN "From: friend@b.test.evil.test\n"), NULL, 0},
	{"forger: letters of another script", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: friend@\xd0\xac.test\n"), NULL, 0},
	{"forger: a detail of the friend", HELD, "friend+x@b.test",
		H(OURS "dmarc=pass\n" IN "From: friend+x@b.test\n"), NULL, 0},
	{"forger: a quoted address with a blank", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: \"author friend\"@b.test\n"), "not a plain one", 0},
	{"forger: one who proves nothing, from elsewhere", HELD, "plain@evil.test",
		H(IN "From: plain@plain.test\n"), "the sender is new", 0},
	{"forger: one who proves nothing, and SPF fails", HELD, "plain@plain.test",
		H(OURS "spf=fail smtp.mailfrom=plain.test\n" IN "From: plain@plain.test\n"),
		"not certain", 0},
	{"forger: one who proves nothing, without an envelope sender", HELD, "",
		H(IN "From: plain@plain.test\n"), "no envelope sender", 0},
	{"forger: through the service, another author", HELD, "bounce@sent.test",
		H(OURS "spf=pass smtp.mailfrom=sent.test\n" IN "From: boss@far.test\n"), NULL, 0},
	{"forger: the service is not proven", HELD, "bounce@sent.test",
		H(IN "From: writer@far.test\n"), NULL, 0},
	{"forger: another customer of the service", HELD, "evil@sent.test",
		H(OURS "spf=pass smtp.mailfrom=sent.test\n" IN "From: writer@far.test\n"), NULL, 0},
	/* contacts */
	{"written to, proven", PASSES, "pal@b.test", H(OURS "dmarc=pass\n" IN "From: pal@b.test\n"),
		"written to before", 0},
	{"in the list of contacts, proven", PASSES, "aunt@far.test",
		H(OURS "dmarc=pass\n" IN "From: aunt@far.test\n"), "contact (", 0},
	{"forger: a contact, not proven", HELD, "pal@b.test", H(IN "From: pal@b.test\n"), NULL, 0},
	{"forger: a contact, failed", HELD, "pal@b.test",
		H(OURS "dmarc=fail\n" IN "From: pal@b.test\n"), NULL, 0},
	{"forger: a contact as the display name", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: \"pal@b.test\" <x@evil.test>\n"), NULL, 0},
	{"forger: looks like somebody inside, and was written to", HELD, "boss@exarnple.test",
		H(OURS "dmarc=pass\n" IN "From: boss@exarnple.test\n"), NULL, 0},
	{"a contact of somebody else, to whom it was sent", HELD, "pal@b.test",
		H(OURS "dmarc=pass\n" IN "From: pal@b.test\n"), NULL, OTHER},
	/* inside */
	{"inside, proven", PASSES, "bob@example.test",
		H(OURS "dmarc=pass\n" IN "From: bob@example.test\n"), "inside Example", 0},
	{"inside, logged in", PASSES, "bob@example.test",
		H(OURS "auth=pass smtp.auth=bob@example.test\n" IN "From: bob@example.test\n"),
		"inside Example", 0},
	{"oneself, proven", PASSES, "ann@a.test", H(OURS "dmarc=pass\n" IN "From: ann@a.test\n"),
		"from the recipient", 0},
	{"forger: inside, not proven", HELD, "bob@example.test", H(IN "From: bob@example.test\n"),
		NULL, 0},
	{"forger: inside, failed", HELD, "bob@example.test",
		H(OURS "dmarc=fail\n" IN "From: bob@example.test\n"), NULL, 0},
	{"forger: oneself, not proven", HELD, "ann@a.test", H(IN "From: ann@a.test\n"), NULL, 0},
	{"forger: the login of another domain", HELD, "x@evil.test",
		H(OURS "auth=pass smtp.auth=x@evil.test\n" IN "From: bob@example.test\n"), NULL, 0},
	/* lists of block and allow entries */
	{"allowed by a list", PASSES, "x@new.test", H(IN "From: x@new.test\n"), "allow list",
		ALLOWED},
	/* answers */
	{"answers, from another address of the domain", PASSES, "agent@help.test",
		H(OURS "dmarc=pass\n" IN "From: agent@help.test\nIn-Reply-To: <mine@a.test>\n"),
		"it answers", 0},
	{"answers, by References", PASSES, "agent@help.test",
		H(OURS "dmarc=pass\n" IN
		       "From: agent@help.test\nReferences: <x@y> <mine@a.test> <z@y>\n"),
		"it answers", 0},
	{"answers, in a folded field", PASSES, "agent@help.test",
		H(OURS "dmarc=pass\n" IN "From: agent@help.test\nReferences:\n <x@y>\n"
		       "\t<mine@a.test>\n"),
		"it answers", 0},
	{"answers a message that was sent too long ago", HELD, "agent@help.test",
		H(OURS "dmarc=pass\n" IN "From: agent@help.test\nIn-Reply-To: <old@a.test>\n"),
		NULL, 0},
	{"forger: answers, of a domain that it was not sent to", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: x@evil.test\nIn-Reply-To: <mine@a.test>\n"), NULL,
		0},
	{"forger: answers, of a domain below", HELD, "x@evil.help.test",
		H(OURS "dmarc=pass\n" IN "From: x@evil.help.test\nReferences: <mine@a.test>\n"),
		NULL, 0},
	{"forger: answers, not proven", HELD, "agent@help.test",
		H(IN "From: agent@help.test\nIn-Reply-To: <mine@a.test>\n"), NULL, 0},
	{"forger: answers, failed", HELD, "agent@help.test",
		H(OURS "dmarc=fail\n" IN "From: agent@help.test\nIn-Reply-To: <mine@a.test>\n"),
		NULL, 0},
	{"forger: answers, SPF passed for the forger", HELD, "x@evil.test",
		H(OURS "spf=pass smtp.mailfrom=evil.test\n" IN
		       "From: agent@help.test\nIn-Reply-To: <mine@a.test>\n"),
		NULL, 0},
	{"forger: a guessed id", HELD, "agent@help.test",
		H(OURS "dmarc=pass\n" IN "From: agent@help.test\nIn-Reply-To: <mine2@a.test>\n"),
		NULL, 0},
	{"forger: an id without brackets", HELD, "agent@help.test",
		H(OURS "dmarc=pass\n" IN "From: agent@help.test\nIn-Reply-To: mine@a.test\n"), NULL,
		0},
	{"forger: the id in another field", HELD, "agent@help.test",
		H(OURS "dmarc=pass\n" IN "From: agent@help.test\nMessage-ID: <mine@a.test>\n"),
		NULL, 0},
	{"forger: the subject of an answer", HELD, "agent@help.test",
		H(OURS "dmarc=pass\n" IN "From: agent@help.test\nSubject: Re: mine\n"), NULL, 0},
	{"forger: answers, the address as a display name", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: \"agent@help.test\" <x@evil.test>\n"
		       "In-Reply-To: <mine@a.test>\n"),
		NULL, 0},
	{"forger: answers, two authors", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: agent@help.test, x@evil.test\n"
		       "In-Reply-To: <mine@a.test>\n"),
		"ambiguous", 0},
	/* lists */
	{"a list that was written to", PASSES, "dev-bounces+ann=a.test@lists.test",
		H(OURS "spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: any@far.test\nList-Post: <mailto:dev@lists.test>\n"),
		"the list is a contact", 0},
	{"the same, in the manner of other programs", PASSES, "bounce-dev=ann=a.test@lists.test",
		H(OURS "spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: any@far.test\nList-Post: <mailto:DEV@lists.test?subject=x>\n"),
		"the list is a contact", 0},
	{"a list whose bounces go to a domain below", PASSES, "dev-return-1@mail.lists.test",
		H(OURS "spf=pass smtp.mailfrom=mail.lists.test\n" IN
		       "From: any@far.test\nList-Post: <mailto:dev@lists.test>\n"),
		"the list is a contact", 0},
	{"another list of the same server", HELD, "news-bounces@lists.test",
		H(OURS "spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: any@far.test\nList-Post: <mailto:news@lists.test>\n"),
		NULL, 0},
	{"a list that takes no mail", HELD, "dev-bounces@lists.test",
		H(OURS "spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: any@far.test\nList-Post: NO\nList-Id: <dev.lists.test>\n"),
		NULL, 0},
	{"forger: the field alone", HELD, "x@evil.test",
		H(OURS "dmarc=pass\n" IN "From: x@evil.test\nList-Post: <mailto:dev@lists.test>\n"),
		NULL, 0},
	{"forger: the field, and the forger's SPF", HELD, "x@evil.test",
		H(OURS "spf=pass smtp.mailfrom=evil.test\n" IN
		       "From: any@far.test\nList-Post: <mailto:dev@lists.test>\n"),
		NULL, 0},
	{"forger: the list's envelope, not proven", HELD, "dev-bounces@lists.test",
		H(IN "From: any@far.test\nList-Post: <mailto:dev@lists.test>\n"), NULL, 0},
	{"forger: the list's envelope, failed", HELD, "dev-bounces@lists.test",
		H(OURS "spf=fail smtp.mailfrom=lists.test\n" IN
		       "From: any@far.test\nList-Post: <mailto:dev@lists.test>\n"),
		NULL, 0},
	{"forger: the list, with DMARC failed", HELD, "dev-bounces@lists.test",
		H(OURS "dmarc=fail; spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: any@far.test\nList-Post: <mailto:dev@lists.test>\n"),
		NULL, 0},
	{"forger: another list of the server says that it is this one", HELD,
		"news-bounces@lists.test",
		H(OURS "spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: any@far.test\nList-Post: <mailto:dev@lists.test>\n"),
		NULL, 0},
	{"forger: a list whose name begins like this one's", HELD, "devil-bounces@lists.test",
		H(OURS "spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: any@far.test\nList-Post: <mailto:dev@lists.test>\n"),
		NULL, 0},
	{"forger: a person as a list, by another of the same domain", HELD, "x@free.test",
		H(OURS "dmarc=pass; spf=pass smtp.mailfrom=free.test\n" IN
		       "From: x@free.test\nList-Post: <mailto:bob@free.test>\n"),
		NULL, 0},
	{"forger: the same, with a similar name", HELD, "bob-evil@free.test",
		H(OURS "dmarc=pass; spf=pass smtp.mailfrom=free.test\n" IN
		       "From: bob-evil@free.test\nList-Post: <mailto:bob@free.test>\n"),
		NULL, 0},
	{"a list that writes its own address into the From", PASSES, "dev-bounces@lists.test",
		H(OURS "dmarc=pass; spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: Any via dev <dev@lists.test>\nList-Post: <mailto:dev@lists.test>\n"),
		"written to before", 0},
	{"a list, and an author in a domain below", PASSES, "dev-bounces@lists.test",
		H(OURS "spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: any@x.lists.test\nList-Post: <mailto:dev@lists.test>\n"),
		"the list is a contact", 0},
	{"stranger: a person as a list, bob-bounces", HELD, "bob-bounces@free.test",
		H(OURS "dmarc=pass; spf=pass smtp.mailfrom=free.test\n" IN
		       "From: bob-bounces@free.test\nList-Post: <mailto:bob@free.test>\n"),
		"the sender is new", 0},
	{"stranger: bob-request", HELD, "bob-request@free.test",
		H(OURS "dmarc=pass; spf=pass smtp.mailfrom=free.test\n" IN
		       "From: bob-request@free.test\nList-Post: <mailto:bob@free.test>\n"),
		"in its domain", 0},
	{"stranger: owner-bob", HELD, "owner-bob@free.test",
		H(OURS "dmarc=pass; spf=pass smtp.mailfrom=free.test\n" IN
		       "From: owner-bob@free.test\nList-Post: <mailto:bob@free.test>\n"),
		"in its domain", 0},
	{"stranger: bounce-bob", HELD, "bounce-bob@free.test",
		H(OURS "dmarc=pass; spf=pass smtp.mailfrom=free.test\n" IN
		       "From: Bob <x@free.test>\nList-Post: <mailto:bob@free.test>\n"),
		"in its domain", 0},
	{"stranger: bob-request, and an address of their own", HELD, "bob-request@free.test",
		H(OURS "dmarc=pass; spf=pass smtp.mailfrom=free.test\n" IN
		       "From: x@evil.test\nList-Post: <mailto:bob@free.test>\n"),
		"(freemail_domains)", 0},
	{"stranger: owner-bob, and an author not proven", HELD, "owner-bob@free.test",
		H(OURS "spf=pass smtp.mailfrom=free.test\n" IN
		       "From: x@far.test\nList-Post: <mailto:bob@free.test>\n"),
		"(freemail_domains)", 0},
	{"stranger: bob-admin, and the real Bob as the author", HELD, "bob-admin@free.test",
		H(OURS "spf=pass smtp.mailfrom=free.test; dkim=none\n" IN
		       "From: bob@other.test\nList-Post: <mailto:bob@free.test>\n"),
		"(freemail_domains)", 0},
	{"stranger: in a domain below", HELD, "bob-owner@eu.free.test",
		H(OURS "spf=pass smtp.mailfrom=eu.free.test\n" IN
		       "From: x@far.test\nList-Post: <mailto:bob@free.test>\n"),
		"(freemail_domains)", 0},
	{"stranger: two authors", HELD, "dev-request@lists.test",
		H(OURS "spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: x@far.test, y@lists.test\nList-Post: <mailto:dev@lists.test>\n"),
		"ambiguous", 0},
	{"stranger: a provider that nobody has named", HELD, "dev-request@lists.test",
		H(OURS "dmarc=pass; spf=pass smtp.mailfrom=lists.test\n" IN
		       "From: dev-request@lists.test\nList-Post: <mailto:dev@lists.test>\n"),
		"so it may be a person's", 0},
	/* blocked */
	{"blocked, who proves nothing", JUNK, "pest@pest.test", H(IN "From: pest@pest.test\n"),
		"blocked on", 0},
	{"the same address, proven", HELD, "pest@pest.test",
		H(OURS "dmarc=pass\n" IN "From: pest@pest.test\n"), NULL, 0},
	/* without authserv_id nothing is proven, and what is claimed has to do */
	{"without ids: who was approved", PASSES, "plain@plain.test",
		H(IN "From: plain@plain.test\n"), "approved on", NO_IDS},
	{"without ids: a contact", PASSES, "pal@b.test", H(IN "From: pal@b.test\n"),
		"written to before", NO_IDS},
	{"without ids: an answer", PASSES, "agent@help.test",
		H(IN "From: agent@help.test\nIn-Reply-To: <mine@a.test>\n"), "it answers", NO_IDS},
	{"without ids: an answer of another domain", HELD, "x@evil.test",
		H(IN "From: x@evil.test\nIn-Reply-To: <mine@a.test>\n"), NULL, NO_IDS},
	{"without ids: somebody new", HELD, "x@new.test", H(IN "From: x@new.test\n"),
		"the sender is new", NO_IDS},
	{"without ids: a list cannot be proven", HELD, "dev-bounces@lists.test",
		H(IN "From: any@far.test\nList-Post: <mailto:dev@lists.test>\n"), NULL, NO_IDS},
	/* when the mailbox cannot be asked, nobody's mail is held */
	{"it cannot be asked", PASSES, "x@new.test", H(IN "From: x@new.test\n"), NULL, FAILS},
};

/* ---- running a row ---- */

static int ask_store(void *context, const struct screener_question *q, struct screener_answer *a,
	struct err *err)
{
	const struct screened_question question = {q->sender, q->domain, q->ids};
	struct screened_answer found;
	const struct row *row = context;
	if (row->how & FAILS)
		return err_temp(err, "it is broken");
	assert_true(q->ids.count <= SCREENER_IDS_MOST);
	if (screened_find(state, &question, (int64_t)time(NULL), &found, err) < 0)
		return -1;
	*a = (struct screener_answer){found.kind, found.when};
	return 0;
}

static struct str inside[] = {STR_LIT("example.test"), STR_LIT("a.test")};
static char people[96];
static struct organization organization = {.name = STR_LIT("Example"), .domains = {inside, 2}};

static struct verdict judge(const struct row *row, struct arena *mem)
{
	static struct str id = STR_LIT("mx.a.test");
	static struct str provider = STR_LIT("Free.*");
	static const struct str_list ids = {&id, 1}, none = {NULL, 0};
	struct envelope env = {.sender = str_of(row->sender), .mailbox = STR_LIT("ann@a.test")};
	struct str message = arena_fmt(mem, STR_FMT "\nText\n", STR_ARGS(row->header));
	struct verdict v;
	struct err err;
	struct message *msg = message_borrow(message, &err);
	const struct screener_conf conf = {.folder = STR_LIT("Screener"),
		.junk = STR_LIT("Junk"),
		.freemail = {&provider, 1},
		.own_contacts = !(row->how & OTHER),
		.tag = {.organizations = &organization,
			.organization_count = 1,
			.contacts = {.list = str_of(list_path), .dir = str_of(contacts_dir)},
			.auth = {.ids = row->how & NO_IDS ? &none : &ids,
				.own_received = 1,
				.allow_requires = ALLOW_PASS,
				.trust_arc = row->how & ARC}},
		.ask = ask_store,
		.context = (void *)row};
	assert_non_null(msg);
	verdict_init(&v, mem, message_header_count(msg));
	v.found.wanted = FINDINGS_ALL;
	if (row->how & ALLOWED)
		v.lists.listing = LISTED_ALLOW;
	authres_judge(&conf.tag.auth, msg, env.sender, &v);
	screener_judge(&conf, msg, &env, &v);
	message_free(msg);
	return v;
}

static struct str said(const struct verdict *v)
{
	struct str all = STR_EMPTY;
	for (size_t i = 0; i < v->found.count; i++)
		all = arena_fmt(v->mem, STR_FMT STR_FMT "\n", STR_ARGS(all),
			STR_ARGS(v->found.items[i].why));
	return all;
}

static void check_row(void **state_of_row)
{
	static const char *const folders[] = {[HELD] = "Screener", [PASSES] = "", [JUNK] = "Junk"};
	const struct row *row = *state_of_row;
	struct arena *mem = arena_new();
	struct verdict v = judge(row, mem);
	struct str why = said(&v);
	if (!str_eq(v.screener.folder, str_of(folders[row->result])))
		fail_msg("\"" STR_FMT "\": " STR_FMT, STR_ARGS(v.screener.folder), STR_ARGS(why));
	if (row->why && !strstr(arena_cstr(mem, why), row->why))
		fail_msg("why \"" STR_FMT "\"", STR_ARGS(why));
	if (row->result == HELD)
		assert_true(str_starts(v.screener.reason.text, H("screener: ")));
	if (row->how & FAILS)
		assert_int_equal(v.notes.count, 1);
	arena_free(mem);
}

/* ---- keys ---- */

static const struct key_row {
	const char *name;
	struct str key;
	bool is_key;
	const char *from, *through;
} keys[] = {
	{"an author", H("author x@b.test"), true, "x@b.test", ""},
	{"an envelope sender and an author", H("envelope y@b.test x@b.test"), true, "x@b.test",
		"y@b.test"},
	{"a claim", H("claim x@b.test c.test"), true, "x@b.test", "c.test"},
	{"empty", H(""), false, NULL, NULL},
	{"a word", H("author"), false, NULL, NULL},
	{"no address", H("author x"), false, NULL, NULL},
	{"an author and more", H("author x@b.test y@b.test"), false, NULL, NULL},
	{"a claim without a domain", H("claim x@b.test"), false, NULL, NULL},
	{"a claim with more", H("claim x@b.test c.test d.test"), false, NULL, NULL},
	{"another word", H("approve x@b.test"), false, NULL, NULL},
	{"a line end", H("author x@b.test\nauthor y@b.test"), false, NULL, NULL},
	{"a NUL", H("author x\0@b.test"), false, NULL, NULL},
	{"two blanks", H("author  x@b.test"), false, NULL, NULL},
	{"not UTF-8", H("author \xff@b.test"), false, NULL, NULL},
	{"an address without a name", H("author @b.test"), false, NULL, NULL},
};

static void check_key(void **state_of_row)
{
	const struct key_row *row = *state_of_row;
	struct screener_key key;
	assert_int_equal(screener_sender_is_key(row->key), row->is_key);
	assert_int_equal(screener_sender_read(row->key, &key), row->is_key);
	if (!row->is_key)
		return;
	assert_true(str_eq(key.from, str_of(row->from)));
	assert_true(str_eq(key.through, str_of(row->through)));
}

/* ---- what is remembered ---- */

static void make_dir(char *path, size_t size, const char *name)
{
	assert_true((size_t)snprintf(path, size, "%s/%s", work, name) < size);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int decide(const char *dir, const struct screened_message *m, struct str key,
	enum screened_kind kind, int64_t when)
{
	struct err err;
	const struct screened_sender sender = {key, kind, when, H("Work")};
	return screened_decide(dir, m, &sender, &err);
}

static void each_person_decides_for_themselves(void **unused)
{
	char other[96];
	struct err err;
	struct screened_answer a;
	(void)unused;
	make_dir(other, sizeof other, "other");
	const struct screened_question q = {.sender = H("author friend@b.test")};
	assert_int_equal(screened_find(other, &q, 1, &a, &err), 0);
	assert_int_equal(a.kind, SCREENED_NEW);
	assert_int_equal(decide(other, NULL, q.sender, SCREENED_BLOCKED, 5), 0);
	assert_int_equal(screened_find(other, &q, 9, &a, &err), 0);
	assert_int_equal(a.kind, SCREENED_BLOCKED);
	assert_int_equal(a.when, 5);
	assert_int_equal(screened_find(state, &q, 9, &a, &err), 0);
	assert_int_equal(a.kind, SCREENED_APPROVED);
	assert_int_equal(decide(other, NULL, q.sender, SCREENED_NEW, 6), 0);
	assert_int_equal(screened_find(other, &q, 9, &a, &err), 0);
	assert_int_equal(a.kind, SCREENED_NEW);
}

static void a_missing_state_is_empty(void **unused)
{
	struct err err;
	struct screened_answer a;
	struct screened_list list;
	struct arena *mem = arena_new();
	const struct screened_question q = {.sender = H("author friend@b.test")};
	(void)unused;
	assert_int_equal(screened_find("/nowhere", &q, 1, &a, &err), 0);
	assert_int_equal(a.kind, SCREENED_NEW);
	assert_int_equal(screened_waiting("/nowhere", STR_EMPTY, mem, &list, &err), 0);
	assert_int_equal(list.count, 0);
	assert_int_equal(screened_claim_notice("/nowhere", 1, &err), 0);
	arena_free(mem);
}

static void senders_are_listed_and_forgotten(void **unused)
{
	char dir[96];
	struct err err;
	struct screened_senders all;
	struct screened_answer a;
	struct arena *mem = arena_new();
	struct str gone[] = {H("author a@b.test"), H("author nobody@b.test"), STR_EMPTY};
	const struct str_list forgotten = {gone, 3};
	const struct screened_question q = {.sender = H("claim a@b.test b.test")};
	(void)unused;
	make_dir(dir, sizeof dir, "senders");
	assert_int_equal(screened_senders(dir, mem, &all, &err), 0);
	assert_int_equal(all.count, 0);
	assert_int_equal(decide(dir, NULL, q.sender, SCREENED_BLOCKED, 7), 0);
	assert_int_equal(decide(dir, NULL, gone[0], SCREENED_APPROVED, 8), 0);
	assert_int_equal(screened_senders(dir, mem, &all, &err), 0);
	assert_int_equal(all.count, 2);
	assert_true(str_eq(all.items[0].key, gone[0]));
	assert_true(str_eq(all.items[0].folder, H("Work")));
	assert_int_equal(all.items[0].kind, SCREENED_APPROVED);
	assert_int_equal(all.items[0].when, 8);
	assert_int_equal(screened_forget(dir, &forgotten, &err), 0);
	assert_int_equal(screened_senders(dir, mem, &all, &err), 0);
	assert_int_equal(all.count, 1);
	assert_true(str_eq(all.items[0].key, q.sender));
	assert_int_equal(screened_find(dir, &q, 9, &a, &err), 0);
	assert_int_equal(a.kind, SCREENED_BLOCKED);
	assert_int_equal(a.when, 7);
	arena_free(mem);
}

/* The name of a folder may be long. */
static void a_folder_is_cut(void **unused)
{
	char dir[96], name[2000];
	struct err err;
	struct screened_senders all;
	struct arena *mem = arena_new();
	(void)unused;
	make_dir(dir, sizeof dir, "long");
	memset(name, 'x', sizeof name);
	const struct screened_sender sender = {
		H("author a@b.test"), SCREENED_APPROVED, 7, {name, sizeof name}};
	assert_int_equal(screened_decide(dir, NULL, &sender, &err), 0);
	assert_int_equal(screened_senders(dir, mem, &all, &err), 0);
	assert_int_equal(all.count, 1);
	assert_int_equal(all.items[0].folder.n, SCREENED_FOLDER_MOST);
	arena_free(mem);
}

static void wait_for(const char *dir, const char *folder, const char *base, int64_t when)
{
	struct err err;
	const struct screened_message m = {
		.directory = str_of(folder), .base = str_of(base), .when = when, .about = H("x")};
	assert_int_equal(screened_wait(dir, &m, &err), 0);
}

static void waiting_messages_are_found_by_folder(void **unused)
{
	char dir[96];
	struct err err;
	struct screened_list list;
	struct arena *mem = arena_new();
	(void)unused;
	make_dir(dir, sizeof dir, "folders");
	wait_for(dir, ".S", "b", 2);
	wait_for(dir, ".S", "a", 1);
	wait_for(dir, ".S2", "c", 3);
	wait_for(dir, ".S/x", "d", 4);
	assert_int_equal(screened_waiting(dir, H(".S"), mem, &list, &err), 0);
	assert_int_equal(list.count, 2);
	assert_true(str_eq(list.items[0].base, H("a")) && str_eq(list.items[1].base, H("b")));
	assert_int_equal(list.items[1].when, 2);
	assert_true(str_eq(list.items[1].about, H("x")));
	assert_int_equal(screened_waiting(dir, STR_EMPTY, mem, &list, &err), 0);
	assert_int_equal(list.count, 4);
	const struct screened_message m = {.directory = H(".S"), .base = H("a")};
	assert_int_equal(decide(dir, &m, H("author x@b.test"), SCREENED_APPROVED, 7), 0);
	assert_int_equal(screened_waiting(dir, H(".S"), mem, &list, &err), 0);
	assert_int_equal(list.count, 1);
	arena_free(mem);
}

static void a_notice_is_due_once_a_day(void **unused)
{
	char dir[96];
	struct err err;
	(void)unused;
	make_dir(dir, sizeof dir, "notice");
	const int64_t t = 1000 * (int64_t)DAY;
	wait_for(dir, ".S", "a", t);
	assert_int_equal(screened_claim_notice(dir, t, &err), 1);
	assert_int_equal(screened_claim_notice(dir, t, &err), 0);
	wait_for(dir, ".S", "b", t + 1);
	assert_int_equal(screened_claim_notice(dir, t + DAY - 1, &err), 0);
	assert_int_equal(screened_claim_notice(dir, t + DAY, &err), 1);
	/* nothing has come since */
	assert_int_equal(screened_claim_notice(dir, t + 3 * DAY, &err), 0);
	wait_for(dir, ".S", "c", t + 3 * DAY);
	assert_int_equal(screened_claim_notice(dir, t + 3 * DAY, &err), 1);
	/* the clock was wrong */
	wait_for(dir, ".S", "d", t);
	assert_int_equal(screened_claim_notice(dir, t, &err), 1);
}

static void ids_are_bounded_and_age(void **unused)
{
	enum { MORE = 6000, AT_ONCE = 2000 };
	char dir[96], ids[AT_ONCE][32];
	struct screened_sent sent[AT_ONCE];
	struct err err;
	struct screened_answer a;
	int64_t now = (int64_t)time(NULL);
	size_t known = 0;
	(void)unused;
	make_dir(dir, sizeof dir, "ids");
	for (int from = 0; from < SCREENED_IDS_MOST + MORE; from += AT_ONCE) {
		for (int i = 0; i < AT_ONCE; i++) {
			snprintf(ids[i], sizeof ids[i], "<%d@a.test>", from + i);
			sent[i] = (struct screened_sent){
				str_of(ids[i]), {domains, 2}, now - 100000 + from + i};
		}
		assert_int_equal(screened_sent(dir, sent, AT_ONCE, &err), 0);
	}
	for (int i = 0; i < SCREENED_IDS_MOST + MORE; i += 100) {
		char id[32];
		snprintf(id, sizeof id, "<%d@a.test>", i);
		struct str one = str_of(id);
		const struct screened_question q = {.domain = domains[0], .ids = {&one, 1}};
		assert_int_equal(screened_find(dir, &q, now, &a, &err), 0);
		known += a.kind == SCREENED_REPLY;
		if (i < MORE - AT_ONCE)
			assert_int_equal(a.kind, SCREENED_NEW);
		if (i > SCREENED_IDS_MOST)
			assert_int_equal(a.kind, SCREENED_REPLY);
		if (i == SCREENED_IDS_MOST) {
			int64_t late = now + SCREENED_ID_SECONDS + DAY;
			assert_int_equal(screened_find(dir, &q, late, &a, &err), 0);
			assert_int_equal(a.kind, SCREENED_NEW);
		}
	}
	assert_in_range(known, SCREENED_IDS_MOST / 200, SCREENED_IDS_MOST / 100);
}

static void a_damaged_state_is_an_error_then_new(void **unused)
{
	char dir[96], file[128];
	struct err err;
	struct screened_answer a;
	const struct screened_question q = {.sender = H("author friend@b.test")};
	(void)unused;
	make_dir(dir, sizeof dir, "damaged");
	assert_int_equal(decide(dir, NULL, q.sender, SCREENED_APPROVED, 5), 0);
	snprintf(file, sizeof file, "%s/screener/data.mdb", dir);
	FILE *f = fopen(file, "r+");
	assert_non_null(f);
	assert_int_equal(fwrite("not a database, by any means", 28, 1, f), 1);
	assert_int_equal(ftruncate(fileno(f), 100), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(screened_find(dir, &q, 9, &a, &err), -1);
	assert_int_equal(a.kind, SCREENED_NEW);
	/* The next change makes a new one. */
	assert_int_equal(decide(dir, NULL, q.sender, SCREENED_BLOCKED, 6), 0);
	assert_int_equal(screened_find(dir, &q, 9, &a, &err), 0);
	assert_int_equal(a.kind, SCREENED_BLOCKED);
}

/* ---- the state that rows share ---- */

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void set_up(void)
{
	struct err err;
	int64_t now = (int64_t)time(NULL);
	struct str_list to = {domains, 2};
	strcpy(work, "/tmp/mda-screener-XXXXXX");
	assert_non_null(mkdtemp(work));
	make_dir(state, sizeof state, "state");
	snprintf(list_path, sizeof list_path, "%s/contacts", work);
	snprintf(people, sizeof people, "%s/people", work);
	write_file(list_path, "aunt@far.test\n");
	write_file(people, "Boss <boss@example.test>\n");
	organization.people = str_of(people);
	snprintf(contacts_dir, sizeof contacts_dir, "%s/contacts.d", work);
	for (size_t i = 0; i < sizeof approved / sizeof *approved; i++)
		assert_int_equal(
			decide(state, NULL, str_of(approved[i]), SCREENED_APPROVED, now), 0);
	for (size_t i = 0; i < sizeof blocked / sizeof *blocked; i++)
		assert_int_equal(decide(state, NULL, str_of(blocked[i]), SCREENED_BLOCKED, now), 0);
	const struct screened_sent sent[] = {{H("<mine@a.test>"), to, now - 30 * DAY},
		{H("<old@a.test>"), to, now - SCREENED_ID_SECONDS - DAY}};
	assert_int_equal(screened_sent(state, sent, 2, &err), 0);
	char known[128];
	snprintf(known, sizeof known, "%s/known", contacts_dir);
	struct known_changes *c = contacts_known_open(known, &err);
	assert_non_null(c);
	for (size_t i = 0; i < sizeof written / sizeof *written; i++)
		contacts_known_wrote(c, str_of(written[i]), STR_EMPTY, now);
	assert_int_equal(contacts_known_commit(c, &err), 0);
	contacts_known_close(c);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(check_row, rows),
		TABLE(check_key, keys),
		TABLE_OF_ONE(each_person_decides_for_themselves, "each person for themselves"),
		TABLE_OF_ONE(a_missing_state_is_empty, "a missing state is empty"),
		TABLE_OF_ONE(senders_are_listed_and_forgotten, "senders are listed and forgotten"),
		TABLE_OF_ONE(a_folder_is_cut, "a folder is cut"),
		TABLE_OF_ONE(waiting_messages_are_found_by_folder, "waiting messages by folder"),
		TABLE_OF_ONE(a_notice_is_due_once_a_day, "a notice is due once a day"),
		TABLE_OF_ONE(ids_are_bounded_and_age, "ids are bounded and age"),
		TABLE_OF_ONE(a_damaged_state_is_an_error_then_new, "a damaged state"),
	};
	set_up();
	int failed = table_run("screener", tables, sizeof tables / sizeof *tables);
	if (tree_remove(work) < 0)
		perror(work);
	return failed != 0;
}

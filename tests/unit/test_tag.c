/*
 * The label: message, configuration, contacts and authentication, each row a sentence; then how it
 * is shown.
 */
#include "base/buf.h"
#include "base/io.h"
#include "filters/label/contacts_book.h"
#include "filters/label/contacts_known.h"
#include "filters/label/tag.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char work[64];
static char list_path[96], book_path[96], dir_path[96], people_path[96];

static struct str domains[] = {
	STR_LIT("example.com"), STR_LIT("*.example.com"), STR_LIT("m\xc3\xbcller.example")};
static struct str addresses[] = {STR_LIT("accountant@books.example"), STR_LIT("not an address"),
	STR_LIT("*@payroll.example")};
static struct str outsiders[] = {
	STR_LIT("newsletter@example.com"), STR_LIT("*@guests.example.com")};
static struct str other_domains[] = {STR_LIT("other.example")};
static struct str short_domains[] = {STR_LIT("ab.example")};

static struct organization organizations[] = {
	{.name = STR_LIT("Example Ltd"),
		.domains = {domains, 3},
		.addresses = {addresses, 3},
		.outside = {outsiders, 2}},
	{.name = STR_LIT("Other"), .domains = {other_domains, 1}},
	{.name = STR_LIT("Short"), .domains = {short_domains, 1}},
};

#define ANN "ann@example.com"
#define BOB "bob@private.example"
#define EXT LABEL_EXTERNAL
#define UNK LABEL_UNKNOWN
#define OFF LABEL_NONE
#define H   STR_LIT

struct row {
	const char *name, *recipient;
	struct str header;
	enum label label;
	const char *reason;
	/*
	 * what our MTA found out: d for dmarc, s for spf, k for dkim, a for a login, each
	 * with +, - or 0; NULL: nothing
	 */
	const char *auth;
	int requires; /* inside_requires */
	bool no_ids;  /* no authserv_id is set */
	bool seen;    /* did they have mail from there before? */
};

static const struct row rows[] = {
	/* who is inside */
	{"A colleague writes to a colleague", ANN, H("From: bob@example.com\n"), OFF,
		.reason = "inside Example Ltd"},
	{"A colleague in capitals is one all the same", ANN, H("From: Bob <BOB@Example.COM>\n"),
		OFF, .reason = "inside Example Ltd"},
	{"A colleague in a subdomain is one", ANN, H("From: bob@a.b.example.com\n"), OFF,
		.reason = "inside Example Ltd"},
	{"A recipient in a subdomain is inside", "ann@x.example.com", H("From: bob@example.com\n"),
		OFF, .reason = "inside Example Ltd"},
	{"A domain of ours in A-labels is ours", ANN, H("From: bob@xn--mller-kva.example\n"), OFF,
		.reason = "inside Example Ltd"},
	{"A domain of ours in UTF-8 is ours", ANN, H("From: bob@M\xc3\xbcller.example\n"), OFF,
		.reason = "inside Example Ltd"},
	{"The accountant outside counts as inside", ANN, H("From: accountant@books.example\n"), OFF,
		.reason = "inside Example Ltd"},
	{"Everybody at the payroll service counts as inside", ANN, H("From: x@payroll.example\n"),
		OFF, .reason = "inside Example Ltd"},
	{"The accountant's boss does not", ANN, H("From: boss@books.example\n"), EXT,
		.reason = "outside; domain=books.example"},
	{"The newsletter service sends as us, and is outside", ANN,
		H("From: newsletter@example.com\n"), EXT, .reason = "outside; domain=example.com"},
	{"Guests have addresses of ours, and are outside", ANN, H("From: max@guests.example.com\n"),
		EXT, .reason = "outside; domain=guests.example.com"},
	{"A stranger is outside", ANN, H("From: x@evil.example\n"), EXT,
		.reason = "outside; domain=evil.example"},
	{"A domain that ends in our name is outside", ANN, H("From: x@evilexample.com\n"), EXT,
		.reason = "outside; domain=evilexample.com"},
	{"A domain that starts with our name is outside", ANN,
		H("From: x@example.com.evil.example\n"), EXT,
		.reason = "outside; domain=example.com.evil.example"},
	{"The other organization is outside", ANN, H("From: x@other.example\n"), EXT,
		.reason = "outside; domain=other.example"},
	{"Within the second organization", "x@other.example", H("From: y@other.example\n"), OFF,
		.reason = "inside Other"},
	{"The first organization is outside for the second", "x@other.example",
		H("From: bob@example.com\n"), EXT, .reason = "outside; domain=example.com"},
	/* recipients outside of any organization */
	{"A hosted address without an organization knows nobody", BOB, H("From: x@evil.example\n"),
		UNK, .reason = "outside; domain=evil.example"},
	{"An organization is nothing to him", BOB, H("From: ann@example.com\n"), UNK,
		.reason = "outside; domain=example.com"},
	{"His own domain is nothing to him", BOB, H("From: x@private.example\n"), UNK,
		.reason = "outside; domain=private.example"},
	{"An address that counts as inside is no recipient inside", "accountant@books.example",
		H("From: ann@example.com\n"), UNK, .reason = "outside; domain=example.com"},
	/* contacts */
	{"A friend in the list", BOB, H("From: friend@far.example\n"), OFF, .reason = "LIST:2"},
	{"A friend in capitals", BOB, H("From: Friend@FAR.example\n"), OFF, .reason = "LIST:2"},
	{"A friend by a pattern", BOB, H("From: x@club.example\n"), OFF, .reason = "LIST:4"},
	{"A friend with a # in it", BOB, H("From: a#b@hash.example\n"), OFF, .reason = "LIST:5"},
	{"A friend with a comment after him", BOB, H("From: c@note.example\n"), OFF,
		.reason = "LIST:6"},
	{"A friend who was commented out", BOB, H("From: old@far.example\n"), UNK,
		.reason = "outside; domain=far.example"},
	{"A friend of somebody inside", ANN, H("From: friend@far.example\n"), OFF,
		.reason = "LIST:2"},
	{"Somebody in the address book", ANN, H("From: Carla <carla@book.example>\n"), OFF,
		.reason = "contact in BOOK"},
	{"Somebody in the address book, in capitals", ANN, H("From: CARLA@BOOK.EXAMPLE\n"), OFF,
		.reason = "contact in BOOK"},
	{"The second address of a card", ANN, H("From: c2@book.example\n"), OFF,
		.reason = "contact in BOOK"},
	{"Somebody else in that domain", ANN, H("From: dora@book.example\n"), EXT,
		.reason = "outside; domain=book.example"},
	{"Somebody who was added by hand", BOB, H("From: added@known.example\n"), OFF,
		.reason = "contact that was added"},
	{"Somebody whom he wrote to", BOB, H("From: wrote@known.example\n"), OFF,
		.reason = "contact: written to before"},
	{"Somebody whom he wrote to, and removed", BOB, H("From: gone@known.example\n"), UNK,
		.reason = "outside; domain=known.example"},
	{"A contact with a +detail of his is not the same address", BOB,
		H("From: friend+x@far.example\n"), UNK, .reason = "outside; domain=far.example"},
	/* a From that says nothing for sure */
	{"No From at all", ANN, H("A: b\n"), EXT, .reason = "no-from"},
	{"No From, for somebody in no organization", BOB, H("A: b\n"), UNK, .reason = "no-from"},
	{"Two From fields", ANN, H("From: a@example.com\nFrom: b@example.com\n"), EXT,
		.reason = "several-from-fields"},
	{"Two From fields, one with a blank before its colon", ANN,
		H("From: a@example.com\nFROM : x@evil.example\n"), EXT,
		.reason = "several-from-fields"},
	{"Two colleagues in one From", ANN, H("From: a@example.com, b@example.com\n"), EXT,
		.reason = "ambiguous-from"},
	{"A colleague and a stranger in one From", ANN, H("From: a@example.com, x@evil.example\n"),
		EXT, .reason = "ambiguous-from"},
	{"Two contacts in one From", BOB, H("From: friend@far.example, c@note.example\n"), UNK,
		.reason = "ambiguous-from"},
	{"A group of one colleague", ANN, H("From: us: a@example.com;\n"), EXT,
		.reason = "ambiguous-from"},
	{"An empty group", ANN, H("From: undisclosed:;\n"), EXT, .reason = "ambiguous-from"},
	{"An empty From", ANN, H("From:\n"), EXT, .reason = "ambiguous-from"},
	{"An empty address", ANN, H("From: <>\n"), EXT, .reason = "ambiguous-from"},
	{"A final dot, for which a filter may find no policy", ANN, H("From: boss@example.com.\n"),
		EXT, .reason = "ambiguous-from"},
	{"A name alone", ANN, H("From: root\n"), EXT, .reason = "ambiguous-from"},
	{"Something after the address", ANN, H("From: <a@example.com> <x@evil.example>\n"), EXT,
		.reason = "ambiguous-from"},
	{"A NUL in the address", ANN, H("From: a@example.com\0.evil.example\n"), EXT,
		.reason = "ambiguous-from"},
	{"A From with a NUL in its name beside a colleague's", ANN,
		H("From: bob@example.com\nFr\0om: x@evil.example\n"), EXT,
		.reason = "disguised-from"},
	{"A From after a bare CR of the subject", ANN,
		H("From: bob@example.com\nSubject: a\rFrom: x@evil.example\n"), EXT,
		.reason = "disguised-from"},
	{"A From with a blank in its name", ANN, H("A: b\nFr om: bob@example.com\n"), EXT,
		.reason = "disguised-from"},
	{"A folded From of a colleague", ANN, H("From: Bob\n <bob@example.com>\n"), OFF,
		.reason = "inside Example Ltd"},
	{"A From in the body", ANN, H("\nFrom: bob@example.com\n"), EXT, .reason = "no-from"},
	{"A From of a source route", ANN, H("From: <@relay.example:bob@example.com>\n"), EXT,
		.reason = "ambiguous-from"},
	{"A comment holds an address of ours", ANN, H("From: x@evil.example (bob@example.com)\n"),
		EXT, .reason = "lookalike; domain=evil.example"},
	{"The boss's name in a comment, which is shown for the name", ANN,
		H("From: x@evil.example (Berta Boss)\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	/* what is beside the From */
	{"A null sender: the From says who it is", ANN,
		H("Return-Path: <>\nFrom: MAILER-DAEMON@example.com\n"), OFF,
		.reason = "inside Example Ltd"},
	{"A null sender from outside", ANN,
		H("Return-Path: <>\nFrom: MAILER-DAEMON@relay.example\n"), EXT,
		.reason = "outside; domain=relay.example"},
	{"A Sender of ours does not make a stranger one of us", ANN,
		H("From: x@evil.example\nSender: bob@example.com\n"), EXT,
		.reason = "outside; domain=evil.example"},
	{"A Sender from outside, such as a mailing list's", ANN,
		H("From: bob@example.com\nSender: list@lists.example\n"), OFF,
		.reason = "inside Example Ltd"},
	{"The same, and DMARC failed on the way", ANN,
		H("From: bob@example.com\nSender: list@lists.example\n"), EXT,
		.reason = "spoofed; domain=example.com", "d-"},
	{"A list that rewrites the From into its own", ANN,
		H("From: Bob via List <list@lists.example>\nReply-To: bob@example.com\n"), EXT,
		.reason = "outside; domain=lists.example"},
	{"A list that is a contact", BOB,
		H("From: Bob via List <x@club.example>\nList-Id: <club.example>\n"), OFF,
		.reason = "LIST:4"},
	{"A Reply-To of ours does not help a stranger", ANN,
		H("From: x@evil.example\nReply-To: bob@example.com\n"), EXT,
		.reason = "outside; domain=evil.example"},
	{"Resent by a colleague, and still a stranger's", ANN,
		H("Resent-From: bob@example.com\nFrom: x@evil.example\n"), EXT,
		.reason = "outside; domain=evil.example"},
	{"Resent by a stranger, and still a colleague's", ANN,
		H("Resent-From: x@evil.example\nFrom: bob@example.com\n"), OFF,
		.reason = "inside Example Ltd"},
	{"A calendar invitation from a colleague", ANN,
		H("From: bob@example.com\nContent-Type: text/calendar; "
		  "method=REQUEST\n\nORGANIZER:mailto:x@evil.example\n"),
		OFF, .reason = "inside Example Ltd"},
	{"A calendar invitation that a calendar service sends", ANN,
		H("From: bob@example.com\nSender: cal@calendar.example\nContent-Type: "
		  "text/calendar\n"),
		EXT, .reason = "spoofed; domain=example.com", "d-"},
	{"A form on our web site, not authenticated", ANN, H("From: form@example.com\n"), OFF,
		.reason = "inside Example Ltd"},
	{"The same, when inside mail must be authenticated", ANN, H("From: form@example.com\n"),
		EXT, .reason = "unverified; domain=example.com", NULL, ALLOW_PASS},
	{"A form that writes the visitor's address into the From", ANN,
		H("From: visitor@far.example\nSender: form@example.com\n"), EXT,
		.reason = "outside; domain=far.example"},
	{"A label that the sender wrote himself", ANN,
		H("X-Mda-Label: none\nFrom: x@evil.example\n"), EXT,
		.reason = "outside; domain=evil.example"},
	/* authentication */
	{"A colleague, and DMARC passed", ANN, H("From: bob@example.com\n"), OFF,
		.reason = "inside Example Ltd", "d+"},
	{"A colleague, and DMARC failed", ANN, H("From: bob@example.com\n"), EXT,
		.reason = "spoofed; domain=example.com", "d-"},
	{"A colleague in a subdomain, and DMARC failed", ANN, H("From: bob@x.example.com\n"), EXT,
		.reason = "spoofed; domain=x.example.com", "d-"},
	{"A colleague, no DMARC, and SPF failed", ANN, H("From: bob@example.com\n"), EXT,
		.reason = "spoofed; domain=example.com", "s-"},
	{"A colleague, no DMARC, SPF failed and DKIM passed", ANN, H("From: bob@example.com\n"),
		OFF, .reason = "inside Example Ltd", "s-k+"},
	{"A colleague, DKIM failed and SPF passed", ANN, H("From: bob@example.com\n"), OFF,
		.reason = "inside Example Ltd", "s+k-"},
	{"A colleague, DMARC failed and DKIM passed", ANN, H("From: bob@example.com\n"), EXT,
		.reason = "spoofed; domain=example.com", "d-k+"},
	{"A colleague of whom nothing is known, when it must pass", ANN,
		H("From: bob@example.com\n"), EXT, .reason = "unverified; domain=example.com", NULL,
		ALLOW_PASS},
	{"A colleague who passed, when it must", ANN, H("From: bob@example.com\n"), OFF,
		.reason = "inside Example Ltd", "d+", ALLOW_PASS},
	{"A colleague with SPF alone, when it must pass", ANN, H("From: bob@example.com\n"), OFF,
		.reason = "inside Example Ltd", "s+", ALLOW_PASS},
	{"A colleague who failed, where nothing is required", ANN, H("From: bob@example.com\n"),
		OFF, .reason = "inside Example Ltd", "d-", ALLOW_NOTHING},
	{"Nobody checks: whoever writes a colleague's address is one", ANN,
		H("From: bob@example.com\n"), OFF, .reason = "inside Example Ltd", NULL, ALLOW_PASS,
		.no_ids = true},
	{"Nobody checks: whoever writes a contact's address is one", BOB,
		H("From: friend@far.example\n"), OFF, .reason = "LIST:2", NULL, ALLOW_PASS,
		.no_ids = true},
	{"A colleague, DMARC has no opinion, and SPF passed for the forger", ANN,
		H("From: bob@example.com\n"), EXT, .reason = "unverified; domain=example.com",
		"d0s0", ALLOW_PASS},
	{"A contact, DMARC has no opinion, and SPF passed for the forger", BOB,
		H("From: friend@far.example\n"), UNK, .reason = "unverified; domain=far.example",
		"d0s0", ALLOW_PASS},
	{"The same, where a pass is not required", ANN, H("From: bob@example.com\n"), OFF,
		.reason = "inside Example Ltd", "d0s0"},
	{"A colleague who has logged in", ANN, H("From: bob@example.com\n"), OFF,
		.reason = "inside Example Ltd", "a+", ALLOW_PASS},
	{"A colleague who has logged in, at home, where SPF fails", ANN,
		H("From: bob@example.com\n"), OFF, .reason = "inside Example Ltd", "s-a+",
		ALLOW_PASS},
	{"A colleague who has logged in, and DMARC failed", ANN, H("From: bob@example.com\n"), EXT,
		.reason = "spoofed; domain=example.com", "d-a+", ALLOW_PASS},
	{"A colleague whose login failed", ANN, H("From: bob@example.com\n"), EXT,
		.reason = "unverified; domain=example.com", "a-", ALLOW_PASS},
	{"A contact is not taken for himself because somebody has logged in", BOB,
		H("From: friend@far.example\n"), UNK, .reason = "unverified; domain=far.example",
		"a+", ALLOW_PASS},
	{"A colleague in the Sender, and the forger's own DMARC", ANN,
		H("From: x@evil.example\nSender: bob@example.com\n"), EXT,
		.reason = "outside; domain=evil.example", "d+", ALLOW_PASS},
	{"A name that repeats the address is one person", ANN,
		H("From: bob@example.com <bob@example.com>\n"), OFF,
		.reason = "inside Example Ltd"},
	{"A name that repeats the address in capitals", ANN,
		H("From: BOB@Example.com <bob@example.com>\n"), OFF,
		.reason = "inside Example Ltd"},
	{"A name that repeats a colleague's address over another", ANN,
		H("From: bob@example.com <x@evil.example>\n"), EXT, .reason = "ambiguous-from"},
	{"The accountant, and DMARC failed", ANN, H("From: accountant@books.example\n"), EXT,
		.reason = "spoofed; domain=books.example", "d-"},
	{"A contact of the list, and DMARC failed", BOB, H("From: friend@far.example\n"), UNK,
		.reason = "spoofed; domain=far.example", "d-"},
	{"A contact of the list, and DMARC passed", BOB, H("From: friend@far.example\n"), OFF,
		.reason = "LIST:2", "d+"},
	{"A contact of the address book, and SPF failed", ANN, H("From: carla@book.example\n"), EXT,
		.reason = "spoofed; domain=book.example", "s-"},
	{"A contact whom he wrote to, and DMARC failed", BOB, H("From: wrote@known.example\n"), UNK,
		.reason = "spoofed; domain=known.example", "d-"},
	{"A contact of whom nothing is known, when it must pass", BOB,
		H("From: friend@far.example\n"), UNK, .reason = "unverified; domain=far.example",
		NULL, ALLOW_PASS},
	{"A stranger who passed is a stranger", ANN, H("From: x@evil.example\n"), EXT,
		.reason = "outside; domain=evil.example", "d+"},
	{"A stranger who failed is a stranger", ANN, H("From: x@evil.example\n"), EXT,
		.reason = "outside; domain=evil.example", "d-"},
	/* look-alikes */
	{"A name that is an address of ours", ANN,
		H("From: \"boss@example.com\" <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"The same within other words", ANN,
		H("From: \"The Boss (boss@example.com).\" <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"A name that is an address of a domain like ours", ANN,
		H("From: \"boss@examp1e.com\" <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"A name that is somebody else's address", ANN,
		H("From: \"me@far.example\" <x@evil.example>\n"), EXT,
		.reason = "outside; domain=evil.example"},
	{"The boss's name", ANN, H("From: Berta Boss <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"The boss's name, the other way round", ANN, H("From: \"Boss, Berta\" <x@evil.example>\n"),
		EXT, .reason = "lookalike; domain=evil.example"},
	{"The boss's name with her office", ANN, H("From: \"Berta Boss (CEO)\" <x@evil.example>\n"),
		EXT, .reason = "lookalike; domain=evil.example"},
	{"The boss's name in capitals", ANN, H("From: BERTA BOSS <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"The boss's name with digits for letters", ANN, H("From: Berta B0ss <x@evil.example>\n"),
		EXT, .reason = "lookalike; domain=evil.example"},
	{"The boss's name with a Cyrillic letter", ANN,
		H("From: Bert\xd0\xb0 Boss <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"The boss's name in an encoded word", ANN,
		H("From: =?utf-8?b?QmVydNCwIEJvc3M=?= <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"The boss's name with invisible letters", ANN,
		H("From: Be\xe2\x80\x8brta Boss <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"A name with an umlaut, written without", ANN,
		H("From: Juergen Muller <x@evil.example>\n"), EXT,
		.reason = "outside; domain=evil.example"},
	{"A name of which only the umlaut is missing", ANN,
		H("From: Jurgen Muller <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"The boss's name with a sign after it", ANN, H("From: \"Berta Boss!\" <x@evil.example>\n"),
		EXT, .reason = "lookalike; domain=evil.example"},
	{"The boss's name with a tick", ANN, H("From: Berta Boss\xe2\x9c\x85 <x@evil.example>\n"),
		EXT, .reason = "lookalike; domain=evil.example"},
	{"The boss's name with a control", ANN,
		H("From: =?utf-8?q?Ber=01ta_Boss?= <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"The boss's name in full-width letters", ANN,
		H("From: \xef\xbc\xa2\xef\xbc\xa5\xef\xbc\xb2\xef\xbc\xb4\xef\xbc\xa1 Boss "
		  "<x@evil.example>\n"),
		EXT, .reason = "lookalike; domain=evil.example"},
	{"The boss's name after many words", ANN,
		H("From: \"a b c d e f g h i j k l m n o p Berta Boss\" <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"A name that nobody can decode for sure", ANN,
		H("From: =?utf-8?b?QmVydGEgQm9zcyD/?= <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"An address of ours with a full-width @", ANN,
		H("From: \"boss\xef\xbc\xa0"
		  "example.com\" <x@evil.example>\n"),
		EXT, .reason = "lookalike; domain=evil.example"},
	{"An address of ours with blanks", ANN,
		H("From: \"boss @ example.com\" <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"An address of ours in typographic quotes", ANN,
		H("From: \"\xe2\x80\x9c"
		  "boss@example.com\xe2\x80\x9d\" <x@evil.example>\n"),
		EXT, .reason = "lookalike; domain=evil.example"},
	{"Half of the boss's name", ANN, H("From: Berta Miller <x@evil.example>\n"), EXT,
		.reason = "outside; domain=evil.example"},
	{"A single name of ours, alone", ANN, H("From: Helpdesk <x@evil.example>\n"), EXT,
		.reason = "lookalike; domain=evil.example"},
	{"A single name of ours within a longer one", ANN,
		H("From: Evil Helpdesk <x@evil.example>\n"), EXT,
		.reason = "outside; domain=evil.example"},
	{"The boss herself, inside", ANN, H("From: Berta Boss <boss@example.com>\n"), OFF,
		.reason = "inside Example Ltd"},
	{"The boss writes from home, and is in the list", ANN,
		H("From: Berta Boss <friend@far.example>\n"), OFF, .reason = "LIST:2"},
	{"He wrote to somebody who bears the boss's name", ANN,
		H("From: Berta Boss <wrote@known.example>\n"), EXT,
		.reason = "lookalike; domain=known.example"},
	{"Nobody can imitate us where there is no organization", BOB,
		H("From: Berta Boss <x@evil.example>\n"), UNK,
		.reason = "outside; domain=evil.example"},
	{"A domain with another letter", ANN, H("From: x@exanple.com\n"), EXT,
		.reason = "lookalike; domain=exanple.com"},
	{"A domain with a letter too few", ANN, H("From: x@exmple.com\n"), EXT,
		.reason = "lookalike; domain=exmple.com"},
	{"A domain with a letter too many", ANN, H("From: x@exxample.com\n"), EXT,
		.reason = "lookalike; domain=exxample.com"},
	{"A domain with two letters swapped", ANN, H("From: x@examlpe.com\n"), EXT,
		.reason = "lookalike; domain=examlpe.com"},
	{"A domain with a digit for a letter", ANN, H("From: x@examp1e.com\n"), EXT,
		.reason = "lookalike; domain=examp1e.com"},
	{"A domain with rn for m", ANN, H("From: x@exarnple.com\n"), EXT,
		.reason = "lookalike; domain=exarnple.com"},
	{"A subdomain of a domain like ours", ANN, H("From: x@mail.examp1e.com\n"), EXT,
		.reason = "lookalike; domain=mail.examp1e.com"},
	{"A domain with Cyrillic letters, as A-labels", ANN, H("From: x@xn--xmple-4ve7a.com\n"),
		EXT, .reason = "lookalike; domain=xn--xmple-4ve7a.com"},
	{"A domain without its umlaut", ANN, H("From: x@muller.example\n"), EXT,
		.reason = "lookalike; domain=muller.example"},
	{"A short name of ours has many neighbours", "x@ab.example", H("From: x@ac.example\n"), EXT,
		.reason = "outside; domain=ac.example"},
	{"A short name of ours with a look-alike", "x@ab.example",
		H("From: x@\xd0\xb0"
		  "b.example\n"),
		EXT, .reason = "lookalike; domain=xn--b-7sb.example"},
	{"Another ending is two edits away", ANN, H("From: x@example.org\n"), EXT,
		.reason = "outside; domain=example.org"},
	/* the first time */
	{"Somebody who never wrote before", ANN, H("From: new@first.example\n"), EXT,
		.reason = "first-contact; domain=first.example"},
	{"Somebody who never wrote before, to a private address", BOB,
		H("From: new@first.example\n"), UNK,
		.reason = "first-contact; domain=first.example"},
	{"Somebody who wrote before", ANN, H("From: new@first.example\n"), EXT,
		.reason = "outside; domain=first.example", .seen = true},
	{"Looking like the boss weighs more than the first time", ANN,
		H("From: Berta Boss <new@first.example>\n"), EXT,
		.reason = "lookalike; domain=first.example"},
};

/* Only of first.example is anything known here. */
static int seen(void *context, struct str key)
{
	const struct row *row = context;
	return str_iends(key, H("@first.example")) ? row->seen : -1;
}

static struct str one_book[1];

static struct str id = STR_LIT("mx.example.com");
static const struct str_list ids = {&id, 1}, no_ids = {0};

static struct tag_conf conf_of(const struct row *row)
{
	return (struct tag_conf){.enabled = true,
		.organizations = organizations,
		.organization_count = 3,
		.contacts = {.list = str_of(list_path),
			.books = {one_book, 1},
			.dir = str_of(dir_path)},
		.auth = {.ids = row->no_ids ? &no_ids : &ids, .allow_requires = row->requires},
		.seen = seen,
		.context = (void *)row};
}

static void set_auth(struct auth *auth, const char *found)
{
	for (; found && *found; found += 2) {
		enum auth_result *result = *found == 'd'   ? &auth->dmarc
					   : *found == 's' ? &auth->spf
					   : *found == 'a' ? &auth->submission
							   : &auth->dkim;
		*result = found[1] == '+' ? AUTH_PASS : found[1] == '0' ? AUTH_NONE : AUTH_FAIL;
		auth->by = H("mx.example.com");
	}
}

static struct verdict judge(const struct tag_conf *conf, const char *recipient, struct str header,
	const char *auth, struct arena *mem)
{
	const struct envelope env = {.mailbox = str_of(recipient)};
	struct message *m = message_borrow(header, NULL);
	struct verdict v;
	assert_non_null(m);
	verdict_init(&v, mem, message_header_count(m));
	set_auth(&v.auth, auth);
	tag_decide(conf, m, &env, &v);
	message_free(m);
	return v;
}

/* With the names of the test's files in it. */
static struct str wanted_reason(const char *reason, struct arena *mem)
{
	if (strncmp(reason, "LIST", 4) == 0)
		return arena_fmt(mem, "%s%s", list_path, reason + 4);
	if (strcmp(reason, "contact in BOOK") == 0)
		return arena_fmt(mem, "contact in %s", book_path);
	return str_of(reason);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	const struct tag_conf conf = conf_of(row);
	struct arena *mem = arena_new();
	/* Copies, so that nothing depends on the bytes around. */
	struct verdict v =
		judge(&conf, row->recipient, arena_str(mem, row->header), row->auth, mem);
	struct str why = verdict_reason_where(&v.label.reason, mem);
	if (v.label.kind != row->label || !str_eq(why, wanted_reason(row->reason, mem)))
		fail_msg("%s because of \"" STR_FMT "\"", tag_label_names[v.label.kind],
			STR_ARGS(why));
	assert_true(v.label.known);
	arena_free(mem);
}

/* ---- how it is shown ---- */

static const struct show_row {
	const char *name;
	enum label label;
	unsigned shows;
	const char *field, *keyword, *mark;
} show_rows[] = {
	{"shown: nothing to show", LABEL_NONE, TAG_HEADER | TAG_KEYWORD | TAG_SUBJECT, NULL, NULL,
		""},
	{"shown: not at all", EXT, 0, NULL, NULL, ""},
	{"shown: in the header", EXT, TAG_HEADER,
		"X-Mda-Label: External; reason=why; domain=x.example\n", NULL, ""},
	{"shown: Unknown, in the header", UNK, TAG_HEADER,
		"X-Mda-Label: Unknown; reason=why; domain=x.example\n", NULL, ""},
	{"shown: by keyword", EXT, TAG_KEYWORD, NULL, "$External", ""},
	{"shown: Unknown, by keyword", UNK, TAG_KEYWORD, NULL, "$Unknown", ""},
	{"shown: in front of the subject", EXT, TAG_SUBJECT, NULL, NULL, "[External]"},
	{"shown: Unknown, in front of the subject", UNK, TAG_SUBJECT, NULL, NULL, "[Unknown]"},
};

static void test_show(void **state)
{
	const struct show_row *row = *state;
	struct arena *mem = arena_new();
	struct verdict v;
	verdict_init(&v, mem, 0);
	v.label.kind = row->label;
	v.label.reason.text = H("why; domain=x.example");
	verdict_add(&v, ACTION_STORE, H(""), verdict_reason_text("keep"));
	/* It may be stored after all, when it is refused or goes in a circle. */
	verdict_add(&v, ACTION_REDIRECT, H("a@b.example"), verdict_reason_text("redirect"));
	verdict_add(&v, ACTION_PIPE, H("archive"), verdict_reason_text("pipe"));
	tag_write(row->shows, &v);
	assert_int_equal(v.header.added_count, row->field ? 1 : 0);
	if (row->field)
		assert_true(str_eq(v.header.added[0], str_of(row->field)));
	for (size_t i = 0; i < v.action_count; i++) {
		const struct str_list *keywords = &v.actions[i].keywords;
		assert_int_equal(keywords->count, row->keyword ? 1 : 0);
		if (row->keyword)
			assert_true(str_eq(keywords->items[0], str_of(row->keyword)));
	}
	assert_true(str_eq(v.label.subject_mark, str_of(row->mark)));
	arena_free(mem);
}

/* ---- what is remembered for the next time ---- */

static const struct seen_row {
	const char *name, *from;
	bool stored;
	enum spam_state spam;
	bool seen_before, remembered;
} seen_rows[] = {
	{"remembered: who writes for the first time", "new@first.example", true, SPAM_NO, false,
		true},
	{"remembered: not twice", "new@first.example", true, SPAM_NO, true, false},
	{"remembered: not what is thrown away", "new@first.example", false, SPAM_NO, false, false},
	{"remembered: not spam", "new@first.example", true, SPAM_YES, false, false},
	{"remembered: not a contact", "friend@far.example", true, SPAM_NO, false, false},
	{"remembered: not where nobody knows", "x@evil.example", true, SPAM_NO, false, false},
};

static void test_seen(void **state)
{
	const struct seen_row *row = *state;
	const struct row asked = {.seen = row->seen_before};
	const struct tag_conf conf = conf_of(&asked);
	struct arena *mem = arena_new();
	struct str header = arena_fmt(mem, "From: %s\n", row->from);
	struct verdict v = judge(&conf, ANN, header, NULL, mem);
	v.spam.state = row->spam;
	verdict_add(
		&v, row->stored ? ACTION_STORE : ACTION_DISCARD, H(""), verdict_reason_text(""));
	tag_write(TAG_HEADER, &v);
	assert_int_equal(v.tracked_count, row->remembered);
	if (row->remembered)
		assert_true(str_eq(v.tracked[0].id, str_of(row->from)));
	arena_free(mem);
}

/* ---- the rest ---- */

static void test_off(void **state)
{
	const struct tag_conf conf = {.organizations = organizations, .organization_count = 3};
	struct arena *mem = arena_new();
	(void)state;
	struct verdict v = judge(&conf, ANN, H("From: x@evil.example\n"), NULL, mem);
	assert_int_equal(v.label.kind, LABEL_NONE);
	assert_true(str_eq(v.label.reason.text, H("label is off")));
	arena_free(mem);
}

static void test_only_once(void **state)
{
	const struct tag_conf conf = {.enabled = true};
	const struct envelope env = {.mailbox = STR_LIT(ANN)};
	struct arena *mem = arena_new();
	struct message *m = message_borrow(H("From: x@evil.example\n"), NULL);
	struct verdict v;
	(void)state;
	verdict_init(&v, mem, 1);
	v.label.known = true;
	v.label.kind = LABEL_UNKNOWN;
	v.label.reason = verdict_reason_text("decided before");
	tag_decide(&conf, m, &env, &v);
	assert_int_equal(v.label.kind, LABEL_UNKNOWN);
	assert_true(str_eq(v.label.reason.text, H("decided before")));
	message_free(m);
	arena_free(mem);
}

static const struct trouble_row {
	const char *name, *list, *book, *dir, *people;
	size_t notes;
} trouble_rows[] = {
	{"trouble: nothing is configured", "", NULL, "", "", 0},
	{"trouble: nothing is there", "/nowhere/a", "/nowhere/b", "/nowhere/c", "", 0},
	{"trouble: the list is a directory", "/tmp", NULL, "", "", 1},
	{"trouble: the list is a device", "/dev/zero", NULL, "", "", 1},
	{"trouble: the address book is a device", "", "/dev/zero", "", "", 0},
	{"trouble: the people are a directory", "", NULL, "", "/tmp", 1},
	{"trouble: what was learned is no directory", "", NULL, "/dev/null", "", 0},
};

static void test_trouble(void **state)
{
	const struct trouble_row *row = *state;
	struct str book = str_of(row->book);
	const struct organization org = {.domains = {domains, 1}, .people = str_of(row->people)};
	const struct tag_conf conf = {.enabled = true,
		.organizations = &org,
		.organization_count = 1,
		.contacts = {.list = str_of(row->list),
			.books = {&book, row->book != NULL},
			.dir = str_of(row->dir)}};
	struct arena *mem = arena_new();
	struct verdict v = judge(&conf, ANN, H("From: X Y <x@evil.example>\n"), NULL, mem);
	assert_int_equal(v.label.kind, LABEL_EXTERNAL);
	assert_int_equal(v.notes.count, row->notes);
	arena_free(mem);
}

static void test_long_from(void **state)
{
	static const char *const pieces[] = {
		"x", "a@b,", "(", "\"", "<", ",", ":;", "@", "\\", " ", "x y ", "a@example.com "};
	const struct row row = {0};
	const struct tag_conf conf = conf_of(&row);
	(void)state;
	for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
		struct arena *mem = arena_new();
		struct buf text = {0};
		buf_text(&text, "From: ");
		for (int i = 0; i < 1000000; i++)
			buf_text(&text, pieces[k]);
		buf_text(&text, k > 9 ? "<x@evil.example>\n\n" : "\n\n");
		clock_t start = clock();
		struct verdict v = judge(&conf, ANN, buf_str(&text), NULL, mem);
		double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
		buf_free(&text);
		assert_int_equal(v.label.kind, LABEL_EXTERNAL);
		arena_free(mem);
		if (seconds > 10)
			fail_msg("\"%s\" takes %.1f seconds", pieces[k], seconds);
	}
}

/* ---- the files ---- */

static void write_file(char *path, size_t size, const char *name, const char *text)
{
	struct err err;
	snprintf(path, size, "%s/%s", work, name);
	if (text && io_replace_file(path, str_of(text), 0600, &err) < 0)
		abort();
}

static void learn(void)
{
	struct err err;
	struct arena *mem = arena_new();
	const struct contacts c = {.dir = str_of(dir_path)};
	struct known_changes *k = contacts_known_open(contacts_known_dir(&c, mem), &err);
	if (!k)
		abort();
	contacts_known_wrote(k, H("wrote@known.example"), H("Wrote"), 1700000000);
	contacts_known_wrote(k, H("gone@known.example"), H(""), 1700000000);
	contacts_known_mark(k, H("gone@known.example"), H(""), KNOWN_REMOVED, 0);
	contacts_known_mark(k, H("added@known.example"), H("Added"), KNOWN_ADDED, 0);
	if (contacts_known_commit(k, &err) < 0)
		abort();
	contacts_known_close(k);
	arena_free(mem);
}

static void set_up(void)
{
	strcpy(work, "/tmp/test_tag.XXXXXX");
	if (!mkdtemp(work))
		abort();
	write_file(list_path, sizeof list_path, "contacts",
		"# friends\nfriend@far.example\n# old@far.example\n*@club.example\r\n"
		"a#b@hash.example\nc@note.example # a note\n");
	write_file(book_path, sizeof book_path, "book.vcf",
		"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Carla\r\nEMAIL;TYPE=home:Carla@Book.example\r\n"
		"item1.EMAIL:c2@book.example\r\nEND:VCARD\r\n");
	write_file(people_path, sizeof people_path, "people",
		"# the board\nBerta Boss <boss@example.com>\nJ\xc3\xbcrgen M\xc3\xbcller "
		"<jm@example.com>\n"
		"Helpdesk <help@example.com>\n<nameless@example.com>\nnonsense\n\n");
	write_file(dir_path, sizeof dir_path, "contacts.d", NULL);
	one_book[0] = str_of(book_path);
	organizations[0].people = str_of(people_path);
	learn();
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_show, show_rows),
		TABLE(test_seen, seen_rows),
		TABLE(test_trouble, trouble_rows),
		TABLE_OF_ONE(test_off, "off"),
		TABLE_OF_ONE(test_only_once, "worked out only once"),
		TABLE_OF_ONE(test_long_from, "a From of megabytes"),
	};
	set_up();
	int failed = table_run("tag", tables, sizeof tables / sizeof *tables);
	return tree_remove(work) == 0 ? failed : 1;
}

#include "filters/sieve/advice.h"

static const struct {
	const char *name;
	enum sv_role role;
	const char *how;
} words[] = {
#define INTO   "to store into a folder, write fileinto \"folder\""
#define SEND   "to send it on, write redirect \"address\""
#define DROP   "to throw it away, write discard"
#define FLAG   "to mark it, write addflag \"\\\\Flagged\" (extension imap4flags)"
#define SEEN   "to mark it as read, write addflag \"\\\\Seen\" (extension imap4flags)"
#define ANSWER "to answer, write vacation \"text\""
	{"move", SV_COMMAND, INTO},
	{"moveto", SV_COMMAND, INTO},
	{"copyto", SV_COMMAND, "to store a copy, write fileinto :copy \"folder\" (extension copy)"},
	{"deliver", SV_COMMAND, INTO},
	{"store", SV_COMMAND, INTO},
	{"save", SV_COMMAND, INTO},
	{"file", SV_COMMAND, INTO},
	{"folder", SV_COMMAND, INTO},
	{"forward", SV_COMMAND, SEND},
	{"resend", SV_COMMAND, SEND},
	{"bounce", SV_COMMAND, "to refuse it, write reject \"text\""},
	{"refuse", SV_COMMAND, "to refuse it, write reject \"text\""},
	{"delete", SV_COMMAND, DROP},
	{"drop", SV_COMMAND, DROP},
	{"trash", SV_COMMAND, DROP},
	{"mark", SV_COMMAND, FLAG},
	{"flag", SV_COMMAND, FLAG},
	{"star", SV_COMMAND, FLAG},
	{"markread", SV_COMMAND, SEEN},
	{"seen", SV_COMMAND, SEEN},
	{"reply", SV_COMMAND, ANSWER},
	{"autoreply", SV_COMMAND, ANSWER},
	{"denotify", SV_COMMAND,
		"it is from a draft; with enotify (RFC 5435), put an if around notify instead"},
	{"subject", SV_TEST, "to test the subject, write header :contains \"subject\" \"text\""},
	{"from", SV_TEST, "to test the author, write address \"from\" \"address\""},
	{"to", SV_TEST, "to test a recipient, write address \"to\" \"address\""},
};

static const struct {
	const char *name, *how;
} tags[] = {
#define STARTS "for what starts with a text, write :matches \"text*\""
#define ENDS   "for what ends with a text, write :matches \"*text\""
	{"startswith", STARTS},
	{"starts", STARTS},
	{"start", STARTS},
	{"begins", STARTS},
	{"beginswith", STARTS},
	{"prefix", STARTS},
	{"endswith", ENDS},
	{"ends", ENDS},
	{"end", ENDS},
	{"suffix", ENDS},
	{"equals", "for what is equal, write :is"},
	{"equal", "for what is equal, write :is"},
	{"eq", "for what is equal, write :is"},
	{"includes", "for what contains a text, write :contains"},
	{"has", "for what contains a text, write :contains"},
	{"not", "write not before the test"},
	/* from the draft that RFC 5435 replaced */
	{"method", "the method has no tag; write notify \"mailto:address\""},
};

static const struct {
	const char *name, *why;
} refused[] = {
	{"imapsieve", "rules run only when mail is delivered"},
	{"vnd.dovecot.imapsieve", "rules run only when mail is delivered"},
	{"convert", "mda does not convert media"},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

const char *advice_word(struct str name, enum sv_role role)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].role == role && str_ieq(name, str_of(words[i].name)))
			return words[i].how;
	return NULL;
}

const char *advice_tag(struct str name)
{
	for (size_t i = 0; i < COUNT(tags); i++)
		if (str_ieq(name, str_of(tags[i].name)))
			return tags[i].how;
	return NULL;
}

const char *advice_refused(struct str name)
{
	for (size_t i = 0; i < COUNT(refused); i++)
		if (str_ieq(name, str_of(refused[i].name)))
			return refused[i].why;
	return NULL;
}

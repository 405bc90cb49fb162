#include "filters/sieve/advice.h"

static const struct {
	const char *name;
	enum sv_role role;
	const char *how;
} words[] = {
#define INTO   "fileinto \"folder\" stores into a folder"
#define SEND   "redirect \"address\" sends it on"
#define DROP   "discard throws it away"
#define FLAG   "addflag \"\\\\Flagged\", of imap4flags, marks it"
#define SEEN   "addflag \"\\\\Seen\", of imap4flags, marks it as read"
#define ANSWER "vacation \"text\" answers"
	{"move", SV_COMMAND, INTO},
	{"moveto", SV_COMMAND, INTO},
	{"copyto", SV_COMMAND, "fileinto :copy \"folder\", of copy, stores a copy into a folder"},
	{"deliver", SV_COMMAND, INTO},
	{"store", SV_COMMAND, INTO},
	{"save", SV_COMMAND, INTO},
	{"file", SV_COMMAND, INTO},
	{"folder", SV_COMMAND, INTO},
	{"forward", SV_COMMAND, SEND},
	{"resend", SV_COMMAND, SEND},
	{"bounce", SV_COMMAND, "reject \"text\" refuses it"},
	{"refuse", SV_COMMAND, "reject \"text\" refuses it"},
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
		"it is of a draft; with enotify (RFC 5435), a rule that is not to notify has an if "
		"around its notify"},
	{"subject", SV_TEST, "header :contains \"subject\" \"text\" looks at the subject"},
	{"from", SV_TEST, "address \"from\" \"address\" looks at the author"},
	{"to", SV_TEST, "address \"to\" \"address\" looks at a recipient"},
};

static const struct {
	const char *name, *how;
} tags[] = {
#define STARTS ":matches \"text*\" fits what starts with a text"
#define ENDS   ":matches \"*text\" fits what ends with a text"
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
	{"equals", ":is fits what is equal"},
	{"equal", ":is fits what is equal"},
	{"eq", ":is fits what is equal"},
	{"includes", ":contains fits what a text is in"},
	{"has", ":contains fits what a text is in"},
	{"not", "not comes before the test"},
	/* from the draft that RFC 5435 replaced */
	{"method", "the method has no tag, as in notify \"mailto:address\""},
};

static const struct {
	const char *name, *why;
} refused[] = {
	{"imapsieve", "rules run when mail is delivered, and at no other time"},
	{"vnd.dovecot.imapsieve", "rules run when mail is delivered, and at no other time"},
	{"convert", "nothing here turns one kind of media into another"},
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

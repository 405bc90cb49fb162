#include "mda/tools/convert/convert_program.h"

#include <string.h>

static const char answers[] = "it answers the sender; use vacation (sieve(7))";
static const char delivers[] = "it delivers; use fileinto (sieve(7))";

static const struct program {
	const char *name;
	char option; /* or '\0' for any */
	const char *instead;
} programs[] = {
	{"formail", 'r', answers},
	{"formail", 'D', "it drops duplicates; use \"if duplicate { discard; stop; }\" (sieve(7))"},
	{"formail", 'I', "it changes header fields; use addheader and deleteheader (sieve(7))"},
	{"formail", 'i', "it changes header fields; use addheader and deleteheader (sieve(7))"},
	{"formail", 'A', "it adds a header field; use addheader (sieve(7))"},
	{"formail", 'a', "it adds a header field; use addheader (sieve(7))"},
	{"vacation", '\0', answers},
	{"dovecot-lda", '\0', delivers},
	{"deliver", '\0', delivers},
};

/* Of the options of formail: is OPTION among the letters of WORD that come before a value? */
static bool has_option(struct str word, char option)
{
	for (size_t i = 1; i < word.n && word.p[0] == '-' && ascii_isalnum(word.p[i]); i++) {
		if (word.p[i] == option)
			return true;
		if (strchr("AaIiRUuXxmpls", word.p[i]))
			return false;
	}
	return false;
}

/* Does COMMAND run the program P with that option? */
static bool runs(struct str command, const struct program *p)
{
	bool is_named = false;
	struct str word;
	while (str_word(&command, &word)) {
		size_t slash = str_rfind(word, '/');
		struct str name = slash < word.n ? str_slice(word, slash + 1, word.n) : word;
		while (name.n && strchr("(|\"'", name.p[0]))
			name = str_slice(name, 1, name.n);
		while (name.n && strchr(")\"'", name.p[name.n - 1]))
			name.n--;
		if (str_eq(word, STR_LIT("|")) || str_eq(word, STR_LIT(";")))
			is_named = false; /* another program follows */
		is_named = is_named || str_eq(name, str_of(p->name));
		if (is_named && (p->option == '\0' || has_option(word, p->option)))
			return true;
	}
	return false;
}

bool convert_program(struct convert *c, struct str command, bool is_filter)
{
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		if (runs(command, &programs[i]))
			return convert_fail(c, "%s", programs[i].instead);
	if (is_filter)
		return convert_fail(c, "it changes the message by a program; for a spam filter "
				       "set antispam in mda.conf, else use filter (sieve(7))");
	return convert_fail(c, "it runs a program; put that into programs_dir and use pipe "
			       "(sieve(7))");
}

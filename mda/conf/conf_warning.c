#include "mda/conf/conf_warning.h"

#include "mda/conf/template.h"

/* "storage=95%" */
static bool parse_level(struct str word, struct conf_warning *w)
{
	static const struct {
		const char *word;
		enum warning_of of;
	} kinds[] = {{"storage=", WARNING_OF_STORAGE}, {"messages=", WARNING_OF_MESSAGES}};
	unsigned long long percent;
	w->below = word.n && word.p[0] == '-';
	word = str_slice(word, w->below, word.n);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct str kind = str_of(kinds[i].word);
		if (!str_istarts(word, kind))
			continue;
		w->of = kinds[i].of;
		word = str_slice(word, kind.n, word.n);
		break;
	}
	if (word.n < 2 || word.p[word.n - 1] != '%' ||
		!str_number(str_slice(word, 0, word.n - 1), 1000, &percent) || percent == 0)
		return false;
	w->percent = (unsigned)percent;
	return true;
}

bool conf_warning_parse(
	struct str text, struct arena *mem, struct conf_warning *w, const char **why)
{
	struct str rest = arena_str(mem, text), word;
	*w = (struct conf_warning){.of = WARNING_OF_ANY};
	if (!str_word(&rest, &word) || !parse_level(word, w)) {
		*why = "a warning starts with a part of the quota, from 1% to 1000%";
		return false;
	}
	if (!str_word(&rest, &w->program) || w->program.p[0] != '/') {
		*why = "after the percent sign comes the absolute path of a program";
		return false;
	}
	while (str_word(&rest, &word)) {
		if (!template_check(word, why))
			return false;
		str_list_add(&w->arguments, word, mem);
	}
	return true;
}

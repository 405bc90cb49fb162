#include "mda/tools/options.h"

#include <getopt.h>
#include <stdio.h>

enum { MOST = 40, FIRST_LONG = 256 };

static int take(const struct option_row *row, void *request, struct err *err)
{
	void *at = (char *)request + row->offset;
	if (row->take)
		return row->take(at, optarg, err);
	if (row->value)
		*(const char **)at = optarg;
	else
		*(bool *)at = true;
	return 0;
}

/*
 * Fills the tables for getopt_long(). LETTERS has room for two characters a row, and the NUL.
 * Returns the number of rows.
 */
static size_t tabulate(const struct option_row *table, struct option *longs, char *letters)
{
	size_t n = 0;
	for (; n < MOST && table[n].name; n++) {
		int has = table[n].value ? required_argument : no_argument;
		longs[n] = (struct option){table[n].name, has, NULL, FIRST_LONG + (int)n};
		if (table[n].letter)
			*letters++ = table[n].letter;
		if (table[n].letter && table[n].value)
			*letters++ = ':';
	}
	*letters = '\0';
	return n;
}

int options_take(const struct option_row *table, const char *program, int argc, char **argv,
	void *request, struct err *err)
{
	struct option longs[MOST + 1] = {{0}};
	char letters[2 * MOST + 1];
	size_t count = tabulate(table, longs, letters);
	int c;
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		size_t i = 0;
		while (i < count && c != FIRST_LONG + (int)i && c != table[i].letter)
			i++;
		if (c == '?' || i == count)
			return err_temp(err,
				"the option %s is unknown or needs a value; see %s --help",
				argv[optind - 1], program);
		if (take(&table[i], request, err) < 0)
			return -1;
	}
	return optind;
}

void options_print(const struct option_row *table)
{
	for (const struct option_row *o = table; o->name; o++) {
		char letter[8] = "", name[40];
		if (o->letter)
			snprintf(letter, sizeof letter, "-%c,", o->letter); /* it fits */
		snprintf(name, sizeof name, "--%s%s%s", o->name, o->value ? "=" : "",
			o->value ? o->value : ""); /* it fits: the tables are ours */
		printf("  %-3s %-19s %s\n", letter, name, o->meaning);
	}
}

#include "filters/sieve/regex_class.h"

#include "filters/sieve/unistring.h"

#include <stddef.h>
#include <unictype.h>

static const struct class
{
	const char *name;
	const char *function; /* libunistring's function; NULL: the class is only ASCII */
	unsigned char ranges[REGEX_CLASS_BYTES];
} classes[REGEX_CLASSES] = {
	{"alpha", "uc_is_alpha", {'A', 'Z', 'a', 'z'}},
	{"digit", NULL, {'0', '9'}},
	[REGEX_ALNUM] = {"alnum", "uc_is_alnum", {'0', '9', 'A', 'Z', 'a', 'z'}},
	{"upper", "uc_is_upper", {'A', 'Z'}},
	{"lower", "uc_is_lower", {'a', 'z'}},
	{"space", "uc_is_space", {'\t', '\r', ' ', ' '}},
	{"blank", "uc_is_blank", {'\t', '\t', ' ', ' '}},
	{"punct", "uc_is_punct", {'!', '/', ':', '@', '[', '`', '{', '~'}},
	{"graph", "uc_is_graph", {'!', '~'}},
	{"print", "uc_is_print", {' ', '~'}},
	{"cntrl", "uc_is_cntrl", {1, 0x1f, 0x7f, 0x7f}},
	{"xdigit", NULL, {'0', '9', 'A', 'F', 'a', 'f'}},
};

int regex_class_find(struct str name)
{
	for (int i = 0; i < REGEX_CLASSES; i++)
		if (str_eq(name, str_of(classes[i].name)))
			return i;
	return -1;
}

const unsigned char *regex_class_ascii(int class)
{
	return classes[class].ranges;
}

static bool is_of(size_t class, uint32_t c)
{
	static struct {
		bool tried;
		__typeof__(&uc_is_alpha) function;
	} loaded[REGEX_CLASSES];
	if (!classes[class].function)
		return false;
	/* Without it the class has no such character. */
	if (!loaded[class].tried)
		(void)unistring_find(classes[class].function, &loaded[class].function);
	loaded[class].tried = true;
	return loaded[class].function && loaded[class].function(c);
}

bool regex_class_has(unsigned all, uint32_t c)
{
	for (size_t i = 0; all >> i; i++)
		if ((all >> i & 1) && is_of(i, c))
			return true;
	return false;
}

#include "base/idn.h"

#include <dlfcn.h>
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

/* A domain has at most 255 bytes as A-labels; as UTF-8 it may have a few more. */
enum { LONGEST = 1000 };

/*
 * Most domains are ASCII, and loading the library costs more than everything else that is done for
 * an address.
 */
struct idn_library {
	int (*to_ascii)(const char *, char **, int);
	int (*to_unicode)(const char *, char **, int);
	void (*free)(void *);
};

static const struct idn_library *library(void)
{
	static struct idn_library loaded;
	static bool tried;
	if (tried)
		return loaded.to_ascii ? &loaded : NULL;
	tried = true;
	void *handle = dlopen("libidn2.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return NULL;
	/* POSIX allows dlsym() to return functions, but ISO C has no cast for that. */
	void *to_ascii = dlsym(handle, "idn2_to_ascii_8z"), *release = dlsym(handle, "idn2_free");
	void *to_unicode = dlsym(handle, "idn2_to_unicode_8z8z");
	if (!to_ascii || !to_unicode || !release)
		return NULL;
	memcpy(&loaded.to_unicode, &to_unicode, sizeof to_unicode);
	memcpy(&loaded.free, &release, sizeof release);
	memcpy(&loaded.to_ascii, &to_ascii, sizeof to_ascii);
	return &loaded;
}

/* Returns a C string to be freed with lib->free, or NULL. TEXT ends with a NUL. */
static char *convert(const struct idn_library *lib, const char *text, int flags)
{
	char *ascii = NULL;
	return lib && lib->to_ascii(text, &ascii, flags) == IDN2_OK ? ascii : NULL;
}

static bool is_convertible(struct str domain)
{
	return !str_is_ascii(domain) && domain.n <= LONGEST && str_find(domain, '\0') == domain.n;
}

/* Mapping a full-width or invisible character can give an @, a wildcard or nothing. */
static bool is_domain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_isalnum(s.p[i]) && !strchr("-_.", s.p[i]))
			return false;
	return s.n > 0 && s.p[0] != '.';
}

struct str idn_domain(struct str domain, struct arena *mem)
{
	struct str lower = arena_lower(mem, domain);
	if (!is_convertible(domain))
		return lower;
	const struct idn_library *lib = library();
	char *ascii = convert(lib, lower.p, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (!ascii)
		return lower;
	struct str s = str_of(ascii);
	/* A full-width dot at the end becomes a plain one here. */
	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	struct str result = is_domain(s) ? arena_lower(mem, s) : lower;
	lib->free(ascii);
	return result;
}

struct str idn_unicode(struct str domain, struct arena *mem)
{
	char *unicode = NULL;
	if (str_ifind(domain, STR_LIT("xn--")) == domain.n || domain.n > LONGEST ||
		str_find(domain, '\0') < domain.n)
		return domain;
	const struct idn_library *lib = library();
	if (!lib || lib->to_unicode(arena_cstr(mem, domain), &unicode, 0) != IDN2_OK)
		return domain;
	struct str result = arena_str(mem, str_of(unicode));
	lib->free(unicode);
	return result;
}

bool idn_exact(struct str domain)
{
	const struct idn_library *lib;
	char text[LONGEST + 1];
	if (str_is_ascii(domain))
		return true;
	if (!is_convertible(domain) || !(lib = library()))
		return false;
	for (size_t i = 0; i < domain.n; i++)
		text[i] = ascii_lower(domain.p[i]);
	text[domain.n] = '\0';
	char *ascii = convert(lib, text, IDN2_NO_TR46);
	if (!ascii)
		return false;
	lib->free(ascii);
	return true;
}

#include "base/curl_library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

static void *open_library(void)
{
	static const char *const names[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};
	void *library = NULL;
	for (size_t i = 0; i < 2 && !library; i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	return library;
}

static bool load(struct curl_library *curl)
{
	const struct {
		const char *name;
		void **function;
	} all[] = {
		{"curl_easy_init", (void **)&curl->easy_init},
		{"curl_easy_setopt", (void **)&curl->easy_setopt},
		{"curl_easy_perform", (void **)&curl->easy_perform},
		{"curl_easy_getinfo", (void **)&curl->easy_getinfo},
		{"curl_easy_cleanup", (void **)&curl->easy_cleanup},
		{"curl_easy_strerror", (void **)&curl->easy_strerror},
		{"curl_slist_append", (void **)&curl->slist_append},
		{"curl_slist_free_all", (void **)&curl->slist_free_all},
	};
	void *library = open_library();
	bool works = library != NULL;
	for (size_t i = 0; i < sizeof all / sizeof *all && works; i++) {
		*all[i].function = dlsym(library, all[i].name);
		works = *all[i].function != NULL;
	}
	return works;
}

const struct curl_library *curl_library(void)
{
	static struct curl_library loaded;
	static bool tried, works;
	if (!tried) {
		tried = true;
		works = load(&loaded);
	}
	return works ? &loaded : NULL;
}

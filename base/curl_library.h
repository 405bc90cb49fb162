/* libcurl, loaded when it is first needed. Only http.c and smtp.c use it. */
#ifndef BASE_CURL_LIBRARY_H
#define BASE_CURL_LIBRARY_H

#include <curl/curl.h>

struct curl_library {
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
	CURLcode (*easy_perform)(CURL *handle);
	CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
	void (*easy_cleanup)(CURL *handle);
	const char *(*easy_strerror)(CURLcode code);
	struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
	void (*slist_free_all)(struct curl_slist *list);
};

/*
 * Sets OPTION of HANDLE, unless an earlier option failed: *CODE keeps the first failure. A transfer
 * must not begin without one of its options.
 */
#define CURL_LIBRARY_SET(curl, handle, code, option, value)                                        \
	((code) = (code) != CURLE_OK ? (code) : (curl)->easy_setopt((handle), (option), (value)))

/* NULL when libcurl is not installed. */
const struct curl_library *curl_library(void);

#endif

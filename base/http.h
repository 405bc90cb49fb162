/* One HTTP POST by libcurl, which is loaded for the first one. No proxy, no redirects, no TLS. */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include "base/buf.h"
#include "base/err.h"

struct http_request {
	const char *server, *usual_port; /* as in net.h */
	const char *path;                /* "/checkv2" */
	const struct str_list *fields;   /* "Name: value"; those with line ends are left out */
	struct str body;
	size_t most;       /* the most bytes of the answer */
	long also_welcome; /* a status that is not a success but counts as an answer; 0: none */
	long long deadline;
};

/*
 * Appends the body of an answer whose status is a success (2xx) or ALSO_WELCOME to REPLY. -1 with
 * the reason, which names the server.
 */
int http_post(const struct http_request *request, struct buf *reply, struct err *err);

#endif

/*
 * One HTTP POST, by libcurl, which is loaded when the first one is asked for. No proxy, no
 * redirect, no TLS.
 */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include "base/buf.h"
#include "base/err.h"

struct http_request {
	const char *server, *usual_port; /* as in net.h */
	const char *path;                /* "/checkv2" */
	const struct str_list *fields;   /* "Name: value"; ones with line ends are left out */
	struct str body;
	size_t most;       /* bytes of the answer */
	long also_welcome; /* a status that is no success, and yet an answer; 0: none */
	long long deadline;
};

/*
 * Appends the body of an answer with a status of success (2xx) or ALSO_WELCOME. -1 with the reason,
 * which names the server.
 */
int http_post(const struct http_request *request, struct buf *reply, struct err *err);

#endif

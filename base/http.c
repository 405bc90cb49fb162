#include "base/http.h"

#include "base/arena.h"
#include "base/curl_library.h"
#include "base/io.h"
#include "base/printable.h"

#include <stdio.h>

/* ---- a request ---- */

struct post {
	const struct http_request *request;
	struct buf *reply;
	bool too_long;
};

static size_t take(char *p, size_t size, size_t count, void *context)
{
	struct post *post = context;
	size_t n = size * count;
	post->too_long = post->too_long || post->reply->n + n > post->request->most;
	if (post->too_long)
		return 0; /* ends the transfer */
	buf_add(post->reply, (struct str){p, n});
	return n;
}

static struct curl_slist *fields_of(const struct http_request *r, struct arena *mem)
{
	const struct curl_library *curl = curl_library();
	/* Without this, curl waits a second for a "100 Continue" that these servers do not send. */
	struct curl_slist *list = curl->slist_append(NULL, "Expect:");
	for (size_t i = 0; i < r->fields->count && list; i++) {
		if (printable_has_control(r->fields->items[i]))
			continue;
		struct curl_slist *longer =
			curl->slist_append(list, arena_cstr(mem, r->fields->items[i]));
		if (longer)
			list = longer;
	}
	return list;
}

static const char *url_of(const struct http_request *r, struct arena *mem)
{
	struct str server = str_of(r->server);
	bool has_port = str_find(server, ':') < server.n && server.p[server.n - 1] != ']';
	if (server.p[0] == '/')
		return arena_fmt(mem, "http://localhost%s", r->path).p;
	return arena_fmt(mem, "http://%s%s%s%s", r->server, has_port ? "" : ":",
		has_port ? "" : r->usual_port, r->path)
		.p;
}

static CURLcode set_up(CURL *c, struct post *post, const char *url, struct curl_slist *fields)
{
	const struct curl_library *curl = curl_library();
	const struct http_request *r = post->request;
	CURLcode code = CURLE_OK;
	long long left = (r->deadline - io_microseconds()) / 1000;
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_URL, url);
	if (r->server[0] == '/')
		CURL_LIBRARY_SET(curl, c, code, CURLOPT_UNIX_SOCKET_PATH, r->server);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_PROTOCOLS_STR, "http");
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_PROXY, "");
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_NOSIGNAL, 1L);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_TIMEOUT_MS, left > 0 ? (long)left : 1L);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_HTTPHEADER, fields);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_POST, 1L);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_POSTFIELDS, r->body.p);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_WRITEFUNCTION, take);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_WRITEDATA, post);
	return code;
}

static int judge(CURL *c, CURLcode code, const struct post *post, struct err *err)
{
	const struct curl_library *curl = curl_library();
	const char *server = post->request->server;
	long status = 0;
	if (post->too_long)
		return err_temp(
			err, "%s: the answer has more than %zu bytes", server, post->request->most);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_temp(err, "%s: the answer takes too long", server);
	if (code != CURLE_OK)
		return err_temp(err, "%s: %s", server, curl->easy_strerror(code));
	(void)curl->easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status); /* if it fails, it stays 0 */
	return status / 100 == 2 || (status && status == post->request->also_welcome)
		       ? 0
		       : err_temp(err, "%s: the server answered with HTTP status %ld", server,
				 status);
}

int http_post(const struct http_request *request, struct buf *reply, struct err *err)
{
	const struct curl_library *curl = curl_library();
	struct post post = {.request = request, .reply = reply};
	CURL *c = curl ? curl->easy_init() : NULL;
	if (!c)
		return err_temp(err, "%s: libcurl cannot be loaded", request->server);
	struct arena *mem = arena_new();
	struct curl_slist *fields = fields_of(request, mem);
	CURLcode code = set_up(c, &post, url_of(request, mem), fields);
	if (code == CURLE_OK)
		code = curl->easy_perform(c);
	int r = judge(c, code, &post, err);
	curl->slist_free_all(fields);
	curl->easy_cleanup(c);
	arena_free(mem);
	return r;
}

#include "base/smtp.h"

#include "base/address_path.h"
#include "base/arena.h"
#include "base/curl_library.h"
#include "base/idn.h"
#include "base/io.h"
#include "base/net.h"

static const struct str scheme = STR_LIT("smtp://");

bool smtp_url_valid(struct str url)
{
	struct str place = str_slice(url, scheme.n, url.n);
	return str_istarts(url, scheme) && net_address_valid(place) && place.p[0] != '/';
}

/* The server has the message, so it does not matter whether it answers QUIT. */
enum { QUIT_SECONDS = 1 };

struct smtp_session {
	const struct smtp_message *m;
	CURL *handle;
	bool began;      /* sending the message began */
	bool failed;     /* reading the message failed */
	bool ended;      /* its last byte was passed to libcurl */
	bool answered;   /* after that the server answered */
	bool taken;      /* and it took the message */
	bool needs_utf8; /* an address is not ASCII */
	bool has_utf8;   /* the server supports that (RFC 6531) */
	bool lacks_utf8; /* the server does not support it, so the message was not sent */
};

static size_t give(char *p, size_t size, size_t count, void *context)
{
	struct smtp_session *s = context;
	ssize_t n = io_read(s->m->file, p, size * count);
	s->began = true;
	s->failed = n < 0;
	s->ended = n == 0;
	return n < 0 ? CURL_READFUNC_ABORT : (size_t)n;
}

/* The server's words are not printed. */
static size_t ignore(char *p, size_t size, size_t count, void *context)
{
	(void)p;
	(void)context;
	return size * count;
}

/* The answer to the message, such as "250 queued". The last of several lines has no minus. */
static void hear_answer(struct smtp_session *s, struct str line)
{
	s->answered = line.n >= 3 && ascii_isdigit(line.p[0]) && (line.n == 3 || line.p[3] != '-');
	s->taken = s->answered && line.p[0] == '2';
	if (s->taken) /* if this fails, QUIT may take longer */
		(void)curl_library()->easy_setopt(
			s->handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)QUIT_SECONDS);
}

/*
 * The answer to EHLO; its last line has a blank after the number. Addresses are sent only after
 * that.
 */
static size_t hear(char *p, size_t size, size_t count, void *context)
{
	struct smtp_session *s = context;
	struct str line = str_trim((struct str){p, size * count});
	struct str word = str_slice(line, 4, line.n);
	if (s->ended && !s->answered)
		hear_answer(s, line);
	if (!str_istarts(line, STR_LIT("250")))
		return size * count;
	s->has_utf8 = s->has_utf8 || str_ieq(word, STR_LIT("SMTPUTF8"));
	s->lacks_utf8 = s->needs_utf8 && !s->has_utf8 && (line.n < 4 || line.p[3] != '-');
	return s->lacks_utf8 ? 0 : size * count;
}

/*
 * The address between < and >, with its domain as A-labels, which every server understands. NULL
 * when it is not an address.
 */
static const char *path_of(struct str address, struct smtp_session *s, struct arena *mem)
{
	struct str path;
	if (!address_path(address, mem, &path))
		return NULL;
	size_t at = str_rfind(path, '@');
	struct str local = str_slice(path, 0, at);
	struct str domain = str_slice(path, at + 1, path.n);
	if (at < path.n && domain.p[0] != '[')
		path = arena_fmt(mem, STR_FMT "@" STR_FMT, STR_ARGS(local),
			STR_ARGS(idn_domain(domain, mem)));
	s->needs_utf8 = s->needs_utf8 || !str_is_ascii(path);
	return arena_fmt(mem, "<" STR_FMT ">", STR_ARGS(path)).p;
}

/*
 * False when there is no memory or one is not an address: to send to only some of the recipients is
 * worse than not to send.
 */
static bool add_recipients(struct smtp_session *s, struct arena *mem, struct curl_slist **list)
{
	const struct curl_library *curl = curl_library();
	for (size_t i = 0; i < s->m->recipient_count; i++) {
		const char *path = path_of(s->m->recipients[i], s, mem);
		struct curl_slist *longer = path ? curl->slist_append(*list, path) : NULL;
		if (!longer)
			return false;
		*list = longer;
	}
	return *list;
}

static int judge(CURL *c, CURLcode code, const struct smtp_session *s, struct err *err)
{
	const struct curl_library *curl = curl_library();
	long status = 0;
	if (s->failed)
		return err_temp(err, "cannot read the message to be sent");
	if (s->lacks_utf8)
		return err_refused(err,
			"%s does not accept addresses that are not ASCII (SMTPUTF8)", s->m->url);
	if (code == CURLE_OK || s->taken)
		return 0;
	if (s->ended && !s->answered) {
		err_temp(err, "%s did not say whether it took the message: %s", s->m->url,
			curl->easy_strerror(code));
		return SMTP_UNKNOWN;
	}
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_temp(err, "%s takes too long", s->m->url);
	(void)curl->easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status); /* if it fails, it stays 0 */
	/*
	 * libcurl reports this when MAIL, RCPT or DATA is refused. Before that, the server refuses
	 * us.
	 */
	bool refused = status / 100 == 5 && (code == CURLE_SEND_ERROR || s->began);
	return (refused ? err_refused : err_temp)(err,
		"%s did not accept the message: %s (SMTP status %ld)", s->m->url,
		curl->easy_strerror(code), status);
}

static CURLcode set_up(
	CURL *c, struct smtp_session *s, const char *sender, struct curl_slist *recipients)
{
	const struct curl_library *curl = curl_library();
	const struct smtp_message *m = s->m;
	CURLcode code = CURLE_OK;
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_URL, m->url);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_PROTOCOLS_STR, "smtp");
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_PROXY, "");
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_NOSIGNAL, 1L);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_TIMEOUT, (long)m->seconds);
	/* Closed at once, and not later by another libcurl handle, which would wait longer. */
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_FORBID_REUSE, 1L);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)m->seconds);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_MAIL_FROM, sender);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_MAIL_RCPT, recipients);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_UPLOAD, 1L);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_CRLF, 1L);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_READFUNCTION, give);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_READDATA, s);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_WRITEFUNCTION, ignore);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_HEADERFUNCTION, hear);
	CURL_LIBRARY_SET(curl, c, code, CURLOPT_HEADERDATA, s);
	return code;
}

int smtp_send(const struct smtp_message *m, struct err *err)
{
	const struct curl_library *curl = curl_library();
	struct smtp_session s = {.m = m};
	CURL *c = curl ? curl->easy_init() : NULL;
	if (!c)
		return err_temp(err, "%s: libcurl cannot be loaded", m->url);
	s.handle = c;
	struct arena *mem = arena_new();
	struct curl_slist *recipients = NULL;
	const char *sender = m->sender.n ? path_of(m->sender, &s, mem) : "<>";
	bool good = add_recipients(&s, mem, &recipients) && sender;
	CURLcode code = set_up(c, &s, sender, recipients);
	if (good && code == CURLE_OK)
		code = curl->easy_perform(c);
	int r = good ? judge(c, code, &s, err)
		     : err_temp(err, "%s: one of the addresses is not an address", m->url);
	curl->slist_free_all(recipients);
	curl->easy_cleanup(c);
	arena_free(mem);
	return r;
}

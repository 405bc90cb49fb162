#include "mda/base/smtp.h"

#include "mda/base/arena.h"
#include "mda/base/curl_library.h"
#include "mda/base/io.h"
#include "mda/base/net.h"

static const struct str scheme = STR_LIT("smtp://");

bool smtp_url_valid(struct str url)
{
	struct str place = str_slice(url, scheme.n, url.n);
	return str_istarts(url, scheme) && net_address_valid(place) && place.p[0] != '/';
}

struct sending {
	const struct smtp_message *m;
	bool began;  /* to send the message */
	bool failed; /* to read it */
};

static size_t give(char *p, size_t size, size_t count, void *context)
{
	struct sending *s = context;
	ssize_t n = io_read(s->m->file, p, size * count);
	s->began = true;
	s->failed = n < 0;
	return n < 0 ? CURL_READFUNC_ABORT : (size_t)n;
}

/* What the server says is not ours to print. */
static size_t ignore(char *p, size_t size, size_t count, void *context)
{
	(void)p;
	(void)context;
	return size * count;
}

/* NULL when there is no memory: fewer recipients than were asked for is worse than none. */
static struct curl_slist *recipients_of(const struct smtp_message *m, struct arena *mem)
{
	const struct curl_library *curl = curl_library();
	struct curl_slist *list = NULL;
	for (size_t i = 0; i < m->recipient_count; i++) {
		struct str address = arena_fmt(mem, "<" STR_FMT ">", STR_ARGS(m->recipients[i]));
		struct curl_slist *longer = curl->slist_append(list, address.p);
		if (!longer) {
			curl->slist_free_all(list);
			return NULL;
		}
		list = longer;
	}
	return list;
}

static int judge(CURL *c, CURLcode code, const struct sending *s, struct err *err)
{
	const struct curl_library *curl = curl_library();
	long status = 0;
	if (s->failed)
		return err_temp(err, "cannot read the message to be sent");
	if (code == CURLE_OK)
		return 0;
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_temp(err, "%s takes too long", s->m->url);
	curl->easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	/* libcurl calls it so when MAIL, RCPT or DATA is refused. Before that it is us who are. */
	bool refused = status / 100 == 5 && (code == CURLE_SEND_ERROR || s->began);
	return (refused ? err_refused : err_temp)(err,
		"%s did not take the message: %s (SMTP status %ld)", s->m->url,
		curl->easy_strerror(code), status);
}

int smtp_send(const struct smtp_message *m, struct err *err)
{
	const struct curl_library *curl = curl_library();
	struct sending s = {.m = m};
	CURL *c = curl ? curl->easy_init() : NULL;
	if (!c)
		return err_temp(err, "%s: libcurl cannot be loaded", m->url);
	struct arena *mem = arena_new();
	struct curl_slist *recipients = recipients_of(m, mem);
	struct str sender = arena_fmt(mem, "<" STR_FMT ">", STR_ARGS(m->sender));
	curl->easy_setopt(c, CURLOPT_URL, m->url);
	curl->easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp");
	curl->easy_setopt(c, CURLOPT_PROXY, "");
	curl->easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl->easy_setopt(c, CURLOPT_TIMEOUT, (long)m->seconds);
	/* The answer to its QUIT is awaited beyond the time for the whole. */
	curl->easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)m->seconds);
	curl->easy_setopt(c, CURLOPT_MAIL_FROM, sender.p);
	curl->easy_setopt(c, CURLOPT_MAIL_RCPT, recipients);
	curl->easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl->easy_setopt(c, CURLOPT_CRLF, 1L);
	curl->easy_setopt(c, CURLOPT_READFUNCTION, give);
	curl->easy_setopt(c, CURLOPT_READDATA, &s);
	curl->easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore);
	int r = recipients ? judge(c, curl->easy_perform(c), &s, err)
			   : err_temp(err, "%s: no memory for the recipients", m->url);
	curl->slist_free_all(recipients);
	curl->easy_cleanup(c);
	arena_free(mem);
	return r;
}

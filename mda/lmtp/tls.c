#include "mda/lmtp/tls.h"

#include "base/mem.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the library ---- */

#define FUNCTIONS(X)                                                                               \
	X(certificate_allocate_credentials)                                                        \
	X(certificate_free_credentials)                                                            \
	X(certificate_set_x509_key_file)                                                           \
	X(certificate_set_x509_trust_file)                                                         \
	X(certificate_server_set_request)                                                          \
	X(certificate_verify_peers2)                                                               \
	X(init)                                                                                    \
	X(deinit)                                                                                  \
	X(set_default_priority)                                                                    \
	X(credentials_set)                                                                         \
	X(transport_set_int2)                                                                      \
	X(handshake)                                                                               \
	X(record_recv)                                                                             \
	X(record_send)                                                                             \
	X(record_check_pending)                                                                    \
	X(record_get_direction)                                                                    \
	X(bye)                                                                                     \
	X(error_is_fatal)                                                                          \
	X(strerror)

static struct {
#define MEMBER(name) __typeof__(gnutls_##name) *(name);
	FUNCTIONS(MEMBER)
#undef MEMBER
} library;

static int load_library(struct err *err)
{
	const struct {
		const char *name;
		void **function;
	} all[] = {
#define ROW(name) {"gnutls_" #name, (void **)&library.name},
		FUNCTIONS(ROW)
#undef ROW
	};
	void *handle = dlopen("libgnutls.so.30", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!handle)
		return err_temp(err, "TLS needs libgnutls30: %s", dlerror());
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		*all[i].function = dlsym(handle, all[i].name);
		if (!*all[i].function)
			return err_temp(err, "this libgnutls has no %s", all[i].name);
	}
	return 0;
}

/* ---- certificates ---- */

struct tls_context {
	gnutls_certificate_credentials_t credentials;
	bool asks; /* clients for theirs */
};

static int read_files(struct tls_context *c, const struct conf *conf, struct err *err)
{
	const char *certificate = conf->lmtp_tls_certificate.p;
	const char *key = conf->lmtp_tls_key.n ? conf->lmtp_tls_key.p : certificate;
	int r = library.certificate_set_x509_key_file(
		c->credentials, certificate, key, GNUTLS_X509_FMT_PEM);
	if (r < 0)
		return err_temp(err, "lmtp_tls_certificate %s, key %s: %s", certificate, key,
			library.strerror(r));
	if (conf->lmtp_tls_clients.n == 0)
		return 0;
	r = library.certificate_set_x509_trust_file(
		c->credentials, conf->lmtp_tls_clients.p, GNUTLS_X509_FMT_PEM);
	c->asks = r > 0;
	return r > 0 ? 0
		     : err_temp(err, "lmtp_tls_clients %s: %s", conf->lmtp_tls_clients.p,
			       r < 0 ? library.strerror(r) : "it has no certificate");
}

struct tls_context *tls_load(const struct conf *conf, struct err *err)
{
	if (conf->lmtp_tls_certificate.n == 0 || load_library(err) < 0)
		return NULL;
	struct tls_context *c = mem_alloc(sizeof *c);
	if (library.certificate_allocate_credentials(&c->credentials) < 0)
		mem_exhausted();
	if (read_files(c, conf, err) == 0)
		return c;
	library.certificate_free_credentials(c->credentials);
	free(c);
	return NULL;
}

/* Its result: nothing when all is well, or an error. */
static _Noreturn void be_check(const struct conf *conf, int to)
{
	struct err err;
	bool works = tls_load(conf, &err);
	if (!works)
		(void)!write(to, &err, sizeof err); /* the exit status says the main thing */
	_exit(works ? 0 : 1);
}

int tls_check(const struct conf *conf, struct err *err)
{
	int ends[2], status = -1;
	struct err why;
	if (conf->lmtp_tls_certificate.n == 0)
		return 0;
	if (pipe(ends) < 0)
		return err_system(err, errno, "cannot make a pipe");
	pid_t pid = fork();
	if (pid == 0)
		be_check(conf, ends[1]);
	close(ends[1]); /* the other side's end */
	ssize_t n = read(ends[0], &why, sizeof why);
	close(ends[0]); /* a pipe that was read from */
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) == 0)
		return 0;
	if (n != sizeof why)
		return err_temp(err, "lmtp_tls_certificate cannot be read");
	why.text[sizeof why.text - 1] = '\0';
	return err_temp(err, "%s", why.text);
}

/* ---- a connection ---- */

struct tls {
	gnutls_session_t session;
	bool is_blocked; /* a record is begun that could not be written yet */
	bool asks;
};

struct tls *tls_new(const struct tls_context *context, int fd)
{
	struct tls *t = mem_alloc(sizeof *t);
	t->asks = context->asks;
	if (library.init(&t->session, GNUTLS_SERVER | GNUTLS_NONBLOCK) < 0) {
		free(t);
		return NULL;
	}
	if (library.set_default_priority(t->session) < 0 ||
		library.credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, context->credentials) <
			0) {
		tls_free(t);
		return NULL;
	}
	library.certificate_server_set_request(
		t->session, context->asks ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE);
	library.transport_set_int2(t->session, fd, fd);
	return t;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	(void)library.bye(t->session, GNUTLS_SHUT_WR); /* it does not wait */
	library.deinit(t->session);
	free(t);
}

int tls_shake_hands(struct tls *t)
{
	int r;
	do
		r = library.handshake(t->session);
	while (r == GNUTLS_E_INTERRUPTED ||
		(r < 0 && r != GNUTLS_E_AGAIN && !library.error_is_fatal(r)));
	return r == GNUTLS_E_SUCCESS ? 1 : r == GNUTLS_E_AGAIN ? 0 : -1;
}

bool tls_wants_to_write(const struct tls *t)
{
	return library.record_get_direction(t->session) == 1;
}

bool tls_is_verified(const struct tls *t)
{
	unsigned status = 1;
	return t->asks && library.certificate_verify_peers2(t->session, &status) == 0 &&
	       status == 0;
}

/* Two keys may be changed, and an alert is no end, unless it is. */
static ssize_t result(ssize_t r)
{
	if (r >= 0)
		return r;
	return library.error_is_fatal((int)r) ? TLS_LOST : TLS_LATER;
}

ssize_t tls_read(struct tls *t, char *p, size_t n)
{
	return result(library.record_recv(t->session, p, n));
}

/* A record that was begun is finished before another one: it is not given again. */
ssize_t tls_write(struct tls *t, struct str bytes)
{
	ssize_t n = t->is_blocked ? library.record_send(t->session, NULL, 0)
				  : library.record_send(t->session, bytes.p, bytes.n);
	t->is_blocked = n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED;
	return result(n);
}

bool tls_has_more(const struct tls *t)
{
	return library.record_check_pending(t->session) > 0;
}

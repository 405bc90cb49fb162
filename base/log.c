#include "base/log.h"

#include "base/io.h"
#include "base/path.h"
#include "base/printable.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { VALUE_MAX = 512 };

static int emit_none(int level, struct str text);
static int emit_syslog(int level, struct str text);
static int emit_fd(int level, struct str text);

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_DEBUG] = {"debug", LOG_DEBUG},
	[LOG_LEVEL_INFO] = {"info", LOG_INFO},
	[LOG_LEVEL_WARNING] = {"warning", LOG_WARNING},
	[LOG_LEVEL_ERROR] = {"error", LOG_ERR},
};

static struct {
	int (*emit)(int level, struct str text);
	int fd;
} sink = {emit_fd, STDERR_FILENO};

void log_close(void)
{
	if (sink.emit == emit_fd && sink.fd != STDERR_FILENO)
		close(sink.fd); /* no mail waits for the log */
	if (sink.emit == emit_syslog)
		closelog();
	sink.emit = emit_fd;
	sink.fd = STDERR_FILENO;
}

int log_descriptor(void)
{
	return sink.emit == emit_fd && sink.fd != STDERR_FILENO ? sink.fd : -1;
}

int log_open(const char *target, struct err *err)
{
	log_close();
	if (strcmp(target, "stderr") == 0)
		return 0;
	if (strcmp(target, "none") == 0) {
		sink.emit = emit_none;
		return 0;
	}
	if (strcmp(target, "syslog") == 0) {
		openlog("mda", LOG_PID, LOG_MAIL);
		sink.emit = emit_syslog;
		return 0;
	}
	int fd = path_open(target, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0640);
	if (fd < 0)
		return err_temp(err, "cannot open the log %s: %s", target, strerror(errno));
	sink.fd = fd;
	return 0;
}

static int emit_none(int level, struct str text)
{
	(void)level;
	(void)text;
	return 0;
}

static int emit_syslog(int level, struct str text)
{
	syslog(levels[level].priority, STR_FMT, STR_ARGS(text));
	return 0;
}

/* One write for each line, so that lines of several processes do not mix. */
static int emit_fd(int level, struct str text)
{
	struct buf line = {0};
	char stamp[64];
	struct tm tm;
	time_t now = time(NULL);
	if (!gmtime_r(&now, &tm) || strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		stamp[0] = '\0';
	buf_fmt(&line, "%s mda[%ld]: level=%s ", stamp, (long)getpid(), levels[level].name);
	buf_add(&line, text);
	buf_byte(&line, '\n');
	int r = io_write(sink.fd, buf_str(&line), "the log", NULL);
	buf_free(&line);
	return r;
}

static void escape_bytes(struct buf *to, struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		buf_fmt(to, "\\x%02x", (unsigned char)bytes.p[i]);
}

static bool needs_quotes(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == ' ' || value.p[i] == '"' || value.p[i] == '=')
			return true;
	return value.n == 0;
}

/* How many bytes at the start are written as they are. */
static size_t plain_bytes(struct str s)
{
	size_t n = 0;
	while (n < s.n && s.p[n] >= ' ' && s.p[n] < 0x7f && s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

void log_escape(struct buf *to, struct str value)
{
	bool quotes = needs_quotes(value);
	if (quotes)
		buf_byte(to, '"');
	while (value.n) {
		struct str rest = value;
		uint32_t c;
		size_t plain = plain_bytes(value);
		buf_add(to, str_slice(value, 0, plain));
		value = rest = str_slice(value, plain, value.n);
		if (value.n == 0)
			break;
		if (!utf8_next(&rest, &c)) {
			escape_bytes(to, str_slice(value, 0, 1));
			value = str_slice(value, 1, value.n);
			continue;
		}
		struct str bytes = str_slice(value, 0, value.n - rest.n);
		if (c == '"' || c == '\\' || printable_is_deceptive(c))
			escape_bytes(to, bytes);
		else
			buf_add(to, bytes);
		value = rest;
	}
	if (quotes)
		buf_byte(to, '"');
}

void log_put(struct log_line *line, const char *key, struct str value)
{
	if (line->text.n)
		buf_byte(&line->text, ' ');
	buf_text(&line->text, key);
	buf_byte(&line->text, '=');
	bool cut = value.n > VALUE_MAX;
	log_escape(&line->text, str_slice(value, 0, VALUE_MAX));
	if (cut)
		buf_text(&line->text, "...");
}

void log_put_number(struct log_line *line, const char *key, unsigned long long value)
{
	char digits[32];
	snprintf(digits, sizeof digits, "%llu", value); /* it fits */
	log_put(line, key, str_of(digits));
}

int log_emit(struct log_line *line, enum log_level level)
{
	int code = errno;
	int r = sink.emit(level, buf_str(&line->text));
	buf_free(&line->text);
	errno = code;
	return r;
}

void log_say(enum log_level level, const char *event, const char *fmt, ...)
{
	char text[2048];
	va_list args;
	int code = errno;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	va_end(args);
	struct log_line line = {0};
	log_put(&line, "event", str_of(event));
	log_put(&line, "text", str_of(text));
	(void)log_emit(&line, level); /* there is nowhere to say that the log cannot be written */
	errno = code;
}

void log_to_syslog(const struct err *why)
{
	(void)log_open("syslog", NULL); /* syslog opens no file */
	log_say(LOG_LEVEL_ERROR, "note", "%s; this goes to syslog instead", why->text);
}

#include "mda/tools/progress.h"

#include "base/io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 512, BAR_MOST = 40, BAR_LEAST = 10, BETWEEN_US = 100000 };

static const char erase[] = "\r\033[K";

/* ---- the line ---- */

static size_t put(char *to, size_t room, size_t at, const char *text)
{
	size_t n = strlen(text);
	if (at + n > room)
		n = room - at;
	memcpy(to + at, text, n);
	return at + n;
}

/* "1:05", "2:03:04" */
static void format_time(double seconds, char *to, size_t room)
{
	unsigned long s = seconds < 1e6 ? (unsigned long)(seconds + 0.5) : 999999;
	if (s >= 3600)
		snprintf(to, room, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60); /* it fits */
	else
		snprintf(to, room, "%lu:%02lu", s / 60, s % 60); /* it fits */
}

static void format_bar(double share, size_t cells, char *to)
{
	size_t full = (size_t)(share * (double)cells);
	*to++ = '[';
	for (size_t i = 0; i < cells; i++)
		*to++ = i < full ? '#' : '.';
	*to++ = ']';
	*to = '\0';
}

static void format_numbers(const struct progress *p, double seconds, char *to, size_t room)
{
	char left[32] = "";
	double rate = seconds > 0 ? (double)p->done / seconds : 0;
	if (p->total == 0) {
		snprintf(to, room, "%zu  %.0f/s", p->done, rate); /* it fits */
		return;
	}
	if (rate > 0 && p->done < p->total)
		format_time((double)(p->total - p->done) / rate, left, sizeof left);
	/* It fits: no number has more than 20 digits. */
	snprintf(to, room, "%3.0f%%  %zu/%zu  %.0f/s%s%s",
		100.0 * (double)p->done / (double)p->total, p->done, p->total, rate,
		*left ? "  " : "", left);
}

size_t progress_line(const struct progress *p, double seconds, size_t width, char *to, size_t room)
{
	char numbers[128], bar[BAR_MOST + 3] = "";
	if (width < room)
		room = width;
	format_numbers(p, seconds, numbers, sizeof numbers);
	size_t used = strlen(p->what) + strlen(numbers) + 6;
	size_t cells = width > used ? width - used : 0;
	if (p->total && cells >= BAR_LEAST)
		format_bar((double)(p->done < p->total ? p->done : p->total) / (double)p->total,
			cells < BAR_MOST ? cells : BAR_MOST, bar);
	size_t n = put(to, room, 0, p->what);
	n = put(to, room, n, "  ");
	n = put(to, room, n, bar);
	n = put(to, room, n, *bar ? " " : "");
	return put(to, room, n, numbers);
}

/* ---- drawing ---- */

static bool is_capable(int fd)
{
	const char *term = getenv("TERM");
	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

static size_t width_of(int fd)
{
	struct winsize size;
	/* The last column stays free, because a full line would wrap. */
	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : 79;
}

static void draw(struct progress *p, long long now)
{
	char line[LINE_MAX_BYTES];
	size_t n = put(line, sizeof line, 0, erase);
	n += progress_line(
		p, (double)(now - p->began) / 1e6, width_of(p->fd), line + n, sizeof line - n);
	p->shown = now;
	if (write(p->fd, line, n) < 0)
		p->fd = -1; /* the work goes on without it */
}

void progress_start(struct progress *p, const char *what, size_t total, bool quiet)
{
	*p = (struct progress){.fd = !quiet && is_capable(STDERR_FILENO) ? STDERR_FILENO : -1,
		.what = what,
		.total = total,
		.began = io_microseconds()};
}

void progress_at(struct progress *p, size_t done)
{
	p->done = done;
	if (p->fd < 0)
		return;
	long long now = io_microseconds();
	/* Work that ends at once shows nothing. */
	if (now - (p->shown ? p->shown : p->began) >= BETWEEN_US)
		draw(p, now);
}

void progress_end(struct progress *p)
{
	if (p->fd >= 0 && p->shown && write(p->fd, erase, sizeof erase - 1) < 0)
		p->fd = -1; /* as above */
	p->shown = 0;
}

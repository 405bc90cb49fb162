#include "base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct terminal terminal_of(int fd)
{
	struct winsize size;
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
	if (!isatty(fd))
		return (struct terminal){false, 0};
	bool dumb = !term || !*term || strcmp(term, "dumb") == 0;
	unsigned width = ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
	return (struct terminal){
		.colour = !dumb && (!no || !*no), .width = width >= 40 ? width : 80};
}

void terminal_put(
	struct buf *to, const struct terminal *t, enum terminal_tone tone, struct str text)
{
	static const char *const codes[] = {[TERMINAL_HEAD] = "\033[1m",
		[TERMINAL_GOOD] = "\033[32m",
		[TERMINAL_POOR] = "\033[33m",
		[TERMINAL_BAD] = "\033[31m",
		[TERMINAL_FAINT] = "\033[2m"};
	bool coloured = t->colour && tone != TERMINAL_PLAIN && text.n;
	if (coloured)
		buf_text(to, codes[tone]);
	buf_add(to, text);
	if (coloured)
		buf_text(to, "\033[0m");
}

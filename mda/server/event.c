#include "mda/server/event.h"

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static const char *event = "server";

void event_name(const char *name)
{
	event = name;
}

__attribute__((format(printf, 2, 0))) static void say(
	enum log_level level, const char *fmt, va_list args)
{
	char text[2048];
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	log_say(level, event, "%s", text);
}

void event_note(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	say(LOG_LEVEL_INFO, fmt, args);
	va_end(args);
}

void event_trouble(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	say(LOG_LEVEL_ERROR, fmt, args);
	va_end(args);
}

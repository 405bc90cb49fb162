/* A server's own lines in the log; deliveries have theirs (mda/report.h). */
#ifndef MDA_SERVER_EVENT_H
#define MDA_SERVER_EVENT_H

/* The word after event= in them: "lmtp". It lives as long as the process. */
void event_name(const char *name);

/* A note for the admin, and a report that something is wrong. */
void event_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void event_trouble(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

/* The server's own lines in the log; deliveries have theirs (mda/report.h). */
#ifndef MDA_LMTP_EVENT_H
#define MDA_LMTP_EVENT_H

/* A note for the admin, and a report that something is wrong. */
void event_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void event_trouble(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

/* What the server itself has to say in the log; deliveries have their own lines (mda/report.h). */
#ifndef MDA_LMTP_EVENT_H
#define MDA_LMTP_EVENT_H

/* Something that the admin may want to know, and something that is wrong. */
void event_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void event_trouble(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

/* What systemd and its services say to each other: sd_listen_fds(3), sd_notify(3). */
#ifndef MDA_LMTP_SYSTEMD_H
#define MDA_LMTP_SYSTEMD_H

enum { SYSTEMD_FIRST_SOCKET = 3, SYSTEMD_SOCKETS_MOST = 16 };

/* Before process_start(): how many sockets were handed over, from descriptor 3 on. They are kept. */
unsigned systemd_sockets(void);

/* Tells systemd "READY=1" and the like. Nobody may be there to hear it. */
void systemd_notify(const char *state);
/* That the configuration is read again; "READY=1" follows. */
void systemd_notify_reload(void);

#endif

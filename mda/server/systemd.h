/* The protocol between systemd and its services: sd_listen_fds(3), sd_notify(3). */
#ifndef MDA_SERVER_SYSTEMD_H
#define MDA_SERVER_SYSTEMD_H

enum { SYSTEMD_FIRST_SOCKET = 3, SYSTEMD_SOCKETS_MOST = 16 };

/*
 * Call it before process_start(): how many sockets systemd has passed, from descriptor 3 on. They
 * are kept.
 */
unsigned systemd_sockets(void);

/* Tells systemd "READY=1" and the like, if systemd started the process. */
void systemd_notify(const char *state);
/* Reports that the configuration is being read again; "READY=1" follows. */
void systemd_notify_reload(void);

#endif

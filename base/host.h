/* The name of this host. */
#ifndef BASE_HOST_H
#define BASE_HOST_H

/* It is asked for once. Empty if it has none. */
const char *host_name(void);

#endif

/* Notifies systemd, for a service of Type=notify. */
#ifndef REEVE_DAEMON_SYSTEMD_H
#define REEVE_DAEMON_SYSTEMD_H

#include <stdint.h>

/* Sends a state ("READY=1", "STOPPING=1", …) to systemd if it asked for them (Type=notify). */
void systemd_tell(const char *state);
/* Returns the interval in milliseconds in which systemd expects WATCHDOG=1; 0: never. */
int64_t systemd_watchdog_ms(void);

#endif

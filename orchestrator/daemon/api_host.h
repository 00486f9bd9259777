/* The functions of the daemon that the API and the control socket call (struct web_host). */
#ifndef REEVE_DAEMON_API_HOST_H
#define REEVE_DAEMON_API_HOST_H

struct daemon;
struct web_host;

void host_fill(struct daemon *daemon, struct web_host *host);

#endif

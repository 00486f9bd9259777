/*
 * Notifies systemd, for a service of Type=notify: datagrams to the socket that NOTIFY_SOCKET names.
 * The protocol is stable and small enough to be implemented here.
 * https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 */
#include "daemon/systemd.h"

#include "base/banned.h"
#include "store/store.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void systemd_tell(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = path != NULL ? strlen(path) : 0;

	if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@') /* the name is in the abstract namespace */
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

int64_t systemd_watchdog_ms(void)
{
	const char *interval = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");

	if (interval == NULL || (process != NULL && strtoll(process, NULL, 10) != (long long)getpid()))
		return 0;
	long long us = strtoll(interval, NULL, 10);
	return us > 0 ? us / 1000 : 0;
}

/* A disk that fails: calls on files whose path ends in SHIM_FILE fail with SHIM_ERRNO from the
 * SHIM_AFTER-th on. SHIM_CALLS is "sync", "write" or "all"; with SHIM_SHORT the first write that
 * fails is a short one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static long number(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? atol(text) : otherwise;
}

static bool is_watched(int fd)
{
	const char *ending = getenv("SHIM_FILE");
	char link[64], path[4096];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof path - 1);
	if (length <= 0 || ending == NULL)
		return false;
	path[length] = '\0';
	size_t size = strlen(ending);
	return (size_t)length >= size && strcmp(path + length - size, ending) == 0;
}

/* Returns 0 when the call goes on, 1 for the first call that fails, 2 for a later one. */
static int fails(const char *kind, int fd)
{
	const char *wanted = getenv("SHIM_CALLS");

	if (wanted == NULL || (strcmp(wanted, "all") != 0 && strcmp(wanted, kind) != 0) ||
		!is_watched(fd))
		return 0;
	long count = atomic_fetch_add(&calls, 1) - number("SHIM_AFTER", 0);
	return count < 0 ? 0 : count == 0 ? 1 : 2;
}

static int failure(void)
{
	errno = (int)number("SHIM_ERRNO", EIO);
	return -1;
}

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

#define SYNC(name) \
	int name(int fd) \
	{ \
		int (*real)(int) = next(#name); \
		return fails("sync", fd) ? failure() : real(fd); \
	}
SYNC(fsync)
SYNC(fdatasync)

int msync(void *address, size_t length, int flags)
{
	int (*real)(void *, size_t, int) = next("msync");

	return real(address, length, flags);
}

int sync_file_range(int fd, off64_t offset, off64_t length, unsigned flags)
{
	int (*real)(int, off64_t, off64_t, unsigned) = next("sync_file_range");

	return fails("sync", fd) ? failure() : real(fd, offset, length, flags);
}

static size_t cut(int how, size_t length)
{
	return how == 1 && number("SHIM_SHORT", 0) != 0 ? length / 2 : 0;
}

#define PWRITE(name, offset_type) \
	ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) \
	{ \
		ssize_t (*real)(int, const void *, size_t, offset_type) = next(#name); \
		int how = fails("write", fd); \
		size_t part = cut(how, length); \
		return how == 0 ? real(fd, bytes, length, offset) \
			: part > 0  ? real(fd, bytes, part, offset) \
						: failure(); \
	}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t length)
{
	ssize_t (*real)(int, const void *, size_t) = next("write");
	int how = fails("write", fd);
	size_t part = cut(how, length);

	return how == 0 ? real(fd, bytes, length) : part > 0 ? real(fd, bytes, part) : failure();
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	ssize_t (*real)(int, const struct iovec *, int) = next("writev");

	return fails("write", fd) ? failure() : real(fd, parts, count);
}

#define PWRITEV(name, offset_type) \
	ssize_t name(int fd, const struct iovec *parts, int count, offset_type offset) \
	{ \
		ssize_t (*real)(int, const struct iovec *, int, offset_type) = next(#name); \
		return fails("write", fd) ? failure() : real(fd, parts, count, offset); \
	}
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

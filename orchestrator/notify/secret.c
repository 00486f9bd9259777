/* Secrets of webhooks, from a file that only this user can read, or from the environment. */
#include "notify/secret.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX_BYTES 4096

static int check_private(int fd, const char *path, const char *what, struct err *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return err_set(err, ERR_CONFIG, "SecretUnreadable", "%s: can't read %s: %s", what, path,
			strerror(errno));
	if (!S_ISREG(status.st_mode))
		return err_set(err, ERR_CONFIG, "SecretUnreadable", "%s: %s is not a file", what, path);
	if (status.st_uid != geteuid() && status.st_uid != 0)
		return err_set(err, ERR_CONFIG, "SecretNotOurs",
			"%s: %s belongs to another user (id %u), who could change it", what, path,
			(unsigned)status.st_uid);
	/* The group may read the file, for a service that has a user and group of its own. */
	if ((status.st_mode & 027) != 0)
		return err_set(err, ERR_CONFIG, "SecretOpen",
			"%s: %s has mode %04o, so others can read it: find out who may have read it, change "
			"the secret, then `chmod 600` the file",
			what, path, (unsigned)(status.st_mode & 07777));
	return 0;
}

static int read_whole(int fd, struct buf *text)
{
	char piece[1024];
	ssize_t got;

	while ((got = read(fd, piece, sizeof piece)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		buf_add(text, piece, (size_t)got);
		if (!buf_ok(text))
			break;
	}
	mem_wipe(piece, sizeof piece);
	return got < 0 ? -1 : 0;
}

static int read_file(const char *path, const char *what, struct buf *text, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_set(err, ERR_CONFIG, "SecretUnreadable", "%s: can't read %s: %s", what, path,
			strerror(errno));
	int result = check_private(fd, path, what, err);
	if (result == 0 && read_whole(fd, text) < 0)
		result = err_set(err, ERR_CONFIG, "SecretUnreadable", "%s: can't read %s: %s", what, path,
			strerror(errno));
	close(fd);
	return result;
}

int notify_secret(const char *file, const char *variable, const char *what, size_t least,
	char **out, struct err *err)
{
	const char *source = file != NULL ? file : variable,
			   *value = file == NULL ? getenv(variable) : NULL;
	struct buf text;
	int result = 0;

	if (file == NULL && value == NULL)
		return err_set(err, ERR_CONFIG, "SecretMissing",
			"%s: the environment variable %s is not set", what, variable);
	buf_init_secret(&text, SECRET_MAX_BYTES);
	if (file != NULL)
		result = read_file(file, what, &text, err);
	else
		buf_add_string(&text, value);
	while (text.length > 0 &&
		(text.data[text.length - 1] == '\n' || text.data[text.length - 1] == '\r'))
		text.data[--text.length] = '\0';
	if (result == 0 && !buf_ok(&text))
		result = err_set(err, ERR_CONFIG, "SecretTooLong", "%s: %s holds more than %d bytes", what,
			source, SECRET_MAX_BYTES);
	if (result == 0 && (text.length < least || strlen(text.data) != text.length))
		result = err_set(err, ERR_CONFIG, "SecretTooShort",
			"%s: %s must hold at least %zu bytes of text", what, source, least);
	if (result == 0)
		*out = xstrdup(text.data);
	buf_release_secret(&text);
	return result;
}

/* credential_process: a command of the user that prints keys.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 *
 * The command runs in a process group of its own, so that it can be ended with all its children,
 * and its output is read through the loop, which it does not hold up. Its stderr is not shown,
 * since it may hold secrets. */
#include "aws/credentials/provider_process.h"

#include "aws/credentials/provider_private.h"
#include "aws/errors.h"
#include "base/json_read.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MAX_OUTPUT_BYTES = 64 * 1024,
	TIMEOUT_MS = 60000,
	/* The interval, in ms, at which a process that has closed its output is asked for its exit
	   status. */
	POLL_MS = 5,
};

extern char **environ;

struct child {
	pid_t pid;
	int fd; /* its stdout */
	struct event *event;
	struct fiber_ticket ticket;
	int64_t deadline_us;
};

static void on_readable(evutil_socket_t fd, short what, void *argument)
{
	struct child *child = argument;

	(void)fd;
	(void)what;
	fiber_wake(child->ticket, 0);
}

static int spawn(const char *command, int stdout_fd, pid_t *pid)
{
	char *const arguments[] = { "sh", "-c", (char *)command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int problem;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, stdout_fd, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes,
		POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	problem = posix_spawn(pid, "/bin/sh", &actions, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return problem;
}

static int64_t left_ms(const struct child *child)
{
	int64_t left_us = child->deadline_us - clock_monotonic_us();

	return left_us > 0 ? left_us / 1000 + 1 : 0;
}

static int give_up(int waited, struct err *err)
{
	if (waited == FIBER_CANCELLED)
		return errors_cancelled(err);
	return err_set(err, ERR_CREDENTIALS, "CredentialProcess",
		"credential_process did not end within %d s", TIMEOUT_MS / 1000);
}

/* Reads until the command closes its output. */
MAY_YIELD static int read_output(struct child *child, struct buf *output, struct err *err)
{
	char chunk[4096];
	int result = 0;

	for (;;) {
		ssize_t got = read(child->fd, chunk, sizeof chunk);

		if (got == 0)
			break;
		if (got > 0) {
			buf_add(output, chunk, (size_t)got);
			if (buf_ok(output))
				continue;
			result = err_set(err, ERR_CREDENTIALS, "CredentialProcess",
				"credential_process prints more than %d bytes", MAX_OUTPUT_BYTES);
			break;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN) {
			result = err_set(err, ERR_CREDENTIALS, "CredentialProcess",
				"cannot read what credential_process prints: %s", strerror(errno));
			break;
		}
		child->ticket = fiber_ticket();
		event_add(child->event, NULL);
		int waited = fiber_wait(left_ms(child));
		event_del(child->event);
		if (waited < 0) {
			result = give_up(waited, err);
			break;
		}
	}
	mem_wipe(chunk, sizeof chunk);
	return result;
}

MAY_YIELD static int reap(struct child *child, struct err *err)
{
	int status = 0;

	for (;;) {
		pid_t got = waitpid(child->pid, &status, WNOHANG);

		if (got == child->pid)
			break;
		if (got < 0 && errno != EINTR) {
			child->pid = -1;
			return err_set(err, ERR_CREDENTIALS, "CredentialProcess",
				"cannot get the exit status of credential_process: %s", strerror(errno));
		}
		if (left_ms(child) == 0)
			return give_up(FIBER_TIMED_OUT, err);
		if (fiber_sleep(POLL_MS) == FIBER_CANCELLED)
			return give_up(FIBER_CANCELLED, err);
	}
	child->pid = -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return err_set(err, ERR_CREDENTIALS, "CredentialProcess",
			"credential_process ended with status %d; run the command by hand to see why",
			WEXITSTATUS(status));
	return err_set(err, ERR_CREDENTIALS, "CredentialProcess",
		"credential_process was ended by signal %d", WTERMSIG(status));
}

/* Kills what is left of the command and waits for it, which does not take long. */
static void end(struct child *child)
{
	if (child->event != NULL)
		event_free(child->event);
	close(child->fd);
	if (child->pid <= 0)
		return;
	kill(-child->pid, SIGKILL);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

MAY_YIELD static int run(struct aws *aws, const char *command, struct buf *output, struct err *err)
{
	struct child child = { .deadline_us = clock_monotonic_us() + TIMEOUT_MS * 1000LL };
	int ends[2], problem, result;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, ERR_SYSTEM, "NoPipe", "cannot create a pipe for credential_process: %s",
			strerror(errno));
	problem = spawn(command, ends[1], &child.pid);
	close(ends[1]);
	child.fd = ends[0];
	if (problem != 0) {
		close(child.fd);
		return err_set(err, ERR_SYSTEM, "NoProcess", "cannot start credential_process: %s",
			strerror(problem));
	}
	(void)fcntl(child.fd, F_SETFL, O_NONBLOCK);
	child.event = event_new(loop_event_base(aws->loop), child.fd, EV_READ, on_readable, &child);
	result = child.event != NULL
		? read_output(&child, output, err)
		: err_set(err, ERR_SYSTEM, "NoEvent", "cannot watch the output of credential_process");
	if (result == 0)
		result = reap(&child, err);
	end(&child);
	return result;
}

int provider_process(struct provider *provider, const char *command, struct aws_credentials *out,
	struct err *err)
{
	json_t *document CLEANUP_JSON = NULL;
	struct err problem = ERR_INIT;
	struct buf output;
	int result;

	buf_init(&output, MAX_OUTPUT_BYTES);
	result = run(provider->aws, command, &output, err);
	if (result == 0 &&
		json_parse(output.data, output.length, "credential_process", &document, &problem) < 0)
		result = err_set(err, ERR_CREDENTIALS, "CredentialProcess",
			"credential_process printed no JSON");
	if (result == 0 && json_get_integer_or(document, "Version", 0) != 1)
		result = err_set(err, ERR_CREDENTIALS, "CredentialProcess",
			"credential_process must print a JSON document whose Version is 1");
	if (result == 0)
		result = session_keys_read(document, "SessionToken", "credential_process", out, err);
	buf_release_secret(&output);
	return result;
}

#include "cmd/pause_record.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/mem.h"
#include "cmd/invoker.h"
#include "cmd/socket.h"
#include "cmd/socket_find.h"
#include "cmd/socket_http.h"
#include "cmd/terminal.h"
#include "guards/pause_file.h"
#include "store/store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECORD_WITHIN_MS 10000

int pause_requests(const struct invocation *invocation, struct pause_request **out, size_t *count,
	struct err *err)
{
	const json_t *accounts = invocation->selection.accounts,
				 *baselines = invocation->selection.baselines;
	size_t named = json_array_size(accounts) + json_array_size(baselines);

	if (json_array_size(accounts) > 0 && json_array_size(baselines) > 0)
		return err_set(err, ERR_USAGE, "TwoScopes",
			"a pause covers accounts (--account) or baselines (--baseline), not both; make two "
			"pauses");
	*count = named > 0 ? named : 1;
	*out = xcalloc(*count, sizeof **out);
	for (size_t i = 0; i < *count; i++)
		(*out)[i] =
			(struct pause_request){ .account = json_string_value(json_array_get(accounts, i)),
				.baseline = json_string_value(json_array_get(baselines, i)),
				.by = invoker_name(),
				.uid = getuid(),
				.reason = invocation->reason };
	return 0;
}

static int record_here(struct store *store, const char *folder, struct err *err)
{
	struct pause *pause = pause_new(folder, store);
	struct audit *audit = NULL;
	struct err close_err = ERR_INIT;
	char why[PAUSE_WHY_SIZE];

	(void)pause_check(pause, NULL, NULL, why);
	int result = audit_open(store, folder, NULL, &audit, err) < 0 ||
			pause_audit(pause, audit, NULL, err) < 0
		? -1
		: 0;
	if (audit_close(audit, &close_err) < 0 && result == 0) {
		*err = close_err;
		result = -1;
	}
	pause_free(pause);
	return result;
}

static bool ask_daemon(const struct invocation *invocation)
{
	CLEANUP_JSON json_t *answer = NULL;
	CLEANUP_FREE char *socket = NULL;
	struct err unused = ERR_INIT;

	return socket_find(invocation, &socket) == SOCKET_ANSWERS &&
		socket_http_ask(socket, "POST", "/api/v1/pauses/record", NULL, &answer, &unused) == 0;
}

/* Asks the daemon to record the pause. The pause is in force without that, and the command must not
 * seem stuck, so a child process asks and is killed after some seconds. */
static bool record_by_daemon(const struct invocation *invocation)
{
	int64_t until_us = clock_monotonic_us() + RECORD_WITHIN_MS * INT64_C(1000);
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		_exit(ask_daemon(invocation) ? 0 : 1);
	while (child > 0 && waitpid(child, &status, WNOHANG) == 0) {
		if (clock_monotonic_us() > until_us) {
			kill(child, SIGKILL);
			(void)waitpid(child, &status, 0);
			return false;
		}
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
	}
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int pause_record(const struct invocation *invocation, bool *by_other, struct err *err)
{
	struct store_options options = { .mode = STORE_WRITE, .holder = "pause" };
	struct store *store = NULL;
	struct err close_err = ERR_INIT;

	*by_other = false;
	if (store_open(invocation->state_folder, &options, NULL, &store, err) < 0) {
		/* A folder of an earlier version is not migrated here, since the pause must not wait for
		 * it. */
		bool by_another = err->kind == ERR_BUSY || err_is(err, ERR_STORE, "NotOurs") ||
			err_is(err, ERR_STORE, "OlderVersion");

		if (!by_another)
			return -1;
		/* The process that makes the next change with this folder records the pause first. */
		*by_other = !record_by_daemon(invocation);
		err_clear(err);
		return 0;
	}
	int result = record_here(store, invocation->state_folder, err);
	if (store_close(store, &close_err) < 0 && result == 0) {
		*err = close_err;
		result = -1;
	}
	return result;
}

/* --- through the daemon --- */

static int post(const struct invocation *invocation, const char *path,
	const struct pause_request *request, json_t **answer, struct err *err)
{
	CLEANUP_JSON json_t *body = json_object();
	CLEANUP_BUF struct buf whole = BUF_INIT(1);

	if (request->account != NULL)
		json_object_set_new(body, "account", json_text(request->account));
	if (request->baseline != NULL)
		json_object_set_new(body, "baseline", json_text(request->baseline));
	if (request->reason != NULL)
		json_object_set_new(body, "reason", json_text(request->reason));
	socket_path(&whole, path, "", "");
	return socket_ask(invocation, "POST", &whole, body, answer, err);
}

int pause_by_daemon(const struct invocation *invocation, const char *path,
	const struct pause_request *requests, size_t count, json_t **answer, struct err *err)
{
	CLEANUP_JSON json_t *resumed = json_array();
	CLEANUP_JSON json_t *last = NULL;
	struct err missing = ERR_INIT;
	size_t done = 0;

	for (size_t i = 0; i < count; i++) {
		json_t *one = NULL;

		if (post(invocation, path, &requests[i], &one, err) < 0) {
			if (err->http_status != 404)
				return done == 0 ? -1
								 : err_prefix(err, "%s succeeded, then one failed",
									   count_among(done, count, "request"));
			missing = *err;
			err_clear(err);
			continue;
		}
		done++;
		json_array_extend(resumed, json_object_get(one, "resumed"));
		json_decref(last);
		last = one;
	}
	if (last == NULL) {
		*err = missing;
		return -1;
	}
	if (json_object_get(last, "resumed") != NULL)
		json_object_set(last, "resumed", resumed);
	*answer = json_incref(last);
	return 0;
}

/* --- output --- */

static void print_entry(const json_t *entry)
{
	const char *reason = json_get_string(entry, "reason");
	char what[192];

	pause_describe(entry, what, sizeof what);
	printf("  %s, by ", what);
	print_text(stdout, json_get_string_or(entry, "by", "?"), 0, false);
	printf(" at %s", json_get_string_or(entry, "at", "?"));
	if (reason != NULL) {
		printf(": ");
		print_text(stdout, reason, 0, false);
	}
	putchar('\n');
}

static void print_entries(const char *heading, const json_t *entries)
{
	size_t index;
	json_t *entry;

	if (json_array_size(entries) > 0)
		printf("%s\n", heading);
	json_array_foreach((json_t *)entries, index, entry)
		print_entry(entry);
}

static void show(const struct invocation *invocation, const char *word, const json_t *pauses,
	const json_t *done, bool by_other)
{
	if (invocation->json) {
		CLEANUP_JSON json_t *document = json_pack("{s:O, s:O*, s:o}", "pauses", pauses, word, done,
			"recorded", json_boolean(!by_other));

		print_document(stdout, document);
		return;
	}
	if (done != NULL)
		print_entries("resumed:", done);
	if (done != NULL && json_array_size(done) == 0)
		printf("no pause has exactly this scope\n");
	print_entries("paused now (no process makes a change there):", pauses);
	if (json_array_size(pauses) == 0)
		printf("nothing is paused\n");
	if (by_other)
		printf("the process that holds the state folder obeys this before its next change, and "
			   "records it in the audit log\n");
}

int pause_show(const struct invocation *invocation, const char *word, const json_t *done,
	bool by_other, struct err *err)
{
	CLEANUP_JSON json_t *pauses = NULL;

	if (pause_read(invocation->state_folder, &pauses, err) < 0)
		return -1;
	show(invocation, word, pauses, done, by_other);
	return 0;
}

void pause_show_answer(const struct invocation *invocation, const char *word, const json_t *answer)
{
	show(invocation, word, json_object_get(answer, "pauses"), json_object_get(answer, "resumed"),
		!json_get_bool_or(answer, "recorded", false));
}

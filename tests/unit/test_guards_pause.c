/* The kill switch: which changes are paused, with any content of the file, and beside other
 * processes; what the audit log records. */
#include "test_audit_help.h"

#include "base/clock.h"
#include "guards/pause.h"
#include "guards/pause_file.h"
#include "store/queue.h"
#include "store/read.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define A "111111111111"
#define B "222222222222"

static char file[400];

/* Replaces the C library's function, so that no test waits for time to pass: `ahead_s` is added to
 * the time, and with `hurrying` each call finds it a second later. */
static int64_t ahead_s;
static bool hurrying;

int clock_gettime(clockid_t clock, struct timespec *time)
{
	int result = (int)syscall(SYS_clock_gettime, clock, time);

	ahead_s += hurrying;
	time->tv_sec += ahead_s;
	return result;
}

static void setup_state(void)
{
	assert_int_equal(mkdir(test_state, 0700), 0);
	snprintf(file, sizeof file, "%s/" PAUSE_FILE, test_state);
}

static int setup(void **state)
{
	if (setup_folder(state) < 0)
		return -1;
	setup_state();
	return 0;
}
#define pause_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown_folder)

static struct pause_request request(const char *account, const char *baseline, const char *by)
{
	return (struct pause_request){
		.account = account, .baseline = baseline, .by = by, .uid = 1000, .reason = "an incident"
	};
}

static void add(const char *account, const char *baseline, const char *by)
{
	struct pause_request one = request(account, baseline, by);
	struct err err = ERR_INIT;

	assert_ok(pause_add(test_state, &one, 1, &err));
}

static size_t end(const char *account, const char *baseline)
{
	struct pause_request one = request(account, baseline, "bob");
	struct err err = ERR_INIT;
	json_t *ended = NULL;

	assert_ok(pause_remove(test_state, &one, 1, &ended, &err));
	size_t count = json_array_size(ended);
	json_decref(ended);
	return count;
}

static size_t in_force(void)
{
	struct err err = ERR_INIT;
	json_t *list = NULL;

	assert_ok(pause_read(test_state, &list, &err));
	size_t count = json_array_size(list);
	json_decref(list);
	return count;
}

static void write_text(const char *text)
{
	FILE *out = fopen(file, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static bool is_paused(struct pause *pause, const char *account, const char *baseline)
{
	char why[PAUSE_WHY_SIZE];
	bool paused = pause_check(pause, account, baseline, why);

	assert_int_equal(paused, why[0] != '\0');
	return paused;
}

static void test_scopes(void **state)
{
	struct pause *pause = pause_new(test_state, NULL);
	char why[PAUSE_WHY_SIZE];
	struct stat status;

	(void)state;
	assert_false(is_paused(pause, A, "iam.user-mfa"));
	assert_false(is_paused(pause, NULL, NULL));
	assert_false(pause_changed(pause));
	add(A, NULL, "ann");
	assert_true(pause_check(pause, A, "iam.user-mfa", why));
	assert_non_null(strstr(why, "account " A " is paused by ann since 20"));
	assert_non_null(strstr(why, ": an incident"));
	assert_true(pause_changed(pause));
	assert_false(is_paused(pause, B, "iam.user-mfa"));
	assert_true(is_paused(pause, NULL, "iam.user-mfa")); /* an account that is not known */
	add(NULL, "iam.user-mfa", "ann");
	assert_true(is_paused(pause, B, "iam.user-mfa"));
	assert_false(is_paused(pause, B, "iam.root-mfa"));
	add(NULL, NULL, "ann");
	assert_true(is_paused(pause, B, "iam.root-mfa"));
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(in_force(), 3);
	/* Ending the pause of everything leaves the others in force. */
	assert_int_equal(end(NULL, NULL), 1);
	assert_false(is_paused(pause, B, "iam.root-mfa"));
	assert_true(is_paused(pause, A, "iam.root-mfa"));
	assert_int_equal(end(B, NULL), 0);
	assert_int_equal(end(A, NULL), 1);
	assert_int_equal(end(NULL, "iam.user-mfa"), 1);
	assert_false(is_paused(pause, A, "iam.user-mfa"));
	assert_int_equal(in_force(), 0);
	pause_free(pause);
}

/* A pause of the same scope by the same person replaces the first; one by another person is added;
 * ending the scope ends both. */
static void test_persons(void **state)
{
	(void)state;
	add(A, NULL, "ann");
	add(A, NULL, "ann");
	assert_int_equal(in_force(), 1);
	add(A, NULL, "bob");
	assert_int_equal(in_force(), 2);
	assert_int_equal(end(A, NULL), 2);
	assert_int_equal(in_force(), 0);
}

static void test_several_at_once(void **state)
{
	struct pause_request requests[] = { request(A, NULL, "ann"), request(B, NULL, "ann") };
	struct err err = ERR_INIT;
	json_t *ended = NULL;

	(void)state;
	assert_ok(pause_add(test_state, requests, 2, &err));
	assert_int_equal(in_force(), 2);
	assert_ok(pause_remove(test_state, requests, 2, &ended, &err));
	assert_int_equal(json_array_size(ended), 2);
	json_decref(ended);
	assert_int_equal(in_force(), 0);
}

#define ENTRY(rest) "{\"by\": \"a\", \"uid\": 1, \"at\": \"2026-11-24T08:00:00Z\", " rest "}"

static void test_malformed(void **state)
{
	static const char *const malformed[] = {
		"",
		" ",
		"null",
		"{}",
		"[",
		"[1]",
		"[{}]",
		"paused",
		"[]]",
		"[" ENTRY("\"scope\": \"some\"") "]",
		"[" ENTRY("\"scope\": \"account\"") "]",
		"[" ENTRY("\"scope\": \"all\", \"account\": \"" A "\"") "]",
		"[" ENTRY("\"scope\": \"account\", \"account\": 111111111111") "]",
		"[" ENTRY("\"scope\": \"account\", \"account\": \"" A "\", \"baseline\": \"x\"") "]",
		"[" ENTRY("\"scope\": \"baseline\", \"account\": \"x\"") "]",
		"[" ENTRY("\"scope\": \"resumed\"") "]",
		"[" ENTRY("\"scope\": \"resumed\", \"ended\": {\"scope\": \"resumed\"}") "]",
		"[{\"scope\": \"all\"}]",
		"[{\"scope\": \"all\", \"by\": \"a\", \"uid\": \"1\", \"at\": \"2026-11-24T08:00:00Z\"}]",
		"[{\"scope\": \"all\", \"by\": \"a\", \"uid\": 1, \"at\": \"today\"}]",
		"[" ENTRY("\"scope\": \"account\", \"account\": \"" A "\", \"version\": 2") "]",
		"[" ENTRY("\"scope\": \"account\", \"account\": \"" A
				  "\", \"ended\": " ENTRY("\"scope\": \"all\"")) "]",
		"[" ENTRY("\"scope\": \"all\", \"reason\": 1") "]",
		"\xff\xfe",
	};
	struct pause *pause = pause_new(test_state, NULL);
	struct pause_request one = request(A, NULL, "ann");
	struct err err = ERR_INIT;
	json_t *list = NULL;
	char why[PAUSE_WHY_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(malformed); i++) {
		write_text("[]\n");
		assert_false(is_paused(pause, A, "x"));
		write_text(malformed[i]);
		if (!pause_check(pause, A, "x", why))
			fail_msg("'%s' pauses nothing", malformed[i]);
		assert_non_null(strstr(why, PAUSE_FILE));
		assert_int_equal(pause_read(test_state, &list, &err), -1);
		/* Neither a narrower pause nor a narrower resumption may replace it. */
		assert_int_equal(pause_add(test_state, &one, 1, &err), -1);
		assert_int_equal(pause_remove(test_state, &one, 1, &list, &err), -1);
		assert_true(is_paused(pause, B, "x"));
	}
	/* A pause of everything may replace it, and so may ending that pause. */
	add(NULL, NULL, "ann");
	assert_int_equal(in_force(), 1);
	write_text("[");
	assert_int_equal(end(NULL, NULL), 0);
	assert_int_equal(in_force(), 0);
	assert_false(is_paused(pause, A, "x"));
	pause_free(pause);
}

static void test_unreadable(void **state)
{
	struct pause *pause = pause_new(test_state, NULL);
	char moved[400], other[400];

	(void)state;
	assert_false(is_paused(pause, A, "x"));
	/* There is something else in the place of the file. */
	assert_int_equal(mkdir(file, 0700), 0);
	assert_true(is_paused(pause, A, "x"));
	assert_int_equal(rmdir(file), 0);
	assert_false(is_paused(pause, A, "x"));
	snprintf(other, sizeof other, "%s/other", test_state);
	assert_int_equal(symlink(other, file), 0);
	assert_true(is_paused(pause, A, "x"));
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_true(is_paused(pause, A, "x"));
	assert_int_equal(unlink(file), 0);
	assert_false(is_paused(pause, A, "x"));
	if (geteuid() != 0) {
		write_text("[]");
		assert_int_equal(chmod(file, 0), 0);
		assert_true(is_paused(pause, A, "x"));
		assert_int_equal(chmod(file, 0600), 0);
		assert_false(is_paused(pause, A, "x"));
	}
	/* Too long. */
	FILE *out = fopen(file, "w");
	assert_non_null(out);
	for (int i = 0; i < PAUSE_MAX_BYTES; i++)
		fputc(' ', out);
	fputs("[]", out);
	fclose(out);
	assert_true(is_paused(pause, A, "x"));
	/* A folder that is gone does not mean that nothing is paused. */
	assert_int_equal(unlink(file), 0);
	assert_false(is_paused(pause, A, "x"));
	snprintf(moved, sizeof moved, "%s-moved", test_state);
	assert_int_equal(rename(test_state, moved), 0);
	assert_true(is_paused(pause, A, "x"));
	assert_int_equal(rename(moved, test_state), 0);
	assert_false(is_paused(pause, A, "x"));
	pause_free(pause);
}

/* Changes in the same moment, of the same size, are seen. */
static void test_quick_changes(void **state)
{
	struct pause *pause = pause_new(test_state, NULL);

	(void)state;
	for (int i = 0; i < 300; i++) {
		write_text("[" ENTRY("\"scope\": \"account\", \"account\": \"" A "\"") "]");
		assert_true(is_paused(pause, A, "x"));
		write_text("[" ENTRY("\"scope\": \"account\", \"account\": \"" B "\"") "]");
		assert_false(is_paused(pause, A, "x"));
	}
	pause_free(pause);
}

/* Prints what one check costs. */
static void measure(struct pause *pause, const char *what)
{
	enum { CHECKS = 100000 };
	char why[PAUSE_WHY_SIZE];
	int64_t began_us = clock_monotonic_us();

	for (int i = 0; i < CHECKS; i++)
		assert_false(pause_check(pause, B, "x", why));
	int64_t took_us = clock_monotonic_us() - began_us;
	print_message("%s: %.2f us a check\n", what, (double)took_us / CHECKS);
}

static void age_file(void)
{
	const struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

	assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
}

/* A file whose modification time was put back is noticed: its inode and its change time differ. */
static void test_settled_changes(void **state)
{
	struct pause *pause = pause_new(test_state, NULL);

	(void)state;
	add(A, NULL, "ann");
	age_file();
	ahead_s += 3;
	assert_true(is_paused(pause, A, "x")); /* from here on the stamp alone shows changes */
	assert_true(is_paused(pause, A, "x"));
	measure(pause, "a settled file");
	assert_int_equal(end(A, NULL), 1);
	age_file();
	assert_false(is_paused(pause, A, "x"));
	ahead_s = 0;
	pause_free(pause);
}

/* --- with other processes --- */

static void wait_for(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Account A is paused all the time while other pauses come and go: a reader never sees it unpaused,
 * nor half a file. */
static pid_t start_reader(int stop_fd)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	struct pause *pause = pause_new(test_state, NULL);
	char why[PAUSE_WHY_SIZE], byte;
	int seen = 0;

	fcntl(stop_fd, F_SETFL, O_NONBLOCK);
	while (read(stop_fd, &byte, 1) < 0) {
		if (!pause_check(pause, A, "x", why) || strstr(why, "account " A) == NULL)
			_exit(71);
		seen++;
	}
	pause_free(pause);
	_exit(seen > 0 ? 0 : 72);
}

#define ROUNDS 20

static pid_t start_writer(const char *account)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	test_child = true;
	for (int i = 0; i < ROUNDS; i++) {
		struct pause_request one = request(account, NULL, account);
		struct err err = ERR_INIT;
		json_t *ended = NULL;

		if (pause_add(test_state, &one, 1, &err) < 0 ||
			(i < ROUNDS - 1 && pause_remove(test_state, &one, 1, &ended, &err) < 0))
			_exit(73);
		if (i < ROUNDS - 1 && json_array_size(ended) != 1)
			_exit(74);
		json_decref(ended);
	}
	_exit(0);
}

static void test_concurrent(void **state)
{
	static const char *const accounts[] = { "300000000000", "300000000001", "300000000002",
		"300000000003" };
	pid_t readers[2], writers[ARRAY_LENGTH(accounts)];
	int stop[2];

	(void)state;
	add(A, NULL, "ann");
	assert_int_equal(pipe(stop), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(readers); i++)
		readers[i] = start_reader(stop[0]);
	for (size_t i = 0; i < ARRAY_LENGTH(writers); i++)
		writers[i] = start_writer(accounts[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(writers); i++)
		wait_for(writers[i]);
	assert_int_equal(write(stop[1], "ss", 2), 2);
	for (size_t i = 0; i < ARRAY_LENGTH(readers); i++)
		wait_for(readers[i]);
	close(stop[0]);
	close(stop[1]);
	/* No writer lost another one's pause. */
	assert_int_equal(in_force(), 1 + ARRAY_LENGTH(accounts));
}

/* A writer that is killed leaves either the old list or the new one. */
static void test_killed_writer(void **state)
{
	struct pause *pause = pause_new(test_state, NULL);

	(void)state;
	add(A, NULL, "ann");
	for (int i = 0; i < 30; i++) {
		pid_t child = start_writer(B);

		nanosleep(&(struct timespec){ .tv_nsec = (i % 10) * 300 * 1000 }, NULL);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		assert_true(is_paused(pause, A, "x"));
		assert_true(in_force() >= 1);
		add(A, NULL, "ann"); /* the killed process has lost its lock */
	}
	pause_free(pause);
}

/* When a process hangs with the lock, others are refused after a while, and told what to do. */
static void test_held_lock(void **state)
{
	struct pause_request one = request(NULL, NULL, "ann");
	struct err err = ERR_INIT;
	char lock[400];

	(void)state;
	snprintf(lock, sizeof lock, "%s/pause.lock", test_state);
	int fd = open(lock, O_RDWR | O_CREAT, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	hurrying = true;
	assert_int_equal(pause_add(test_state, &one, 1, &err), -1);
	hurrying = false;
	ahead_s = 0;
	assert_int_equal(err.kind, ERR_BUSY);
	assert_non_null(strstr(err.message, "write anything into that file"));
	close(fd);
	add(NULL, NULL, "ann");
}

static void test_missing_folder(void **state)
{
	struct pause_request one = request(NULL, NULL, "ann");
	struct err err = ERR_INIT;
	json_t *list = NULL;

	(void)state;
	assert_int_equal(rmdir(test_state), 0);
	assert_int_equal(pause_add(test_state, &one, 1, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "Missing"));
	err_clear(&err);
	assert_int_equal(pause_read(test_state, &list, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "Missing"));
}

/* On a full disk the pauses stay in force, and pausing everything still works. */
static void test_full_disk(void **state)
{
	struct pause *pause = pause_new(test_state, NULL);
	struct pause_request one = request(B, NULL, "ann"), all = request(NULL, NULL, "ann");
	struct err err = ERR_INIT;
	struct rlimit old, none = { 0 };

	(void)state;
	add(A, NULL, "ann");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	int narrow = pause_add(test_state, &one, 1, &err);
	bool kept = is_paused(pause, A, "x") && !is_paused(pause, B, "x");
	int whole = pause_add(test_state, &all, 1, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(narrow, -1);
	assert_true(kept);
	assert_int_equal(whole, -1);
	assert_string_equal(err.code, "PausedUnnamed");
	assert_true(is_paused(pause, B, "x"));
	assert_int_equal(end(NULL, NULL), 0);
	assert_false(is_paused(pause, B, "x"));
	pause_free(pause);
}

/* --- the audit log --- */

static int log_line(void *argument, const struct store_key *key, const json_t *entry)
{
	struct buf *out = argument;
	const char *action = json_get_string_or(entry, "action", "");

	(void)key;
	if (strcmp(action, "pause") == 0 || strcmp(action, "resume") == 0)
		buf_add_format(out, "%s %s %s by %s\n", action, json_get_string_or(entry, "rule", "?"),
			json_get_string_or(entry, "outcome", "?"), json_get_string_or(entry, "actor", "?"));
	return 0;
}

static void assert_log(struct store *store, struct audit *audit, const char *expected)
{
	struct err err = ERR_INIT;
	struct buf text;

	buf_init(&text, 65536);
	assert_ok(audit_flush(audit, &err));
	assert_ok(store_each_json(store, STORE_AUDIT, NULL, log_line, &text, &err));
	assert_string_equal(text.data, expected);
	buf_release(&text);
}

static void tell(struct pause *pause, struct audit *audit)
{
	struct err err = ERR_INIT;

	(void)is_paused(pause, A, "x");
	assert_ok(pause_audit(pause, audit, "run-1", &err));
	assert_false(pause_changed(pause));
}

static void test_audit(void **state)
{
	struct store *store = open_writer(NULL);
	struct audit *audit = open_audit(store);
	struct pause *pause = pause_new(test_state, store);
	struct err err = ERR_INIT;

	(void)state;
	tell(pause, audit);
	assert_log(store, audit, "");
	add(A, NULL, "ann");
	tell(pause, audit);
	tell(pause, audit);
	assert_log(store, audit, "pause account " A " done by ann\n");
	assert_int_equal(end(A, NULL), 1);
	tell(pause, audit);
	assert_log(store, audit, "pause account " A " done by ann\nresume account " A " done by bob\n");
	/* A pause that was made and ended unseen is recorded too, since the note of its end tells of
	 * both. */
	add(NULL, NULL, "ann");
	write_text("broken");
	tell(pause, audit);
	write_text("[" ENTRY("\"scope\": \"baseline\", \"baseline\": \"x\"") "]");
	tell(pause, audit);
	assert_int_equal(unlink(file), 0);
	tell(pause, audit);
	assert_log(store, audit,
		"pause account " A " done by ann\nresume account " A " done by bob\n"
		"pause everything seen by ?\n" /* broken */
		"resume everything seen by ?\npause baseline x done by a\nresume baseline x seen by ?\n");
	/* Another process continues where this one stopped. */
	add(A, NULL, "ann");
	tell(pause, audit);
	assert_ok(store_flush(store, &err));
	pause_free(pause);
	pause = pause_new(test_state, store);
	(void)is_paused(pause, A, "x");
	assert_false(pause_changed(pause));
	pause_free(pause);
	close_audit(audit);
	close_store(store);
}

static void test_cost(void **state)
{
	struct pause *pause = pause_new(test_state, NULL);

	(void)state;
	measure(pause, "no file");
	pause_free(pause);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		pause_test(test_scopes),
		pause_test(test_persons),
		pause_test(test_several_at_once),
		pause_test(test_malformed),
		pause_test(test_unreadable),
		pause_test(test_quick_changes),
		pause_test(test_settled_changes),
		pause_test(test_concurrent),
		pause_test(test_killed_writer),
		pause_test(test_held_lock),
		pause_test(test_missing_folder),
		pause_test(test_full_disk),
		pause_test(test_audit),
		pause_test(test_cost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

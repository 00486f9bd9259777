/*
 * Helpers for the tests of the store: a temporary folder, and short forms of the calls.
 */
#ifndef REEVE_TEST_STORE_HELP_H
#define REEVE_TEST_STORE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "store/queue.h"
#include "store/read.h"
#include "store/store.h"

#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/banned.h"

/* The folder of the running test; `state` in it is the store's. */
static char test_folder[256], test_state[300];

static inline int remove_one(const char *path, const struct stat *status, int flag,
	struct FTW *where)
{
	(void)status, (void)flag, (void)where;
	return remove(path);
}

static inline int setup_folder(void **state)
{
	const char *parent = getenv("TMPDIR");

	(void)state;
	snprintf(test_folder, sizeof(test_folder), "%s/reeve-store-XXXXXX",
		parent != NULL ? parent : "/tmp");
	if (mkdtemp(test_folder) == NULL)
		return -1;
	snprintf(test_state, sizeof(test_state), "%s/state", test_folder);
	return 0;
}

static inline int teardown_folder(void **state)
{
	(void)state;
	nftw(test_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	return 0;
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, setup_folder, teardown_folder)

static inline void print_unexpected(const struct err *err)
{
	print_message("unexpected: %s %s: %s\n", err_kind_name(err->kind), err->code, err->message);
}

/* Set in a forked child, which must end where it fails and not go on with the tests. */
static bool test_child;

#define assert_ok(call) \
	do { \
		if ((call) != 0) { \
			print_unexpected(&err); \
			if (test_child) \
				_exit(70); \
			fail(); \
		} \
	} while (0)

static inline struct store *open_store(struct store_options options, struct loop *loop)
{
	struct store *store = NULL;
	struct err err = ERR_INIT;

	if (options.holder == NULL)
		options.holder = "test";
	assert_ok(store_open(test_state, &options, loop, &store, &err));
	return store;
}

static inline struct store *open_writer(struct loop *loop)
{
	return open_store((struct store_options){ .mode = STORE_WRITE }, loop);
}

static inline struct store *open_reader(void)
{
	return open_store((struct store_options){ .mode = STORE_READ }, NULL);
}

static inline void close_store(struct store *store)
{
	struct err err = ERR_INIT;

	assert_ok(store_close(store, &err));
}

static inline void put(struct store *store, enum store_database database, struct store_key key,
	json_int_t value)
{
	struct err err = ERR_INIT;
	json_t *json = json_integer(value);

	assert_ok(store_put_json(store, database, &key, json, &err));
	json_decref(json);
}

static inline void flush(struct store *store)
{
	struct err err = ERR_INIT;

	assert_ok(store_flush(store, &err));
}

/* Returns the integer at the key, or -1 when there is none. */
static inline json_int_t get(struct store *store, enum store_database database,
	struct store_key key)
{
	struct err err = ERR_INIT;
	json_t *json = NULL;
	json_int_t value = -1;

	assert_ok(store_get_json(store, database, &key, &json, &err));
	if (json != NULL)
		value = json_integer_value(json);
	json_decref(json);
	return value;
}

static inline int count_one(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	(void)key, (void)value, (void)length;
	++*(int *)argument;
	return 0;
}

static inline int count(struct store *store, enum store_database database,
	const struct store_key *prefix)
{
	struct err err = ERR_INIT;
	int seen = 0;

	assert_ok(store_each(store, database, prefix, count_one, &seen, &err));
	return seen;
}

static inline struct loop *new_loop(size_t fibers)
{
	struct err err = ERR_INIT;
	struct loop *loop = NULL;

	assert_ok(loop_new(&(struct loop_options){ .fiber_cap = fibers }, &loop, &err));
	return loop;
}

static inline void spawn(struct loop *loop, void (*body)(void *argument), void *argument)
{
	struct err err = ERR_INIT;

	assert_ok(fiber_spawn(loop, "test", body, argument, &err));
}

/* Asserts that opening the store fails with this error, and that its message names the folder and
 * the remedy. */
static inline void open_fails(enum store_mode mode, enum err_kind kind, const char *code,
	const char *remedy)
{
	struct store *store = NULL;
	struct err err = ERR_INIT;

	if (store_open(test_state, &(struct store_options){ .mode = mode, .holder = "test" }, NULL,
			&store, &err) == 0)
		fail_msg("the store was opened instead of %s", code);
	if (!err_is(&err, kind, code) || strstr(err.message, test_state) == NULL ||
		strstr(err.message, remedy) == NULL) {
		print_unexpected(&err);
		fail();
	}
}

/* True when the test may mount file systems. The process then has a mount namespace of its own,
 * which ends with it. */
static inline bool can_mount(void)
{
	static int answer = -1;

	if (answer < 0)
		answer = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
			mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0;
	if (answer == 0)
		print_message("skipped: this process may not mount file systems\n");
	return answer;
}

#endif

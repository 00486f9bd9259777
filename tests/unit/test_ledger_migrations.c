/* A store that Reeve 0.1.0 wrote is migrated to this version's schema: as a whole or not at all,
 * after a copy was made. */
#include "test_store_help.h"

#include "store/migrate.h"
#include "store/read.h"
#include "store_dump.h"

#include "base/json.h"
#include "ledger/coverage.h"
#include "ledger/finding.h"
#include "ledger/migrations.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

static struct err err;

static void load_old(void)
{
	char path[512];
	const char *source = getenv("REEVE_SOURCE");

	snprintf(path, sizeof path, "%s/tests/data/store-0.1.0/store.dump",
		source != NULL ? source : ".");
	assert_int_equal(store_dump_load(path, test_state), 0);
}

static int migrate_with(const store_step *steps, struct err *failure)
{
	struct store *store = NULL;
	struct store_options options = { .mode = STORE_WRITE, .holder = "test", .steps = steps };

	if (store_open(test_state, &options, NULL, &store, failure) < 0)
		return -1;
	return store_close(store, failure);
}

static void migrate(void)
{
	assert_ok(migrate_with(ledger_migrations, &err));
}

/* Returns how many copies stand beside the folder; *path is the path of the last one. */
static int count_copies(char *path, size_t size)
{
	DIR *folder = opendir(test_folder);
	const struct dirent *entry;
	int found = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		if (strncmp(entry->d_name, "state.schema-1-2", 16) != 0)
			continue;
		found++;
		snprintf(path, size, "%s/%s", test_folder, entry->d_name);
	}
	closedir(folder);
	return found;
}

/* --- what is there afterwards --- */

struct runs {
	struct store *store;
	int finished, others;
};

/* The coverage ledger adds up to the counts in the run's own record. */
static int check_run(void *argument, const struct store_key *key, const json_t *record)
{
	struct runs *runs = argument;
	const json_t *cells = json_object_get(record, "cells");
	struct status_counts counts = { { 0 } };

	(void)key;
	assert_ok(coverage_count(runs->store, json_get_string_or(record, "id", ""), &counts, &err));
	if (strcmp(json_get_string_or(record, "state", ""), "finished") != 0) {
		runs->others++;
		return 0;
	}
	runs->finished++;
	for (size_t i = 0; i < STATUS_COUNT; i++)
		assert_int_equal(counts.of[i], json_get_integer_or(cells, status_name((enum status)i), 0));
	return 0;
}

static int count_finding(void *argument, const struct finding *finding)
{
	assert_true(finding->observed_ms > 0);
	assert_non_null(finding->run);
	++*(int *)argument;
	return 0;
}

static void check_migrated(void)
{
	struct runs runs = { .store = open_reader() };
	int findings = 0;

	assert_ok(store_each_json(runs.store, STORE_RUNS, NULL, check_run, &runs, &err));
	assert_true(runs.finished >= 3);
	assert_true(runs.others >= 1);
	assert_ok(finding_each(runs.store, NULL, count_finding, &findings, &err));
	assert_true(findings > 5);
	assert_true(count(runs.store, STORE_COVERAGE, NULL) >= 4);
	assert_int_equal(get(runs.store, STORE_META, STORE_KEY("schema")), 2);
	close_store(runs.store);
}

static void an_old_store_is_migrated(void **state)
{
	char copy[600] = "";

	(void)state;
	load_old();
	migrate();
	check_migrated();
	assert_int_equal(count_copies(copy, sizeof copy), 1);
	migrate(); /* nothing is left to do */
	check_migrated();
	assert_int_equal(count_copies(copy, sizeof copy), 1);
	/* The copy equals the store before the migration. */
	assert_true(strlen(copy) < sizeof test_state);
	memcpy(test_state, copy, strlen(copy) + 1);
	open_fails(STORE_READ, ERR_STORE, "OlderVersion", "schema 1; this one reads 2");
	migrate();
	check_migrated();
}

static void others_say_how_it_is_migrated(void **state)
{
	char copy[600];

	(void)state;
	load_old();
	open_fails(STORE_READ, ERR_STORE, "OlderVersion", "such as `reeve plan`");
	open_fails(STORE_WRITE, ERR_STORE, "OlderVersion", "such as `reeve plan`");
	assert_int_equal(count_copies(copy, sizeof copy), 0);
}

/* --- failures --- */

static int fail_step(struct store_migration *migration, struct err *failure)
{
	struct store_key key = STORE_KEY("half");

	/* The writes before the failure are undone. */
	if (store_migration_put(migration, STORE_META, &key, "1", 1, failure) < 0 ||
		store_migration_drop(migration, "cells", failure) < 0)
		return -1;
	return err_set(failure, ERR_STORE, "InvalidRecord", "a record can't be understood");
}

static void a_step_that_fails_leaves_the_store_as_it_was(void **state)
{
	static const store_step failing[] = { fail_step };
	char copy[600];

	(void)state;
	load_old();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(migrate_with(failing, &err), -1);
		assert_true(err_is(&err, ERR_STORE, "InvalidRecord"));
		assert_non_null(strstr(err.message, "from schema 1 to 2: a record"));
		err_clear(&err);
	}
	assert_int_equal(count_copies(copy, sizeof copy), 1); /* the copy is not made a second time */
	migrate();
	check_migrated();
	assert_int_equal(count_copies(copy, sizeof copy), 1);
}

static void put_old(const char *database, struct store_key key, const char *text)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi handle;
	MDB_val name = { key.length, key.bytes }, value = { strlen(text), (void *)text };

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 32), 0);
	assert_int_equal(mdb_env_open(env, test_state, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, database, 0, &handle), 0);
	assert_int_equal(mdb_put(txn, handle, &name, &value, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static void a_cell_that_is_not_understood_stops_it(void **state)
{
	static const char *const cells[] = { "{}", "[", "7",
		"{\"account\":\"1\",\"region\":\"r\",\"baseline\":\"b\",\"status\":\"fine\"}" };

	(void)state;
	load_old();
	for (size_t i = 0; i < ARRAY_LENGTH(cells); i++) {
		put_old("cells", STORE_KEY("run", "1", "r", "b"), cells[i]);
		assert_int_equal(migrate_with(ledger_migrations, &err), -1);
		assert_int_equal(err.kind, ERR_STORE);
		assert_non_null(strstr(err.message, test_state));
		err_clear(&err);
		open_fails(STORE_READ, ERR_STORE, "OlderVersion", "reeve plan");
	}
	put_old("cells", STORE_KEY("run", "1", "r", "b"),
		"{\"account\":\"1\",\"region\":\"r\",\"baseline\":\"b\",\"status\":\"drifted\"}");
	migrate();
	check_migrated();
}

/* A kill at any moment leaves either the old store or the new one. */
static void a_kill_leaves_the_old_store_or_the_new_one(void **state)
{
	char copy[600];
	int migrated = 0;

	(void)state;
	load_old();
	for (int i = 0; i < 60 && migrated == 0; i++) {
		pid_t child = fork();
		int status = 0;

		if (child == 0) {
			test_child = true;
			_exit(migrate_with(ledger_migrations, &err) == 0 ? 0 : 1);
		}
		nanosleep(&(struct timespec){ .tv_nsec = 200000L * i }, NULL);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			migrated = 1;
		}
		struct store *store = NULL;
		if (store_open(test_state, &(struct store_options){ .mode = STORE_READ }, NULL, &store,
				&err) == 0) {
			close_store(store);
			check_migrated();
			migrated = 1;
		} else {
			assert_true(err_is(&err, ERR_STORE, "OlderVersion"));
			err_clear(&err);
		}
	}
	migrate();
	check_migrated();
	assert_int_equal(count_copies(copy, sizeof copy), 1);
	snprintf(copy, sizeof copy, "%s/state.schema-partial", test_folder);
	assert_int_not_equal(access(copy, F_OK), 0);
}

static void without_space_nothing_is_begun(void **state)
{
	char copy[600];

	(void)state;
	if (!can_mount())
		skip();
	assert_int_equal(mount("none", test_folder, "tmpfs", 0, "size=1m"), 0);
	load_old();
	assert_int_equal(migrate_with(ledger_migrations, &err), -1);
	assert_true(err_is(&err, ERR_STORE, "NoSpace"));
	assert_non_null(strstr(err.message, test_state));
	assert_non_null(strstr(err.message, "free some space and run again"));
	err_clear(&err);
	assert_int_equal(count_copies(copy, sizeof copy), 0);
	assert_int_equal(mount("none", test_folder, "tmpfs", MS_REMOUNT, "size=16m"), 0);
	migrate();
	check_migrated();
	assert_int_equal(umount(test_folder), 0);
}

/* A service that may only write to its own folder makes the copy inside it. */
static void the_copy_stands_inside_where_nothing_may_stand_beside(void **state)
{
	char before[300], copy[600];
	struct stat status;
	int found = 0;

	(void)state;
	if (!can_mount())
		skip();
	load_old();
	snprintf(before, sizeof before, "%s", test_state);
	assert_int_equal(mount(test_folder, test_folder, NULL, MS_BIND | MS_REC, NULL), 0);
	assert_int_equal(mount(test_state, test_state, NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, test_folder, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	migrate();
	check_migrated();
	DIR *folder = opendir(test_state);
	for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (strncmp(entry->d_name, "schema-1-2", 10) != 0)
			continue;
		found++;
		snprintf(copy, sizeof copy, "%s/%s/data.mdb", before, entry->d_name);
		assert_int_equal(stat(copy, &status), 0);
		assert_int_equal(status.st_mode & 0777, 0600);
	}
	closedir(folder);
	assert_int_equal(found, 1);
	assert_int_equal(umount(test_state), 0);
	assert_int_equal(umount(test_folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(an_old_store_is_migrated),
		store_test(others_say_how_it_is_migrated),
		store_test(a_step_that_fails_leaves_the_store_as_it_was),
		store_test(a_cell_that_is_not_understood_stops_it),
		store_test(a_kill_leaves_the_old_store_or_the_new_one),
		store_test(without_space_nothing_is_begun),
		store_test(the_copy_stands_inside_where_nothing_may_stand_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

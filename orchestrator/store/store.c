/*
 * Opens and closes the state folder, and reports its state as a whole.
 */
#include "store/internal.h"

#include "base/banned.h"
#include "base/mem.h"
#include "store/environment.h"
#include "store/errors.h"
#include "store/folder.h"
#include "store/queue.h"
#include "store/read.h"
#include "store/space.h"
#include "store/writer.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- open and close --- */

/* The stores that this process has open. LMDB's locks are by process, so closing a second
 * environment on a folder would drop the locks of the first. Only the loop's thread uses the
 * list; a forked child inherits entries that are not its own. */
static struct store *open_stores;

static int enter_open_stores(struct store *store, struct err *err)
{
	struct stat status;

	if (stat(store->folder, &status) < 0)
		return store_error(store, errno, "open", err);
	store->device = status.st_dev;
	store->inode = status.st_ino;
	store->process = getpid();
	for (const struct store *other = open_stores; other != NULL; other = other->next_open) {
		if (other->device == store->device && other->inode == store->inode &&
			other->process == store->process)
			return err_set(err, ERR_STORE, "OpenedTwice",
				"state folder %s is already open in this process", store->folder);
	}
	store->next_open = open_stores;
	open_stores = store;
	return 0;
}

static void leave_open_stores(const struct store *store)
{
	for (struct store **link = &open_stores; *link != NULL; link = &(*link)->next_open) {
		if (*link == store) {
			*link = store->next_open;
			return;
		}
	}
}

static void initialize(struct store *store, const char *folder, const struct store_options *options,
	struct loop *loop)
{
	pthread_condattr_t monotonic;

	store->folder = xstrdup(folder);
	store->mode = options->mode;
	store->loop = loop;
	store->map_bytes = options->map_bytes;
	store->max_bytes = options->max_bytes != 0 ? options->max_bytes : UINT64_MAX;
	store->steps = options->steps;
	store->test_fsync_ms = options->test_fsync_ms;
	store->lock_fd = -1;
	buf_init(&store->text, SIZE_MAX);
	store->wake = xcalloc(1, sizeof(*store->wake));
	store->wake->store = store;
	pthread_mutex_init(&store->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&store->work, &monotonic);
	pthread_cond_init(&store->done, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static void discard(struct store *store)
{
	leave_open_stores(store);
	store_read_end(store);
	if (store->env != NULL)
		mdb_env_close(store->env);
	store_lock_release(store->lock_fd);
	store_op_list_free(&store->batch);
	store_op_list_free(&store->queue);
	buf_release(&store->text);
	/* A task that is pending on the loop frees it instead. */
	store->wake->store = NULL;
	if (!store->posted)
		free(store->wake);
	pthread_cond_destroy(&store->work);
	pthread_cond_destroy(&store->done);
	pthread_mutex_destroy(&store->mutex);
	free(store->folder);
	free(store);
}

int store_open(const char *folder, const struct store_options *options, struct loop *loop,
	struct store **out, struct err *err)
{
	struct store *store;

	if (store_folder_prepare(folder, options->mode, err) < 0)
		return -1;
	store = xcalloc(1, sizeof(*store));
	initialize(store, folder, options, loop);
	if (enter_open_stores(store, err) < 0 ||
		(options->mode == STORE_WRITE &&
			store_lock_take(folder, options->holder != NULL ? options->holder : "reeve",
				&store->lock_fd, err) < 0) ||
		store_environment_open(store, err) < 0 || store_space_begin(store, err) < 0 ||
		(options->mode == STORE_WRITE && store_writer_start(store, err) < 0)) {
		discard(store);
		return -1;
	}
	*out = store;
	return 0;
}

int store_close(struct store *store, struct err *err)
{
	int result = 0;

	if (store == NULL)
		return 0;
	assert(store->waiters_first == NULL && !store->in_batch && store->reading == 0);
	store_writer_stop(store);
	if (store_failed(store)) {
		if (err != NULL)
			*err = store->failure;
		result = -1;
	}
	discard(store);
	return result;
}

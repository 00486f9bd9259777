#include "ledger/cell_lock.h"

#include "base/banned.h"
#include "base/mem.h"
#include "io/fiber.h"
#include "io/fiber_sync.h"

#include <uthash.h>

struct cell_lock {
	UT_hash_handle hh;
	struct fiber_semaphore turn;
	size_t users; /* the holder, and those that wait */
	char key[];
};

struct cell_locks {
	struct loop *loop;
	struct cell_lock *held;
};

struct cell_locks *cell_locks_new(struct loop *loop)
{
	struct cell_locks *locks = xcalloc(1, sizeof *locks);

	locks->loop = loop;
	return locks;
}

void cell_locks_free(struct cell_locks *locks)
{
	free(locks);
}

int cell_lock(struct cell_locks *locks, const char *account, const char *region,
	const char *baseline, struct cell_lock **out)
{
	struct cell_lock *lock;
	char key[256];

	*out = NULL;
	if (locks == NULL)
		return 0;
	int length = snprintf(key, sizeof key, "%.12s %.31s %.127s", account, region, baseline);
	HASH_FIND(hh, locks->held, key, (size_t)length, lock);
	if (lock == NULL) {
		lock = xcalloc(1, sizeof *lock + (size_t)length + 1);
		memcpy(lock->key, key, (size_t)length + 1);
		fiber_semaphore_init(&lock->turn, locks->loop, 1);
		HASH_ADD_KEYPTR(hh, locks->held, lock->key, (size_t)length, lock);
	}
	lock->users++;
	*out = lock;
	if (fiber_semaphore_acquire(&lock->turn) == 0)
		return 0;
	*out = NULL;
	if (--lock->users == 0) {
		HASH_DEL(locks->held, lock);
		free(lock);
	}
	return FIBER_CANCELLED;
}

void cell_unlock(struct cell_locks *locks, struct cell_lock *lock)
{
	if (lock == NULL)
		return;
	fiber_semaphore_release(&lock->turn);
	if (--lock->users > 0)
		return;
	HASH_DEL(locks->held, lock);
	free(lock);
}

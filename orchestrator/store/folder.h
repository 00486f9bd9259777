/* The folder itself and its lock. */
#ifndef REEVE_STORE_FOLDER_H
#define REEVE_STORE_FOLDER_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

/* Makes the folder where that is wanted, and refuses one that is missing, not ours or open to
 * others. */
int store_folder_prepare(const char *folder, enum store_mode mode, struct err *err) MUST_CHECK;
/* Makes new names in a folder durable. */
void store_folder_sync(const char *folder);
/* Takes the folder's lock and writes who holds it into it; ERR_BUSY names the holder. */
int store_lock_take(const char *folder, const char *holder, int *lock_fd, struct err *err)
	MUST_CHECK;
void store_lock_release(int lock_fd);

#endif

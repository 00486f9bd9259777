/* For tests of stored records: that what is not understood is refused. */
#ifndef TEST_RECORD_HELP_H
#define TEST_RECORD_HELP_H

#include "test_store_help.h"

/* The text of a record that can't be understood, and a part of the error's message. */
struct refused {
	const char *record, *says;
};

/* Stores each record under the key, and reads it: `read` must fail with ERR_STORE. */
static inline void assert_refused(struct store *store, enum store_database database,
	const struct store_key *key, const struct refused *cases, size_t case_count,
	int (*read)(struct store *store, struct err *err))
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < case_count; i++) {
		const char *record = cases[i].record;

		assert_ok(store_put(store, database, key, record, strlen(record), &err));
		flush(store);
		assert_int_equal(read(store, &err), -1);
		assert_int_equal(err.kind, ERR_STORE);
		if (strstr(err.message, cases[i].says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.message, cases[i].says);
		err_clear(&err);
	}
}

#endif

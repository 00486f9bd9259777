#include "ledger/schedule_record.h"

#include "base/banned.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"

struct due {
	int64_t ms;
	json_t *source;
};
static const struct record_field due_fields[] = {
	RECORD_INTEGER(struct due, ms, "due", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type due_type = {
	.name = "schedule", .version = 1, .fields = due_fields, RECORD_STORED(struct due)
};

struct wave_end {
	int64_t ms;
	json_t *source;
};
static const struct record_field wave_end_fields[] = {
	RECORD_INTEGER(struct wave_end, ms, "ms", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type wave_end_type = {
	.name = "end of a wave", .version = 1, .fields = wave_end_fields, RECORD_STORED(struct wave_end)
};

static struct store_key due_key(void)
{
	return STORE_KEY("schedule", "sweep");
}

int schedule_due_read(struct store *store, int64_t *due_ms, bool *found, struct err *err)
{
	struct store_key key = due_key();
	struct due due;

	if (record_get(store, STORE_META, &key, &due_type, &due, found, err) < 0)
		return -1;
	*due_ms = due.ms;
	record_release(&due_type, &due);
	return 0;
}

int schedule_due_put(struct store *store, int64_t due_ms, struct err *err)
{
	const struct due due = { .ms = due_ms };
	struct store_key key = due_key();

	return record_put(store, STORE_META, &key, &due_type, &due, err);
}

static struct store_key wave_key(const char *wave)
{
	return STORE_KEY("wave-ended", wave);
}

int wave_ended_read(struct store *store, const char *wave, int64_t *ended_ms, struct err *err)
{
	struct store_key key = wave_key(wave);
	struct wave_end end;
	bool found;

	if (record_get(store, STORE_META, &key, &wave_end_type, &end, &found, err) < 0)
		return -1;
	*ended_ms = end.ms;
	record_release(&wave_end_type, &end);
	return 0;
}

int wave_ended_put(struct store *store, const char *wave, int64_t ended_ms, struct err *err)
{
	const struct wave_end end = { .ms = ended_ms };
	struct store_key key = wave_key(wave);

	return record_put(store, STORE_META, &key, &wave_end_type, &end, err);
}

#include "ledger/hub_import_record.h"

#include "base/banned.h"
#include "base/json.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "store/queue.h"
#include "store/read.h"

/* This is not an account id, so that these keys never mix with an account's own. */
#define ABSENT "absent"

#define IMPORT struct hub_import_record
static const struct record_field fields[] = {
	RECORD_TEXT(IMPORT, region, "region", RECORD_REQUIRED),
	RECORD_TEXT(IMPORT, told, "told", RECORD_REQUIRED),
	RECORD_TEXT(IMPORT, first_seen, "first_seen", RECORD_REQUIRED),
	RECORD_TIME(IMPORT, sent_ms, "sent_at", RECORD_REQUIRED),
	RECORD_OBJECT(IMPORT, finding_json, "finding", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type type = {
	.name = "import into Security Hub",
	.version = 1,
	.fields = fields,
	.identity = { "region" },
	RECORD_STORED(IMPORT),
};

struct absence {
	const char *run;
	json_t *source;
};
static const struct record_field absence_fields[] = {
	RECORD_TEXT(struct absence, run, "run", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type absence_type = {
	.name = "absence of Security Hub",
	.version = 1,
	.fields = absence_fields,
	.identity = { "run" },
	RECORD_STORED(struct absence),
};

void hub_import_record_release(struct hub_import_record *record)
{
	finding_release(&record->finding);
	record_release(&type, record);
}

static int decode(const json_t *json, struct hub_import_record *out, struct err *err)
{
	if (record_decode(&type, json, out, err) < 0)
		return -1;
	if (finding_from_document(out->finding_json, &out->finding, err) == 0)
		return 0;
	record_release(&type, out);
	return -1;
}

void hub_import_record_copy(const struct hub_import_record *record, struct hub_import_record *out)
{
	*out = *record;
	json_incref(out->source);
	json_incref(out->finding.source);
}

int hub_import_record_read(struct store *store, const char *account, const char *region,
	const char *id, struct hub_import_record *out, bool *found, struct err *err)
{
	struct store_key key = STORE_KEY(account, region, id);
	CLEANUP_JSON json_t *json = NULL;

	*found = false;
	memset(out, 0, sizeof *out);
	if (store_get_json(store, STORE_SECURITY_HUB, &key, &json, err) < 0 ||
		(json != NULL && decode(json, out, err) < 0))
		return -1;
	*found = json != NULL;
	return 0;
}

int hub_import_record_put(struct store *store, const char *account, const char *id,
	const struct hub_import_record *record, struct err *err)
{
	struct store_key key = STORE_KEY(account, record->region, id);

	return record_put(store, STORE_SECURITY_HUB, &key, &type, record, err);
}

int hub_import_record_delete(struct store *store, const char *account, const char *region,
	const char *id, struct err *err)
{
	struct store_key key = STORE_KEY(account, region, id);

	return store_delete(store, STORE_SECURITY_HUB, &key, err);
}

struct each {
	int (*each)(void *argument, const struct hub_import_record *record);
	void *argument;
	struct err *err;
	int result;
};

static int visit(void *argument, const struct store_key *key, const json_t *json)
{
	struct each *each = argument;
	struct hub_import_record record;

	(void)key;
	each->result = decode(json, &record, each->err);
	if (each->result < 0)
		return 1;
	int stop = each->each(each->argument, &record);
	hub_import_record_release(&record);
	return stop;
}

int hub_import_record_each(struct store *store, const char *account,
	int (*each)(void *argument, const struct hub_import_record *record), void *argument,
	struct err *err)
{
	struct store_key prefix = STORE_KEY(account);
	struct each visiting = { each, argument, err, 0 };

	if (store_each_json(store, STORE_SECURITY_HUB, &prefix, visit, &visiting, err) < 0)
		return -1;
	return visiting.result;
}

int hub_absence_read(struct store *store, const char *account, const char *region, const char *run,
	bool *absent, struct err *err)
{
	struct store_key key = STORE_KEY(ABSENT, account, region);
	struct absence absence;
	bool found;

	if (record_get(store, STORE_SECURITY_HUB, &key, &absence_type, &absence, &found, err) < 0)
		return -1;
	*absent = found && strcmp(absence.run, run) == 0;
	record_release(&absence_type, &absence);
	return 0;
}

int hub_absence_put(struct store *store, const char *account, const char *region, const char *run,
	struct err *err)
{
	struct store_key key = STORE_KEY(ABSENT, account, region);
	const struct absence absence = { .run = run };

	return record_put(store, STORE_SECURITY_HUB, &key, &absence_type, &absence, err);
}

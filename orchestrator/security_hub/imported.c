/* Records of the last imports, so that an unchanged finding is not sent again. */
#include "security_hub/imported.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/log.h"
#include "security_hub/security_hub.h"
#include "store/queue.h"
#include "store/read.h"

/* This is not an account id, so that these keys never mix with an account's own. */
#define ABSENT "absent"

int hub_memory_get(struct store *store, const char *account, const char *region, const char *id,
	json_t **out, struct err *err)
{
	struct store_key key = STORE_KEY(account, region, id);

	return store_get_json(store, STORE_SECURITY_HUB, &key, out, err);
}

int hub_memory_put(struct store *store, const char *account, const char *region, const char *id,
	const json_t *record, struct err *err)
{
	struct store_key key = STORE_KEY(account, region, id);

	return store_put_json(store, STORE_SECURITY_HUB, &key, record, err);
}

int hub_memory_forget(struct store *store, const char *account, const char *region, const char *id,
	struct err *err)
{
	struct store_key key = STORE_KEY(account, region, id);

	return store_delete(store, STORE_SECURITY_HUB, &key, err);
}

int hub_memory_each(struct store *store, const char *account,
	int (*each)(void *argument, const struct store_key *key, const json_t *record), void *argument,
	struct err *err)
{
	struct store_key prefix = STORE_KEY(account);

	return store_each_json(store, STORE_SECURITY_HUB, &prefix, each, argument, err);
}

bool hub_memory_is_absent(const struct hub_run *run, const char *account, const char *region)
{
	struct store_key key = STORE_KEY(ABSENT, account, region);
	CLEANUP_JSON json_t *record = NULL;
	struct err unused = ERR_INIT;

	/* If the record can't be read, AWS is asked again. */
	return store_get_json(run->store, STORE_SECURITY_HUB, &key, &record, &unused) == 0 &&
		strcmp(json_get_string_or(record, "run", ""), run->id) == 0;
}

void hub_memory_set_absent(const struct hub_run *run, const char *account, const char *region)
{
	struct store_key key = STORE_KEY(ABSENT, account, region);
	CLEANUP_JSON json_t *record = json_pack("{s:s}", "run", run->id);
	struct err unused = ERR_INIT;

	/* If this can't be recorded, AWS is asked again. */
	(void)!store_put_json(run->store, STORE_SECURITY_HUB, &key, record, &unused);
	log_write(LOG_INFO, &(struct log_place){ .run = run->id, .account = account, .region = region },
		"Security Hub is not enabled in this region; findings are not imported");
}

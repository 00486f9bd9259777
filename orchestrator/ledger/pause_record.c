#include "ledger/pause_record.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "ledger/record.h"
#include "ledger/record_read.h"
#include "ledger/record_write.h"
#include "store/queue.h"
#include "store/read.h"

#define TOLD "pauses-told" /* in the database meta */

static const char *const scope_names[] = {
	[PAUSE_ALL] = "all",
	[PAUSE_ACCOUNT] = "account",
	[PAUSE_BASELINE] = "baseline",
	[PAUSE_RESUMED] = "resumed",
};
static const struct record_names scopes = { "scope", scope_names, ARRAY_LENGTH(scope_names) };

#define TARGET(structure, member) \
	RECORD_ENUM(structure, member scope, "scope", RECORD_REQUIRED, &scopes), \
		RECORD_TEXT(structure, member account, "account", RECORD_NULLABLE), \
		RECORD_TEXT(structure, member baseline, "baseline", RECORD_NULLABLE)
#define BY(structure, member) RECORD_TEXT(structure, member by, "by", RECORD_REQUIRED)
#define REST(structure, member) \
	RECORD_INTEGER(structure, member uid, "uid", RECORD_REQUIRED), \
		RECORD_TIME(structure, member at_ms, "at", RECORD_REQUIRED), \
		RECORD_TEXT(structure, member reason, "reason", RECORD_NULLABLE)

/* A part counts as absent when its first field is: every pause says by whom it is. */
static const struct record_field ended_fields[] = {
	BY(struct pause_facts, ),
	TARGET(struct pause_facts, ),
	REST(struct pause_facts, ),
	RECORD_END,
};
static const struct record_type ended_type = {
	.name = "ended pause", .fields = ended_fields, RECORD_PART(struct pause_facts)
};

static const struct record_field fields[] = {
	TARGET(struct pause_record, is.),
	BY(struct pause_record, is.),
	REST(struct pause_record, is.),
	RECORD_NESTED(struct pause_record, ended, "ended", RECORD_OPTIONAL, &ended_type),
	RECORD_END,
};
static const struct record_type stored_type = {
	.name = "pause",
	.version = 1,
	.fields = fields,
	.identity = { "scope", "account", "baseline" },
	RECORD_STORED(struct pause_record),
};
static const struct record_type shown_type = {
	.name = "pause", .fields = fields, RECORD_PART(struct pause_record)
};

/* --- records --- */

static bool same_text(const char *left, const char *right)
{
	return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

bool pause_facts_equal(const struct pause_facts *left, const struct pause_facts *right)
{
	return left->scope == right->scope && same_text(left->account, right->account) &&
		same_text(left->baseline, right->baseline) && same_text(left->by, right->by) &&
		left->uid == right->uid && left->at_ms == right->at_ms &&
		same_text(left->reason, right->reason);
}

bool pause_record_is_note(const struct pause_record *record)
{
	return record->is.scope == PAUSE_RESUMED;
}

bool pause_record_equal(const struct pause_record *left, const struct pause_record *right)
{
	return pause_facts_equal(&left->is, &right->is) &&
		pause_facts_equal(&left->ended, &right->ended);
}

void pause_record_release(struct pause_record *record)
{
	record_release(&stored_type, record);
}

/* Returns whether the account and the baseline are those that the scope asks for. */
static bool is_consistent(const struct pause_facts *facts)
{
	return (facts->account != NULL) == (facts->scope == PAUSE_ACCOUNT) &&
		(facts->baseline != NULL) == (facts->scope == PAUSE_BASELINE);
}

static bool is_consistent_record(const struct pause_record *record)
{
	if (!pause_record_is_note(record))
		return is_consistent(&record->is) && record->ended.by == NULL;
	return record->ended.by != NULL && record->ended.scope != PAUSE_RESUMED &&
		is_consistent(&record->ended);
}

int pause_record_decode(const json_t *json, struct pause_record *out, struct err *err)
{
	if (record_decode(&stored_type, json, out, err) < 0)
		return -1;
	if (is_consistent_record(out))
		return 0;
	pause_record_release(out);
	return err_set(err, ERR_STORE, "InvalidRecord",
		"a pause in the state folder has an account or a baseline that doesn't belong to its "
		"scope");
}

json_t *pause_record_document(const struct pause_record *record)
{
	return record_encode(&shown_type, record);
}

/* --- lists --- */

void pause_list_add(struct pause_list *list, const struct pause_record *record)
{
	list->items = xrealloc(list->items, (list->count + 1) * sizeof *list->items);
	list->items[list->count++] = *record;
}

struct pause_record pause_list_take(struct pause_list *list, size_t index)
{
	struct pause_record record = list->items[index];

	list->count--;
	memmove(&list->items[index], &list->items[index + 1],
		(list->count - index) * sizeof *list->items);
	return record;
}

void pause_list_release(struct pause_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		pause_record_release(&list->items[i]);
	free(list->items);
	*list = (struct pause_list){ NULL };
}

void pause_list_copy(const struct pause_list *list, struct pause_list *out)
{
	*out = (struct pause_list){ NULL };
	for (size_t i = 0; i < list->count; i++) {
		json_incref(list->items[i].source);
		pause_list_add(out, &list->items[i]);
	}
}

int pause_list_decode(const json_t *json, struct pause_list *out, size_t *bad, struct err *err)
{
	*out = (struct pause_list){ NULL };
	for (size_t i = 0; i < json_array_size(json); i++) {
		struct pause_record record;

		if (pause_record_decode(json_array_get(json, i), &record, err) < 0) {
			*bad = i;
			pause_list_release(out);
			return -1;
		}
		pause_list_add(out, &record);
	}
	return 0;
}

json_t *pause_list_encode(const struct pause_list *list)
{
	json_t *json = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(json, record_encode(&stored_type, &list->items[i]));
	return json;
}

/* --- what the audit log has --- */

void pause_told_read(struct store *store, struct pause_list *out)
{
	struct store_key key = STORE_KEY(TOLD);
	CLEANUP_JSON json_t *json = NULL;
	struct err unused = ERR_INIT;
	size_t bad;

	*out = (struct pause_list){ NULL };
	if (store_get_json(store, STORE_META, &key, &json, &unused) < 0 ||
		pause_list_decode(json, out, &bad, &unused) < 0)
		*out = (struct pause_list){ NULL };
}

int pause_told_put(struct store *store, const struct pause_list *list, struct err *err)
{
	struct store_key key = STORE_KEY(TOLD);
	CLEANUP_JSON json_t *json = pause_list_encode(list);

	return store_put_json(store, STORE_META, &key, json, err);
}

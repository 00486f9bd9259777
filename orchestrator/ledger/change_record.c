#include "ledger/change_record.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "ledger/record.h"
#include "ledger/record_read.h"
#include "ledger/record_write.h"

#define HISTORY_KEY "history"
#define STATE_KEY "state"

/* --- names --- */

static const char *const state_names[] = {
	[CHANGE_PLANNED] = "planned",
	[CHANGE_INTENT] = "intent",
	[CHANGE_APPLIED] = "applied",
	[CHANGE_VERIFIED] = "verified",
	[CHANGE_FAILED] = "failed",
	[CHANGE_ROLLED_BACK] = "rolled_back",
};
static const struct record_names states = { "state", state_names, ARRAY_LENGTH(state_names) };

static const char *const kind_names[] = {
	[CHANGE_REMEDY] = "remedy",
	[CHANGE_ROLLBACK] = "rollback",
};
static const struct record_names kinds = { "kind", kind_names, ARRAY_LENGTH(kind_names) };

static const struct record_names tiers = { "tier", tier_names, TIER_COUNT };

const char *change_state_name(enum change_state state)
{
	return record_name(&states, (int)state);
}

int change_state_parse(const char *name, enum change_state *out)
{
	int value;

	if (record_parse_name(&states, name, &value) < 0)
		return -1;
	*out = (enum change_state)value;
	return 0;
}

const char *change_kind_name(enum change_kind kind)
{
	return record_name(&kinds, (int)kind);
}

/* --- the tables --- */

static const struct record_field step_fields[] = {
	RECORD_ENUM(struct change_step, state, "state", RECORD_REQUIRED, &states),
	RECORD_TIME(struct change_step, at_ms, "at", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type step_type = {
	.name = "step", .fields = step_fields, RECORD_PART(struct change_step)
};

static const struct record_field cause_fields[] = {
	RECORD_TEXT(struct change_cause, code, "code", RECORD_REQUIRED),
	RECORD_TEXT(struct change_cause, message, "message", RECORD_NULLABLE),
	RECORD_TEXT(struct change_cause, request_id, "request_id", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type cause_type = {
	.name = "cause", .fields = cause_fields, RECORD_PART(struct change_cause)
};

/* The rows that the stored form and the summary share. */
#define CHANGE struct change_record
#define TEXT(member, flag) RECORD_TEXT(CHANGE, member, #member, flag)
#define ID TEXT(id, RECORD_REQUIRED)
#define KIND RECORD_ENUM(CHANGE, kind, "kind", RECORD_REQUIRED, &kinds)
#define RUN TEXT(run, RECORD_REQUIRED)
#define ACCOUNT TEXT(account, RECORD_REQUIRED)
#define ACCOUNT_NAME TEXT(account_name, RECORD_NULLABLE)
#define PLACE \
	TEXT(region, RECORD_REQUIRED), TEXT(baseline, RECORD_REQUIRED), TEXT(resource, RECORD_REQUIRED)
#define DECISION \
	RECORD_ENUM(CHANGE, tier, "tier", RECORD_REQUIRED, &tiers), TEXT(decided_by, RECORD_NULLABLE)
#define STEP \
	RECORD_ENUM(CHANGE, state, STATE_KEY, RECORD_REQUIRED, &states), \
		RECORD_TIME(CHANGE, at_ms, "at", RECORD_REQUIRED)

/* The fields before the state never change. */
static const struct record_field fields[] = {
	ACCOUNT,
	PLACE,
	RECORD_OBJECT(CHANGE, before, "before", RECORD_NULLABLE),
	RECORD_OBJECT(CHANGE, after, "after", RECORD_NULLABLE),
	RECORD_ARRAY(CHANGE, calls, "calls", RECORD_NULLABLE),
	ID,
	TEXT(hash, RECORD_REQUIRED),
	KIND,
	TEXT(of, RECORD_OPTIONAL),
	RUN,
	RECORD_INTEGER(CHANGE, wave, "wave", RECORD_ALWAYS),
	ACCOUNT_NAME,
	TEXT(cell_region, RECORD_REQUIRED),
	RECORD_OBJECT(CHANGE, settings, "settings", RECORD_OPTIONAL),
	DECISION,
	STEP,
	RECORD_LIST(CHANGE, history, HISTORY_KEY, RECORD_REQUIRED, &step_type),
	RECORD_OBJECT(CHANGE, result, "result", RECORD_OPTIONAL),
	RECORD_NESTED(CHANGE, cause, "cause", RECORD_OPTIONAL, &cause_type),
	RECORD_ARRAY(CHANGE, request_ids, "request_ids", RECORD_OPTIONAL),
	RECORD_END,
};
static const struct record_type stored_type = {
	.name = "change", .version = 1, .fields = fields, .identity = { "id" }, RECORD_STORED(CHANGE)
};
static const struct record_type document_type = {
	.name = "change", .fields = fields, .identity = { "id" }, RECORD_PART(CHANGE)
};

static const struct record_field summary_fields[] = {
	ID,
	KIND,
	TEXT(of, RECORD_NULLABLE),
	RUN,
	ACCOUNT,
	ACCOUNT_NAME,
	PLACE,
	DECISION,
	STEP,
	RECORD_NESTED(CHANGE, cause, "cause", RECORD_NULLABLE, &cause_type),
	RECORD_END,
};
static const struct record_type summary_type = {
	.name = "change", .fields = summary_fields, .identity = { "id" }, RECORD_PART(CHANGE)
};

/* --- reading and writing --- */

int change_record_decode(const json_t *json, struct change_record *out, struct err *err)
{
	return record_decode(&stored_type, json, out, err);
}

int change_record_from_document(const json_t *json, struct change_record *out, struct err *err)
{
	bool whole = json_object_get(json, HISTORY_KEY) != NULL;

	if (record_decode(whole ? &document_type : &summary_type, json, out, err) < 0)
		return -1;
	out->source = json_incref((json_t *)json);
	return 0;
}

void change_record_release(struct change_record *record)
{
	json_decref(record->kept);
	buf_release(&record->fixed);
	record_release(&stored_type, record);
}

void change_list_add(struct change_list *list, const struct change_record *record)
{
	struct err unused = ERR_INIT;

	if (list->count == list->capacity) {
		list->capacity = list->capacity > 0 ? 2 * list->capacity : 8;
		list->items = xrealloc(list->items, list->capacity * sizeof *list->items);
	}
	/* The record was decoded before, so that it can be decoded again. */
	if (change_record_from_document(record->source, &list->items[list->count], &unused) < 0)
		abort();
	list->count++;
}

void change_list_remove(struct change_list *list, size_t index)
{
	change_record_release(&list->items[index]);
	list->count--;
	memmove(&list->items[index], &list->items[index + 1],
		(list->count - index) * sizeof *list->items);
}

static int compare_newest_first(const void *left, const void *right)
{
	const struct change_record *a = left, *b = right;

	if (a->at_ms != b->at_ms)
		return a->at_ms > b->at_ms ? -1 : 1;
	return strcmp(a->id, b->id);
}

void change_list_sort(struct change_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof *list->items, compare_newest_first);
}

void change_list_release(struct change_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		change_record_release(&list->items[i]);
	free(list->items);
	*list = (struct change_list){ 0 };
}

json_t *change_record_encode(const struct change_record *record)
{
	return record_encode(&stored_type, record);
}

json_t *change_record_document(const struct change_record *record)
{
	return record_encode(&document_type, record);
}

json_t *change_record_summary(const struct change_record *record)
{
	return record_encode(&summary_type, record);
}

void change_record_add_fixed(struct buf *out, const struct change_record *record)
{
	size_t start = out->length;

	record_add_members(out, &stored_type, 0, record_field_index(&stored_type, STATE_KEY), record);
	record_add_version(out, &stored_type);
	if (buf_ok(out))
		out->data[start] = '{'; /* in the place of the first comma */
}

void change_record_add_moving(struct buf *out, const struct change_record *record)
{
	record_add_members(out, &stored_type, record_field_index(&stored_type, STATE_KEY), SIZE_MAX,
		record);
	buf_add_char(out, '}');
}

bool change_record_fits(const struct change_record *record)
{
	return record_fits(&stored_type, record);
}

/* --- moving on --- */

/* Returns the value, to which the record keeps a reference. */
static const json_t *keep(struct change_record *record, json_t *value)
{
	if (record->kept == NULL)
		record->kept = json_array();
	json_array_append_new(record->kept, value);
	return value;
}

static const char *keep_text(struct change_record *record, const char *text)
{
	return json_string_value(keep(record, json_text(text)));
}

void change_record_step(struct change_record *record, enum change_state state,
	const struct err *cause, const json_t *result)
{
	size_t count = ++record->history_count;

	record->state = state;
	record->at_ms = clock_now_ms();
	record->history = xrealloc(record->history, count * sizeof *record->history);
	record->history[count - 1] = (struct change_step){ state, record->at_ms };
	if (result != NULL)
		record->result = keep(record, json_incref((json_t *)result));
	if (cause != NULL)
		record->cause = (struct change_cause){ keep_text(record, cause->code),
			keep_text(record, cause->message), keep_text(record, cause->request_id) };
}

bool change_state_in_flight(enum change_state state)
{
	return state == CHANGE_INTENT || state == CHANGE_APPLIED;
}

bool change_can_be_undone(const struct change_record *record)
{
	bool applied = false;

	for (size_t i = 0; i < record->history_count; i++)
		applied = applied || record->history[i].state == CHANGE_APPLIED;
	return record->kind == CHANGE_REMEDY &&
		(record->state == CHANGE_VERIFIED || (record->state == CHANGE_FAILED && applied));
}

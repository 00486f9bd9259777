#include "ledger/finding.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_read_string.h"
#include "base/json_write.h"
#include "ledger/record_read.h"
#include "ledger/record_store.h"
#include "ledger/record_write.h"
#include "store/queue.h"
#include "store/read.h"

#include <openssl/sha.h>

#define VERSION 2
#define DIGEST_BYTES 16 /* of a SHA-256; enough to tell apart the states of one resource */

/* Keys that are also used outside of the tables. */
#define KEY_ACCOUNT "account"
#define KEY_REGION "region"
#define KEY_BASELINE "baseline"
#define KEY_RESOURCE "resource"
#define KEY_STATUS "status"
#define KEY_PROPOSAL "proposal"
#define KEY_RUN "run"
#define KEY_DIGEST "digest"

static const struct record_field cause_fields[] = {
	RECORD_TEXT(struct finding_cause, code, "code", RECORD_REQUIRED),
	RECORD_TEXT(struct finding_cause, message, "message", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type cause_type = {
	.name = "cause of a finding", .fields = cause_fields, RECORD_PART(struct finding_cause)
};

#define TEXT(member, key, flag) RECORD_TEXT(struct finding, member, key, flag)
#define STATUS RECORD_ENUM(struct finding, status, KEY_STATUS, RECORD_REQUIRED, &status_names)
#define TIER RECORD_ENUM(struct finding, tier, "tier", RECORD_REQUIRED, &tiers)
#define OBSERVED_AT RECORD_TIME(struct finding, observed_ms, "observed_at", RECORD_NULLABLE)

static const struct record_names tiers = { "tier", tier_names, TIER_COUNT };

static const struct record_field fields[] = {
	TEXT(account, KEY_ACCOUNT, RECORD_REQUIRED),
	TEXT(account_name, "account_name", RECORD_NULLABLE),
	TEXT(region, KEY_REGION, RECORD_REQUIRED),
	TEXT(baseline, KEY_BASELINE, RECORD_REQUIRED),
	TEXT(resource, KEY_RESOURCE, RECORD_REQUIRED),
	STATUS,
	TEXT(severity, "severity", RECORD_NULLABLE),
	RECORD_ENUM(struct finding, tier, "tier", RECORD_OPTIONAL, &tiers),
	TEXT(decided_by, "decided_by", RECORD_NULLABLE),
	RECORD_OBJECT(struct finding, observed, "observed", RECORD_NULLABLE),
	RECORD_OBJECT(struct finding, desired, "desired", RECORD_NULLABLE),
	TEXT(change, "change", RECORD_NULLABLE),
	RECORD_OBJECT(struct finding, proposal, KEY_PROPOSAL, RECORD_OPTIONAL),
	RECORD_NESTED(struct finding, cause, "cause", RECORD_NULLABLE, &cause_type),
	OBSERVED_AT,
	RECORD_ARRAY(struct finding, request_ids, "request_ids", RECORD_NULLABLE),
	TEXT(run, KEY_RUN, RECORD_NULLABLE),
	TEXT(digest, KEY_DIGEST, RECORD_OPTIONAL),
	RECORD_END,
};
static const struct record_type whole_type = { .name = "finding",
	.version = VERSION,
	.fields = fields,
	.identity = { KEY_ACCOUNT, KEY_REGION, KEY_BASELINE, KEY_RESOURCE },
	RECORD_STORED(struct finding) };

/* The short form has `region` and `resource` only where the key does not say them. */
static const struct record_field short_fields[] = {
	TEXT(region, KEY_REGION, RECORD_OPTIONAL),
	TEXT(resource, KEY_RESOURCE, RECORD_OPTIONAL),
	STATUS,
	TEXT(severity, "severity", RECORD_REQUIRED),
	TIER,
	TEXT(decided_by, "decided_by", RECORD_OPTIONAL),
	TEXT(digest, KEY_DIGEST, RECORD_REQUIRED),
	OBSERVED_AT,
	TEXT(run, KEY_RUN, RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type short_type = {
	.name = "finding", .version = VERSION, .fields = short_fields, RECORD_STORED(struct finding)
};

static const struct record_field brief_fields[] = {
	TEXT(account, KEY_ACCOUNT, RECORD_REQUIRED),
	TEXT(region, KEY_REGION, RECORD_REQUIRED),
	TEXT(baseline, KEY_BASELINE, RECORD_REQUIRED),
	TEXT(resource, KEY_RESOURCE, RECORD_REQUIRED),
	STATUS,
	TEXT(severity, "severity", RECORD_OPTIONAL),
	TIER,
	RECORD_OBJECT(struct finding, observed, "observed", RECORD_OPTIONAL),
	TEXT(change, "change", RECORD_OPTIONAL),
	RECORD_NESTED(struct finding, cause, "cause", RECORD_OPTIONAL, &cause_type),
	OBSERVED_AT,
	TEXT(run, KEY_RUN, RECORD_OPTIONAL),
	RECORD_END,
};
static const struct record_type brief_type = {
	.name = "finding", .fields = brief_fields, RECORD_PART(struct finding)
};

static struct store_key key_of(const struct finding *finding)
{
	return STORE_KEY(finding->account, finding->cell_region, finding->baseline, finding->resource);
}

/* --- writing --- */

static void digest_of(const json_t *observed, char out[2 * DIGEST_BYTES + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[SHA256_DIGEST_LENGTH];
	CLEANUP_BUF struct buf text = BUF_INIT(SIZE_MAX);

	json_add_canonical(&text, observed);
	SHA256((const unsigned char *)text.data, text.length, digest);
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[2 * DIGEST_BYTES] = '\0';
}

static MAY_YIELD int store_short(struct store *store, const struct finding *finding,
	const struct store_key *key, struct err *err)
{
	struct finding brief = *finding;
	char digest[2 * DIGEST_BYTES + 1], in_key[sizeof key->bytes + 1];

	digest_of(finding->observed, digest);
	brief.digest = digest;
	if (strcmp(finding->region, finding->cell_region) == 0)
		brief.region = NULL;
	if (store_key_part(key, 3, in_key, sizeof in_key) == 0 &&
		strcmp(in_key, finding->resource) == 0)
		brief.resource = NULL;
	if (finding->decided_by != NULL && strcmp(finding->decided_by, "default") == 0)
		brief.decided_by = NULL;
	return record_put(store, STORE_FINDINGS, key, &short_type, &brief, err);
}

int finding_store(struct store *store, const struct finding *finding, enum finding_form form,
	struct err *err)
{
	struct finding whole = *finding;
	struct store_key key = key_of(finding);

	/* A record that could not be read again is not written. */
	if (!record_fits(&whole_type, finding))
		return err_set(err, ERR_LIMIT, "TooDeep",
			"a finding of baseline %s in account %s is nested deeper than %d levels",
			finding->baseline, finding->account, JSON_MAX_DEPTH);
	if (finding->status == STATUS_COMPLIANT && form == FINDING_SHORT_IF_COMPLIANT)
		return store_short(store, finding, &key, err);
	if (whole.cause.code != NULL && whole.cause.code[0] == '\0')
		whole.cause.code = NULL;
	return record_put(store, STORE_FINDINGS, &key, &whole_type, &whole, err);
}

int finding_forget_cell(struct store *store, const char *account, const char *cell_region,
	const char *baseline, struct err *err)
{
	struct store_key prefix = STORE_KEY(account, cell_region, baseline);

	return store_delete_prefix(store, STORE_FINDINGS, &prefix, err);
}

/* --- reading --- */

/* Sets a member from the key when the record lacks it. */
static void take_from_key(json_t *record, const char *member, const struct store_key *key, size_t n)
{
	char text[sizeof key->bytes + 1];

	if (!json_is_string(json_object_get(record, member)) &&
		store_key_part(key, n, text, sizeof text) == 0)
		json_object_set_new(record, member, json_text(text));
}

/* Returns the record with its identity from the key; a short form gets a null for each member that
 * the whole form has. */
static json_t *complete(const struct store_key *key, const json_t *record)
{
	json_t *whole = json_copy((json_t *)record);

	take_from_key(whole, KEY_ACCOUNT, key, 0);
	take_from_key(whole, KEY_REGION, key, 1);
	take_from_key(whole, KEY_BASELINE, key, 2);
	take_from_key(whole, KEY_RESOURCE, key, 3);
	if (json_object_get(record, KEY_DIGEST) == NULL)
		return whole;
	for (const struct record_field *field = fields; field->key != NULL; field++)
		if ((field->flags & RECORD_NULLABLE) && json_object_get(whole, field->key) == NULL)
			json_object_set_new(whole, field->key, json_null());
	if (json_is_null(json_object_get(whole, "decided_by")))
		json_object_set_new(whole, "decided_by", json_string("default"));
	return whole;
}

int finding_decode(const struct store_key *key, const json_t *record, struct finding *out,
	struct err *err)
{
	CLEANUP_JSON json_t *whole = NULL;

	if (json_is_object(record))
		whole = complete(key, record);
	return record_decode(&whole_type, whole != NULL ? whole : record, out, err);
}

json_t *finding_brief(const struct finding *finding, const json_t *observed)
{
	struct finding brief = *finding;

	brief.observed = observed;
	return record_encode(&brief_type, &brief);
}

void finding_release(struct finding *finding)
{
	record_release(&whole_type, finding);
}

int finding_read(struct store *store, const char *account, const char *cell_region,
	const char *baseline, const char *resource, struct finding *out, bool *found, struct err *err)
{
	struct store_key key = STORE_KEY(account, cell_region, baseline, resource);
	CLEANUP_JSON json_t *record = NULL;

	*found = false;
	memset(out, 0, sizeof *out);
	if (store_get_json(store, STORE_FINDINGS, &key, &record, err) < 0 ||
		(record != NULL && finding_decode(&key, record, out, err) < 0))
		return -1;
	*found = record != NULL;
	return 0;
}

struct each {
	int (*each)(void *argument, const struct finding *finding);
	void *argument;
	struct err *err;
	int result;
};

static int visit(void *argument, const struct store_key *key, const json_t *record)
{
	struct each *each = argument;
	struct finding finding;

	each->result = finding_decode(key, record, &finding, each->err);
	if (each->result < 0)
		return 1;
	int stop = each->each(each->argument, &finding);
	finding_release(&finding);
	return stop;
}

int finding_each(struct store *store, const struct store_key *prefix,
	int (*each)(void *argument, const struct finding *finding), void *argument, struct err *err)
{
	struct each visiting = { each, argument, err, 0 };

	if (store_each_json(store, STORE_FINDINGS, prefix, visit, &visiting, err) < 0)
		return -1;
	return visiting.result;
}

/* Members that are stored and not shown. */
static const char *const hidden[] = { KEY_PROPOSAL, KEY_DIGEST, RECORD_VERSION_KEY };

json_t *finding_document(const struct finding *finding)
{
	json_t *document = json_copy(finding->source);

	for (size_t i = 0; i < ARRAY_LENGTH(hidden); i++)
		json_object_del(document, hidden[i]);
	return document;
}

int finding_from_document(const json_t *json, struct finding *out, struct err *err)
{
	return record_decode(&whole_type, json, out, err);
}

/* --- text --- */

static bool is_named(const struct json_name *name, const char *text)
{
	return name->length == strlen(text) && memcmp(name->text, text, name->length) == 0;
}

static bool is_hidden(const struct json_name *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(hidden); i++)
		if (is_named(name, hidden[i]))
			return true;
	return false;
}

/* A longer text is no value that we know; it is skipped. */
static int read_text(struct json_reader *reader, char *out, size_t size)
{
	const char *text;
	size_t length;

	if (json_peek(reader) != '"')
		return json_skip_value(reader);
	if (json_read_string(reader, &text, &length) < 0)
		return -1;
	if (length < size) {
		memcpy(out, text, length);
		out[length] = '\0';
	}
	return 0;
}

static int check_version(struct json_reader *reader)
{
	struct json_number number;

	if (json_read_number(reader, &number) < 0 || !number.is_integer)
		return -1;
	return number.integer >= 1 && number.integer <= VERSION ? 0 : -1;
}

static int read_member(struct json_reader *reader, const struct json_name *name,
	struct finding_gist *gist)
{
	if (is_named(name, KEY_RUN))
		return read_text(reader, gist->run, sizeof gist->run);
	if (is_named(name, KEY_STATUS))
		return read_text(reader, gist->status, sizeof gist->status);
	if (is_named(name, RECORD_VERSION_KEY))
		return check_version(reader);
	gist->is_short |= is_named(name, KEY_DIGEST);
	return json_skip_value(reader);
}

static int copy_members(struct json_reader *reader, struct finding_gist *gist, struct buf *out)
{
	const char *before = "{";
	struct json_name name;
	int more = json_peek(reader) == '{' ? json_enter(reader) : -1;

	if (more < 0)
		return -1;
	while ((more = json_next_member(reader, &name)) > 0) {
		bool shown = !is_hidden(&name);

		if (read_member(reader, &name, gist) < 0)
			return -1;
		if (!shown)
			continue;
		buf_add_string(out, before);
		buf_add(out, name.at, (size_t)(reader->cursor - name.at));
		before = ",";
	}
	buf_add_string(out, before[0] == '{' ? "{}" : "}");
	return more < 0 ? -1 : json_read_end(reader);
}

int finding_copy_text(const void *text, size_t length, struct finding_gist *gist, struct buf *out)
{
	struct err unused = ERR_INIT;
	struct json_reader reader;

	*gist = (struct finding_gist){ .run = "" };
	json_reader_init(&reader, text, length, "finding", &unused);
	int result = copy_members(&reader, gist, out);
	json_reader_release(&reader);
	return result;
}

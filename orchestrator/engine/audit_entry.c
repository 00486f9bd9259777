/*
 * The form of the log: an entry, what the first one hangs on, a checkpoint, and the head record.
 */
#include "engine/audit_internal.h"

#include "aws/sigv4.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

static const char *const kind_names[] = {
	[AUDIT_DECISION] = "decision",
	[AUDIT_CALL] = "call",
	[AUDIT_COMMAND] = "command",
};

/* The texts of an entry: their name in the JSON, and how long they may be in bytes. */
static const struct {
	const char *name;
	size_t offset, most;
} fields[] = {
	{ "action", offsetof(struct audit_entry, action), 64 },
	{ "outcome", offsetof(struct audit_entry, outcome), 64 },
	{ "run", offsetof(struct audit_entry, run), 64 },
	{ "actor", offsetof(struct audit_entry, actor), 256 },
	{ "user", offsetof(struct audit_entry, user), 64 },
	{ "account", offsetof(struct audit_entry, account), 32 },
	{ "region", offsetof(struct audit_entry, region), 32 },
	{ "baseline", offsetof(struct audit_entry, baseline), 128 },
	{ "resource", offsetof(struct audit_entry, resource), 2048 },
	{ "change", offsetof(struct audit_entry, change), 64 },
	{ "operation", offsetof(struct audit_entry, operation), 128 },
	{ "reason", offsetof(struct audit_entry, reason), 1024 },
	{ "rule", offsetof(struct audit_entry, rule), 512 },
	{ "request_id", offsetof(struct audit_entry, request_id), 128 },
};

/* At most `most` bytes of the text, cut between characters, and "…" where something was cut. */
static json_t *bounded_text(const char *text, size_t most)
{
	size_t length = strnlen(text, most + 1);

	if (length <= most)
		return json_text(text);
	length = most;
	/* Never more than a character's length back: what is no UTF-8 is escaped anyway. */
	for (int back = 0; back < 3 && ((unsigned char)text[length] & 0xc0) == 0x80; back++)
		length--;
	CLEANUP_FREE char *cut = xasprintf("%.*s…", (int)length, text);
	return json_text(cut);
}

static void set_digest(json_t *json, const char *name, const json_t *image)
{
	CLEANUP_BUF struct buf canonical = BUF_INIT(SIZE_MAX);
	char hash[AUDIT_HASH_SIZE];

	if (image == NULL)
		return;
	json_add_canonical(&canonical, image);
	sigv4_sha256_hex(canonical.data, canonical.length, hash);
	json_object_set_new(json, name, json_string(hash));
}

json_t *audit_entry_json(const struct audit_entry *entry, const char *own_user)
{
	json_t *json = json_pack("{s:s}", "kind", kind_names[entry->kind]);

	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
		const char *text = *(const char *const *)((const char *)entry + fields[i].offset);

		if (text == NULL && fields[i].offset == offsetof(struct audit_entry, user))
			text = own_user;
		if (text != NULL)
			json_object_set_new(json, fields[i].name, bounded_text(text, fields[i].most));
	}
	set_digest(json, "before_sha256", entry->before);
	set_digest(json, "after_sha256", entry->after);
	return json;
}

bool audit_is_log_id(const char *text)
{
	return strlen(text) == AUDIT_LOG_SIZE - 1 && strspn(text, "0123456789abcdef-") == AUDIT_LOG_SIZE - 1;
}

void audit_genesis(const char *log, const char *public_key, char hash[AUDIT_HASH_SIZE])
{
	CLEANUP_JSON json_t *begin = json_pack("{s:s, s:s, s:s}", "format", AUDIT_FORMAT, "log", log, "public_key", public_key);
	CLEANUP_BUF struct buf canonical = BUF_INIT(4096);

	json_add_canonical(&canonical, begin);
	sigv4_sha256_hex(canonical.data, canonical.length, hash);
}

json_t *audit_checkpoint_json(const struct audit_head *head)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:s}", "kind", "checkpoint", "log", head->log, "first", (json_int_t)head->checkpoint + 1,
	                 "last", (json_int_t)head->seq, "head", head->hash);
}

void audit_signed_form(const json_t *entry, struct buf *out)
{
	CLEANUP_JSON json_t *copy = json_copy((json_t *)entry);

	json_object_del(copy, "signature");
	json_add_canonical(out, copy);
}

/* --- the head record --- */

json_t *audit_head_json(const struct audit_head *head)
{
	return json_pack("{s:s, s:s, s:I, s:s, s:I}", "log", head->log, "public_key", head->public_key, "seq", (json_int_t)head->seq, "hash",
	                 head->hash, "checkpoint", (json_int_t)head->checkpoint);
}

int audit_head_read(struct store *store, struct audit_head *head, bool *found, struct err *err)
{
	struct store_key key = STORE_KEY("audit");
	CLEANUP_JSON json_t *record = NULL;

	*head = (struct audit_head){ .seq = 0 };
	*found = false;
	if (store_get_json(store, STORE_META, &key, &record, err) < 0)
		return -1;
	if (record == NULL)
		return 0;
	const char *log = json_get_string_or(record, "log", ""), *hash = json_get_string_or(record, "hash", "");
	const char *public_key = json_get_string_or(record, "public_key", "");
	json_int_t seq = json_get_integer_or(record, "seq", 0), checkpoint = json_get_integer_or(record, "checkpoint", -1);
	if (!audit_is_log_id(log) || !audit_is_hex(hash, AUDIT_HASH_SIZE - 1) ||
	    !audit_is_hex(public_key, AUDIT_KEY_HEX_SIZE - 1) || seq < 1 || checkpoint < 0 || checkpoint > seq)
		return err_set(err, ERR_STORE, "AuditDamaged", "the audit log's record in the state folder was altered; restore a backup");
	snprintf(head->log, sizeof head->log, "%s", log);
	snprintf(head->hash, sizeof head->hash, "%s", hash);
	snprintf(head->public_key, sizeof head->public_key, "%s", public_key);
	head->seq = (uint64_t)seq;
	head->checkpoint = (uint64_t)checkpoint;
	*found = true;
	return 0;
}

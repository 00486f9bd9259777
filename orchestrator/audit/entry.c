/*
 * The form of the log: an entry, the hash that the first entry is linked to, a checkpoint, and the
 * head record.
 */
#include "audit/entry.h"

#include "audit/internal.h"
#include "base/json_write.h"
#include "store/read.h"

#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

#include <inttypes.h>

static const char *const kind_names[] = {
	[AUDIT_DECISION] = "decision",
	[AUDIT_CALL] = "call",
	[AUDIT_COMMAND] = "command",
};

/* Adds at most `most` bytes of the text, cut between characters, with "…" if something was cut. */
static void add_bounded(struct buf *out, const char *text, size_t most)
{
	size_t length = strnlen(text, most + 1);

	if (length <= most) {
		json_add_string(out, text);
		return;
	}
	length = most;
	/* Goes back by at most one character; invalid UTF-8 is escaped anyway. */
	for (int back = 0; back < 3 && ((unsigned char)text[length] & 0xc0) == 0x80; back++)
		length--;
	CLEANUP_FREE char *cut = xasprintf("%.*s…", (int)length, text);
	json_add_string(out, cut);
}

static void add_name(struct buf *out, const char *name)
{
	buf_add_string(out, ",\"");
	buf_add_string(out, name);
	buf_add_string(out, "\":");
}

static void add_text(struct buf *out, const char *name, const char *text, size_t most)
{
	if (text == NULL)
		return;
	add_name(out, name);
	add_bounded(out, text, most);
}

/* Adds a text that was checked when it was made: hexadecimal digits, or a time. */
static void add_plain(struct buf *out, const char *name, const char *text)
{
	add_name(out, name);
	buf_add_char(out, '"');
	buf_add_string(out, text);
	buf_add_char(out, '"');
}

static void add_number(struct buf *out, const char *name, uint64_t number)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRIu64, number);
	add_name(out, name);
	buf_add_string(out, digits);
}

void audit_digest(const json_t *image, char digest[AUDIT_DIGEST_SIZE])
{
	CLEANUP_BUF struct buf canonical = BUF_INIT(SIZE_MAX);

	digest[0] = '\0';
	if (image == NULL)
		return;
	json_add_canonical(&canonical, image);
	sigv4_sha256_hex(canonical.data, canonical.length, digest);
}

/* Adds the digest of an image; `known` is that digest if it was computed before, else NULL. */
static void add_digest(struct buf *out, const char *name, const json_t *image, const char *known)
{
	char digest[AUDIT_DIGEST_SIZE];

	if (known == NULL)
		audit_digest(image, digest);
	const char *text = known != NULL ? known : digest;
	if (text[0] != '\0')
		add_plain(out, name, text);
}

/* Writes the fields in the order of their names, which RFC 8785 requires; this list must keep that
 * order. The numbers are the longest length of the texts in bytes. */
void audit_entry_write(struct buf *out, const struct audit_entry *entry, const char *own_user,
	const struct audit_link *link)
{
	size_t start = out->length;

	add_text(out, "account", entry->account, 32);
	add_text(out, "action", entry->action, 64);
	add_text(out, "actor", entry->actor, 256);
	add_digest(out, "after_sha256", entry->after, entry->after_sha256);
	add_plain(out, "at", link->at);
	add_text(out, "baseline", entry->baseline, 128);
	add_digest(out, "before_sha256", entry->before, entry->before_sha256);
	add_text(out, "change", entry->change, 64);
	add_plain(out, "kind", kind_names[entry->kind]);
	add_text(out, "operation", entry->operation, 128);
	add_text(out, "outcome", entry->outcome, 64);
	add_plain(out, "prev", link->prev);
	add_text(out, "reason", entry->reason, 1024);
	add_text(out, "region", entry->region, 32);
	add_text(out, "request_id", entry->request_id, 128);
	add_text(out, "resource", entry->resource, 2048);
	add_text(out, "rule", entry->rule, 512);
	add_text(out, "run", entry->run, 64);
	add_number(out, "seq", link->seq);
	add_text(out, "user", entry->user != NULL ? entry->user : own_user, 64);
	buf_add_char(out, '}');
	if (buf_ok(out))
		out->data[start] = '{'; /* the first comma */
}

bool audit_is_log_id(const char *text)
{
	return strlen(text) == AUDIT_LOG_SIZE - 1 &&
		strspn(text, "0123456789abcdef-") == AUDIT_LOG_SIZE - 1;
}

void audit_genesis(const char *log, const char *public_key, char hash[AUDIT_HASH_SIZE])
{
	CLEANUP_JSON json_t *begin =
		json_pack("{s:s, s:s, s:s}", "format", AUDIT_FORMAT, "log", log, "public_key", public_key);
	CLEANUP_BUF struct buf canonical = BUF_INIT(4096);

	json_add_canonical(&canonical, begin);
	sigv4_sha256_hex(canonical.data, canonical.length, hash);
}

json_t *audit_checkpoint_json(const struct audit_head *head)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:s}", "kind", "checkpoint", "log", head->log, "first",
		(json_int_t)head->checkpoint + 1, "last", (json_int_t)head->seq, "head", head->hash);
}

void audit_signed_form(const json_t *entry, struct buf *out)
{
	CLEANUP_JSON json_t *copy = json_copy((json_t *)entry);

	json_object_del(copy, "signature");
	json_add_canonical(out, copy);
}

/* --- the head record --- */

void audit_head_write(struct buf *out, const struct audit_head *head)
{
	size_t start = out->length;

	add_plain(out, "log", head->log);
	add_plain(out, "public_key", head->public_key);
	add_number(out, "seq", head->seq);
	add_plain(out, "hash", head->hash);
	add_number(out, "checkpoint", head->checkpoint);
	buf_add_char(out, '}');
	if (buf_ok(out))
		out->data[start] = '{';
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
	const char *log = json_get_string_or(record, "log", ""),
			   *hash = json_get_string_or(record, "hash", "");
	const char *public_key = json_get_string_or(record, "public_key", "");
	json_int_t seq = json_get_integer_or(record, "seq", 0),
			   checkpoint = json_get_integer_or(record, "checkpoint", -1);
	if (!audit_is_log_id(log) || !audit_is_hex(hash, AUDIT_HASH_SIZE - 1) ||
		!audit_is_hex(public_key, AUDIT_KEY_HEX_SIZE - 1) || seq < 1 || checkpoint < 0 ||
		checkpoint > seq)
		return err_set(err, ERR_STORE, "AuditDamaged",
			"the head record of the audit log in the state folder was altered; restore a backup");
	snprintf(head->log, sizeof head->log, "%s", log);
	snprintf(head->hash, sizeof head->hash, "%s", hash);
	snprintf(head->public_key, sizeof head->public_key, "%s", public_key);
	head->seq = (uint64_t)seq;
	head->checkpoint = (uint64_t)checkpoint;
	*found = true;
	return 0;
}

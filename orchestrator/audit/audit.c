/*
 * Appends entries. An entry, the checkpoint that is due with it, and the head record are prepared
 * first and then queued as one batch, which can't yield. So the order in the store is the order of
 * the chain, and after a crash the head record is that of the last entry.
 */
#include "audit/audit.h"

#include "audit/block.h"
#include "audit/entry.h"
#include "audit/internal.h"
#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "store/errors.h"
#include "store/queue.h"
#include "store/read.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/rand.h>
#include <pwd.h>
#include <unistd.h>

/* --- open --- */

static void name_user(char *out, size_t size)
{
	struct passwd entry, *found = NULL;
	char text[4096];

	if (getpwuid_r(geteuid(), &entry, text, sizeof text, &found) == 0 && found != NULL)
		snprintf(out, size, "%s", found->pw_name);
	else
		snprintf(out, size, "uid:%u", (unsigned)geteuid());
}

/* Makes a random UUID (RFC 9562, version 4). */
static int make_log_id(char out[AUDIT_LOG_SIZE], struct err *err)
{
	uint8_t b[16];

	if (RAND_bytes(b, sizeof b) != 1)
		return err_set(err, ERR_SYSTEM, "NoRandomness",
			"libcrypto can't provide random numbers for the audit log's id");
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(out, AUDIT_LOG_SIZE,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
		b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	return 0;
}

static int note_presence(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	(void)key, (void)value, (void)length;
	*(bool *)argument = true;
	return 1;
}

/* Begins a new log: one that has neither head record nor key. A log that has lost only one of them
 * is damaged. */
static int begin_log(struct audit *audit, const char *folder, struct err *err)
{
	bool entries = false;

	if (audit->reading) /* a writer in another process may begin at any moment */
		return 0;
	if (store_each(audit->store, STORE_AUDIT, NULL, note_presence, &entries, err) < 0)
		return -1;
	if (entries)
		return err_set(err, ERR_STORE, "AuditDamaged",
			"state folder %s holds audit entries but not the head record, which states where the "
			"log ends; restore a backup",
			folder);
	if (audit->key.pair == NULL && audit_key_create(folder, &audit->key, err) < 0)
		return -1;
	if (make_log_id(audit->head.log, err) < 0)
		return -1;
	memcpy(audit->head.public_key, audit->key.public_hex, sizeof audit->head.public_key);
	audit_genesis(audit->head.log, audit->head.public_key, audit->head.hash);
	return 0;
}

/* Continues the log. Its end must be as it was left: appending to anything else would hide a break
 * in the chain. */
static int continue_log(struct audit *audit, const char *folder, struct err *err)
{
	char hash[AUDIT_HASH_SIZE] = "", beyond[AUDIT_HASH_SIZE];
	bool last_found = false, beyond_found = false;

	if (audit->key.pair == NULL)
		return err_set(err, ERR_STORE, "AuditKeyMissing",
			"the audit log in state folder %s has %" PRIu64
			" entries, but its key %s/" AUDIT_KEY_FILE
			" is missing; restore it from a backup, or start a new log in another --state folder",
			folder, audit->head.seq, folder);
	if (strcmp(audit->key.public_hex, audit->head.public_key) != 0)
		return err_set(err, ERR_STORE, "AuditKeyMismatch",
			"%s/" AUDIT_KEY_FILE " is not the key of the audit log in that folder, whose public "
			"key is %s; restore the right one",
			folder, audit->head.public_key);
	if (audit_hash_of(audit->store, audit->head.seq, hash, &last_found, err) < 0)
		return -1;
	/* A reader may see more entries by now, since another process appends. */
	if (!audit->reading &&
		audit_hash_of(audit->store, audit->head.seq + 1, beyond, &beyond_found, err) < 0)
		return -1;
	if (!last_found || beyond_found || strcmp(hash, audit->head.hash) != 0)
		return err_set(err, ERR_STORE, "AuditDamaged",
			"the end of the audit log in state folder %s was changed (entry %" PRIu64
			" %s); `reeve audit verify` shows the details",
			folder, beyond_found ? audit->head.seq + 1 : audit->head.seq,
			!last_found        ? "is missing"
				: beyond_found ? "was not written by this log"
							   : "was altered");
	return 0;
}

int audit_open(struct store *store, const char *state_folder, const struct audit_options *options,
	struct audit **out, struct err *err)
{
	struct audit *audit = xcalloc(1, sizeof *audit);
	bool found;

	audit->store = store;
	audit->reading = options != NULL && options->reading;
	name_user(audit->user, sizeof audit->user);
	if (audit_head_read(store, &audit->head, &found, err) < 0 ||
		audit_key_load(state_folder, &audit->key, err) < 0 ||
		(found ? continue_log(audit, state_folder, err) : begin_log(audit, state_folder, err)) <
			0) {
		audit_key_release(&audit->key);
		free(audit);
		return -1;
	}
	*out = audit;
	return 0;
}

/* --- append --- */

/* Entries that are queued together, and the head record after them. */
struct addition {
	struct audit_head head;
	size_t count, bytes;
	struct {
		struct store_key key;
		struct buf text;
	} entries[2];
};

/* Returns the buffer for the next entry's text. */
static struct buf *begin_entry(struct addition *addition)
{
	struct buf *text = &addition->entries[addition->count].text;

	buf_init(text, AUDIT_ENTRY_BYTES);
	addition->entries[addition->count++].key = audit_store_key(addition->head.seq + 1);
	return text;
}

/* Completes the entry; the head record now refers to it. */
static int end_entry(struct addition *addition, const struct buf *text, struct err *err)
{
	if (!buf_ok(text))
		return err_set(err, ERR_LIMIT, "AuditEntryTooLong",
			"an audit entry would be longer than %zu bytes", AUDIT_ENTRY_BYTES);
	addition->head.seq++;
	addition->bytes += text->length;
	sigv4_sha256_hex(text->data, text->length, addition->head.hash);
	return 0;
}

static int add_entry(const struct audit *audit, struct addition *addition,
	const struct audit_entry *entry, struct err *err)
{
	char at[CLOCK_RFC3339_SIZE];
	const struct audit_link link = {
		.seq = addition->head.seq + 1, .at = at, .prev = addition->head.hash
	};
	struct buf *text = begin_entry(addition);

	clock_format_rfc3339(clock_now_ms(), at);
	audit_entry_write(text, entry, audit->user, &link);
	return end_entry(addition, text, err);
}

static int add_checkpoint(const struct audit *audit, struct addition *addition, struct err *err)
{
	CLEANUP_JSON json_t *payload = audit_checkpoint_json(&addition->head);
	CLEANUP_BUF struct buf signed_form = BUF_INIT(AUDIT_ENTRY_BYTES);
	char at[CLOCK_RFC3339_SIZE], signature[AUDIT_SIGNATURE_HEX_SIZE];
	struct buf *text = begin_entry(addition);

	clock_format_rfc3339(clock_now_ms(), at);
	json_object_set_new(payload, "at", json_string(at));
	json_object_set_new(payload, "prev", json_string(addition->head.hash));
	json_object_set_new(payload, "seq", json_integer((json_int_t)addition->head.seq + 1));
	audit_signed_form(payload, &signed_form);
	if (audit_key_sign(&audit->key, AUDIT_SIGNS_CHECKPOINT, signed_form.data, signed_form.length,
			signature, err) < 0)
		return -1;
	json_object_set_new(payload, "signature", json_string(signature));
	json_add_canonical(text, payload);
	if (end_entry(addition, text, err) < 0)
		return -1;
	addition->head.checkpoint = addition->head.seq;
	return 0;
}

/* Queues the entries and the head record as one batch, without a yield. */
static MAY_YIELD int queue(struct audit *audit, const struct addition *addition, struct err *err)
{
	struct store_key key = STORE_KEY("audit");
	int result = 0;

	store_batch_begin(audit->store);
	for (size_t i = 0; i < addition->count && result == 0; i++)
		result = store_put(audit->store, STORE_AUDIT, &addition->entries[i].key,
			addition->entries[i].text.data, addition->entries[i].text.length, err);
	if (result == 0) {
		struct buf *head = store_text(audit->store);

		audit_head_write(head, &addition->head);
		result = store_put(audit->store, STORE_META, &key, head->data, head->length, err);
	}
	store_batch_end(audit->store);
	return result;
}

static MAY_YIELD int commit(struct audit *audit, struct addition *addition, struct err *err)
{
	if (queue(audit, addition, err) < 0)
		return -1;
	/* The store's writer may have failed meanwhile and dropped the batch: the flush returns its
	 * error. */
	if (store_failed(audit->store))
		return store_flush(audit->store, err);
	audit->head = addition->head;
	audit->unflushed_bytes += addition->bytes;
	if (audit->unflushed_bytes < AUDIT_UNFLUSHED_BYTES)
		return 0;
	audit->unflushed_bytes = 0;
	return store_flush(audit->store, err);
}

static void release(struct addition *addition)
{
	for (size_t i = 0; i < addition->count; i++)
		buf_release(&addition->entries[i].text);
}

int audit_append(struct audit *audit, const struct audit_entry *entry, struct err *err)
{
	struct addition addition = { .head = audit->head };

	assert(!audit->reading && entry->action != NULL);
	int result = add_entry(audit, &addition, entry, err);
	if (result == 0 && addition.head.seq - addition.head.checkpoint >= AUDIT_CHECKPOINT_EVERY)
		result = add_checkpoint(audit, &addition, err);
	if (result == 0)
		result = commit(audit, &addition, err);
	release(&addition);
	return result;
}

int audit_checkpoint(struct audit *audit, struct err *err)
{
	struct addition addition = { .head = audit->head };

	assert(!audit->reading);
	if (audit->head.seq == audit->head.checkpoint)
		return 0;
	int result = add_checkpoint(audit, &addition, err);
	if (result == 0)
		result = commit(audit, &addition, err);
	release(&addition);
	return result;
}

int audit_flush(struct audit *audit, struct err *err)
{
	audit->unflushed_bytes = 0;
	return store_flush(audit->store, err);
}

int audit_close(struct audit *audit, struct err *err)
{
	int result = 0;

	if (audit == NULL)
		return 0;
	if (!audit->reading)
		result = audit_checkpoint(audit, err) < 0 || audit_flush(audit, err) < 0 ? -1 : 0;
	audit_key_release(&audit->key);
	free(audit);
	return result;
}

uint64_t audit_last(const struct audit *audit)
{
	return audit->head.seq;
}

const char *audit_log_id(const struct audit *audit)
{
	return audit->head.log;
}

const char *audit_public_key(const struct audit *audit)
{
	return audit->key.public_hex;
}

#include "audit/export.h"

#include "audit/block.h"
#include "audit/entry.h"
#include "audit/internal.h"
#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "store/read.h"

#include <inttypes.h>

struct exporting {
	struct audit *audit;
	const struct audit_sink *sink;
	struct audit_head head; /* of the entries that are on disk */
	uint64_t first, last;
	char hash[AUDIT_HASH_SIZE]; /* of the last entry that was written */
	json_t *header;
};

static int damaged(uint64_t seq, const char *what, struct err *err)
{
	return err_set(err, ERR_STORE, "AuditDamaged",
		"audit entry %" PRIu64
		" %s; the export is left without its signature, and `reeve audit verify` shows the details",
		seq, what);
}

static int resolve_range(struct exporting *exporting, const struct audit_range *range,
	struct err *err)
{
	bool found;

	if (audit_head_read(exporting->audit->store, &exporting->head, &found, err) < 0)
		return -1;
	if (!found || exporting->audit->key.pair == NULL)
		return err_set(err, ERR_STORE, "AuditEmpty",
			"the audit log has no entries yet; a sweep begins it");
	exporting->first = range->first != 0 ? range->first : 1;
	exporting->last = range->last != 0 ? range->last : exporting->head.seq;
	if (exporting->last > exporting->head.seq || exporting->first > exporting->last + 1)
		return err_set(err, ERR_USAGE, "AuditRange",
			"entries %" PRIu64 " to %" PRIu64
			" were asked for, but the audit log has entries 1 to %" PRIu64,
			exporting->first, exporting->last, exporting->head.seq);
	return 0;
}

/* Finds the hash that the first entry of the range is linked to. */
static int find_anchor(struct exporting *exporting, struct err *err)
{
	bool found = true;

	if (exporting->first == 1)
		audit_genesis(exporting->head.log, exporting->head.public_key, exporting->hash);
	else if (audit_hash_of(exporting->audit->store, exporting->first - 1, exporting->hash, &found,
				 err) < 0)
		return -1;
	return found ? 0 : damaged(exporting->first - 1, "is missing", err);
}

static MAY_YIELD int write_line(struct exporting *exporting, const json_t *json, struct err *err)
{
	CLEANUP_BUF struct buf line = BUF_INIT(AUDIT_ENTRY_BYTES);

	json_add_canonical(&line, json);
	buf_add_char(&line, '\n');
	return exporting->sink->write(exporting->sink->argument, line.data, line.length, err);
}

static MAY_YIELD int write_header(struct exporting *exporting, struct err *err)
{
	char now[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(clock_now_ms(), now);
	exporting->header = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s}", "kind", "header",
		"format", AUDIT_FORMAT, "log", exporting->head.log, "public_key",
		exporting->head.public_key, "first", (json_int_t)exporting->first, "last",
		(json_int_t)exporting->last, "count", (json_int_t)(exporting->last + 1 - exporting->first),
		"anchor", exporting->hash, "generated", now);
	return write_line(exporting, exporting->header, err);
}

/* Checks the links of the entries of one block. */
static int check_block(struct exporting *exporting, const struct audit_block *block, uint64_t from,
	size_t *count, struct err *err)
{
	*count = 0;
	for (size_t i = 0; i < block->count && block->entries[i].seq <= exporting->last; i++) {
		const char *text = block->bytes.data + block->entries[i].offset;
		CLEANUP_JSON json_t *entry = NULL;

		if (block->entries[i].seq != from + i)
			return damaged(from + i, "is missing", err);
		if (json_parse(text, block->entries[i].length, "the entry", &entry, err) < 0)
			return damaged(from + i, "was altered", err);
		if (strcmp(json_get_string_or(entry, "prev", ""), exporting->hash) != 0)
			return damaged(from + i,
				"does not follow from the one before it: one of the two was altered", err);
		sigv4_sha256_hex(text, block->entries[i].length, exporting->hash);
		++*count;
	}
	return *count > 0 ? 0 : damaged(from, "is missing", err);
}

static MAY_YIELD int write_entries(struct exporting *exporting, struct err *err)
{
	CLEANUP_BUF struct buf lines = BUF_INIT(AUDIT_BLOCK * (AUDIT_ENTRY_BYTES + 1));
	struct audit_block *block = audit_block_new();
	int result = 0;

	for (uint64_t seq = exporting->first; seq <= exporting->last && result == 0;) {
		size_t count = 0;

		result = audit_block_read(exporting->audit->store, seq, block, err);
		if (result == 0)
			result = check_block(exporting, block, seq, &count, err);
		if (result < 0)
			break;
		buf_reset(&lines);
		for (size_t i = 0; i < count; i++) {
			buf_add(&lines, block->bytes.data + block->entries[i].offset, block->entries[i].length);
			buf_add_char(&lines, '\n');
		}
		result = exporting->sink->write(exporting->sink->argument, lines.data, lines.length, err);
		seq += count;
	}
	audit_block_free(block);
	if (result == 0 && exporting->last == exporting->head.seq &&
		strcmp(exporting->hash, exporting->head.hash) != 0)
		return damaged(exporting->last, "was altered", err);
	return result;
}

static MAY_YIELD int write_trailer(struct exporting *exporting, struct err *err)
{
	CLEANUP_JSON json_t *signs =
		json_pack("{s:O, s:s}", "header", exporting->header, "head", exporting->hash);
	CLEANUP_BUF struct buf text = BUF_INIT(AUDIT_ENTRY_BYTES);
	char signature[AUDIT_SIGNATURE_HEX_SIZE];

	json_add_canonical(&text, signs);
	if (audit_key_sign(&exporting->audit->key, AUDIT_SIGNS_EXPORT, text.data, text.length,
			signature, err) < 0)
		return -1;
	CLEANUP_JSON json_t *trailer = json_pack("{s:s, s:O, s:s, s:s}", "kind", "trailer", "count",
		json_object_get(exporting->header, "count"), "head", exporting->hash, "signature",
		signature);
	return write_line(exporting, trailer, err);
}

int audit_export(struct audit *audit, const struct audit_range *range,
	const struct audit_sink *sink, struct err *err)
{
	struct exporting exporting = { .audit = audit, .sink = sink };
	int result = -1;

	if (resolve_range(&exporting, range, err) == 0 && find_anchor(&exporting, err) == 0 &&
		write_header(&exporting, err) == 0 && write_entries(&exporting, err) == 0)
		result = write_trailer(&exporting, err);
	json_decref(exporting.header);
	return result;
}

static int add_to_buffer(void *argument, const void *bytes, size_t length, struct err *err)
{
	struct buf *out = argument;

	buf_add(out, bytes, length);
	return buf_ok(out) ? 0
					   : err_set(err, ERR_LIMIT, "AuditExportTooLong",
							 "the export is longer than %zu bytes", out->max_bytes);
}

int audit_export_to_buffer(struct audit *audit, const struct audit_range *range, struct buf *out,
	struct err *err)
{
	const struct audit_sink sink = { add_to_buffer, out };

	return audit_export(audit, range, &sink, err);
}

/* --- the first entry since a time --- */

struct search {
	int64_t since_ms;
	uint64_t seq; /* 0: not found */
};

static int compare_time(void *argument, const struct store_key *key, const json_t *entry)
{
	struct search *search = argument;
	uint64_t seq;
	int64_t ms;

	if (clock_parse_rfc3339(json_get_string_or(entry, "at", ""), &ms) < 0 ||
		ms < search->since_ms || audit_seq_of_key(key, &seq) < 0)
		return 0;
	search->seq = seq;
	return 1;
}

int audit_find_since(struct audit *audit, int64_t since_ms, uint64_t *seq, struct err *err)
{
	struct search search = { .since_ms = since_ms };
	struct audit_head head;
	bool found;

	/* Clocks may be set back, so times are not sorted: the search goes from the beginning to the
	 * first match. */
	if (audit_head_read(audit->store, &head, &found, err) < 0 ||
		store_each_json(audit->store, STORE_AUDIT, NULL, compare_time, &search, err) < 0)
		return -1;
	*seq = search.seq != 0 && search.seq <= head.seq ? search.seq : head.seq + 1;
	return 0;
}

#include "ledger/change.h"

#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/json_write.h"
#include "ledger/run_record.h"

#define CHANGE_MAX_BYTES (4 * 1024 * 1024)

static void add_text(struct buf *out, const char *lead, const char *text)
{
	buf_add_string(out, lead);
	json_add_string(out, text);
}

static void add_value(struct buf *out, const char *lead, const json_t *value)
{
	buf_add_string(out, lead);
	json_add_canonical(out, value); /* null where there is none */
}

void change_hash(const struct change_record *record, char out[CHANGE_HASH_SIZE])
{
	CLEANUP_BUF struct buf canonical = BUF_INIT(CHANGE_MAX_BYTES);

	/* The members are in the order that RFC 8785 asks for. */
	add_text(&canonical, "{\"account\":", record->account);
	add_value(&canonical, ",\"after\":", record->after);
	add_text(&canonical, ",\"baseline\":", record->baseline);
	add_value(&canonical, ",\"before\":", record->before);
	add_value(&canonical, ",\"calls\":", record->calls);
	add_text(&canonical, ",\"region\":", record->region);
	add_text(&canonical, ",\"resource\":", record->resource);
	buf_add_char(&canonical, '}');
	sigv4_sha256_hex(canonical.data, canonical.length, out);
}

void change_make_id(const char *run_id, const char *of, char out[CHANGE_ID_SIZE])
{
	char text[CHANGE_HASH_SIZE + RUN_ID_SIZE], digits[65];

	snprintf(text, sizeof text, "%s%s", of, run_id);
	sigv4_sha256_hex(text, strlen(text), digits);
	snprintf(out, CHANGE_ID_SIZE, "c-%.16s", digits);
}

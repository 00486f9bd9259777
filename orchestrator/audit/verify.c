/*
 * Verifies an export line by line, with bounded memory.
 */
#include "audit/verify.h"

#include "audit/entry.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>

/* Size of the longest line and its newline. */
#define READ_BYTES (4 * AUDIT_ENTRY_BYTES)

struct lines {
	FILE *in;
	char *data;
	size_t start, end;
	bool ended;      /* the file; bytes that were read ahead are in data */
	uint64_t number; /* of the line that was read last */
};

enum line { LINE_ERROR = -1, LINE_NONE, LINE_WHOLE, LINE_CUT_OFF, LINE_TOO_LONG };

/* Reads the next line without its newline; borrowed until the next call. */
static enum line next_line(struct lines *lines, const char **text, size_t *length)
{
	for (;;) {
		const char *start = lines->data + lines->start;
		const char *newline = memchr(start, '\n', lines->end - lines->start);

		*text = start;
		if (newline != NULL) {
			*length = (size_t)(newline - start);
			lines->start += *length + 1;
			lines->number++;
			return *length > AUDIT_ENTRY_BYTES ? LINE_TOO_LONG : LINE_WHOLE;
		}
		*length = lines->end - lines->start;
		if (lines->ended || *length > AUDIT_ENTRY_BYTES) {
			lines->number += *length > 0;
			return *length == 0               ? LINE_NONE
				: *length > AUDIT_ENTRY_BYTES ? LINE_TOO_LONG
											  : LINE_CUT_OFF;
		}
		memmove(lines->data, start, *length);
		lines->start = 0;
		lines->end = *length;
		size_t got = fread(lines->data + lines->end, 1, READ_BYTES - lines->end, lines->in);
		lines->end += got;
		lines->ended = got == 0;
		if (got == 0 && ferror(lines->in))
			return LINE_ERROR;
	}
}

struct verifying {
	struct lines lines;
	struct audit_verdict *verdict;
	struct audit_chain chain;
	json_t *header;
};

static bool fault_at_line(struct verifying *verifying, uint64_t seq, const char *what)
{
	return audit_fault_set(&verifying->verdict->fault, seq, verifying->lines.number, "%s", what);
}

/* --- the header --- */

static bool header_fields_fit(const json_t *header, struct audit_verdict *verdict)
{
	json_int_t first = json_get_integer_or(header, "first", -1),
			   last = json_get_integer_or(header, "last", -1);
	const char *log = json_get_string_or(header, "log", ""),
			   *key = json_get_string_or(header, "public_key", "");
	int64_t ms;

	if (json_object_size(header) != 9 || !audit_is_log_id(log) ||
		!audit_is_hex(key, AUDIT_KEY_HEX_SIZE - 1) ||
		!audit_is_hex(json_get_string(header, "anchor"), AUDIT_HASH_SIZE - 1) || first < 1 ||
		last < first - 1 || json_get_integer_or(header, "count", -1) != last - first + 1 ||
		clock_parse_rfc3339(json_get_string_or(header, "generated", ""), &ms) < 0)
		return false;
	snprintf(verdict->log, sizeof verdict->log, "%s", log);
	snprintf(verdict->public_key, sizeof verdict->public_key, "%s", key);
	verdict->first = (uint64_t)first;
	verdict->last = (uint64_t)last;
	return true;
}

static bool check_header(struct verifying *verifying, const char *text, size_t length,
	const char *public_key)
{
	struct audit_verdict *verdict = verifying->verdict;
	char genesis[AUDIT_HASH_SIZE];
	const char *why;

	verifying->header = audit_parse_canonical(text, length, &why);
	const char *kind = json_get_string_or(verifying->header, "kind", ""),
			   *format = json_get_string_or(verifying->header, "format", "");
	if (verifying->header == NULL)
		return audit_fault_set(&verdict->fault, 0, 1,
			"the header was altered, or this is no audit export: its line %s", why);
	if (strcmp(kind, "header") != 0)
		return fault_at_line(verifying, 0,
			"the header, the first line of an audit export, is missing or was altered");
	if (strcmp(format, AUDIT_FORMAT) != 0)
		return audit_fault_set(&verdict->fault, 0, 1,
			"the header was altered, or the format of this export is not " AUDIT_FORMAT
			", the only one that this version knows");
	if (!header_fields_fit(verifying->header, verdict))
		return fault_at_line(verifying, 0,
			"the header was altered: its fields are not those of an export");
	if (public_key != NULL && strcmp(public_key, verdict->public_key) != 0)
		return audit_fault_set(&verdict->fault, 0, 1,
			"the export names a different key than the given one, %s: it is from another log, or "
			"was "
			"altered",
			public_key);
	const char *anchor = json_get_string(verifying->header, "anchor");
	audit_genesis(verdict->log, verdict->public_key, genesis);
	if (verdict->first == 1 && strcmp(genesis, anchor) != 0)
		return fault_at_line(verifying, 0,
			"the header was altered: its anchor is not the hash that the first entry of its log is "
			"linked to");
	audit_chain_begin(&verifying->chain, verdict->log, verdict->public_key, verdict->first, anchor);
	return true;
}

/* --- the trailer --- */

static bool signature_fits(const struct verifying *verifying, const char *head,
	const char *signature)
{
	CLEANUP_JSON json_t *signs = json_pack("{s:O, s:s}", "header", verifying->header, "head", head);
	CLEANUP_BUF struct buf text = BUF_INIT(AUDIT_ENTRY_BYTES);

	json_add_canonical(&text, signs);
	return audit_key_verify(verifying->verdict->public_key, AUDIT_SIGNS_EXPORT, text.data,
		text.length, signature);
}

static bool check_trailer(struct verifying *verifying, const json_t *trailer)
{
	struct audit_verdict *verdict = verifying->verdict;
	const char *head = json_get_string(trailer, "head"),
			   *signature = json_get_string(trailer, "signature");
	bool fields_fit = json_object_size(trailer) == 4 && audit_is_hex(head, AUDIT_HASH_SIZE - 1) &&
		signature != NULL;

	if (!audit_chain_end(&verifying->chain, verdict->last, fields_fit ? head : NULL)) {
		verdict->fault = verifying->chain.fault;
		return false;
	}
	if (!fields_fit ||
		!json_equal(json_object_get(trailer, "count"), json_object_get(verifying->header, "count")))
		return fault_at_line(verifying, 0,
			"the trailer was altered: its fields do not match the header");
	if (strcmp(head, verifying->chain.hash) == 0) {
		if (signature_fits(verifying, head, signature))
			return true;
		return fault_at_line(verifying, 0,
			"the signature does not fit: the header or the trailer was altered, or the export was "
			"made with another key");
	}
	if (verdict->last < verdict->first)
		return fault_at_line(verifying, 0,
			"the trailer was altered: its hash is not the header's anchor");
	/* The signature tells which of the two hashes is right. */
	if (signature_fits(verifying, verifying->chain.hash, signature))
		return fault_at_line(verifying, 0,
			"the trailer was altered: its hash is not that of the last entry");
	return audit_fault_set(&verdict->fault, verdict->last, verifying->lines.number - 1,
		"entry %" PRIu64 " was altered: its hash is not the one that the trailer holds",
		verdict->last);
}

/* --- the lines --- */

static bool ends_early(struct verifying *verifying)
{
	struct audit_verdict *verdict = verifying->verdict;
	struct audit_chain *chain = &verifying->chain;

	if (chain->doubtful != 0 || chain->gap_first != 0) {
		(void)!audit_chain_end(chain, verdict->last, NULL);
		verdict->fault = chain->fault;
		return false;
	}
	if (chain->next > verdict->last)
		return fault_at_line(verifying, 0,
			"the export ends early: its last line, the signed trailer, is missing or cut off");
	return audit_fault_set(&verdict->fault, chain->next, verifying->lines.number,
		"the export ends early: it has %s",
		count_among(chain->next - verdict->first, verdict->last + 1 - verdict->first, "entry"));
}

/* Checks one line after the header; sets *ended at the trailer. False when a fault was found. */
static bool check_line(struct verifying *verifying, const char *text, size_t length, bool *ended)
{
	struct audit_verdict *verdict = verifying->verdict;
	struct audit_chain *chain = &verifying->chain;
	const char *why;
	CLEANUP_JSON json_t *json = audit_parse_canonical(text, length, &why);

	if (json != NULL && strcmp(json_get_string_or(json, "kind", ""), "trailer") == 0) {
		*ended = true;
		return check_trailer(verifying, json);
	}
	if (chain->next > verdict->last && chain->gap_first == 0 && chain->doubtful == 0)
		return fault_at_line(verifying, 0,
			json == NULL || json_object_get(json, "seq") == NULL
				? "the trailer was altered: its line is not a trailer"
				: "there are more entries than the header states");
	bool fine = json != NULL
		? audit_chain_take_json(chain, json, text, length, verifying->lines.number)
		: audit_chain_take(chain, text, length, verifying->lines.number);
	if (!fine)
		verdict->fault = chain->fault;
	return fine;
}

/* Checks all lines; -1 when the file can't be read. */
static int check_lines(struct verifying *verifying, const char *public_key)
{
	const char *text;
	size_t length;
	bool ended = false, fine = true;
	enum line line;

	while (fine && (line = next_line(&verifying->lines, &text, &length)) != LINE_NONE) {
		if (line == LINE_ERROR)
			return -1;
		if (ended)
			fine = fault_at_line(verifying, 0, "there are more lines after the end of the export");
		else if (line == LINE_TOO_LONG)
			fine = fault_at_line(verifying, 0,
				"the line is longer than any line of an audit export can be");
		else if (verifying->header == NULL)
			fine = check_header(verifying, text, length, public_key);
		else if (line == LINE_CUT_OFF)
			fine = ends_early(verifying);
		else
			fine = check_line(verifying, text, length, &ended);
	}
	if (fine && verifying->header == NULL)
		fine = audit_fault_set(&verifying->verdict->fault, 0, 0, "the export is empty");
	if (fine && !ended)
		fine = ends_early(verifying);
	verifying->verdict->whole = fine;
	return 0;
}

int audit_verify_export(FILE *in, const char *public_key, struct audit_verdict *verdict,
	struct err *err)
{
	struct verifying verifying = { .lines = { .in = in, .data = xmalloc(READ_BYTES) },
		.verdict = verdict };

	*verdict = (struct audit_verdict){ .whole = false };
	errno = 0;
	int result = check_lines(&verifying, public_key);
	int cause = errno;
	verdict->entries = verdict->first != 0 ? verifying.chain.next - verdict->first : 0;
	verdict->checkpoints = verifying.chain.checkpoints;
	json_decref(verifying.header);
	free(verifying.lines.data);
	if (result < 0)
		return err_set(err, ERR_SYSTEM, "NotRead", "the export can't be read: %s", strerror(cause));
	return 0;
}

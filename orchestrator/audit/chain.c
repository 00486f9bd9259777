#include "audit/chain.h"

#include "audit/entry.h"
#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"

#include <inttypes.h>
#include <stdarg.h>

bool audit_fault_set(struct audit_fault *fault, uint64_t seq, uint64_t line, const char *format,
	...)
{
	va_list args;

	if (fault->what[0] != '\0')
		return false;
	fault->seq = seq;
	fault->line = line;
	va_start(args, format);
	vsnprintf(fault->what, sizeof fault->what, format, args);
	va_end(args);
	return false;
}

json_t *audit_parse_canonical(const char *text, size_t length, const char **why)
{
	CLEANUP_BUF struct buf canonical = BUF_INIT(2 * AUDIT_ENTRY_BYTES);
	json_t *json = NULL;

	*why = "is empty";
	if (length == 0)
		return NULL;
	*why = "is not valid JSON";
	if (json_parse(text, length, "the line", &json, NULL) < 0)
		return NULL;
	*why = "is not a JSON object";
	if (json_is_object(json)) {
		*why = "is not in canonical form";
		json_add_canonical(&canonical, json);
		if (buf_ok(&canonical) && canonical.length == length &&
			memcmp(canonical.data, text, length) == 0)
			return json;
	}
	json_decref(json);
	return NULL;
}

void audit_chain_begin(struct audit_chain *chain, const char *log, const char *public_key,
	uint64_t first, const char *anchor)
{
	*chain = (struct audit_chain){ .first = first, .next = first, .checkpoint = first - 1 };
	snprintf(chain->log, sizeof chain->log, "%s", log);
	snprintf(chain->public_key, sizeof chain->public_key, "%s", public_key);
	snprintf(chain->hash, sizeof chain->hash, "%s", anchor);
}

/* --- which of two entries that don't fit together was altered --- */

enum blame { BLAME_UNKNOWN, BLAME_BEFORE, BLAME_ITSELF };

static bool settle_doubt(struct audit_chain *chain, enum blame blame)
{
	uint64_t seq = chain->doubtful, line = chain->line;

	if (blame == BLAME_ITSELF)
		return audit_fault_set(&chain->fault, seq, line,
			"entry %" PRIu64 " was altered: it neither holds the hash of the entry before it, nor "
			"has the hash that the entry after it holds",
			seq);
	if (seq == chain->first)
		return audit_fault_set(&chain->fault, seq, line,
			"entry %" PRIu64 " does not follow from the anchor: %s", seq,
			seq == 1 ? "it is not the first entry of this log, or was altered"
					 : "the anchor or the entry was altered");
	if (blame == BLAME_BEFORE)
		return audit_fault_set(&chain->fault, seq - 1, line > 0 ? line - 1 : 0,
			"entry %" PRIu64 " was altered: its hash is not the one that entry %" PRIu64 " holds",
			seq - 1, seq);
	return audit_fault_set(&chain->fault, seq - 1, line > 0 ? line - 1 : 0,
		"entry %" PRIu64 " or entry %" PRIu64
		" was altered: the second does not hold the hash of the first",
		seq - 1, seq);
}

static bool report_gap(struct audit_chain *chain)
{
	if (chain->gap_first == chain->gap_last)
		return audit_fault_set(&chain->fault, chain->gap_first, chain->gap_line,
			"entry %" PRIu64 " is missing", chain->gap_first);
	return audit_fault_set(&chain->fault, chain->gap_first, chain->gap_line,
		"entries %" PRIu64 " to %" PRIu64 " are missing", chain->gap_first, chain->gap_last);
}

/* --- one entry --- */

static bool check_number(struct audit_chain *chain, uint64_t seq, bool follows, uint64_t line)
{
	if (seq == chain->next)
		return true;
	if (follows) /* its link fits, only its number does not */
		return audit_fault_set(&chain->fault, chain->next, line,
			"entry %" PRIu64 " was altered: it says that it is entry %" PRIu64, chain->next, seq);
	if (seq < chain->first)
		return audit_fault_set(&chain->fault, seq, line,
			"entry %" PRIu64 " does not belong here: the first is entry %" PRIu64, seq,
			chain->first);
	if (seq < chain->next)
		return audit_fault_set(&chain->fault, seq, line,
			"entry %" PRIu64 " is there again, where entry %" PRIu64 " is expected", seq,
			chain->next);
	chain->gap_first = chain->next;
	chain->gap_last = seq - 1;
	chain->gap_line = line;
	return true;
}

static bool check_checkpoint(struct audit_chain *chain, const json_t *entry, uint64_t seq,
	uint64_t line)
{
	CLEANUP_BUF struct buf signed_form = BUF_INIT(AUDIT_ENTRY_BYTES);
	json_int_t first = json_get_integer_or(entry, "first", 0),
			   last = json_get_integer_or(entry, "last", 0);

	if (strcmp(json_get_string_or(entry, "log", ""), chain->log) != 0)
		return audit_fault_set(&chain->fault, seq, line,
			"entry %" PRIu64 " is a checkpoint of another log, or was altered", seq);
	/* For the first entry of an export the entry before it is not known, only its hash. */
	if (last != (json_int_t)seq - 1 || first < 1 || first > last ||
		(chain->checkpoints > 0 && first != (json_int_t)chain->checkpoint + 1) ||
		strcmp(json_get_string_or(entry, "head", ""), chain->hash) != 0)
		return audit_fault_set(&chain->fault, seq, line,
			"entry %" PRIu64
			" was altered: it is a checkpoint that does not match the entries before it",
			seq);
	audit_signed_form(entry, &signed_form);
	if (!audit_key_verify(chain->public_key, AUDIT_SIGNS_CHECKPOINT, signed_form.data,
			signed_form.length, json_get_string(entry, "signature")))
		return audit_fault_set(&chain->fault, seq, line,
			"the signature of checkpoint %" PRIu64 " does not fit: the checkpoint was altered, or "
			"entries %lld to %lld were altered and the chain was computed anew",
			seq, (long long)first, (long long)last);
	chain->checkpoint = seq;
	chain->checkpoints++;
	return true;
}

static bool check_content(struct audit_chain *chain, const json_t *entry, uint64_t seq,
	uint64_t line)
{
	int64_t ms;

	if (clock_parse_rfc3339(json_get_string_or(entry, "at", ""), &ms) < 0 ||
		json_get_string(entry, "kind") == NULL)
		return audit_fault_set(&chain->fault, seq, line,
			"entry %" PRIu64 " was altered: it lacks its time or kind", seq);
	if (strcmp(json_get_string(entry, "kind"), "checkpoint") == 0)
		return check_checkpoint(chain, entry, seq, line);
	if (seq - chain->checkpoint > AUDIT_CHECKPOINT_EVERY)
		return audit_fault_set(&chain->fault, seq, line,
			"a checkpoint is missing: entries %" PRIu64 " to %" PRIu64 " are not signed",
			chain->checkpoint + 1, seq);
	return true;
}

bool audit_chain_take_json(struct audit_chain *chain, const json_t *entry, const char *text,
	size_t length, uint64_t line)
{
	json_int_t number = json_get_integer_or(entry, "seq", 0);
	uint64_t seq = number > 0 ? (uint64_t)number : 0;
	bool follows = strcmp(json_get_string_or(entry, "prev", ""), chain->hash) == 0;

	if (chain->gap_first != 0) { /* perhaps the missing entry is only out of order */
		if (seq == chain->gap_first)
			return audit_fault_set(&chain->fault, seq, line,
				"entry %" PRIu64 " is out of order: it comes after entry %" PRIu64, seq,
				chain->gap_last + 1);
		return true;
	}
	if (chain->doubtful != 0)
		return settle_doubt(chain,
			seq != chain->next ? BLAME_UNKNOWN
				: follows      ? BLAME_BEFORE
							   : BLAME_ITSELF);
	if (seq == 0 || json_get_string(entry, "prev") == NULL)
		return audit_fault_set(&chain->fault, chain->next, line,
			"entry %" PRIu64 " was altered: it lacks its number or the hash of the entry before it",
			chain->next);
	if (!check_number(chain, seq, follows, line))
		return false;
	if (chain->gap_first != 0)
		return true;
	if (!follows)
		chain->doubtful = seq;
	else if (!check_content(chain, entry, seq, line))
		return false;
	sigv4_sha256_hex(text, length, chain->hash);
	chain->line = line;
	chain->next++;
	return true;
}

bool audit_chain_take(struct audit_chain *chain, const char *text, size_t length, uint64_t line)
{
	const char *why;
	CLEANUP_JSON json_t *entry = audit_parse_canonical(text, length, &why);

	if (entry != NULL)
		return audit_chain_take_json(chain, entry, text, length, line);
	if (chain->doubtful != 0)
		return settle_doubt(chain, BLAME_UNKNOWN);
	if (chain->gap_first != 0)
		return true;
	return audit_fault_set(&chain->fault, chain->next, line, "entry %" PRIu64 " was altered: %s %s",
		chain->next, line > 0 ? "its line" : "it", why);
}

bool audit_chain_end(struct audit_chain *chain, uint64_t last, const char *head)
{
	if (chain->fault.what[0] != '\0')
		return false;
	if (chain->gap_first != 0)
		return report_gap(chain);
	if (chain->doubtful != 0)
		return settle_doubt(chain,
			head == NULL || chain->next != last + 1 ? BLAME_UNKNOWN
				: strcmp(chain->hash, head) == 0    ? BLAME_BEFORE
													: BLAME_ITSELF);
	if (chain->next > last)
		return true;
	chain->gap_first = chain->next;
	chain->gap_last = last;
	return report_gap(chain);
}

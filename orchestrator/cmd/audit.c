/* audit export|verify|key: exports the audit log for auditors, and proves that nothing is altered
 * or missing. */
#include "cmd/command.h"

#include "audit/export.h"
#include "audit/verify.h"
#include "audit/verify_store.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "cmd/fail.h"
#include "cmd/terminal.h"
#include "store/store.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>

/* --- export --- */

static int write_out(void *argument, const void *bytes, size_t length, struct err *err)
{
	(void)argument;
	if (fwrite(bytes, 1, length, stdout) != length)
		return err_set(err, ERR_SYSTEM, "NotWritten", "the export can't be written: %s",
			strerror(errno));
	return 0;
}

/* Reads --since: the number of an entry, or a time. */
static int read_since(struct audit *audit, const char *since, uint64_t *first, struct err *err)
{
	char *end;
	int64_t ms;

	*first = 1;
	if (since == NULL)
		return 0;
	if (isdigit((unsigned char)since[0]) && since[strspn(since, "0123456789")] == '\0') {
		errno = 0;
		*first = strtoull(since, &end, 10);
		if (errno == 0 && *first > 0 && *first < INT64_MAX)
			return 0;
	} else if (clock_parse_rfc3339(since, &ms) == 0) {
		return audit_find_since(audit, ms, first, err);
	}
	return err_set(err, ERR_USAGE, "InvalidSince",
		"--since takes the number of an entry (the first is 1) or a time such as "
		"2026-11-24T08:00:00Z, not '%s'",
		since);
}

static MAY_YIELD int export_log(const struct invocation *invocation, struct err *err)
{
	struct store_options options = { .mode = STORE_READ };
	struct audit_options reading = { .reading = true };
	const struct audit_sink sink = { write_out, NULL };
	struct audit_range range = { 0, 0 };
	struct store *store = NULL;
	struct audit *audit = NULL;
	int result = -1;

	if (store_open(invocation->state_folder, &options, NULL, &store, err) == 0 &&
		audit_open(store, invocation->state_folder, &reading, &audit, err) == 0 &&
		read_since(audit, invocation->since, &range.first, err) == 0)
		result = audit_export(audit, &range, &sink, err);
	if (result == 0 && fflush(stdout) != 0)
		result = err_set(err, ERR_SYSTEM, "NotWritten", "the export can't be written: %s",
			strerror(errno));
	if (audit_close(audit, NULL) < 0 || store_close(store, result == 0 ? err : NULL) < 0)
		result = -1;
	return result < 0 ? EXIT_FAULT : EXIT_FINE;
}

/* --- key --- */

static int print_key(const struct invocation *invocation, struct err *err)
{
	CLEANUP_BUF struct buf pem = BUF_INIT(4096);
	struct audit_key key = { NULL };

	if (audit_key_load(invocation->state_folder, &key, err) < 0)
		return EXIT_FAULT;
	if (key.pair == NULL) {
		(void)err_set(err, ERR_STORE, "AuditKeyMissing",
			"there is no %s/" AUDIT_KEY_FILE "; the first sweep makes it. If this is the wrong "
			"state folder, name the right one with --state",
			invocation->state_folder);
		return EXIT_FAULT;
	}
	int result = audit_key_pem(&key, &pem, err);
	if (result == 0 && invocation->json)
		printf("{\"public_key\": \"%s\", \"algorithm\": \"Ed25519\"}\n", key.public_hex);
	else if (result == 0) /* readers of PEM files skip the line before the block */
		printf("Ed25519 public key of the audit log: %s\n%s", key.public_hex, pem.data);
	audit_key_release(&key);
	return result < 0 ? EXIT_FAULT : EXIT_FINE;
}

/* --- verify --- */

static void print_verdict_json(const struct audit_verdict *verdict, const char *source,
	const char *key_from)
{
	const struct audit_fault *fault = &verdict->fault;
	json_t *problem = verdict->whole
		? json_null()
		: json_pack("{s:o, s:o, s:o}", "seq",
			  fault->seq != 0 ? json_integer((json_int_t)fault->seq) : json_null(), "line",
			  fault->line != 0 ? json_integer((json_int_t)fault->line) : json_null(), "what",
			  json_text(fault->what));
	CLEANUP_JSON json_t *document = json_pack(
		"{s:b, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "whole", verdict->whole,
		"source", source, "log", verdict->log, "public_key", verdict->public_key, "key_from",
		key_from, "first", (json_int_t)verdict->first, "last", (json_int_t)verdict->last, "entries",
		(json_int_t)verdict->entries, "checkpoints", (json_int_t)verdict->checkpoints,
		"unsigned_entries", (json_int_t)verdict->unsigned_entries, "problem", problem);

	print_document(stdout, document);
}

static void print_verdict(const struct audit_verdict *verdict)
{
	if (!verdict->whole) {
		printf("%snot whole%s: ", colour_on(stdout, COLOUR_BOLD), colour_off(stdout));
		print_text(stdout, verdict->fault.what, 0, false);
		if (verdict->fault.line != 0)
			printf(" (line %" PRIu64 ")", verdict->fault.line);
		putchar('\n');
		return;
	}
	if (verdict->log[0] == '\0') {
		printf("whole: the log has no entries yet\n");
		return;
	}
	printf("%swhole%s: %s", colour_on(stdout, COLOUR_BOLD), colour_off(stdout),
		count_of(verdict->entries, "entry"));
	if (verdict->entries > 0)
		printf(", %" PRIu64 " to %" PRIu64 ", including %s", verdict->first, verdict->last,
			count_of(verdict->checkpoints, "checkpoint"));
	printf("\nlog %s, key %s\n", verdict->log, verdict->public_key);
	if (verdict->unsigned_entries > 0)
		printf("the last %s %s chained but not signed yet; the next checkpoint signs %s\n",
			count_of(verdict->unsigned_entries, "entry"),
			verdict->unsigned_entries == 1 ? "is" : "are",
			verdict->unsigned_entries == 1 ? "it" : "them");
}

static void warn_of_key(const struct audit_verdict *verdict)
{
	if (verdict->public_key[0] != '\0')
		fprintf(stderr,
			"reeve: warning: the public key was read from the log that it signs, so anyone could "
			"have made both: compare %s with what `reeve audit key` prints where Reeve runs, or "
			"give that key with --key\n",
			verdict->public_key);
}

static int verify_export(const char *path, const char *key, struct audit_verdict *verdict,
	struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *in = standard ? stdin : fopen(path, "re");

	if (in == NULL)
		return err_set(err, ERR_USAGE, "NotRead", "the export %s can't be read: %s", path,
			strerror(errno));
	int result = audit_verify_export(in, key, verdict, err);
	if (!standard)
		fclose(in);
	return result;
}

/* Trusts the key file in the state folder more than the key that the log itself names, since a
 * person who can write only the store could replace the latter. */
static int verify_store(const struct invocation *invocation, const char *key,
	struct audit_verdict *verdict, const char **key_from, struct err *err)
{
	struct store_options options = { .mode = STORE_READ };
	struct audit_key beside = { NULL };
	struct store *store = NULL;
	struct err unreadable = ERR_INIT;

	if (store_open(invocation->state_folder, &options, NULL, &store, err) < 0)
		return -1;
	if (key == NULL && audit_key_load(invocation->state_folder, &beside, &unreadable) == 0 &&
		beside.pair != NULL) {
		key = beside.public_hex;
		*key_from = "state folder";
	}
	int result = audit_verify_store(store, key, verdict, err);
	audit_key_release(&beside);
	if (store_close(store, result == 0 ? err : NULL) < 0)
		result = -1;
	return result;
}

static int verify(const struct invocation *invocation, struct err *err)
{
	const char *path = invocation->argument_count > 1 ? invocation->arguments[1] : NULL;
	const char *key_from = invocation->key != NULL ? "option" : path != NULL ? "export" : "store";
	char public_key[AUDIT_KEY_HEX_SIZE];
	const char *key = invocation->key != NULL ? public_key : NULL;
	struct audit_verdict verdict = { .whole = false };

	if (invocation->key != NULL && audit_key_parse(invocation->key, public_key, err) < 0)
		return EXIT_FAULT;
	if ((path != NULL ? verify_export(path, key, &verdict, err)
					  : verify_store(invocation, key, &verdict, &key_from, err)) < 0)
		return EXIT_FAULT;
	if (invocation->json)
		print_verdict_json(&verdict, path != NULL ? "export" : "store", key_from);
	else
		print_verdict(&verdict);
	if (strcmp(key_from, "export") == 0 || strcmp(key_from, "store") == 0)
		warn_of_key(&verdict);
	return verdict.whole ? EXIT_FINE : EXIT_DRIFT;
}

static MAY_YIELD int run(struct invocation *invocation)
{
	const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : "";
	bool exports = strcmp(what, "export") == 0, verifies = strcmp(what, "verify") == 0;
	struct err err = ERR_INIT;
	int status = EXIT_FAULT;

	if (!exports && !verifies && strcmp(what, "key") != 0)
		(void)err_set(&err, ERR_USAGE, "UnknownArgument",
			"`reeve audit` takes verify, export or key, not '%s'", what);
	else if (!verifies && invocation->argument_count > 1)
		(void)err_set(&err, ERR_USAGE, "TooManyArguments", "`reeve audit %s` does not take '%s'",
			what, invocation->arguments[1]);
	else if (invocation->since != NULL && !exports)
		(void)err_set(&err, ERR_USAGE, "OptionNotTaken",
			"`reeve audit %s` does not take --since; only `reeve audit export` does", what);
	else if (invocation->key != NULL && !verifies)
		(void)err_set(&err, ERR_USAGE, "OptionNotTaken",
			"`reeve audit %s` does not take --key; only `reeve audit verify` does", what);
	else
		status = exports ? export_log(invocation, &err)
			: verifies   ? verify(invocation, &err)
						 : print_key(invocation, &err);
	return err.kind != ERR_NONE ? command_fail(&err) : status;
}

const struct command command_audit = {
	.name = "audit",
	.arguments = "verify [EXPORT]|export|key",
	.summary = "export the audit log, and verify that nothing is altered or missing",
	.description =
		"export: prints the log as signed JSON lines on standard output, also while a sweep is "
		"running.\nverify: checks an export (- for standard input) or, without one, the log in the "
		"state folder, and names the first entry that is altered, missing or out of order. To "
		"verify an export needs neither state folder nor configuration. Exit status: 0 the log is "
		"whole, 2 it is not, 1 it can't be read.\nkey: prints the public key. Keep it where the "
		"exports are verified, and give it there with --key.",
	.options = OPTIONS_SINCE | OPTIONS_KEY,
	.most_arguments = 2,
	.run = run,
};

/*
 * Pauses, as pause.json lists them (see guards/pause.h), and the notes that it keeps of the last
 * resumptions. The same list is kept in the store, as far as the audit log has it.
 */
#ifndef REEVE_LEDGER_PAUSE_RECORD_H
#define REEVE_LEDGER_PAUSE_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pause_scope {
	PAUSE_ALL,      /* everything */
	PAUSE_ACCOUNT,  /* one account */
	PAUSE_BASELINE, /* one baseline */
	PAUSE_RESUMED,  /* a note: the pause `ended` was ended */
};

/* Texts are borrowed. */
struct pause_facts {
	enum pause_scope scope;
	const char *account;  /* of the scope "account"; else NULL */
	const char *baseline; /* of the scope "baseline"; else NULL */
	const char *by;       /* the person's name */
	int64_t uid;
	int64_t at_ms;
	const char *reason; /* NULL: none was given */
};

struct pause_record {
	struct pause_facts is;    /* the pause, or who ended one */
	struct pause_facts ended; /* of a note: the pause that was ended; else zeroed */
	json_t *source;           /* has the texts of a record that was read; NULL: they are borrowed */
};

bool pause_facts_equal(const struct pause_facts *left, const struct pause_facts *right);
bool pause_record_is_note(const struct pause_record *record);
bool pause_record_equal(const struct pause_record *left, const struct pause_record *right);

/* The list owns the sources of its records. */
struct pause_list {
	struct pause_record *items;
	size_t count;
};
/* Adds the record, whose source the list takes over. */
void pause_list_add(struct pause_list *list, const struct pause_record *record);
/* Takes the record at the index out of the list; the caller releases it. */
struct pause_record pause_list_take(struct pause_list *list, size_t index);
void pause_record_release(struct pause_record *record);
void pause_list_release(struct pause_list *list); /* a zeroed one is fine */
void pause_list_copy(const struct pause_list *list, struct pause_list *out);

/* Reads one record, also one as documents show it. ERR_STORE says what can't be understood. */
int pause_record_decode(const json_t *json, struct pause_record *out, struct err *err) MUST_CHECK;
/* Reads a list, which pause_list_release ends. *bad is the index of the record that can't be
 * understood. */
int pause_list_decode(const json_t *json, struct pause_list *out, size_t *bad, struct err *err)
	MUST_CHECK;
/* As it is stored, and as documents show it. New references. */
json_t *pause_list_encode(const struct pause_list *list) MUST_CHECK;
json_t *pause_record_document(const struct pause_record *record) MUST_CHECK;

/* The list that the audit log has: empty when none is on record, or when it can't be understood,
 * since the audit log may have a pause twice. */
void pause_told_read(struct store *store, struct pause_list *out);
MAY_YIELD int pause_told_put(struct store *store, const struct pause_list *list, struct err *err)
	MUST_CHECK;

#endif

/*
 * Stored records as structs. Each record of the state folder has one struct, and one table of
 * fields (name, offset, kind) that reads and writes its JSON: outside the ledger nobody names a
 * key of a stored record or compares a state as text.
 *
 * Reading fails closed. A record of a later version than this program writes, a value of an enum
 * that it does not know, a field that is missing, and a field of another type than the table says
 * are all errors (ERR_STORE) that name the record, the field and the value. A key that is not in
 * the table is ignored.
 *
 * Texts and JSON values in a struct are borrowed. In a record that was read they live in
 * `source`, which the record keeps until record_release. Whoever fills a struct to write it owns
 * what its fields point to. Lists are arrays that record_decode allocates and record_release
 * frees.
 *
 *     struct change_step { enum change_state state; int64_t at_ms; };
 *     struct change_record { const char *id; struct change_step *history; size_t history_count;
 *         json_t *source; };
 *
 *     static const struct record_field fields[] = {
 *         RECORD_TEXT(struct change_record, id, "id", RECORD_REQUIRED),
 *         RECORD_LIST(struct change_record, history, "history", RECORD_REQUIRED, &step_type),
 *         RECORD_END,
 *     };
 *     const struct record_type change_record_type = { .name = "change", .version = 1,
 *         .fields = fields, .identity = { "id" }, RECORD_STORED(struct change_record) };
 */
#ifndef REEVE_LEDGER_RECORD_H
#define REEVE_LEDGER_RECORD_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The key of a record's version, an integer. A record without it has version 1, which is what
 * Reeve 0.1.0 wrote. */
#define RECORD_VERSION_KEY "version"
#define RECORD_IDENTITY_MAX 4

enum record_kind {
	RECORD_KIND_TEXT,    /* const char *: a string, NULL when absent */
	RECORD_KIND_INTEGER, /* int64_t: 0 when absent */
	RECORD_KIND_REAL,    /* double: 0 when absent */
	RECORD_KIND_FLAG,    /* bool: false when absent */
	RECORD_KIND_TIME,    /* int64_t, ms since 1970: stored as RFC 3339; 0 when absent */
	RECORD_KIND_ENUM,    /* an enum: stored by its name; the value without a name when absent */
	RECORD_KIND_OBJECT,  /* const json_t *: kept as it is; NULL when absent */
	RECORD_KIND_ARRAY,   /* const json_t *: kept as it is; NULL when absent */
	RECORD_KIND_NESTED,  /* a struct inside of the struct; zeroed when absent */
	RECORD_KIND_LIST,    /* an array of structs and its count */
};

enum record_flag {
	RECORD_OPTIONAL = 0, /* not written when absent; may be missing, or null, when read */
	RECORD_REQUIRED = 1, /* always written; an error when it is missing or null */
	RECORD_NULLABLE = 2, /* written as null when absent; may be missing, or null, when read */
	RECORD_ALWAYS = 4,   /* always written, also 0 and false; may be missing, or null, when read */
};

/* The names of an enum's values, by value. A value may have no name (NULL): it stands for a field
 * that is absent, and must be 0. */
struct record_names {
	const char *what; /* for messages: "state" */
	const char *const *names;
	size_t count;
};

struct record_type;

struct record_field {
	const char *key;
	const char *lead; /* `,"key":` */
	unsigned short lead_length, offset, count_offset;
	unsigned char kind, flags;
	const struct record_names *names; /* of an enum */
	const struct record_type *type;   /* of a nested record or of a list's items */
};

struct record_type {
	const char *name; /* for messages: "change" */
	int version;      /* that this program writes; 0: a part of another record, without a version */
	const struct record_field *fields; /* ends with RECORD_END, in the order they are written */
	/* keys of the texts that name a record in messages */
	const char *identity[RECORD_IDENTITY_MAX];
	size_t size;
	size_t source_offset; /* of the `json_t *source`, when `version` is not 0 */
};

/* The tail of a record_type: of a record that is stored by itself, and of a part of one. */
#define RECORD_STORED(structure) \
	.size = sizeof(structure), .source_offset = offsetof(structure, source)
#define RECORD_PART(structure) .size = sizeof(structure)

#define RECORD_FIELD(structure, member, name, field_kind, field_flags, ...) \
	{ .key = (name), \
		.lead = ",\"" name "\":", \
		.lead_length = sizeof(",\"" name "\":") - 1, \
		.offset = offsetof(structure, member), \
		.kind = (field_kind), \
		.flags = (field_flags), \
		__VA_ARGS__ }
/* Refuses to compile when the member is not of the type that its kind reads and writes. */
#define RECORD_TYPED(structure, member, name, field_kind, field_flags, member_type) \
	RECORD_FIELD(structure, member, name, field_kind, field_flags, \
		.count_offset = 0 * \
			sizeof(char[__builtin_types_compatible_p(__typeof__(((structure *)0)->member), \
							member_type) \
					? 1 \
					: -1]))

#define RECORD_TEXT(structure, member, name, flags) \
	RECORD_TYPED(structure, member, name, RECORD_KIND_TEXT, flags, const char *)
#define RECORD_INTEGER(structure, member, name, flags) \
	RECORD_TYPED(structure, member, name, RECORD_KIND_INTEGER, flags, int64_t)
#define RECORD_REAL(structure, member, name, flags) \
	RECORD_TYPED(structure, member, name, RECORD_KIND_REAL, flags, double)
#define RECORD_FLAG(structure, member, name, flags) \
	RECORD_TYPED(structure, member, name, RECORD_KIND_FLAG, flags, bool)
#define RECORD_TIME(structure, member, name, flags) \
	RECORD_TYPED(structure, member, name, RECORD_KIND_TIME, flags, int64_t)
#define RECORD_OBJECT(structure, member, name, flags) \
	RECORD_TYPED(structure, member, name, RECORD_KIND_OBJECT, flags, const json_t *)
#define RECORD_ARRAY(structure, member, name, flags) \
	RECORD_TYPED(structure, member, name, RECORD_KIND_ARRAY, flags, const json_t *)
/* `values` is a const struct record_names *; the member is an enum of the size of an int. */
#define RECORD_ENUM(structure, member, name, flags, values) \
	RECORD_FIELD(structure, member, name, RECORD_KIND_ENUM, flags, .names = (values), \
		.count_offset = 0 * \
			sizeof(char[sizeof(((structure *)0)->member) == sizeof(int) ? 1 : -1]))
/* A nested record is absent when its first field is a text that is NULL. */
#define RECORD_NESTED(structure, member, name, flags, part) \
	RECORD_FIELD(structure, member, name, RECORD_KIND_NESTED, flags, .type = (part))
/* The structure has `member` and, as a size_t, `member_count`. */
#define RECORD_LIST(structure, member, name, flags, part) \
	RECORD_FIELD(structure, member, name, RECORD_KIND_LIST, flags, .type = (part), \
		.count_offset = offsetof(structure, member##_count))
#define RECORD_END { .key = NULL }

/* The index of a field in the table; the number of fields when there is no such key. */
size_t record_field_index(const struct record_type *type, const char *key);

/* The name of an enum's value: "?" for one that has none. */
const char *record_name(const struct record_names *names, int value);
/* -1 for a name that is not in the table. */
int record_parse_name(const struct record_names *names, const char *name, int *value) MUST_CHECK;

#endif

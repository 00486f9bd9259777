/*
 * Finds the members of a record's struct by the table of fields. Only record_read.c and
 * record_write.c use this.
 */
#ifndef REEVE_LEDGER_RECORD_MEMBERS_H
#define REEVE_LEDGER_RECORD_MEMBERS_H

#include "ledger/record.h"

static inline const void *record_member(const struct record_field *field, const void *record)
{
	return (const char *)record + field->offset;
}

static inline void *record_writable_member(const struct record_field *field, void *record)
{
	return (char *)record + field->offset;
}

static inline size_t *record_writable_count(const struct record_field *field, void *record)
{
	return (size_t *)(void *)((char *)record + field->count_offset);
}

static inline size_t record_count(const struct record_field *field, const void *record)
{
	return *(const size_t *)(const void *)((const char *)record + field->count_offset);
}

#endif

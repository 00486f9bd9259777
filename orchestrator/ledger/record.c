/* The names of enums, and where a field stands in its table. record_read.c and record_write.c read
 * and write records. */
#include "ledger/record.h"

#include "base/banned.h"

const char *record_name(const struct record_names *names, int value)
{
	bool known = value >= 0 && (size_t)value < names->count && names->names[value] != NULL;

	return known ? names->names[value] : "?";
}

int record_parse_name(const struct record_names *names, const char *name, int *value)
{
	for (size_t i = 0; i < names->count; i++) {
		if (names->names[i] != NULL && strcmp(names->names[i], name) == 0) {
			*value = (int)i;
			return 0;
		}
	}
	return -1;
}

size_t record_field_index(const struct record_type *type, const char *key)
{
	size_t index = 0;

	while (type->fields[index].key != NULL && strcmp(type->fields[index].key, key) != 0)
		index++;
	return index;
}

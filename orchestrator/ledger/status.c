#include "ledger/status.h"

#include "base/banned.h"

static const char *const names[] = {
#define ROW(symbol, name) [STATUS_##symbol] = (name),
	STATUS_LIST(ROW)
#undef ROW
};

const struct record_names status_names = { "status", names, STATUS_COUNT };

/* The letters are in the order of the enum. They are stored, so that none may ever change its
 * meaning. */
static const char letters[] = "udalmrecn";
_Static_assert(sizeof letters == STATUS_COUNT + 1, "each status has a letter");

const char *status_name(enum status status)
{
	return names[status];
}

int status_parse(const char *name, enum status *out)
{
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum status)i;
			return 0;
		}
	}
	return -1;
}

char status_letter(enum status status)
{
	return letters[status];
}

int status_of_letter(char letter, enum status *out)
{
	const char *found = letter != '\0' ? strchr(letters, letter) : NULL;

	if (found == NULL)
		return -1;
	*out = (enum status)(found - letters);
	return 0;
}

enum status status_worst(enum status left, enum status right)
{
	return left < right ? left : right;
}

bool status_is_fine(enum status status)
{
	return status >= STATUS_REMEDIATED;
}

size_t status_total(const struct status_counts *counts)
{
	size_t total = 0;

	for (size_t i = 0; i < STATUS_COUNT; i++)
		total += counts->of[i];
	return total;
}

int status_exit_code(const struct status_counts *counts)
{
	if (counts->of[STATUS_UNKNOWN] > 0)
		return 3;
	for (size_t i = 0; i < STATUS_COUNT; i++)
		if (counts->of[i] > 0 && !status_is_fine((enum status)i))
			return 2;
	return 0;
}

#include "ledger/status.h"

#include "base/banned.h"

static const char *const names[] = {
#define ROW(symbol, name) [STATUS_##symbol] = name,
	STATUS_LIST(ROW)
#undef ROW
};

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

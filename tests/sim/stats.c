#include "stats.h"

#include <string.h>

#define MAX_NAMES 128

struct named {
	char name[64];
	uint64_t n;
};

struct table {
	struct named rows[MAX_NAMES];
	size_t n;
};

struct stats stats;
static struct table rejected, faults;

static void table_count(struct table *table, const char *name)
{
	size_t i = 0;

	while (i < table->n && strcmp(table->rows[i].name, name) != 0)
		i++;
	if (i == table->n) {
		if (table->n == MAX_NAMES)
			return;
		table->n++;
		strncpy(table->rows[i].name, name, sizeof(table->rows[i].name) - 1);
	}
	table->rows[i].n++;
}

void stats_error(int status, const char *code)
{
	if (status != 404 && status != 301 && status != 410)
		table_count(&rejected, code);
}

void stats_fault(const char *kind)
{
	table_count(&faults, kind);
}

static void table_write(struct buf *out, const char *name, const struct table *table)
{
	buf_printf(out, "\"%s\":{", name);
	for (size_t i = 0; i < table->n; i++) {
		if (i)
			buf_char(out, ',');
		buf_json(out, table->rows[i].name);
		buf_printf(out, ":%llu", (unsigned long long)table->rows[i].n);
	}
	buf_char(out, '}');
}

void stats_write(struct buf *out)
{
	const struct http_counters *http = http_counters();
	uint64_t total = 0;
	const char *comma = "";

	buf_str(out, "{\"calls\":{");
	for (size_t i = 0; i < N_OPERATIONS; i++) {
		if (!stats.calls[i])
			continue;
		buf_printf(out, "%s\"%s.%s\":%llu", comma, services[operations[i].service].name,
			operations[i].name, (unsigned long long)stats.calls[i]);
		total += stats.calls[i];
		comma = ",";
	}
	buf_str(out, "},");
	table_write(out, "rejected", &rejected);
	buf_char(out, ',');
	table_write(out, "faults", &faults);
	buf_printf(out,
		",\"total\":%llu,\"mutating\":%llu,\"effects\":%llu,\"throttled\":%llu,\"connections\":%"
		"llu,"
		"\"peak_in_flight\":%llu}\n",
		(unsigned long long)total, (unsigned long long)stats.mutating,
		(unsigned long long)stats.effects, (unsigned long long)stats.throttled,
		(unsigned long long)http->connections, (unsigned long long)http->peak_in_flight);
}

void stats_reset(void)
{
	struct http_counters *http = http_counters();

	memset(&stats, 0, sizeof(stats));
	memset(&rejected, 0, sizeof(rejected));
	memset(&faults, 0, sizeof(faults));
	http->connections = 0;
	http->peak_in_flight = http->in_flight;
}

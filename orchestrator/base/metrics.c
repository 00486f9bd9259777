#include "base/metrics.h"

#include "base/banned.h"
#include "base/mem.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>

#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

enum {
	MAX_LABELS = 3,
	MAX_VALUE_BYTES = 128, /* of a label's value; the rest is cut off */
	MAX_KEY_BYTES = MAX_LABELS * (MAX_VALUE_BYTES + 1),
	MAX_SERIES = 1000, /* of one metric, since each costs the scraper at each scrape */
};

enum metric_type { COUNTER, GAUGE, HISTOGRAM };

struct definition {
	const char *name, *help;
	enum metric_type type;
	const char *labels[MAX_LABELS + 1];
};

static const struct definition definitions[METRIC_COUNT] = {
#define METRIC(symbol, kind, metric_name, metric_help, ...) \
	[METRIC_##symbol] = { \
		.name = metric_name, .help = metric_help, .type = kind, .labels = { __VA_ARGS__ } \
	},
#include "base/metrics.def"
#undef METRIC
};

static const char *const type_names[] = {
	[COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"
};

/* Bounds in seconds that suit a call to AWS as well as a sweep. */
static const double bounds[] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
	120, 300, 600 };

struct series {
	double value; /* a histogram's sum */
	uint64_t count;
	uint64_t *buckets; /* of a histogram, not cumulative; a value above all bounds is in none */
	size_t key_length;
	UT_hash_handle hh;
	char key[]; /* the labels' values, each with its NUL */
};

/* The series of each metric, in the order in which they were first counted. */
static struct series *all_series[METRIC_COUNT];

/* --- series --- */

static size_t make_key(enum metric metric, const char *const *values, char key[MAX_KEY_BYTES])
{
	const struct definition *definition = &definitions[metric];
	size_t length = 0;

	for (size_t i = 0; definition->labels[i] != NULL; i++) {
		assert(values[i] != NULL);
		size_t bytes = strnlen(values[i], MAX_VALUE_BYTES);

		memcpy(key + length, values[i], bytes);
		key[length + bytes] = '\0';
		length += bytes + 1;
	}
	return length;
}

/* Replaces invalid UTF-8, for which a scraper would refuse the whole text. Returns whether it did.
 */
static bool clean_key(enum metric metric, char *key)
{
	bool changed = false;

	for (size_t i = 0; definitions[metric].labels[i] != NULL; i++) {
		size_t length = strlen(key);
		json_t *valid = json_stringn(key, length);

		for (size_t j = 0; valid == NULL && j < length; j++) {
			if ((unsigned char)key[j] < 0x80)
				continue;
			key[j] = '?';
			changed = true;
		}
		json_decref(valid);
		key += length + 1;
	}
	return changed;
}

static struct series *find(enum metric metric, const char *key, size_t length)
{
	struct series *series;

	HASH_FIND(hh, all_series[metric], key, length, series);
	return series;
}

static size_t other_key(enum metric metric, char key[MAX_KEY_BYTES])
{
	static const char *const other[MAX_LABELS] = { "other", "other", "other" };

	return make_key(metric, other, key);
}

static struct series *add_series(enum metric metric, const char *key, size_t length)
{
	struct series *series = xcalloc(1, sizeof *series + length);

	if (definitions[metric].type == HISTOGRAM)
		series->buckets = xcalloc(ARRAY_LENGTH(bounds), sizeof *series->buckets);
	series->key_length = length;
	memcpy(series->key, key, length);
	HASH_ADD(hh, all_series[metric], key, length, series);
	return series;
}

static struct series *series_of(enum metric metric, const char *const *values)
{
	char key[MAX_KEY_BYTES];
	size_t length = make_key(metric, values, key);
	struct series *series = find(metric, key, length);

	if (series != NULL)
		return series;
	if (clean_key(metric, key) && (series = find(metric, key, length)) != NULL)
		return series;
	if (HASH_COUNT(all_series[metric]) >= MAX_SERIES) {
		length = other_key(metric, key);
		series = find(metric, key, length);
	}
	return series != NULL ? series : add_series(metric, key, length);
}

void metric_clear(enum metric metric)
{
	struct series *series = all_series[metric], *next;

	HASH_CLEAR(hh, all_series[metric]);
	for (; series != NULL; series = next) {
		next = series->hh.next;
		free(series->buckets);
		free(series);
	}
}

void metrics_reset(void)
{
	for (int metric = 0; metric < METRIC_COUNT; metric++)
		metric_clear((enum metric)metric);
}

/* --- counting --- */

void metric_add(enum metric metric, const char *const *labels, double amount)
{
	assert(definitions[metric].type == COUNTER);
	if (amount >= 0) /* a scraper takes a counter that falls for a restart; this also excludes NaN
					  */
		series_of(metric, labels)->value += amount;
}

void metric_set(enum metric metric, const char *const *labels, double value)
{
	assert(definitions[metric].type == GAUGE);
	series_of(metric, labels)->value = value;
}

void metric_observe(enum metric metric, const char *const *labels, double value)
{
	struct series *series;
	size_t i = 0;

	assert(definitions[metric].type == HISTOGRAM);
	if (isnan(value))
		return;
	series = series_of(metric, labels);
	series->value += value;
	series->count++;
	while (i < ARRAY_LENGTH(bounds) && value > bounds[i])
		i++;
	if (i < ARRAY_LENGTH(bounds))
		series->buckets[i]++;
}

double metric_value(enum metric metric, const char *const *labels)
{
	char key[MAX_KEY_BYTES];
	size_t length = make_key(metric, labels, key);
	const struct series *series = find(metric, key, length);

	if (series == NULL && clean_key(metric, key))
		series = find(metric, key, length);
	if (series == NULL)
		return 0;
	return definitions[metric].type == HISTOGRAM ? (double)series->count : series->value;
}

/* --- text --- */

static void add_escaped(struct buf *out, const char *text, bool quotes)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buf_add(out, "\\n", 2);
			continue;
		}
		if (*text == '\\' || (quotes && *text == '"'))
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

/* The shortest form that reads back as the same number. */
static void add_number(struct buf *out, double value)
{
	char text[32];

	if (isnan(value) || isinf(value)) {
		buf_add_string(out, isnan(value) ? "NaN" : value < 0 ? "-Inf" : "+Inf");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	buf_add_string(out, text);
}

/* Writes one line: name, suffix, labels, and the bound of a bucket. */
static void add_sample(struct buf *out, const struct definition *definition, const char *suffix,
	const char *key, const double *bound, double value)
{
	char separator = '{';

	buf_add_string(out, definition->name);
	buf_add_string(out, suffix);
	for (size_t i = 0; definition->labels[i] != NULL; i++) {
		buf_add_char(out, separator);
		separator = ',';
		buf_add_string(out, definition->labels[i]);
		buf_add(out, "=\"", 2);
		add_escaped(out, key, true);
		buf_add_char(out, '"');
		key += strlen(key) + 1;
	}
	if (bound != NULL) {
		buf_add_char(out, separator);
		separator = ',';
		buf_add_string(out, "le=\"");
		add_number(out, *bound);
		buf_add_char(out, '"');
	}
	if (separator == ',')
		buf_add_char(out, '}');
	buf_add_char(out, ' ');
	add_number(out, value);
	buf_add_char(out, '\n');
}

static void add_histogram(struct buf *out, const struct definition *definition,
	const struct series *series)
{
	static const double infinite = INFINITY;
	uint64_t below = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(bounds); i++) {
		below += series->buckets[i];
		add_sample(out, definition, "_bucket", series->key, &bounds[i], (double)below);
	}
	add_sample(out, definition, "_bucket", series->key, &infinite, (double)series->count);
	add_sample(out, definition, "_sum", series->key, NULL, series->value);
	add_sample(out, definition, "_count", series->key, NULL, (double)series->count);
}

void metrics_add_text(struct buf *out)
{
	for (int metric = 0; metric < METRIC_COUNT; metric++) {
		const struct definition *definition = &definitions[metric];
		const struct series *series = all_series[metric];
		/* A counter is written as 0 first, so that a scraper sees its first increase. */
		bool zero = series == NULL && definition->type == COUNTER && definition->labels[0] == NULL;

		if (series == NULL && !zero)
			continue;
		buf_add_format(out, "# HELP %s ", definition->name);
		add_escaped(out, definition->help, false);
		buf_add_format(out, "\n# TYPE %s %s\n", definition->name, type_names[definition->type]);
		if (zero)
			add_sample(out, definition, "", "", NULL, 0);
		for (; series != NULL; series = series->hh.next) {
			if (definition->type == HISTOGRAM)
				add_histogram(out, definition, series);
			else
				add_sample(out, definition, "", series->key, NULL, series->value);
		}
	}
}

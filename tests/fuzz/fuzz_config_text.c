/* The small languages of the configuration: targets, cron expressions, times of expiry. */
#include "base/banned.h"
#include "base/clock.h"
#include "config/calendar/cron.h"
#include "config/checks.h"
#include "config/config.h"
#include "config/document/nearest.h"
#include "config/exception.h"
#include "config/internal.h"
#include "config/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_cron(const char *text)
{
	struct cron cron;
	const char *reason = NULL;
	int64_t after_ms = INT64_C(1795507200000);

	if (cron_parse(text, &cron, &reason) < 0)
		return;
	for (int i = 0; i < 3; i++) {
		int64_t next_ms = cron_next(&cron, after_ms);

		/* The next time is later, on a full minute, and within nine years, the longest wait for a
		 * 29 February. */
		if (next_ms <= after_ms || next_ms % 60000 != 0 ||
			next_ms - after_ms > INT64_C(9) * 366 * 86400000)
			abort();
		after_ms = next_ms;
	}
}

static void try_target(const char *text)
{
	static const struct org_unit units[] = { { "r-ab12", "Root" }, { "ou-ab12-11111111", "A" },
		{ "ou-ab12-22222222", "B/C\\" } };
	static const struct org_tag tags[] = { { "k", "v" }, { "a=b\\", "c" } };
	static const struct org_place place = { "111122223333", units, 3, tags, 2 };
	const char *reason = NULL;

	if (config_target_check(text, &reason) < 0) {
		if (reason == NULL || config_target_matches(text, &place))
			abort();
		return;
	}
	/* The index and the single comparison must agree. */
	json_t *index = target_index_new();
	struct target_matches matches;

	target_index_add(index, text, 0);
	target_index_match(index, &place, true, &matches);
	if ((matches.count == 1) != config_target_matches(text, &place))
		abort();
	target_matches_release(&matches);
	json_decref(index);
}

static void try_expiry(const char *text)
{
	int64_t expires_ms, again_ms;
	char formatted[CLOCK_RFC3339_SIZE];

	if (parse_expiry(text, &expires_ms) < 0)
		return;
	clock_format_rfc3339(expires_ms, formatted);
	if (clock_parse_rfc3339(formatted, &again_ms) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct nearest nearest;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	try_cron(text);
	try_target(text);
	try_expiry(text);
	nearest_init(&nearest, text);
	nearest_offer(&nearest, "s3.account-public-access-block");
	(void)glob_matches(text, "arn:aws:s3:::bucket");
	free(text);
	return 0;
}

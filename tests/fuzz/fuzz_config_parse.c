/* Reads any bytes as a configuration: they are refused with a message, or accepted and usable. */
#include "base/banned.h"
#include "config/config.h"
#include "config/desired.h"
#include "config/exception.h"
#include "config/scope.h"
#include "config/target.h"
#include "config/targets.h"
#include "config/values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const features[] = { "S3_DATA_EVENTS", "EKS_AUDIT_LOGS", NULL };
static const struct setting detector[] = {
	{ .name = "features",
		.type = SETTING_CHOICE_LIST,
		.default_json = "[]",
		.choices = features,
		.help = "h" },
	{ .name = "length",
		.type = SETTING_INTEGER,
		.default_json = "14",
		.minimum = 6,
		.maximum = 128,
		.help = "h" },
	{ .name = "names", .type = SETTING_STRING_LIST, .default_json = "[]", .help = "h" },
	{ .name = NULL },
};
static const struct setting trail[] = {
	{ .name = "bucket", .type = SETTING_STRING, .help = "h" },
	{ .name = NULL },
};
static const struct setting nothing[] = { { .name = NULL } };
static const struct catalogue_entry entries[] = {
	{ "guardduty.detector", detector, TIER_AUTO },
	{ "cloudtrail.trail", trail, TIER_APPROVAL },
	{ "iam.user-mfa", nothing, TIER_ALERT },
};
static const struct catalogue catalogue = { entries, ARRAY_LENGTH(entries) };

static const struct org_unit units[] = { { "r-ab12", "Root" }, { "ou-ab12-11111111", "A" },
	{ "ou-ab12-22222222", "B/C" } };
static const struct org_tag tags[] = { { "k", "v" }, { "a=b", "c" } };
static const struct org_place place = { "111122223333", units, 3, tags, 2 };

static void count_target(void *user, const char *pointer, const char *target)
{
	const char *reason;

	if (pointer[0] != '/' || config_target_check(target, &reason) < 0)
		abort();
	++*(size_t *)user;
}

static void count_error(void *user, const struct err *err)
{
	json_t *message = json_string(err->message);

	/* Every error has the kind ERR_CONFIG, a code and a message, which is valid UTF-8 if the input
	 * is. */
	if (err->kind != ERR_CONFIG || err->code[0] == '\0' || err->message[0] == '\0')
		abort();
	if (message == NULL && strcmp(err->code, "InvalidUtf8") != 0 &&
		strcmp(err->code, "InvalidJson") != 0)
		abort();
	json_decref(message);
	++*(size_t *)user;
}

static void use(const struct config *config)
{
	struct err err = ERR_INIT;
	json_t *first = NULL, *again = NULL;
	size_t targets = 0;
	int result = config_desired(config, &place, &first, &err);

	if (result == 0 &&
		(config_desired(config, &place, &again, &err) < 0 || !json_equal(first, again)))
		abort();
	if (result < 0 && err.message[0] == '\0')
		abort();
	json_decref(first);
	json_decref(again);
	(void)config_in_scope(config, &place);
	(void)config_regions(config, &place);
	(void)config_wave(config, &place);
	(void)config_account_role(config, place.account);
	(void)config_exception(config, &place, "eu-west-1", "iam.user-mfa",
		"arn:aws:iam::111122223333:user/x", 0);
	if (config_integer(config, "limits", "in_flight") < 1 ||
		config_string(config, "organization", "home_region") == NULL)
		abort();
	config_each_target(config, count_target, &targets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	struct err err = ERR_INIT;
	size_t reported = 0;
	const char *text = (const char *)data;
	int result = config_parse(text, size, "reeve.json", &catalogue, &config, &err);
	size_t counted = config_check(text, size, "reeve.json", &catalogue, count_error, &reported);
	if ((result == 0) != (counted == 0) || (counted == 0) != (reported == 0) ||
		(result == 0) != (config != NULL))
		abort();
	if (config != NULL)
		use(config);
	config_free(config);
	return 0;
}

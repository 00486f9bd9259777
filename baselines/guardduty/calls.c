#include "baselines/guardduty/calls.h"

#include "aws/client_pages.h"
#include "aws/client_view.h"
#include "aws/operations/operations.h"
#include "base/banned.h"
#include "base/json.h"

#include <ctype.h>

int guardduty_list_detector(struct aws_reader *reader, const char *region, struct aws_trace *trace,
	json_t **id, struct err *err)
{
	CLEANUP_JSON json_t *ids = NULL;

	if (aws_read_all(reader,
			&(struct aws_call){ &aws_guardduty_ListDetectors, region, NULL, trace }, 64, &ids,
			err) < 0)
		return -1;
	*id = json_array_size(ids) > 0 ? json_incref(json_array_get(ids, 0)) : json_null();
	return 0;
}

/* Returns whether the error shows that the account is a member: its message mentions an
 * administrator. */
static bool shows_administrator(const struct err *err)
{
	char lower[sizeof err->message];
	size_t i;

	if (err->kind != ERR_AWS || strcmp(err->code, "BadRequestException") != 0)
		return false;
	for (i = 0; err->message[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)err->message[i]);
	lower[i] = '\0';
	return strstr(lower, "administrator") != NULL || strstr(lower, "member account") != NULL;
}

/* Reports an account that was not updated: UpdateMemberDetectors lists these and returns status 200
 * all the same. */
static int check_unprocessed(const json_t *output, struct err *err)
{
	const json_t *first = json_array_get(json_object_get(output, "UnprocessedAccounts"), 0);

	if (first == NULL)
		return 0;
	return err_set(err, ERR_AWS, "UnprocessedAccount",
		"guardduty UpdateMemberDetectors did not update %s: %s",
		json_get_string_or(first, "AccountId", "the account"),
		json_get_string_or(first, "Result", "no reason was given"));
}

int guardduty_make_call(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, const json_t *call, json_t *params, struct err *err)
{
	const char *account = json_get_string(call, "account");
	struct aws_writer *chosen = account == NULL ? writer
												: context->writer_in(context, account, err);
	const struct aws_operation *operation =
		aws_operation_find("guardduty", json_get_string_or(call, "operation", ""));
	CLEANUP_JSON json_t *output = NULL;

	if (operation == &aws_guardduty_CreateDetector)
		json_object_set_new(params, "ClientToken", json_string(change->client_token));
	if (chosen == NULL || operation == NULL) {
		json_decref(params);
		return operation == NULL ? err_set(err, ERR_UNDECLARED, "UnknownOperation",
									   "change %s has a call of an operation of GuardDuty that "
									   "this version of Reeve does not make",
									   change->id)
								 : -1;
	}
	if (aws_write(chosen,
			&(struct aws_call){ operation, json_get_string(call, "region"), params, NULL }, &output,
			err) == 0)
		return check_unprocessed(output, err);
	if (shows_administrator(err))
		snprintf(err->code, sizeof err->code, "%s", CAUSE_MANAGED_CENTRALLY);
	return -1;
}

/* Makes the call once for each of its features: a feature that the region does not offer must not
 * prevent the others. -1 with the last error when one of them failed. */
static MAY_YIELD int set_features_one_by_one(struct baseline_context *context,
	struct aws_writer *writer, const struct change *change, const json_t *call, struct err *err)
{
	json_t *params = json_object_get(call, "params");
	json_t *all = json_object_get(params, "Features"), *feature;
	int result = 0;
	size_t index;

	json_array_foreach(all, index, feature) {
		json_t *one = json_copy(params);
		struct err failure = ERR_INIT;

		json_object_set_new(one, "Features", json_pack("[O]", feature));
		if (guardduty_make_call(context, writer, change, call, one, &failure) < 0) {
			*err = failure;
			result = -1;
		}
	}
	return result;
}

/* Creates the detector without features, which are then set one by one. */
static MAY_YIELD int create_bare(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, const json_t *call, struct err *err)
{
	CLEANUP_JSON json_t *id = NULL;
	json_t *bare = json_copy(json_object_get(call, "params"));

	json_object_del(bare, "Features");
	if (guardduty_make_call(context, writer, change, call, bare, err) < 0 ||
		guardduty_list_detector(context->reader, context->place.region, NULL, &id, err) < 0)
		return -1;
	CLEANUP_JSON json_t *update = json_deep_copy(call);
	json_object_set_new(update, "operation", json_string("UpdateDetector"));
	json_object_set(json_object_get(update, "params"), "DetectorId", id);
	return set_features_one_by_one(context, writer, change, update, err);
}

int guardduty_make_change(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, struct err *err)
{
	const json_t *call = json_array_get(change->calls, 0);
	const json_t *params = json_object_get(call, "params");
	size_t features = json_array_size(json_object_get(params, "Features"));
	bool create = strcmp(json_get_string_or(call, "operation", ""), "CreateDetector") == 0;

	if (guardduty_make_call(context, writer, change, call, json_deep_copy(params), err) == 0)
		return 0;
	/* BadRequestException may be about a single feature. */
	if (!err_is(err, ERR_AWS, "BadRequestException") || features < (create ? 1 : 2))
		return -1;
	return create ? create_bare(context, writer, change, call, err)
				  : set_features_one_by_one(context, writer, change, call, err);
}

#include "baselines/s3/log_delivery.h"

#include "aws/client_view.h"
#include "aws/errors.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/json_read.h"
#include "baselines/s3/bucket.h"

static const char *const delivery_services[] = {
	"logging.s3.amazonaws.com",
	"logdelivery.elasticloadbalancing.amazonaws.com",
	/* Network load balancers and others use this one. They can deliver to SSE-KMS with a key policy
	   that the default key does not have. */
	"delivery.logs.amazonaws.com",
};

/* The accounts from which Elastic Load Balancing delivers in its older regions, from the page named
 * in the header. */
static const char *const load_balancing_accounts[] = {
	"127311923021",
	"033677994240",
	"027434742980",
	"797873946194",
	"098369216593",
	"754344448648",
	"589379963580",
	"718504428378",
	"383597477331",
	"600734575887",
	"114774131450",
	"783225319266",
	"582318560864",
	"985666609251",
	"054676820928",
	"156460612806",
	"652711504416",
	"635631232127",
	"009996457667",
	"897822967062",
	"076674570225",
	"507241528517",
	"048591011584",
	"190560391635",
	"638102146993",
	"037604701340",
};

static const char log_delivery_group[] = "http://acs.amazonaws.com/groups/s3/LogDelivery";

static const char *match(const char *principal)
{
	for (size_t i = 0; i < ARRAY_LENGTH(delivery_services); i++)
		if (strcmp(principal, delivery_services[i]) == 0)
			return delivery_services[i];
	for (size_t i = 0; i < ARRAY_LENGTH(load_balancing_accounts); i++)
		if (strstr(principal, load_balancing_accounts[i]) != NULL)
			return "Elastic Load Balancing's account";
	return NULL;
}

/* Returns the first principal that delivers logs. The value is a string or a list of strings, under
 * "Service" or "AWS". */
static const char *match_any(const json_t *value)
{
	const char *found = json_is_string(value) ? match(json_string_value(value)) : NULL;
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)value, index, item)
		if (found == NULL && json_is_string(item))
			found = match(json_string_value(item));
	return found;
}

static const char *match_statement(const json_t *statement)
{
	const json_t *principal = json_object_get(statement, "Principal");
	const char *found;

	if (strcmp(json_get_string_or(statement, "Effect", ""), "Allow") != 0)
		return NULL;
	found = match_any(json_object_get(principal, "Service"));
	return found != NULL ? found : match_any(json_object_get(principal, "AWS"));
}

const char *s3_log_delivery_by_policy(const char *policy_text)
{
	CLEANUP_JSON json_t *policy = NULL;
	struct err unused = ERR_INIT;
	const char *found = NULL;
	size_t index;
	json_t *statement;

	if (json_parse(policy_text, strlen(policy_text), "the bucket policy", &policy, &unused) < 0 ||
		!json_is_object(policy))
		return "an unreadable policy";
	const json_t *statements = json_object_get(policy, "Statement");
	if (json_is_object(statements))
		return match_statement(statements);
	json_array_foreach((json_t *)statements, index, statement)
		if (found == NULL)
			found = match_statement(statement);
	return found;
}

const char *s3_log_delivery_by_acl(const json_t *grants)
{
	size_t index;
	json_t *grant;

	json_array_foreach((json_t *)grants, index, grant)
		if (strcmp(json_get_string_or(json_object_get(grant, "Grantee"), "URI", ""),
				log_delivery_group) == 0)
			return "the S3 log delivery group";
	return NULL;
}

int s3_log_delivery_read(struct baseline_context *context, const char *bucket, const char *region,
	struct aws_trace *trace, const char **principal, struct err *err)
{
	CLEANUP_JSON json_t *policy = NULL;
	CLEANUP_JSON json_t *acl = NULL;
	struct aws_call get_policy = { &aws_s3_GetBucketPolicy, region,
		s3_bucket_params(&context->place, bucket), trace };

	*principal = NULL;
	if (aws_read(context->reader, &get_policy, &policy, err) == 0)
		*principal = s3_log_delivery_by_policy(json_get_string_or(policy, "Policy", ""));
	else if (!aws_error_is_not_found(err, "NoSuchBucketPolicy"))
		return -1;
	if (*principal != NULL)
		return 0;
	struct aws_call get_acl = { &aws_s3_GetBucketAcl, region,
		s3_bucket_params(&context->place, bucket), trace };

	if (aws_read(context->reader, &get_acl, &acl, err) < 0)
		return -1;
	*principal = s3_log_delivery_by_acl(json_object_get(acl, "Grants"));
	return 0;
}

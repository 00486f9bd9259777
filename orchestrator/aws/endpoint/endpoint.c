/*
 * Resolves an endpoint from the rules' data, in the order of AWS's own rule sets: options that
 * can't be combined are refused first, then a custom URL wins, then the pattern of the mode; then
 * the bucket or the account id is put in front of the host name.
 */
#include "aws/endpoint/endpoint.h"

#include "aws/endpoint/endpoint_rules.h"
#include "aws/endpoint/endpoint_url.h"
#include "aws/endpoint/partitions.h"
#include "base/banned.h"
#include "base/buf.h"

/* A resolution in progress. */
struct resolution {
	const struct aws_service *service;
	const struct aws_endpoint_options *options;
	struct endpoint_rule rule;
	const struct aws_partition *partition; /* NULL without a region */
	enum endpoint_mode mode;
	struct endpoint_url custom; /* when options->custom_url is set */
	struct buf host;            /* without a port */
};

#define HOST_MAX_BYTES 255 /* RFC 1035, section 2.3.4 */

static bool has_word(const char *words, const char *word)
{
	size_t word_length = strlen(word);

	while (words != NULL && *words != '\0') {
		size_t length = strcspn(words, " ");

		if (length == word_length && strncmp(words, word, length) == 0)
			return true;
		words += length;
		words += strspn(words, " ");
	}
	return false;
}

/* --- refusals --- */

static int check_custom_url(const struct resolution *r, struct err *err)
{
	const struct aws_endpoint_options *options = r->options;
	bool fips = options->use_fips && !r->rule.ignores_fips_with_custom_url;

	if (!fips && !options->use_dualstack)
		return 0;
	return err_set(err, ERR_CONFIG, "CustomEndpointMode",
		"%s: %s endpoints and a custom endpoint URL can't be combined; unset one of them",
		r->service->id,
		!fips                        ? "dualstack"
			: options->use_dualstack ? "FIPS dualstack"
									 : "FIPS");
}

static int check_mode(const struct resolution *r, struct err *err)
{
	const struct aws_partition *partition = r->partition;
	bool in_china = strcmp(partition->name, "aws-cn") == 0;

	if (r->options->use_fips &&
		(!partition->supports_fips || (in_china && r->rule.no_fips_in_china)))
		return err_set(err, ERR_CONFIG, "FipsNotSupported",
			"%s has no FIPS endpoint in partition %s", r->service->id, partition->name);
	if (r->options->use_dualstack && !partition->supports_dualstack)
		return err_set(err, ERR_CONFIG, "DualstackNotSupported",
			"%s has no dualstack endpoint in partition %s", r->service->id, partition->name);
	return 0;
}

static int check(const struct resolution *r, struct err *err)
{
	const struct aws_endpoint_options *options = r->options;

	if (options->custom_url != NULL && check_custom_url(r, err) < 0)
		return -1;
	if (options->region == NULL) {
		if (options->custom_url != NULL && !r->rule.region_in_custom_url_needed)
			return 0;
		return err_set(err, ERR_CONFIG, "MissingRegion", "%s: no region is set; set AWS_REGION",
			r->service->id);
	}
	if (!endpoint_is_host_label(options->region, false) ||
		strlen(options->region) >= sizeof((struct aws_endpoint *)NULL)->signing_region)
		return err_set(err, ERR_CONFIG, "InvalidRegion", "\"%.64s\" is not a region name",
			options->region);
	if (check_mode(r, err) < 0)
		return -1;
	if (options->account_id != NULL && !endpoint_is_host_label(options->account_id, false))
		return err_set(err, ERR_CONFIG, "InvalidAccountId", "\"%.64s\" is not an account id",
			options->account_id);
	if (options->bucket != NULL && strncmp(options->bucket, "arn:", 4) == 0)
		return err_set(err, ERR_UNDECLARED, "BucketArn",
			"a bucket is addressed by its name, not as \"%.128s\"", options->bucket);
	return 0;
}

/* --- AWS's own host names --- */

static const struct endpoint_exception *find_exception(const struct resolution *r)
{
	for (size_t i = 0; i < r->rule.exception_count; i++) {
		const struct endpoint_exception *exception = &r->rule.exceptions[i];

		if ((exception->modes & (1U << r->mode)) != 0 &&
			(strcmp(exception->where, r->partition->name) == 0 ||
				strcmp(exception->where, r->options->region) == 0))
			return exception;
	}
	return NULL;
}

static void expand(struct resolution *r, const char *template, const char *region)
{
	const struct {
		const char *name, *value;
	} values[] = {
		{ "host", r->rule.host },
		{ "region", region },
		{ "global", r->partition->implicit_global_region },
		{ "suffix", r->partition->dns_suffix },
		{ "dualstack", r->partition->dualstack_dns_suffix },
	};

	while (*template != '\0') {
		size_t text = strcspn(template, "{"), length;

		buf_add(&r->host, template, text);
		template += text;
		if (*template == '\0')
			return;
		length = strcspn(++template, "}");
		for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
			if (strlen(values[i].name) == length && strncmp(values[i].name, template, length) == 0)
				buf_add_string(&r->host, values[i].value);
		}
		template += length + 1;
	}
}

/* Fills in the host and returns the region to sign for. */
static const char *expand_rule(struct resolution *r)
{
	const struct aws_endpoint_options *options = r->options;
	const struct endpoint_exception *exception;
	const char *host = r->rule.pattern->hosts[r->mode], *region = options->region;

	if (options->sts_global && options->custom_url == NULL && r->mode == ENDPOINT_PLAIN &&
		has_word(r->rule.legacy_global_regions, options->region)) {
		buf_add_string(&r->host, r->rule.legacy_global_host);
		return "us-east-1";
	}
	if (r->mode == ENDPOINT_FIPS && r->rule.gov_plain_is_fips &&
		strcmp(r->partition->name, "aws-us-gov") == 0)
		host = r->rule.pattern->hosts[ENDPOINT_PLAIN];
	exception = find_exception(r);
	if (exception != NULL && exception->host != NULL)
		host = exception->host;
	if (exception != NULL && exception->region != NULL)
		region = exception->region;
	expand(r, host, region);
	if (r->rule.pattern->signed_globally && (exception == NULL || exception->region == NULL))
		return r->partition->implicit_global_region;
	return region;
}

/* --- bucket and account id in front of the host name --- */

static bool is_bucket_in_host(const struct resolution *r)
{
	const struct aws_endpoint_options *options = r->options;

	if (strcmp(r->service->id, "s3") != 0 || options->bucket == NULL || options->force_path_style)
		return false;
	if (options->custom_url == NULL)
		return endpoint_is_virtual_hostable(options->bucket, false);
	/* A wildcard certificate doesn't cover a bucket name with dots; plain http has no such limit.
	 */
	return !r->custom.is_ip && !r->custom.is_loopback &&
		endpoint_is_virtual_hostable(options->bucket, !r->custom.https);
}

static bool is_account_in_host(const struct resolution *r)
{
	if (strcmp(r->service->id, "s3control") != 0 || r->options->account_id == NULL)
		return false;
	return r->options->custom_url == NULL || (!r->custom.is_ip && !r->custom.is_loopback);
}

static int finish(struct resolution *r, const char *signing_region, struct aws_endpoint *out,
	struct err *err)
{
	const char *prefix = "", *scheme = "https";
	int host_length, url_length;

	out->bucket_in_host = is_bucket_in_host(r);
	if (out->bucket_in_host)
		prefix = r->options->bucket;
	else if (is_account_in_host(r))
		prefix = r->options->account_id;
	if (r->options->custom_url != NULL && !r->custom.https)
		scheme = "http";
	host_length = snprintf(out->host, sizeof out->host, "%s%s%s%s", prefix,
		*prefix != '\0' ? "." : "", r->host.data, r->custom.port);
	url_length =
		snprintf(out->url, sizeof out->url, "%s://%s%s", scheme, out->host, r->custom.path);
	if (!buf_ok(&r->host) || host_length < 0 || (size_t)host_length >= sizeof out->host ||
		url_length < 0 || (size_t)url_length >= sizeof out->url)
		return err_set(err, ERR_CONFIG, "InvalidEndpointUrl",
			"the host name of %s's endpoint is too long", r->service->id);
	snprintf(out->base_path, sizeof out->base_path, "%s", r->custom.path);
	snprintf(out->signing_region, sizeof out->signing_region, "%s", signing_region);
	snprintf(out->signing_name, sizeof out->signing_name, "%s", r->service->signing_name);
	return 0;
}

int aws_endpoint_resolve(const struct aws_service *service,
	const struct aws_endpoint_options *options, struct aws_endpoint *out, struct err *err)
{
	struct resolution r = {
		.service = service, .options = options, .rule = endpoint_rule_of(service)
	};
	const char *signing_region = "";
	int result = -1;

	*out = (struct aws_endpoint){ 0 };
	buf_init(&r.host, HOST_MAX_BYTES);
	if (r.rule.host == NULL) {
		err_set(err, ERR_UNDECLARED, "NoEndpointRule", "no endpoint is known for service %s",
			service->id);
		goto out;
	}
	if (options->region != NULL)
		r.partition = aws_partition_of(options->region);
	/* A custom URL replaces the plain endpoint, and requests to it are signed in the same way. */
	if (options->custom_url == NULL)
		r.mode = (enum endpoint_mode)((options->use_fips ? ENDPOINT_FIPS : 0) |
			(options->use_dualstack ? ENDPOINT_DUALSTACK : 0));
	if (check(&r, err) < 0)
		goto out;
	if (options->region != NULL)
		signing_region = expand_rule(&r);
	if (options->custom_url != NULL) {
		if (endpoint_url_parse(options->custom_url, &r.custom, err) < 0)
			goto out;
		buf_reset(&r.host);
		buf_add_string(&r.host, r.custom.host);
	}
	result = finish(&r, signing_region, out, err);
out:
	buf_release(&r.host);
	return result;
}

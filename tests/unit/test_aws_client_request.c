/* Tests of the requests that the client sends (hosts, paths, headers), and of S3's redirects to a
 * bucket's region. */
#include "aws_client_help.h"

#include "aws/client_call.h"
#include "aws/client_endpoint.h"
#include "aws/client_redirect.h"
#include "aws/client_send.h"
#include "aws/client_view.h"
#include "aws/credentials/credentials.h"
#include "aws/errors.h"
#include "base/banned.h"
#include "io/http/response.h"

struct prepared {
	char url[512], host[320], path[256];
};

static int prepare(const struct aws_operation *operation, const char *region, json_t *params,
	struct prepared *out, struct err *err)
{
	struct loop *loop;
	struct aws *aws;
	int result;

	assert_int_equal(loop_new(NULL, &loop, err), 0);
	assert_int_equal(aws_new(loop, NULL, credentials_resolve, &aws, err), 0);
	struct client_call call = { .aws = aws, .operation = operation, .params = params };
	struct client_exchange exchange = { .call = &call };
	aws_request_init(&exchange.request);
	buf_init(&exchange.url, 64 * 1024);
	buf_init(&exchange.path, 64 * 1024);
	result = aws_serialize(operation, params, &exchange.request, err);
	if (result == 0)
		result =
			client_endpoint_get(aws, operation->service, region, false, &exchange.endpoint, err);
	if (result == 0)
		result = client_exchange_prepare(&exchange, err);
	if (result == 0) {
		snprintf(out->url, sizeof out->url, "%s", exchange.url.data);
		snprintf(out->host, sizeof out->host, "%s", exchange.host);
		snprintf(out->path, sizeof out->path, "%s", exchange.signed_path);
	}
	aws_request_release(&exchange.request);
	buf_release(&exchange.url);
	buf_release(&exchange.path);
	json_decref(params);
	aws_free(aws);
	loop_free(loop);
	return result;
}

static void check(const struct aws_operation *operation, json_t *params, const char *url,
	const char *host, const char *path)
{
	struct prepared prepared;
	struct err err = ERR_INIT;

	if (prepare(operation, "eu-west-1", params, &prepared, &err) < 0)
		fail_msg("%s", err.message);
	assert_string_equal(prepared.url, url);
	assert_string_equal(prepared.host, host);
	assert_string_equal(prepared.path, path);
}

static json_t *account(void)
{
	return json_pack("{s:s}", "AccountId", ACCOUNT);
}

static json_t *bucket(void)
{
	return json_pack("{s:s}", "Bucket", "logs.example");
}

static void hosts_of_aws(void **state)
{
	(void)state;
	bench_environment("x");
	unsetenv("AWS_ENDPOINT_URL");
	check(&aws_guardduty_ListDetectors, NULL, "https://guardduty.eu-west-1.amazonaws.com/detector",
		"guardduty.eu-west-1.amazonaws.com", "/detector");
	/* All buckets share one host, so that connections are shared. S3 Control needs a host for each
	 * account. */
	check(&aws_s3_GetBucketEncryption, bucket(),
		"https://s3.eu-west-1.amazonaws.com/logs.example?encryption", "s3.eu-west-1.amazonaws.com",
		"/logs.example");
	check(&aws_s3control_GetPublicAccessBlock, account(),
		"https://111122223333.s3-control.eu-west-1.amazonaws.com/v20180820/configuration/"
		"publicAccessBlock",
		"111122223333.s3-control.eu-west-1.amazonaws.com",
		"/v20180820/configuration/publicAccessBlock");
	check(&aws_iam_GetAccountSummary, NULL, "https://iam.amazonaws.com/", "iam.amazonaws.com", "/");
	setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
	check(&aws_guardduty_ListDetectors, NULL,
		"https://guardduty-fips.eu-west-1.amazonaws.com/detector",
		"guardduty-fips.eu-west-1.amazonaws.com", "/detector");
}

static void hosts_of_custom_endpoints(void **state)
{
	static const char *const bare[] = { "127.0.0.1:5000", "localhost:5000", "a.localhost",
		"[::1]:5000", "10.0.0.7" };
	char url[128], whole[192];

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bare); i++) {
		snprintf(url, sizeof url, "http://%s", bare[i]);
		bench_environment(url);
		snprintf(whole, sizeof whole, "%s/v20180820/configuration/publicAccessBlock", url);
		check(&aws_s3control_GetPublicAccessBlock, account(), whole, bare[i],
			"/v20180820/configuration/publicAccessBlock");
	}
	bench_environment("https://aws.example:8443/proxy");
	check(&aws_s3control_GetPublicAccessBlock, account(),
		"https://111122223333.aws.example:8443/proxy/v20180820/configuration/publicAccessBlock",
		"111122223333.aws.example:8443", "/proxy/v20180820/configuration/publicAccessBlock");
	check(&aws_s3_GetBucketEncryption, bucket(),
		"https://aws.example:8443/proxy/logs.example?encryption", "aws.example:8443",
		"/proxy/logs.example");
}

static void loopback_and_addresses_are_known(void **state)
{
	(void)state;
	assert_true(client_host_is_loopback("127.8.0.1"));
	assert_true(client_host_is_loopback("LOCALHOST:80"));
	assert_true(client_host_is_loopback("[::1]:80"));
	assert_false(client_host_is_loopback("127.0.0.1.example.com"));
	assert_false(client_host_is_loopback("notlocalhost"));
	assert_false(client_host_is_loopback("128.0.0.1"));
	assert_true(client_host_is_address("10.0.0.1:80"));
	assert_true(client_host_is_address("[fd00::1]"));
	assert_false(client_host_is_address("10.0.0.1.example.com"));
}

/* --- redirects --- */

static bool region_in(const char *body, char out[CLIENT_REGION_SIZE])
{
	struct http_response response;
	bool found;

	http_response_init(&response);
	buf_add_string(&response.body, body);
	found = client_redirect_region(&response, out);
	http_response_release(&response);
	return found;
}

static void the_region_of_a_bucket_is_read(void **state)
{
	char region[CLIENT_REGION_SIZE];

	(void)state;
	assert_true(region_in("<Error><Region>eu-south-2</Region></Error>", region));
	assert_string_equal(region, "eu-south-2");
	assert_false(region_in("", region));
	assert_false(region_in("<Error><Region>", region));
	assert_false(region_in("<Error><Region></Region>", region));
	assert_false(region_in("<Error><Region>eu-south-2", region));
	assert_false(region_in("<Region>evil.example/</Region>", region));
	assert_false(region_in(
		"<Region>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</Region>", region));
}

/* --- headers --- */

static char seen[8192];

static void keep_head(void *argument, const struct fake_request *request,
	struct fake_answer *answer)
{
	(void)argument;
	snprintf(seen, sizeof seen, "%s", request->head);
	answer->status = 404;
	snprintf(answer->body, sizeof answer->body, "<Error><Code>NoSuchBucket</Code></Error>");
}

static void ask_s3(struct bench *bench)
{
	struct aws_call call = { .operation = &aws_s3_GetBucketEncryption, .params = bucket() };
	struct err err = ERR_INIT;

	MUST(aws_read(&bench->reader, &call, NULL, &err) < 0);
	MUST(aws_error_is_not_found(&err, "NoSuchBucket"));
	MUST(aws_error_is_not_found(&err, "NoSuchBucketException"));
}

static void s3_gets_its_headers_signed(void **state)
{
	struct bench bench;

	(void)state;
	bench_start(&bench, keep_head);
	setenv("AWS_SESSION_TOKEN", "session-token", 1);
	bench_run(&bench, NULL, ask_s3);
	bench_stop(&bench);
	assert_non_null(strstr(seen,
		"x-amz-content-sha256: "
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n"));
	assert_non_null(strstr(seen, "x-amz-security-token: session-token\r\n"));
	assert_non_null(strstr(seen,
		"SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature="));
	assert_non_null(strstr(seen, "User-Agent: reeve/"));
	assert_null(strstr(seen, "secret-of-test"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_of_aws),
		cmocka_unit_test(hosts_of_custom_endpoints),
		cmocka_unit_test(loopback_and_addresses_are_known),
		cmocka_unit_test(the_region_of_a_bucket_is_read),
		cmocka_unit_test(s3_gets_its_headers_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

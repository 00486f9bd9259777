/* Runs the body of a test on a fiber, with a client whose endpoint is a fake server. */
#ifndef AWS_CLIENT_HELP_H
#define AWS_CLIENT_HELP_H

#include "aws/client.h"
#include "aws/client_private.h"
#include "aws_fake_server.h"
#include "base/json.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ACCOUNT "111122223333"

/* cmocka's assertions jump off the stack, and a fiber's is not theirs to leave: on a fiber, this. */
#define MUST(condition)                                                             \
	do {                                                                            \
		if (!(condition)) {                                                         \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                           \
	} while (0)

__attribute__((unused)) static void assert_ok(const struct err *err)
{
	if (err->kind != ERR_NONE)
		fail_msg("%s (%s): %s", err_kind_name(err->kind), err->code, err->message);
}

struct bench {
	struct fake_server server;
	struct loop *loop;
	struct aws *aws;
	struct aws_reader reader;
	struct aws_writer writer;
	void (*body)(struct bench *bench);
	void *data;               /* of the test */
};

static const struct aws_permission bench_permissions[] = {
	{ .action = "guardduty:ListDetectors" }, { .action = "guardduty:GetDetector" },
	{ .action = "guardduty:CreateDetector" }, { .action = "guardduty:UpdateDetector" },
	{ .action = "guardduty:DeleteDetector" }, { .action = "s3:GetEncryptionConfiguration" },
	{ .action = "iam:ListUsers" }, { .action = "s3:GetAccountPublicAccessBlock" }, { .action = "sts:GetCallerIdentity" },
	{ .action = "organizations:ListAccounts" }, { .action = "ec2:DescribeRegions" },
	AWS_PERMISSIONS_END,
};

/* The environment of a test is only what it sets. */
static void bench_environment(const char *endpoint)
{
	static const char *const names[] = {
		"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_CA_BUNDLE",
		"AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_MAX_ATTEMPTS", "AWS_STS_REGIONAL_ENDPOINTS",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_GUARDDUTY", "http_proxy",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		unsetenv(names[i]);
	setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("AWS_REGION", "eu-west-1", 1);
	setenv("AWS_ACCESS_KEY_ID", "AKIATEST", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret-of-test", 1);
	setenv("AWS_ENDPOINT_URL", endpoint, 1);
}

static void bench_fiber(void *argument)
{
	struct bench *bench = argument;

	bench->body(bench);
}

static void bench_start(struct bench *bench,
                        void (*handle)(void *argument, const struct fake_request *request, struct fake_answer *answer))
{
	memset(bench, 0, sizeof *bench);
	fake_server_start(&bench->server, handle, bench);
	bench_environment(bench->server.url);
}

/* Makes the client from the environment as it is now, and runs body on a fiber until all have ended. */
static void bench_run(struct bench *bench, const struct aws_options *options, void (*body)(struct bench *bench))
{
	struct err err = ERR_INIT;

	bench->body = body;
	if (loop_new(NULL, &bench->loop, &err) < 0 || aws_new(bench->loop, options, &bench->aws, &err) < 0)
		fail_msg("%s", err.message);
	bench->reader = (struct aws_reader){ .aws = bench->aws, .session = aws_session_default(bench->aws),
		                             .account_id = ACCOUNT, .declared = bench_permissions };
	bench->writer = (struct aws_writer){ .aws = bench->aws, .session = aws_session_default(bench->aws),
		                             .account_id = ACCOUNT, .declared = bench_permissions };
	if (fiber_spawn(bench->loop, "test", bench_fiber, bench, &err) < 0)
		fail_msg("%s", err.message);
	loop_run(bench->loop);
	aws_free(bench->aws);
	loop_free(bench->loop);
}

static void bench_stop(struct bench *bench)
{
	fake_server_stop(&bench->server);
}

#endif

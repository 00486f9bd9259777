/* Runs the body of a test on a fiber, with a client whose endpoint is a fake server. */
#ifndef AWS_CLIENT_HELP_H
#define AWS_CLIENT_HELP_H

#include "aws/client.h"
#include "aws/client_private.h"
#include "aws/credentials/credentials.h"
#include "aws_fake_environment.h"
#include "base/json.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ACCOUNT "111122223333"

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
	void *data; /* the test's own */
};

static const struct aws_permission bench_permissions[] = {
	{ .action = "guardduty:ListDetectors", .reused = true },
	{ .action = "guardduty:GetDetector" },
	{ .action = "guardduty:CreateDetector" },
	{ .action = "guardduty:UpdateDetector" },
	{ .action = "guardduty:DeleteDetector" },
	{ .action = "s3:GetEncryptionConfiguration" },
	{ .action = "iam:ListUsers" },
	{ .action = "s3:GetAccountPublicAccessBlock" },
	{ .action = "sts:GetCallerIdentity" },
	{ .action = "organizations:ListAccounts" },
	{ .action = "ec2:DescribeRegions" },
	AWS_PERMISSIONS_END,
};

/* A test's environment has only the variables that the test sets. */
static void bench_environment(const char *endpoint)
{
	fake_environment(endpoint, "eu-west-1");
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

/* Makes the client from the environment as it is now and runs body on a fiber. Returns when every
 * fiber has ended. */
static void bench_run(struct bench *bench, const struct aws_options *options,
	void (*body)(struct bench *bench))
{
	struct err err = ERR_INIT;

	bench->body = body;
	if (loop_new(NULL, &bench->loop, &err) < 0 ||
		aws_new(bench->loop, options, credentials_resolve, &bench->aws, &err) < 0)
		fail_msg("%s", err.message);
	bench->reader = (struct aws_reader){ .aws = bench->aws,
		.session = aws_session_default(bench->aws),
		.account_id = ACCOUNT,
		.declared = bench_permissions };
	bench->writer = (struct aws_writer){ .aws = bench->aws,
		.session = aws_session_default(bench->aws),
		.account_id = ACCOUNT,
		.declared = bench_permissions };
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

/* Tests of how the region and the ARN are read from a queue's URL. */

#include "base/banned.h"
#include "events/queue/url.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stddef.h>

static void the_region_is_in_the_host(void **state)
{
	static const struct {
		const char *url, *region;
	} cases[] = {
		{ "https://sqs.eu-west-1.amazonaws.com/111122223333/reeve", "eu-west-1" },
		{ "https://SQS.EU-West-1.AmazonAWS.com/111122223333/reeve", "eu-west-1" },
		{ "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/reeve", "cn-north-1" },
		{ "https://sqs.us-gov-west-1.amazonaws.com/111122223333/reeve", "us-gov-west-1" },
		{ "https://sqs-fips.us-east-2.amazonaws.com/111122223333/reeve", "us-east-2" },
		{ "https://sqs.ap-southeast-4.api.aws/111122223333/reeve", "ap-southeast-4" },
		{ "https://sqs-fips.us-west-2.api.aws/111122223333/reeve", "us-west-2" },
		{ "https://sqs.cn-northwest-1.api.amazonwebservices.com.cn/111122223333/reeve",
			"cn-northwest-1" },
		{ "https://vpce-0a1b-c2d3.sqs.eu-north-1.vpce.amazonaws.com/111122223333/reeve",
			"eu-north-1" },
		{ "https://vpce-0a1b-c2d3-eu-north-1a.sqs.eu-north-1.vpce.amazonaws.com:443/111122223333/"
		  "reeve",
			"eu-north-1" },
		{ "https://eu-central-1.queue.amazonaws.com/111122223333/reeve", "eu-central-1" },
		{ "https://cn-north-1.queue.amazonaws.com.cn/111122223333/reeve", "cn-north-1" },
		{ "https://queue.amazonaws.com/111122223333/reeve", "us-east-1" },
		{ "http://sqs.eu-west-3.localhost.localstack.cloud:4566/000000000000/reeve", "eu-west-3" },
		/* The host names no region, so the given one is used. */
		{ "http://127.0.0.1:5000/111122223333/reeve", "sa-east-1" },
		{ "http://localhost:4566/queue/us-east-1/000000000000/reeve", "sa-east-1" },
		{ "https://sqs.internal.example/111122223333/reeve", "sa-east-1" },
		{ "https://a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.sqs.eu-west-1.amazonaws.com/1/q",
			"sa-east-1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct err err = ERR_INIT;
		char *region = NULL;

		if (queue_url_region(cases[i].url, "sa-east-1", "us-east-1", &region, &err) < 0)
			fail_msg("%s: %s", cases[i].url, err.message);
		assert_string_equal(region, cases[i].region);
		free(region);
	}
}

static void a_region_is_needed(void **state)
{
	static const char url[] = "http://127.0.0.1:5000/111122223333/reeve";
	struct err err = ERR_INIT;
	char *region = NULL;

	(void)state;
	assert_int_equal(queue_url_region(url, NULL, "eu-west-2", &region, &err), 0);
	assert_string_equal(region, "eu-west-2");
	free(region);
	assert_int_equal(queue_url_region(url, NULL, NULL, &region, &err), -1);
	assert_string_equal(err.code, "NoQueueRegion");
	assert_int_equal(queue_url_region(url, "nowhere/else", NULL, &region, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
}

static void texts_that_are_no_url_are_refused(void **state)
{
	static const char *const urls[] = {
		"",
		"reeve",
		"sqs.eu-west-1.amazonaws.com/1/q",
		"ftp://sqs.eu-west-1.amazonaws.com/1/q",
		"https://",
		"https:///1/q",
		"https://sqs.eu-west-1.amazonaws.com",
		"https://sqs.eu-west-1.amazonaws.com/",
		"https://u@sqs.eu-west-1.amazonaws.com/1/q",
		"https://sqs.eu-west-1.amazonaws.com/1/q?Action=x",
		"https://sqs.eu-west-1.amazonaws.com/1/q#x",
		"https://sqs.eu-west-1.amazonaws.com/1/q\n",
		"https://sqs.eu-west-1.amazonaws.com/1/\xc3\xa9",
		"https://sqs.eu-west-1.amazonaws.com/1/a b",
		"arn:aws:sqs:eu-west-1:111122223333:reeve",
	};
	char *region = NULL, text[3000];
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(urls); i++) {
		assert_int_equal(queue_url_region(urls[i], "eu-west-1", NULL, &region, &err), -1);
		assert_string_equal(err.code, "BadQueueUrl");
		assert_null(region);
	}
	snprintf(text, sizeof text, "https://%0300d.example/1/q", 1);
	assert_int_equal(queue_url_region(text, "eu-west-1", NULL, &region, &err), -1);
	snprintf(text, sizeof text, "https://sqs.eu-west-1.amazonaws.com/1/%02500d", 1);
	assert_int_equal(queue_url_region(text, "eu-west-1", NULL, &region, &err), -1);
}

static void assert_arn(const char *url, const char *region, const char *expected)
{
	char *arn = queue_arn(url, region);

	if (expected == NULL)
		assert_null(arn);
	else
		assert_string_equal(arn, expected);
	free(arn);
}

static void the_arn_is_made_from_the_url(void **state)
{
	(void)state;
	assert_arn("https://sqs.eu-west-1.amazonaws.com/111122223333/reeve", NULL,
		"arn:${Partition}:sqs:eu-west-1:111122223333:reeve");
	assert_arn("http://127.0.0.1:5000/111122223333/events.fifo", "eu-west-1",
		"arn:${Partition}:sqs:eu-west-1:111122223333:events.fifo");
	assert_arn("http://127.0.0.1:5000/111122223333/reeve", NULL, NULL);
	assert_arn("https://sqs.eu-west-1.amazonaws.com/1111/reeve", NULL, NULL);
	assert_arn("https://sqs.eu-west-1.amazonaws.com/111122223333/", NULL, NULL);
	assert_arn("https://sqs.eu-west-1.amazonaws.com/111122223333/a/b", NULL, NULL);
	assert_arn("https://sqs.eu-west-1.amazonaws.com/111122223333", NULL, NULL);
	assert_arn("reeve", "eu-west-1", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_region_is_in_the_host),
		cmocka_unit_test(a_region_is_needed),
		cmocka_unit_test(texts_that_are_no_url_are_refused),
		cmocka_unit_test(the_arn_is_made_from_the_url),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

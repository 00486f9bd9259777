/* Delivery to SNS: one signed Publish in the topic's own region, and what its refusals mean. */
#include "notify/channel.h"
#include "notify_help.h"

#define TOPIC "arn:aws:sns:ap-southeast-2:111122223333:security"
#define CHANNEL \
	"{\"name\":\"topic\",\"on\":[\"alert\",\"halt\"],\"min_severity\":\"high\",\"sns_topic_arn\":" \
	"\"" TOPIC "\"}"

static char last_authorization[512];

static void answer_publish(void *argument, const struct fake_request *request,
	struct fake_answer *answer)
{
	fake_header(request, "Authorization", last_authorization, sizeof last_authorization);
	receive(argument, request, answer);
}

/* A receiver that answers like SNS, and an environment that only leads to it. */
static struct receiver *sns_start(int status, const char *answer)
{
	struct receiver *receiver = xcalloc(1, sizeof *receiver);

	receiver->statuses[0] = status;
	receiver->answer = answer;
	receiver->headers = "Content-Type: text/xml\r\n";
	fake_server_start(&receiver->server, answer_publish, receiver);
	fake_environment(receiver->server.url, "eu-west-1");
	return receiver;
}

static const char published[] = "<PublishResponse "
								"xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/"
								"\"><PublishResult><MessageId>94f20ce6</MessageId>"
								"</PublishResult><ResponseMetadata><RequestId>f187a3c1</"
								"RequestId></ResponseMetadata></PublishResponse>";
static const char refused[] =
	"<ErrorResponse "
	"xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</"
	"Type><Code>AuthorizationError</Code>"
	"<Message>not authorized to perform: "
	"SNS:Publish</Message></Error><RequestId>1</RequestId></ErrorResponse>";

static void tell_three(struct process *process)
{
	struct notification quiet = {
		.kind = NOTIFY_ALERT, .severity = SEVERITY_MEDIUM, .run = "run-1", .baseline = "quiet"
	};

	notify_event(process->notifier, &quiet);    /* below min_severity */
	tell_event(process, NOTIFY_APPROVAL, 0, 1); /* of a kind that the channel does not want */
	tell_event(process, NOTIFY_ALERT, 0, 1);
	notify_flush(process->notifier, 3000);
}

static void a_message_is_published(void **unused)
{
	struct receiver *receiver = sns_start(200, published);

	(void)unused;
	process_whole(CHANNEL, tell_three, 0);
	assert_int_equal(receiver->count, 1);
	const char *body = receiver->got[0].body;
	assert_int_equal(strncmp(body,
						 "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aap-"
						 "southeast-2%3A111122223333%3Asecurity&Message=",
						 109),
		0);
	assert_non_null(strstr(body, "&MessageStructure=json&"));
	assert_non_null(strstr(body, "&Subject=Reeve%3A%201%20alert"));
	assert_non_null(strstr(body,
		"MessageAttributes.entry.1.Name=kind&MessageAttributes.entry.1.Value.DataType=String&"
		"MessageAttributes.entry.1.Value.StringValue=alert"));
	assert_non_null(strstr(last_authorization, "/ap-southeast-2/sns/aws4_request"));
	assert_outbox(0, 0);
	receiver_stop(receiver);
}

static void a_refusal_is_not_tried_for_ever(void **unused)
{
	struct receiver *receiver = sns_start(403, refused);

	(void)unused;
	process_whole(CHANNEL, tell_three, 0);
	assert_int_equal(receiver->count, NOTIFY_REJECTIONS);
	assert_outbox(0, 1);
	json_t *status = outbox_status();
	const json_t *failed = json_array_get(json_object_get(status, "failed"), 0);
	assert_non_null(strstr(json_get_string(failed, "error"), "SNS:Publish"));
	json_decref(status);
	receiver_stop(receiver);
}

static void a_fault_of_sns_passes(void **unused)
{
	struct receiver *receiver = sns_start(503, published);

	(void)unused;
	receiver->statuses[1] = 0; /* the same again */
	receiver->statuses[2] = 200;
	process_whole(CHANNEL, tell_three, 0);
	assert_int_equal(receiver->count, 3);
	assert_outbox(0, 0);
	receiver_stop(receiver);
}

/* --- what the orchestrator's policy grants --- */

static void the_topics_are_granted(void **unused)
{
	struct config *config = parse_config(CHANNEL
		",{\"name\":\"b\",\"webhook\":{\"url\":\"https://example.com/\"}},"
		"{\"name\":\"c\",\"sns_topic_arn\":\"arn:aws:sns:eu-west-1:111122223333:c.fifo\"}");
	struct aws_permission *permissions = notify_permissions(config),
						  *none = notify_permissions(NULL);

	(void)unused;
	assert_string_equal(permissions[0].action, "sns:Publish");
	assert_string_equal(permissions[0].resource, TOPIC);
	assert_string_equal(permissions[1].resource, "arn:aws:sns:eu-west-1:111122223333:c.fifo");
	assert_null(permissions[2].action);
	assert_null(none[0].action);
	free(permissions);
	free(none);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_message_is_published),
		store_test(a_refusal_is_not_tried_for_ever),
		store_test(a_fault_of_sns_passes),
		cmocka_unit_test(the_topics_are_granted),
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

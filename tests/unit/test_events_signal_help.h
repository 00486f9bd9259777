/* Makes bodies of events, decodes them, and compares the signals. */
#ifndef REEVE_TESTS_EVENTS_SIGNAL_HELP_H
#define REEVE_TESTS_EVENTS_SIGNAL_HELP_H

#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "events/envelope.h"
#include "events/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline void decode_text(const char *body, struct signal_list *out)
{
	struct err err = ERR_INIT;

	if (signals_decode(body, strlen(body), out, &err) < 0)
		fail_msg("%s: %s\n%.300s", err.code, err.message, body);
}

/* Decodes a body that has one signal, and returns that. */
static inline struct signal *decode_single(const char *body, struct signal_list *out)
{
	decode_text(body, out);
	assert_int_equal(out->count, 1);
	return &out->signals[0];
}

static inline void expect_refusal(const char *body, size_t length, enum err_kind kind,
	const char *code, const char *part)
{
	struct signal_list out;
	struct err err = ERR_INIT;

	assert_int_equal(signals_decode(body, length, &out, &err), -1);
	assert_int_equal(out.count, 0);
	assert_null(out.signals);
	if (err.kind != kind || strcmp(err.code, code) != 0 || strstr(err.message, part) == NULL)
		fail_msg("%d %s: %s, instead of %d %s: %s", err.kind, err.code, err.message, kind, code,
			part);
	signals_release(&out);
}

static inline void expect_text(const char *got, const char *wanted)
{
	if (wanted == NULL)
		assert_null(got);
	else if (got == NULL)
		fail_msg("NULL instead of %s", wanted);
	else
		assert_string_equal(got, wanted);
}

/* Replaces apostrophes by quotes: JSON is easier to read in C with apostrophes. Caller frees. */
static inline char *quoted(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

/* Fails unless the JSON of the signal has every member of the object `wanted` with the same
 * value. */
static inline void expect_signal(const struct signal *signal, const char *wanted)
{
	struct err err = ERR_INIT;
	char *text = quoted(wanted);
	json_t *all = signal_to_json(signal), *parsed, *value;
	const char *key;

	if (json_parse(text, strlen(text), "the expectation", &parsed, &err) < 0)
		fail_msg("%s: %s", err.message, wanted);
	json_object_foreach(parsed, key, value) {
		if (!json_equal(json_object_get(all, key), value)) {
			char *got = json_to_text(all);

			fail_msg("%s is not as in %s: %s", key, wanted, got);
		}
	}
	json_decref(parsed);
	json_decref(all);
	free(text);
}

/* Returns an event of EventBridge's form around a detail. Caller frees. */
static inline char *event_text(const char *source, const char *detail_type, const char *detail)
{
	return xasprintf("{\"version\":\"0\",\"id\":\"e-1\",\"detail-type\":\"%s\",\"source\":\"%s\","
					 "\"account\":\"999988887777\","
					 "\"time\":\"2026-05-04T03:02:01Z\",\"region\":\"eu-west-1\",\"resources\":[],"
					 "\"detail\":%s}",
		detail_type, source, detail);
}

/* Decodes such an event. */
static inline struct signal *decode_detail(const char *source, const char *detail_type,
	const char *detail, struct signal_list *out)
{
	char *body = event_text(source, detail_type, detail);
	struct signal *signal = decode_single(body, out);

	free(body);
	return signal;
}

/* Returns a notification of SNS around a text. Caller frees. */
static inline char *sns_text(const char *message)
{
	json_t *wrapped = json_pack("{s:s, s:s, s:s, s:s, s:s}", "Type", "Notification", "MessageId",
		"m-1", "TopicArn", "arn:aws:sns:eu-west-1:111122223333:events", "Message", message,
		"Timestamp", "2026-05-04T03:02:02Z");
	char *text = json_to_text(wrapped);

	json_decref(wrapped);
	return text;
}

/* Returns the signal's JSON without the envelope's id. Caller frees. */
static inline char *signal_text(const struct signal *signal)
{
	json_t *out = signal_to_json(signal);

	json_object_del(out, "event_id");
	json_object_set_new(out, "finding_id", json_text(signal->finding_id));
	json_object_set_new(out, "product_arn", json_text(signal->product_arn));
	json_object_set_new(out, "metadata_uid", json_text(signal->metadata_uid));
	json_object_set_new(out, "request_id", json_text(signal->request_id));
	char *text = json_to_text(out);
	json_decref(out);
	return text;
}

#endif

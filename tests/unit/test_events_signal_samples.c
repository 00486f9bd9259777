/* Decodes every published sample event as it is, in an envelope, and in a notification of SNS. */
#include "test_events_signal_samples.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "test_events_signal_help.h"

#include "base/banned.h"

#include <glob.h>

#define SKIPPED 77

static char *vectors;

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");

	if (file == NULL)
		fail_msg("%s can't be read", path);
	char *text = xcalloc(1, 1 << 20);
	size_t length = fread(text, 1, (1 << 20) - 1, file);
	text[length] = '\0';
	fclose(file);
	return text;
}

static void each_file(void (*visit)(const char *name, const char *text))
{
	char *pattern = xasprintf("%s/*/*.json", vectors);
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *text = read_file(found.gl_pathv[i]);

		visit(strrchr(found.gl_pathv[i], '/') + 1, text);
		free(text);
	}
	globfree(&found);
	free(pattern);
}

static bool same(const char *left, const char *right)
{
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

static const struct sample *row_of(const char *name, size_t place)
{
	for (size_t i = 0; i < ARRAY_LENGTH(samples); i++)
		if (strcmp(samples[i].file, name) == 0 && samples[i].place == place)
			return &samples[i];
	fail_msg("%s has no row for finding %zu", name, place);
	return NULL;
}

static void expect_rows(const char *name, const struct signal_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct sample *row = row_of(name, i);
		const struct signal *got = &list->signals[i];

		if (got->source != row->source || !same(got->type, row->type) ||
			!same(got->account, row->account) || !same(got->region, row->region) ||
			got->state != row->state || got->account_change != row->change ||
			got->severity != row->severity || !same(got->resource, row->resource)) {
			char *text = signal_text(got);

			fail_msg("%s: %s", name, text);
		}
		assert_non_null(got->identity);
		assert_true(json_is_object(json_object_get(got->event, "detail")));
		assert_non_null(json_object_get(got->event, "detail-type"));
	}
	for (size_t i = 0; i < ARRAY_LENGTH(samples); i++)
		if (strcmp(samples[i].file, name) == 0)
			assert_true(samples[i].place < list->count);
}

static size_t visited;

static void visit_as_it_is(const char *name, const char *text)
{
	struct signal_list list;

	decode_text(text, &list);
	expect_rows(name, &list);
	signals_release(&list);
	visited++;
}

static void test_as_they_are(void **state)
{
	(void)state;
	each_file(visit_as_it_is);
	print_message("%zu samples\n", visited);
	assert_true(visited > 0);
}

static void expect_same(const char *name, const struct signal_list *left,
	const struct signal_list *right)
{
	assert_int_equal(left->count, right->count);
	for (size_t i = 0; i < left->count; i++) {
		char *one = signal_text(&left->signals[i]), *other = signal_text(&right->signals[i]);

		if (strcmp(one, other) != 0)
			fail_msg("%s: %s, but %s", name, one, other);
		free(one);
		free(other);
	}
}

static void visit_in_sns(const char *name, const char *text)
{
	struct signal_list list, wrapped_list;
	char *wrapped = sns_text(text);

	decode_text(text, &list);
	decode_text(wrapped, &wrapped_list);
	expect_same(name, &list, &wrapped_list);
	assert_true(json_equal(list.signals[0].event, wrapped_list.signals[0].event));
	free(wrapped);
	signals_release(&list);
	signals_release(&wrapped_list);
}

static void test_in_sns(void **state)
{
	(void)state;
	each_file(visit_in_sns);
}

/* Returns the finding as EventBridge delivers it to the administrator in another region. A record
 * of CloudTrail stays in the account in which it was made. */
static json_t *envelope_of(const json_t *raw, const struct signal *signal)
{
	json_t *event = json_copy(signal->event);
	bool trail = json_object_get(raw, "eventSource") != NULL;

	json_object_set_new(event, "version", json_string("0"));
	json_object_set_new(event, "id", json_string("5c1fd1ab-7b5c-43a2-a3a1-f3f2a4c7c1de"));
	json_object_set_new(event, "resources", json_array());
	if (!trail || signal->account != NULL)
		json_object_set_new(event, "account",
			json_string(trail ? signal->account : "999988887777"));
	json_object_set_new(event, "region", json_string("ap-southeast-2"));
	json_object_set_new(event, "time", json_string("2026-05-04T03:02:01Z"));
	return event;
}

static void visit_in_an_envelope(const char *name, const char *text)
{
	struct err err = ERR_INIT;
	struct signal_list list, wrapped_list;
	json_t *raw;

	assert_int_equal(json_parse(text, strlen(text), name, &raw, &err), 0);
	if (json_object_get(raw, "detail-type") == NULL &&
		json_object_get(raw, "invokingEvent") == NULL) {
		decode_text(text, &list);
		assert_null(json_object_get(list.signals[0].event, "id"));
		json_t *event = envelope_of(raw, &list.signals[0]);
		char *wrapped = json_to_text(event);

		decode_text(wrapped, &wrapped_list);
		expect_same(name, &list, &wrapped_list);
		assert_string_equal(wrapped_list.signals[0].event_id,
			"5c1fd1ab-7b5c-43a2-a3a1-f3f2a4c7c1de");
		free(wrapped);
		json_decref(event);
		signals_release(&list);
		signals_release(&wrapped_list);
	}
	json_decref(raw);
}

static void test_in_an_envelope(void **state)
{
	(void)state;
	each_file(visit_in_an_envelope);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_they_are),
		cmocka_unit_test(test_in_sns),
		cmocka_unit_test(test_in_an_envelope),
	};
	const char *folder = getenv("REEVE_VECTORS");
	glob_t found;

	vectors = xasprintf("%s/events", folder != NULL ? folder : "");
	char *index = xasprintf("%s/INDEX.md", vectors);
	bool there = folder != NULL && glob(index, 0, NULL, &found) == 0;
	free(index);
	if (!there) {
		printf(
			"skipped: no published events in $REEVE_VECTORS/events; the other test_events programs "
			"decode events of every kind\n");
		free(vectors);
		return SKIPPED;
	}
	globfree(&found);
	int result = cmocka_run_group_tests(tests, NULL, NULL);
	free(vectors);
	return result;
}

/* Checks what must hold for every signal, whatever body it was decoded from; for the fuzz targets
 * of events. */
#ifndef REEVE_TESTS_EVENTS_CHECK_H
#define REEVE_TESTS_EVENTS_CHECK_H

#include "base/json.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "events/envelope.h"
#include "events/signal.h"

#include <stdlib.h>
#include <string.h>

static inline void expect(bool holds)
{
	if (!holds)
		abort();
}

static inline void expect_place(const struct signal *signal)
{
	if (signal->account != NULL)
		expect(strlen(signal->account) == 12 && strspn(signal->account, "0123456789") == 12);
	if (signal->region != NULL)
		expect(strlen(signal->region) <= 32 &&
			strspn(signal->region, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
				strlen(signal->region));
}

static inline void expect_signal(const struct signal *signal)
{
	expect((size_t)signal->source < SIGNAL_SOURCE_COUNT &&
		signal_source_name(signal->source) != NULL);
	expect(signal->type != NULL && signal->type[0] != '\0' && strlen(signal->type) <= 2048);
	expect(signal->identity != NULL && signal->identity[0] != '\0' &&
		strlen(signal->identity) < 256);
	expect(signal->severity >= -1 && signal->severity <= 4 && signal->time_ms >= 0);
	expect(signal->title == NULL || strlen(signal->title) <= 512);
	expect(signal->resource == NULL || strlen(signal->resource) <= 2048);
	expect(signal->state != SIGNAL_FAILED_CALL ||
		signal->account_change == SIGNAL_NO_ACCOUNT_CHANGE);
	expect_place(signal);
	expect(json_is_object(json_object_get(signal->event, "detail")) &&
		json_is_string(json_object_get(signal->event, "detail-type")));

	json_t *out = signal_to_json(signal);
	char *text = json_to_text(out);
	expect(json_is_string(json_object_get(out, "type")) &&
		json_is_string(json_object_get(out, "identity")));
	free(text);
	json_decref(out);
}

/* The event that a signal keeps is decoded to the same signal, so that patterns and people see the
 * same as the decision. */
static inline void expect_again(const struct signal *signal)
{
	struct signal_list list;
	struct err err = ERR_INIT;
	char *text = json_to_text(signal->event);

	if (strlen(text) <= SIGNAL_MAX_BODY_BYTES && json_fits(signal->event, JSON_MAX_DEPTH)) {
		expect(signals_decode(text, strlen(text), &list, &err) == 0);
		expect(list.count == 1);
		expect(list.signals[0].source == signal->source &&
			strcmp(list.signals[0].type, signal->type) == 0);
		expect(list.signals[0].state == signal->state &&
			list.signals[0].account_change == signal->account_change);
		signals_release(&list);
	}
	free(text);
}

/* The copy has the exact size, so that a sanitizer sees a read beyond it. */
static inline void expect_body(const char *data, size_t size)
{
	struct signal_list list;
	struct err err = ERR_INIT;
	char *body = xmalloc(size + 1);

	memcpy(body + 1, data, size);
	int result = signals_decode(body + 1, size, &list, &err);
	free(body);
	if (result < 0) {
		expect(list.count == 0 && err.code[0] != '\0' && err.message[0] != '\0');
		expect(err.kind == ERR_PROTOCOL || err.kind == ERR_LIMIT);
		json_t *message = json_string(err.message);
		expect(message != NULL);
		json_decref(message);
		return;
	}
	expect(list.count >= 1 && list.count <= SIGNAL_MAX_COUNT);
	for (size_t i = 0; i < list.count; i++) {
		expect_signal(&list.signals[i]);
		expect_again(&list.signals[i]);
	}
	signals_release(&list);
}

/* Checks the data within an envelope: `before`, the data, `after`. */
static inline void expect_wrapped(const char *before, const char *data, size_t size,
	const char *after)
{
	char *body = xasprintf("%s%.*s%s", before, (int)size, data, after);

	expect_body(body, strlen(body));
	free(body);
}

#endif

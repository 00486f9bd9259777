#include "config/document/complain.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "config/document/position.h"

#include <stdarg.h>

#define POINTER_MAX_BYTES 2048
#define KEY_MAX_BYTES 80 /* of one key in a message */

/* Returns how many of the text's first `limit` bytes are whole UTF-8 characters. */
static size_t whole_characters(const char *text, size_t limit)
{
	if (strnlen(text, limit + 1) <= limit)
		return strlen(text);
	while (limit > 0 && ((unsigned char)text[limit] & 0xc0) == 0x80)
		limit--;
	return limit;
}

/* RFC 6901 writes "~" as "~0" and "/" as "~1". */
static void add_pointer(struct buf *out, const struct where *where)
{
	if (where->up == NULL) {
		if (where->key != NULL)
			buf_add_string(out, where->key);
		return;
	}
	add_pointer(out, where->up);
	buf_add_char(out, '/');
	if (where->key == NULL) {
		buf_add_format(out, "%zu", where->index);
		return;
	}
	const char *end = where->key + whole_characters(where->key, KEY_MAX_BYTES);
	for (const char *c = where->key; c < end; c++) {
		if (*c == '~' || *c == '/')
			buf_add_string(out, *c == '~' ? "~0" : "~1");
		else
			buf_add_char(out, *c);
	}
	if (*end != '\0')
		buf_add_string(out, "…");
}

static void keep_first(void *user, const struct err *err)
{
	struct err *first = user;

	if (first != NULL && first->kind == ERR_NONE)
		*first = *err;
}

void complaints_init_first(struct complaints *complaints, struct err *err)
{
	*complaints = (struct complaints){ .report = keep_first, .user = err };
	err_clear(err);
}

bool complaints_full(struct complaints *complaints)
{
	if (complaints->count < COMPLAINTS_MAX)
		return false;
	complaints->count++;
	return true;
}

static void report(struct complaints *complaints, const struct where *where, bool at_key,
	const char *code, const char *message)
{
	struct buf place;
	struct err err = ERR_INIT;
	int line, column;

	buf_init(&place, POINTER_MAX_BYTES);
	if (complaints->path != NULL)
		buf_add_format(&place, "%.250s:", complaints->path);
	if (complaints->text != NULL &&
		position_find(complaints->text, complaints->length, where, at_key, &line, &column))
		buf_add_format(&place, "%d:%d:", line, column);
	if (place.length > 0)
		buf_add_char(&place, ' ');
	size_t before = place.length;
	if (complaints->pointer == NULL)
		add_pointer(&place, where);
	else if (complaints->count == 1)
		add_pointer(complaints->pointer, where);
	if (place.length > before)
		buf_add_string(&place, ": ");
	(void)err_set(&err, ERR_CONFIG, code, "%s%s", place.data, message);
	complaints->report(complaints->user, &err);
	buf_release(&place);
}

static int vcomplain(struct complaints *complaints, const struct where *where, bool at_key,
	const char *code, const char *format, va_list args) PRINTF_LIKE(5, 0);

static int vcomplain(struct complaints *complaints, const struct where *where, bool at_key,
	const char *code, const char *format, va_list args)
{
	char message[512];

	if (complaints_full(complaints))
		return -1;
	complaints->count++;
	vsnprintf(message, sizeof message, format, args);
	report(complaints, where, at_key, code, message);
	if (complaints->count == COMPLAINTS_MAX)
		report(complaints, &(struct where){ .up = NULL }, false, "TooManyErrors",
			"there may be more errors; these come first");
	return -1;
}

int complain(struct complaints *complaints, const struct where *where, const char *code,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vcomplain(complaints, where, false, code, format, args);
	va_end(args);
	return -1;
}

int complain_key(struct complaints *complaints, const struct where *where, const char *code,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vcomplain(complaints, where, true, code, format, args);
	va_end(args);
	return -1;
}

static struct quoted cut(const char *text, const char *mark)
{
	struct quoted quoted;
	size_t kept = whole_characters(text, KEY_MAX_BYTES);

	snprintf(quoted.text, sizeof quoted.text, "%s%.*s%s%s", mark, (int)kept, text,
		text[kept] != '\0' ? "…" : "", mark);
	return quoted;
}

struct quoted quote(const char *text)
{
	return cut(text, "\"");
}

struct quoted quote_json(const json_t *value)
{
	CLEANUP_FREE char *text = json_to_text(value);

	return cut(text, "");
}

const char *json_kind(const json_t *value)
{
	if (value == NULL)
		return "nothing";
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		break;
	}
	return "null";
}

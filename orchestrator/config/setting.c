#include "config/setting.h"

#include "base/banned.h"
#include "base/buf.h"
#include "config/document/nearest.h"
#include "config/internal.h"

#include <assert.h>
#include <math.h>

#define KNOWN_NAMES_MAX_BYTES 160
/* 2^53: a double beyond it can't represent every integer. */
#define LARGEST_EXACT 9007199254740992.0

const struct setting *setting_find(const struct setting *rows, const char *name)
{
	for (; rows->name != NULL; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}

json_t *setting_default(const struct setting *row)
{
	if (row->default_json == NULL)
		return NULL;
	json_t *value = json_loads(row->default_json, JSON_DECODE_ANY, NULL);
	assert(value != NULL); /* the default is the row's own text, which settings_check_rows checks */
	return value;
}

bool expect_object(const json_t *value, const struct where *where, struct complaints *complaints)
{
	if (value == NULL || json_is_null(value) || json_is_object(value))
		return true;
	complain(complaints, where, "WrongType", "must be an object, {…}, not %s", json_kind(value));
	return false;
}

bool expect_list(const json_t *value, const struct where *where, struct complaints *complaints)
{
	if (value == NULL || json_is_null(value) || json_is_array(value))
		return true;
	complain(complaints, where, "WrongType", "must be a list, […], not %s", json_kind(value));
	return false;
}

/* "must be …, not VALUE"; a list or an object is named by its kind, since it would fill the line.
 */
static int wrong_type(const char *expected, const json_t *value, const struct where *where,
	struct complaints *complaints)
{
	if (json_is_object(value) || json_is_array(value) || json_is_boolean(value))
		return complain(complaints, where, "WrongType", "must be %s, not %s", expected,
			json_kind(value));
	return complain(complaints, where, "WrongType", "must be %s, not %s %s", expected,
		json_kind(value), quote_json(value).text);
}

static json_t *check_number(const struct setting *row, const json_t *value,
	const struct where *where, struct complaints *complaints)
{
	bool whole = row->type == SETTING_INTEGER;
	double number = json_number_value(value);

	if (!json_is_number(value) || (whole && json_is_real(value) && number != floor(number))) {
		wrong_type(whole ? "a whole number" : "a number", value, where, complaints);
		return NULL;
	}
	if (number < row->minimum || number > row->maximum) {
		complain(complaints, where, "OutOfRange", "must be between %.15g and %.15g, not %s",
			row->minimum, row->maximum, quote_json(value).text);
		return NULL;
	}
	if (whole && json_is_real(value)) {
		if (fabs(number) > LARGEST_EXACT) {
			wrong_type("a whole number written with all its digits", value, where, complaints);
			return NULL;
		}
		return json_integer((json_int_t)number);
	}
	return json_incref((json_t *)value);
}

static void add_choices(struct buf *out, const char *const *choices)
{
	for (; *choices != NULL; choices++)
		buf_add_format(out, "%s\"%s\"", out->length > 0 ? ", " : "", *choices);
}

static int check_choice(const struct setting *row, const char *value, const struct where *where,
	struct complaints *complaints)
{
	struct nearest nearest;
	CLEANUP_BUF struct buf known = BUF_INIT(KNOWN_NAMES_MAX_BYTES);

	nearest_init(&nearest, value);
	for (const char *const *choice = row->choices; *choice != NULL; choice++) {
		if (strcmp(*choice, value) == 0)
			return 0;
		nearest_offer(&nearest, *choice);
	}
	if (nearest.best != NULL)
		return complain(complaints, where, "UnknownChoice",
			"unknown value %s; did you mean \"%s\"?", quote(value).text, nearest.best);
	add_choices(&known, row->choices);
	return complain(complaints, where, "UnknownChoice", "must be one of %s%s, not %s", known.data,
		buf_ok(&known) ? "" : ", …", quote(value).text);
}

static int check_string(const struct setting *row, const json_t *value, const struct where *where,
	struct complaints *complaints)
{
	const char *text = json_string_value(value), *reason = NULL;

	if (text == NULL)
		return wrong_type("a string", value, where, complaints);
	if (strlen(text) != json_string_length(value))
		return complain(complaints, where, "NulByte",
			"holds a NUL character (\\u0000), which no setting can have");
	if (row->type == SETTING_CHOICE || row->type == SETTING_CHOICE_LIST)
		return check_choice(row, text, where, complaints);
	if (row->type == SETTING_STRING && row->maximum > 0 && (double)strlen(text) > row->maximum)
		return complain(complaints, where, "OutOfRange", "has %zu bytes; at most %.0f are possible",
			strlen(text), row->maximum);
	if (row->check != NULL && row->check(text, &reason) < 0)
		return complain(complaints, where, "BadValue", "%s %s", quote(text).text,
			reason != NULL ? reason : "is not acceptable");
	return 0;
}

static json_t *check_string_list(const struct setting *row, const json_t *value,
	const struct where *where, struct complaints *complaints)
{
	size_t index, before = complaints->count;
	json_t *item, *seen;

	if (!json_is_array(value)) {
		wrong_type("a list of strings", value, where, complaints);
		return NULL;
	}
	if (row->maximum > 0 &&
		((double)json_array_size(value) < row->minimum ||
			(double)json_array_size(value) > row->maximum)) {
		complain(complaints, where, "OutOfRange", "must have %.0f to %.0f items, not %zu",
			row->minimum, row->maximum, json_array_size(value));
		return NULL;
	}
	seen = json_object();
	json_array_foreach(value, index, item) {
		struct where place = { .up = where, .index = index };

		if (check_string(row, item, &place, complaints) < 0)
			continue;
		if (json_object_get(seen, json_string_value(item)) != NULL)
			complain(complaints, &place, "Duplicate", "%s is in the list already",
				quote(json_string_value(item)).text);
		json_object_set_new(seen, json_string_value(item), json_true());
	}
	json_decref(seen);
	return complaints->count == before ? json_incref((json_t *)value) : NULL;
}

/* The value as the row specifies it (a new reference), or NULL after a complaint. */
static json_t *check_value(const struct setting *row, const json_t *value,
	const struct where *where, struct complaints *complaints)
{
	switch (row->type) {
	case SETTING_BOOLEAN:
		if (json_is_boolean(value))
			return json_incref((json_t *)value);
		wrong_type("true or false", value, where, complaints);
		return NULL;
	case SETTING_INTEGER:
	case SETTING_NUMBER:
		return check_number(row, value, where, complaints);
	case SETTING_STRING:
	case SETTING_CHOICE:
		return check_string(row, value, where, complaints) < 0 ? NULL
															   : json_incref((json_t *)value);
	case SETTING_STRING_LIST:
	case SETTING_CHOICE_LIST:
		return check_string_list(row, value, where, complaints);
	case SETTING_ANY:
		break;
	}
	return json_incref((json_t *)value);
}

static void complain_unknown(const struct setting *rows, const char *key, const struct where *where,
	struct complaints *complaints)
{
	struct nearest nearest;
	CLEANUP_BUF struct buf known = BUF_INIT(KNOWN_NAMES_MAX_BYTES);

	if (complaints_full(complaints))
		return;
	nearest_init(&nearest, key);
	for (const struct setting *row = rows; row->name != NULL; row++) {
		nearest_offer(&nearest, row->name);
		buf_add_format(&known, "%s%s", row == rows ? "" : ", ", row->name);
	}
	if (nearest.best != NULL)
		complain_key(complaints, where, "UnknownKey", "unknown key %s; did you mean \"%s\"?",
			quote(key).text, nearest.best);
	else if (known.length == 0)
		complain_key(complaints, where, "UnknownKey", "unknown key %s; nothing can be set here",
			quote(key).text);
	else
		complain_key(complaints, where, "UnknownKey", "unknown key %s; known here: %s%s",
			quote(key).text, known.data, buf_ok(&known) ? "" : ", …");
}

void settings_collect(const struct setting *rows, const json_t *given, const struct where *where,
	bool fill_defaults, struct complaints *complaints, json_t *out)
{
	const char *key;
	json_t *value;

	bool right_kind = expect_object(given, where, complaints);

	if (!right_kind)
		given = NULL;
	json_object_foreach((json_t *)given, key, value) {
		struct where place = { .up = where, .key = key };

		if (setting_find(rows, key) == NULL)
			complain_unknown(rows, key, &place, complaints);
	}
	for (const struct setting *row = rows; row->name != NULL; row++) {
		struct where place = { .up = where, .key = row->name };

		value = json_object_get(given, row->name);
		if (value != NULL && !json_is_null(value))
			value = check_value(row, value, &place, complaints);
		else if (value == NULL && !fill_defaults)
			continue;
		else if ((value = setting_default(row)) == NULL && right_kind)
			complain(complaints, where, "MissingKey", "the key \"%s\" is missing: %s", row->name,
				row->help);
		if (value != NULL)
			json_object_set_new(out, row->name, value);
	}
}

int settings_resolve(const struct setting *rows, const json_t *given, const char *where,
	json_t **out, struct err *err)
{
	struct complaints complaints;
	json_t *settings = json_object();

	complaints_init_first(&complaints, err);
	settings_collect(rows, given, &(struct where){ .key = where }, true, &complaints, settings);
	if (complaints.count > 0) {
		json_decref(settings);
		return -1;
	}
	*out = settings;
	return 0;
}

static const char *row_fault(const struct setting *row)
{
	bool choice = row->type == SETTING_CHOICE || row->type == SETTING_CHOICE_LIST;
	bool number = row->type == SETTING_INTEGER || row->type == SETTING_NUMBER;

	if (row->help == NULL || row->help[0] == '\0')
		return "has no help";
	if (choice && (row->choices == NULL || row->choices[0] == NULL))
		return "has no choices";
	if (row->minimum > row->maximum || (number && row->minimum == row->maximum))
		return "has an empty range";
	return NULL;
}

int settings_check_rows(const struct setting *rows, const char *what, struct err *err)
{
	for (const struct setting *row = rows; row->name != NULL; row++) {
		const char *fault = row_fault(row);
		json_t *value = NULL;

		if (fault == NULL && setting_find(rows, row->name) != row)
			fault = "is there twice";
		if (fault == NULL && row->default_json != NULL &&
			(value = json_loads(row->default_json, JSON_DECODE_ANY, NULL)) == NULL)
			fault = "has a default that is not JSON";
		if (fault != NULL)
			return err_set(err, ERR_CONFIG, "BadRow", "%s: the row \"%s\" %s", what, row->name,
				fault);
		if (value != NULL && !json_is_null(value)) {
			struct complaints complaints;
			struct where root = { .key = what }, place = { .up = &root, .key = row->name };

			complaints_init_first(&complaints, err);
			json_decref(check_value(row, value, &place, &complaints));
			json_decref(value);
			if (complaints.count > 0)
				return err_prefix(err, "the default");
		} else {
			json_decref(value);
		}
	}
	return 0;
}

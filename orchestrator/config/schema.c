/*
 * The JSON Schema (draft 2020-12) of the configuration, made from its rows. It is as strict as a
 * schema can be and never stricter than the parser: editors check with it, and config_parse
 * decides.
 */
#include "config/schema.h"

#include "config/internal.h"
#include "config/sections.h"

#include "base/banned.h"

/* {"type": NAME}, or {"type": [NAME, "null"]} where null means the default. */
static json_t *typed(const char *type, bool nullable)
{
	return nullable ? json_pack("{s:[s,s]}", "type", type, "null")
					: json_pack("{s:s}", "type", type);
}

static json_t *reference(const char *name)
{
	return json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s", name));
}

/* An integral minimum or maximum is written without a fraction: 500, not 500.0. */
static json_t *bound(double number)
{
	bool whole = number >= -1e15 && number <= 1e15 && number == (double)(json_int_t)number;

	return whole ? json_integer((json_int_t)number) : json_real(number);
}

static json_t *choices_of(const struct setting *row, bool nullable)
{
	json_t *list = json_array();

	for (const char *const *choice = row->choices; *choice != NULL; choice++)
		json_array_append_new(list, json_string(*choice));
	if (nullable)
		json_array_append_new(list, json_null());
	return json_pack("{s:o}", "enum", list);
}

static json_t *string_of(const struct setting *row, bool nullable)
{
	json_t *schema = typed("string", nullable);

	if (row->pattern != NULL)
		json_object_set_new(schema, "pattern", json_string(row->pattern));
	/* A schema counts characters and the row counts bytes, so the schema accepts somewhat longer
	 * texts. */
	if (row->type == SETTING_STRING && row->maximum > 0)
		json_object_set_new(schema, "maxLength", bound(row->maximum));
	return schema;
}

static json_t *list_of(const struct setting *row, json_t *items, bool nullable)
{
	json_t *schema = typed("array", nullable);

	json_object_set_new(schema, "items", items);
	json_object_set_new(schema, "uniqueItems", json_true());
	if (row->maximum > 0) {
		json_object_set_new(schema, "minItems", bound(row->minimum));
		json_object_set_new(schema, "maxItems", bound(row->maximum));
	}
	return schema;
}

static json_t *number_of(const struct setting *row, bool nullable)
{
	json_t *schema = typed(row->type == SETTING_INTEGER ? "integer" : "number", nullable);

	json_object_set_new(schema, "minimum", bound(row->minimum));
	json_object_set_new(schema, "maximum", bound(row->maximum));
	return schema;
}

static json_t *value_of(const struct setting *row)
{
	bool nullable = row->default_json != NULL;

	switch (row->type) {
	case SETTING_BOOLEAN:
		return typed("boolean", nullable);
	case SETTING_INTEGER:
	case SETTING_NUMBER:
		return number_of(row, nullable);
	case SETTING_STRING:
		return string_of(row, nullable);
	case SETTING_CHOICE:
		return choices_of(row, nullable);
	case SETTING_STRING_LIST:
		return list_of(row, string_of(row, false), nullable);
	case SETTING_CHOICE_LIST:
		return list_of(row, choices_of(row, false), nullable);
	case SETTING_ANY:
		break;
	}
	return json_object();
}

static json_t *any_of(json_t *a, json_t *b, json_t *c)
{
	json_t *list = json_array();

	json_array_append_new(list, a);
	json_array_append_new(list, b);
	if (c != NULL)
		json_array_append_new(list, c);
	return json_pack("{s:o}", "anyOf", list);
}

static json_t *object_of(const struct setting *rows, bool partial);

static json_t *account_roles_schema(void)
{
	const struct setting *role =
		setting_find(section_find("organization")->rows, "remediation_role");
	json_t *schema = typed("object", true);

	json_object_set_new(schema, "propertyNames", json_pack("{s:s}", "pattern", "^[0-9]{12}$"));
	json_object_set_new(schema, "additionalProperties", string_of(role, true));
	return schema;
}

static json_t *region_choice(void)
{
	const struct setting *region = setting_find(section_find("organization")->rows, "home_region");
	json_t *list = json_pack("{s:s,s:o,s:b,s:i}", "type", "array", "items",
		string_of(region, false), "uniqueItems", 1, "minItems", 1);

	return any_of(json_pack("{s:[s,n]}", "enum", "enabled"), list, NULL);
}

static json_t *regions_schema(void)
{
	json_t *lists =
		json_pack("{s:s,s:o}", "type", "array", "items", object_of(region_list_rows, false));

	/* "regions" of an item has one of the two short forms. */
	json_object_update_new(
		json_object_get(json_object_get(json_object_get(lists, "items"), "properties"), "regions"),
		reference("regions"));
	return any_of(reference("regions"), lists, NULL);
}

static json_t *set_schema(void)
{
	return reference("baseline_settings");
}

static json_t *tiers_schema(void)
{
	return reference("baseline_tiers");
}

static json_t *unset_schema(void)
{
	return json_pack("{s:[s,s],s:o,s:b}", "type", "array", "null", "items",
		reference("baseline_id"), "uniqueItems", 1);
}

static json_t *webhook_schema(void)
{
	json_t *schema = object_of(webhook_rows, false);

	json_object_set_new(schema, "anyOf",
		json_pack("[{s:s}, {s:[s]}, {s:[s]}, {s:[s]}]", "type", "null", "required", "url",
			"required", "url_file", "required", "url_env"));
	return schema;
}

/* The schema only requires that a pattern has members. The rest follows from EventBridge's
 * language, which no schema expresses. */
static json_t *routes_schema(void)
{
	json_t *item = object_of(route_rows, false);
	json_t *properties = json_object_get(item, "properties");

	json_object_update_new(json_object_get(properties, "pattern"),
		json_pack("{s:s, s:i}", "type", "object", "minProperties", 1));
	json_object_update_new(json_object_get(properties, "baselines"),
		json_pack("{s:o}", "items", reference("baseline_id")));
	json_t *schema = typed("array", true);
	json_object_set_new(schema, "items", item);
	json_object_set_new(schema, "maxItems", json_integer(ROUTES_MAX));
	return schema;
}

/* Keys whose form the rows don't describe. */
static const struct {
	const char *section, *key;
	json_t *(*schema)(void);
} shapes[] = {
	{ "organization", "account_roles", account_roles_schema },
	{ "scope", "regions", regions_schema },
	{ "baselines", "set", set_schema },
	{ "baselines", "unset", unset_schema },
	{ "tiers", "set", tiers_schema },
	{ "notifications", "webhook", webhook_schema },
	{ "events", "routes", routes_schema },
};

/* An object that has the keys of the rows and no others; `partial`: none of them is required. */
static json_t *object_of(const struct setting *rows, bool partial)
{
	json_t *properties = json_object(), *required = json_array();

	for (const struct setting *row = rows; row != NULL && row->name != NULL; row++) {
		json_t *schema = value_of(row);

		json_object_set_new(schema, "description", json_string(row->help));
		if (row->default_json != NULL)
			json_object_set_new(schema, "default", setting_default(row));
		else if (!partial)
			json_array_append_new(required, json_string(row->name));
		json_object_set_new(properties, row->name, schema);
	}
	bool nullable = partial || json_array_size(required) == 0;
	json_t *object = typed("object", nullable);
	json_object_set_new(object, "properties", properties);
	json_object_set_new(object, "additionalProperties", json_false());
	if (json_array_size(required) > 0)
		json_object_set(object, "required", required);
	json_decref(required);
	return object;
}

static json_t *section_schema(const struct config_section *section)
{
	json_t *object = object_of(section->rows, false), *list;

	for (size_t i = 0; i < ARRAY_LENGTH(shapes); i++)
		if (strcmp(shapes[i].section, section->name) == 0)
			json_object_update_new(json_object_get(json_object_get(object, "properties"),
									   shapes[i].key),
				shapes[i].schema());
	if (strcmp(section->name, "exceptions") == 0)
		json_object_set_new(object, "anyOf",
			json_pack("[{s:[s]},{s:[s]},{s:[s]}]", "required", "account", "required", "ou",
				"required", "tag"));
	if (!section->list)
		return object;
	if (json_is_array(json_object_get(object, "type")))
		/* An item of a list is never null. */
		json_object_set_new(object, "type", json_string("object"));
	list = typed("array", true);
	json_object_set_new(list, "items", object);
	return list;
}

/* The definitions of the baselines' settings and tiers. With an empty catalogue any id is allowed.
 */
static json_t *definitions(const struct catalogue *catalogue)
{
	json_t *settings = typed("object", true), *tiers = typed("object", true), *ids = json_array();
	json_t *tier = json_pack("{s:[s,s,s,n]}", "enum", "auto", "approval", "alert");

	if (catalogue->count == 0) {
		json_object_set_new(settings, "additionalProperties", typed("object", true));
		json_object_set(tiers, "additionalProperties", tier);
	} else {
		json_t *properties = json_object(), *tier_properties = json_object();

		for (size_t i = 0; i < catalogue->count; i++) {
			const struct catalogue_entry *entry = &catalogue->entries[i];

			json_array_append_new(ids, json_string(entry->id));
			json_object_set_new(properties, entry->id, object_of(entry->settings, true));
			json_object_set(tier_properties, entry->id, tier);
		}
		json_object_set_new(settings, "properties", properties);
		json_object_set_new(settings, "additionalProperties", json_false());
		json_object_set_new(tiers, "properties", tier_properties);
		json_object_set_new(tiers, "additionalProperties", json_false());
	}
	json_decref(tier);
	json_t *id = typed("string", false);
	if (catalogue->count > 0)
		json_object_set(id, "enum", ids);
	json_decref(ids);
	return json_pack("{s:o,s:o,s:o,s:o}", "regions", region_choice(), "baseline_id", id,
		"baseline_settings", settings, "baseline_tiers", tiers);
}

json_t *config_schema(const struct catalogue *catalogue)
{
	json_t *properties = json_object();

	json_object_set_new(properties, "$schema",
		json_pack("{s:s,s:s}", "type", "string", "description",
			"Where this schema is; for editors."));
	for (const struct config_section *section = config_sections(); section->name != NULL;
		section++) {
		json_t *schema = section_schema(section);

		json_object_set_new(schema, "description", json_string(section->help));
		json_object_set_new(properties, section->name, schema);
	}
	return json_pack("{s:s,s:s,s:s,s:b,s:[s],s:o,s:o}", "$schema",
		"https://json-schema.org/draft/2020-12/schema", "title", "The configuration of Reeve",
		"type", "object", "additionalProperties", 0, "required", "organization", "properties",
		properties, "$defs", definitions(catalogue));
}

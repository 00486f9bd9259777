/* The values of a configuration that was read. */
#include "config/values.h"

#include "config/internal.h"

#include "base/banned.h"

#include <assert.h>

const struct catalogue *config_catalogue(const struct config *config)
{
	return config->catalogue;
}

const char *config_path(const struct config *config)
{
	return config->path;
}

const json_t *config_get(const struct config *config, const char *section)
{
	return json_object_get(config->sections, section);
}

static const json_t *setting_of(const struct config *config, const char *section, const char *key)
{
	const json_t *value = json_object_get(config_get(config, section), key);

	assert(value != NULL); /* the key isn't one of the rows */
	return value;
}

const char *config_string(const struct config *config, const char *section, const char *key)
{
	return json_string_value(setting_of(config, section, key));
}

int64_t config_integer(const struct config *config, const char *section, const char *key)
{
	return json_integer_value(setting_of(config, section, key));
}

double config_number(const struct config *config, const char *section, const char *key)
{
	return json_number_value(setting_of(config, section, key));
}

const char *config_generation(const struct config *config)
{
	return config->generation;
}

bool config_uses_tags(const struct config *config)
{
	return config->uses_tags;
}

#include "approvals/terms.h"

#include "base/banned.h"
#include "base/json.h"
#include "config/values.h"

#define HOUR_MS (INT64_C(60) * 60 * 1000)

struct approval_terms approval_terms_of(const struct config *config)
{
	const json_t *section = config_get(config, "approvals");

	return (struct approval_terms){
		.approvers = json_object_get(section, "approvers"),
		.required = config_integer(config, "approvals", "required"),
		.four_eyes = json_get_bool_or(section, "four_eyes", true),
		.expire_ms = config_integer(config, "approvals", "expire_hours") * HOUR_MS,
	};
}

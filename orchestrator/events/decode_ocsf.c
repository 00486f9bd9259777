/* Findings in OCSF 1.x: Security Hub's "Findings Imported V2", and findings that third parties send
 * through it. */
#include "base/banned.h"
#include "base/mem.h"
#include "events/decode.h"
#include "events/fields.h"
#include "events/identity.h"

#define CLASS_COMPLIANCE 2003
#define CLASS_DETECTION 2004

static const struct field_rule rules[] = {
	FIELD("cloud.account.uid|resources.0.owner.account.uid", FIELD_ACCOUNT, account),
	FIELD("cloud.region|resources.0.region", FIELD_REGION, region),
	FIELD("resources.0.uid|resources.0.name|resource.uid", FIELD_LOOSE, resource),
	FIELD("resources.0.type|resource.type", FIELD_LOOSE, resource_type),
	FIELD("finding_info.modified_time|time|finding_info.created_time", FIELD_TIME, time_ms),
	FIELD("finding_info.title", FIELD_TITLE, title),
	FIELD("metadata.uid", FIELD_STRICT, metadata_uid),
};

/* The type is the control, or else the finding's own type, which is the one among its types that
 * has a form like "Recon:EC2/PortProbe". */
static char *type_of(const json_t *finding)
{
	const char *control = field_text(finding, "compliance.control");
	const json_t *types = field_at(finding, "finding_info.types");
	const char *kind = field_text(finding, "finding_info.types.0|finding_info.title|class_name");

	if (control != NULL)
		return xstrdup(control);
	for (size_t i = 0; i < json_array_size(types) && i < 50; i++) {
		const char *type = field_text(json_array_get(types, i), "");

		if (type != NULL && strchr(type, ':') != NULL)
			return xstrdup(type);
	}
	return xstrdup(kind != NULL ? kind : "finding");
}

static json_int_t id_at(const json_t *finding, const char *path)
{
	const json_t *value = field_at(finding, path);

	return json_is_integer(value) ? json_integer_value(value) : 0;
}

/* A finding counts as closed when its source closed it (activity 3), when it is suppressed,
 * resolved, archived or deleted (status 3 to 6), or when its compliance is passed (1). */
static bool is_over(const json_t *finding)
{
	json_int_t status = id_at(finding, "status_id");

	return id_at(finding, "activity_id") == 3 || (status >= 3 && status <= 6) ||
		id_at(finding, "compliance.status_id") == 1;
}

/* OCSF counts from 1 (informational) to 5 (critical) and 6 (fatal). */
static int severity_of(json_int_t id)
{
	if (id < 1 || id > 6)
		return -1;
	return id == 6 ? 4 : (int)id - 1;
}

int decode_ocsf(const struct decoding *in, struct signal *signal, struct err *err)
{
	static const char *const integers[] = { "class_uid", "activity_id", "status_id",
		"severity_id" };
	static const char *const objects[] = { "cloud", "finding_info", "metadata", "compliance" };
	json_int_t class = id_at(in->finding, "class_uid");

	/* Security Hub sends some findings without their content. */
	if (field_at(in->finding, "class_uid") == NULL)
		return decode_other(in, signal, err);
	for (size_t i = 0; i < ARRAY_LENGTH(integers); i++) {
		if (field_expect(in, integers[i], JSON_INTEGER, err) < 0 ||
			field_expect(in, objects[i], JSON_OBJECT, err) < 0)
			return -1;
	}
	if (fields_take(in, rules, ARRAY_LENGTH(rules), signal, err) < 0)
		return -1;
	if (field_text(in->finding, "finding_info.uid|metadata.uid") == NULL)
		return err_set(err, ERR_PROTOCOL, "MissingField", "%s: finding_info.uid is missing",
			in->detail_type);
	signal->source = class == CLASS_COMPLIANCE || class == CLASS_DETECTION ? SIGNAL_OCSF
																		   : SIGNAL_OTHER;
	signal->type = type_of(in->finding);
	signal->severity = severity_of(id_at(in->finding, "severity_id"));
	if (is_over(in->finding))
		signal->state = SIGNAL_CLOSED;
	signal->identity = identity_of(in->finding, "ocsf",
		"metadata.product.uid|metadata.product.name cloud.account.uid "
		"finding_info.uid|metadata.uid "
		"finding_info.modified_time|time activity_id status_id compliance.status_id severity_id "
		"count comment");
	return 0;
}

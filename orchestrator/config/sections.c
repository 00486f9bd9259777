/* The sections of the configuration, each with its rows: every key that it can have, once. */
#include "config/sections.h"

#include "config/internal.h"

#include "base/banned.h"

static const struct config_section sections[] = {
	{ "organization", false, organization_rows,
		"How the accounts of the organization are reached." },
	{ "scope", false, scope_rows, "Which accounts and regions are looked at." },
	{ "baselines", true, baselines_rows,
		"The desired state. What stands nearest to an account wins, setting by setting: root, then "
		"each "
		"organizational unit on the way down, then tags, then the account." },
	{ "tiers", true, tiers_rows, "What may happen to a change, inherited as baselines are." },
	{ "people", true, people_rows, "Who may be asked, and what each of them is known by." },
	{ "approvals", false, approvals_rows,
		"Who approves a change of the tier \"approval\", and how." },
	{ "exceptions", true, exceptions_rows, "What is exempt, why, and until when." },
	{ "limits", false, limits_rows, "What bounds a run." },
	{ "rollout", true, rollout_rows,
		"The waves of a sweep, in their order; accounts that no wave names come last." },
	{ "windows", true, windows_rows,
		"When changes may be made; an account that no window names is always open, others while "
		"any of theirs is." },
	{ "schedule", false, schedule_rows, "What `serve` does by the clock." },
	{ "events", false, events_rows, "Where `serve` takes events from, and what they lead to." },
	{ "security_hub", false, security_hub_rows, "What is written to Security Hub." },
	{ "http", false, http_rows, "The HTTP API of `serve`." },
	{ "notifications", true, notifications_rows,
		"Who is told of alerts, approval requests, halts and failed runs." },
	{ "audit", false, audit_rows,
		"Where the audit log is copied to, out of reach of whoever holds the state folder." },
	{ NULL, false, NULL, NULL },
};

const struct config_section *config_sections(void)
{
	return sections;
}

const struct config_section *section_find(const char *name)
{
	for (const struct config_section *section = sections; section->name != NULL; section++)
		if (strcmp(section->name, name) == 0)
			return section;
	return NULL;
}

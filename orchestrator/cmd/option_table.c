#include "cmd/option_table.h"

#include "base/banned.h"
#include "base/compiler.h"
#include "cmd/command.h"

const struct option_row option_rows[] = {
	{ "config", "FILE", OPTIONS_BASIC,
		"the configuration file (default: ./reeve.json, then /etc/reeve/reeve.json)", VALUE_FILE },
	{ "state", "DIR", OPTIONS_BASIC,
		"the state folder (default: $XDG_STATE_HOME/reeve; for root /var/lib/reeve)",
		VALUE_FOLDER },
	{ "json", NULL, OPTIONS_BASIC, "print one JSON document on standard output, and nothing else" },
	{ "verbose", NULL, OPTIONS_BASIC,
		"log more to standard error; given twice, log every AWS call" },
	{ "account", "ID", OPTIONS_SELECTORS | OPTIONS_WHOM, "only this account; repeatable" },
	{ "ou", "OU", OPTIONS_SELECTORS | OPTIONS_EXCEPTION,
		"only accounts below this OU, by id or path, e.g. Workloads/Prod; repeatable" },
	{ "region", "REGION", OPTIONS_SELECTORS | OPTIONS_EXCEPTION,
		"only this region, or global; repeatable" },
	{ "baseline", "ID", OPTIONS_SELECTORS | OPTIONS_WHOM, "only this baseline; repeatable",
		VALUE_BASELINE },
	{ "shard", "K/N", OPTIONS_SELECTORS, "only the Kth of N equal parts of the accounts" },
	{ "all", NULL, OPTIONS_ALL,
		"also show what needs no attention, e.g. compliant resources and older changes" },
	{ "resume", NULL, OPTIONS_RESUME,
		"continue the interrupted sweep with the cells that were not done" },
	{ "since", "WHEN", OPTIONS_SINCE,
		"start here: an RFC 3339 time, or the number of an audit entry" },
	{ "key", "KEY", OPTIONS_KEY, "verify with this public key: 64 hexadecimal digits, or a file",
		VALUE_FILE },
	{ "out", "FILE", OPTIONS_OUT, "save the changes in a signed file for `reeve apply`",
		VALUE_FILE },
	{ "force", NULL, OPTIONS_FORCE,
		"roll back even where the resource has changed since; recorded in the audit log" },
	{ "explain", NULL, OPTIONS_EXPLAIN,
		"say how the event is decoded, which route matches and what would happen; do nothing" },
	{ "tag", "TAG", OPTIONS_EXCEPTION, "only accounts with this tag, KEY or KEY=VALUE" },
	{ "resource", "ARN", OPTIONS_EXCEPTION,
		"only this resource; * matches any text, ? any one character" },
	{ "owner", "NAME", OPTIONS_EXCEPTION, "the person or team responsible for the exception" },
	{ "ticket", "TEXT", OPTIONS_EXCEPTION,
		"where the exception was decided, e.g. a ticket number" },
	{ "expires", "WHEN", OPTIONS_EXCEPTION,
		"when the exception ends: a date (inclusive, in UTC) or an RFC 3339 time" },
	{ "reason", "TEXT", OPTIONS_REASON, "the reason, which is recorded in the audit log" },
	{ "note", "TEXT", OPTIONS_ANSWER,
		"the reason for the answer, kept with it and in the audit log" },
	{ "as", "system|aws", OPTIONS_ANSWER,
		"how you are identified: by system user (the default) or by your AWS credentials",
		VALUE_WORDS },
	{ "help", NULL, OPTIONS_BASIC, "show this help" },
	{ "version", NULL, OPTIONS_BASIC, "show the version" },
};

_Static_assert(ARRAY_LENGTH(option_rows) == OPTION_ROWS, "OPTION_ROWS counts the options");
_Static_assert(OPTION_ROWS <= 64, "a set of options has 64 bits");

bool option_is_taken(const struct option_row *row, unsigned sets)
{
	return row->set == OPTIONS_BASIC || (row->set & sets) != 0;
}

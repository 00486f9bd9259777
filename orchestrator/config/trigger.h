/*
 * A trigger: the source and type of a signal on which a baseline's cells are checked. Baselines
 * have them as data; the table of routes (events/routes.h) is built from them. This header stands
 * below both rooms, which don't see each other.
 */
#ifndef REEVE_CONFIG_TRIGGER_H
#define REEVE_CONFIG_TRIGGER_H

enum signal_source {
	SIGNAL_GUARDDUTY,
	SIGNAL_SECURITY_HUB, /* ASFF, imported or sent on by a custom action; also from third parties */
	SIGNAL_OCSF,         /* Security Hub's v2, and third parties */
	SIGNAL_CONFIG,       /* compliance of a rule, or a configuration item */
	SIGNAL_ACCESS_ANALYZER,
	SIGNAL_CLOUDTRAIL,   /* an API call or a service event */
	SIGNAL_SIGN_IN,      /* a console sign-in */
	SIGNAL_ORGANIZATION, /* an account's life: Organizations, Control Tower */
	SIGNAL_INSPECTOR,
	SIGNAL_MACIE,
	SIGNAL_HEALTH,
	SIGNAL_OTHER, /* a well-formed event of an unknown kind, which is recorded and ignored */
	SIGNAL_SOURCE_COUNT
};

/*
 * What `type` is depends on the source:
 *   Security Hub     a control id ("S3.1"), or "cis-aws-foundations-benchmark/v/…" for a rule of a
 *                    standard that has ids of its own. These serve OCSF, too.
 *   Config           the name of a rule, in lower case with hyphens ("s3-default-encryption-kms*"),
 *                    or a type of resource ("AWS::S3::Bucket") for its configuration items
 *   CloudTrail       the event's name; `service` is its source ("s3.amazonaws.com")
 *   sign-in          the type of the identity and the event's name, and " with MFA" where MFA was
 *                    used ("Root ConsoleLogin")
 *   GuardDuty, Macie the finding's type
 *   Access Analyzer  the type of the resource that the outside world can reach
 *   Health           the code of the event's type
 */
struct trigger {
	enum signal_source source;
	const char *type;    /* exact, or the beginning of a name when it ends with '*' */
	const char *service; /* CloudTrail's event source; NULL: any */
	const char *why;     /* for people: what the signal says about the baseline's subject */
};
#define TRIGGERS_END { SIGNAL_SOURCE_COUNT, NULL, NULL, NULL }
#define TRIGGER_TYPE_MAX 79 /* bytes: a route's name holds no more */
#define TRIGGER_WHY_MAX 200

#endif

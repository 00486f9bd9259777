/* The credential report: a snapshot, as in AWS, that doesn't see later changes. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

static const char columns[] =
	"user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
	"password_next_rotation,"
	"mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
	"access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_"
	"last_rotated,"
	"access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_"
	"1_active,"
	"cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n";

#define NO_KEYS "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"

static char *snapshot(struct account *account)
{
	struct detail *d = account_detail(account);
	struct buf b = { 0 };

	buf_str(&b, columns);
	buf_printf(&b,
		"<root_account>,arn:aws:iam::%s:root,2020-01-02T03:04:05+00:00,not_supported,no_"
		"information,"
		"not_supported,not_supported,%s," NO_KEYS,
		account->id, d->root_mfa ? "true" : "false");
	for (size_t i = 0; i < d->n_users; i++) {
		const struct user *user = &d->users[i];

		if (user->removed)
			continue;
		buf_printf(&b, "%s,arn:aws:iam::%s:user/%s,2021-03-04T05:06:07+00:00,%s,%s,%s," NO_KEYS,
			user->name, account->id, user->name, user->password ? "true" : "false",
			user->password ? "2024-05-06T07:08:09+00:00,2021-03-04T05:06:07+00:00,N/A"
						   : "N/A,N/A,N/A",
			user->mfa ? "true" : "false");
	}
	return b.p;
}

/* The first call starts the report, the next ones find it complete. */
void iam_GenerateCredentialReport(struct call *call)
{
	struct detail *d = account_detail(call->caller.account);
	struct buf *b = call_query_begin(call);

	if (!d->report) {
		d->report = snapshot(call->caller.account);
		d->report_asked = true;
		buf_str(b,
			"<State>STARTED</State><Description>No report exists. Starting a new report generation "
			"task"
			"</Description>");
	} else {
		d->report_asked = false;
		buf_str(b, "<State>COMPLETE</State>");
	}
	call_query_end(call);
}

void iam_GetCredentialReport(struct call *call)
{
	struct detail *d = account_detail(call->caller.account);
	struct buf *b;
	size_t n;
	char *text;

	if (!d->report) {
		call_fail(call, 410, "ReportNotPresent",
			"No report is present for this account. Generate one with GenerateCredentialReport.");
		return;
	}
	if (d->report_asked) {
		d->report_asked = false;
		call_fail(call, 404, "ReportInProgress", "Credential report generation is in progress.");
		return;
	}
	n = strlen(d->report);
	text = arena_alloc(call->arena, n / 3 * 4 + 8);
	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)d->report, (int)n);
	b = call_query_begin(call);
	buf_tag(b, "Content", text);
	buf_str(b,
		"<ReportFormat>text/csv</ReportFormat><GeneratedTime>2024-06-07T08:09:10Z</GeneratedTime>");
	call_query_end(call);
}

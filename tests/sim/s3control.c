/* S3 Control: the account's public access block. https://docs.aws.amazon.com/AmazonS3/latest/API/
 */
#include <string.h>
#include <strings.h>

#include "call.h"
#include "lag.h"
#include "xml.h"

/* Returns the details of the caller's own account, which x-amz-account-id must name. Otherwise
 * makes the error and returns NULL. */
static struct detail *own_account(struct call *call)
{
	struct slice id = http_header(call->request, "x-amz-account-id");

	if (!id.p) {
		call_fail(call, 400, "InvalidRequest",
			"Missing required header for this request: x-amz-account-id");
		return NULL;
	}
	if (!slice_is(id, call->caller.account->id)) {
		call_refuse(call, CAUSE_DENIED, NULL);
		return NULL;
	}
	return account_detail(call->caller.account);
}

void s3control_GetPublicAccessBlock(struct call *call)
{
	struct detail *d = own_account(call);
	struct lag_block block;
	struct buf *b;

	if (!d)
		return;
	block = lag_block(d);
	if (!block.set) {
		call_fail_with(call, 404, "NoSuchPublicAccessBlockConfiguration",
			"The public access block configuration was not found",
			arena_printf(call->arena, "<AccountId>%s</AccountId>", call->caller.account->id));
		return;
	}
	b = call_answer(call);
	buf_printf(b,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PublicAccessBlockConfiguration xmlns=\"%s\">",
		call->service->xmlns);
	for (int i = 0; i < 4; i++)
		buf_tag(b, block_names[i], block.bits & (1u << i) ? "true" : "false");
	buf_str(b, "</PublicAccessBlockConfiguration>");
}

void s3control_PutPublicAccessBlock(struct call *call)
{
	struct detail *d = own_account(call);
	const struct xml *root;
	unsigned block = 0, seen = 0;

	if (!d)
		return;
	root = xml_parse(call->arena, call->request->body);
	if (!root || !slice_is(root->name, "PublicAccessBlockConfiguration")) {
		call_fail(call, 400, "MalformedXML",
			"The XML you provided was not well-formed or did not validate against our published "
			"schema");
		return;
	}
	for (int i = 0; i < 4; i++) {
		const char *text = xml_child_text(root, block_names[i]);

		/* A setting that isn't sent is false. */
		if (text && strcasecmp(text, "true") == 0)
			block |= 1u << i;
		else if (text && strcasecmp(text, "false") != 0)
			seen = 99;
		seen += text != NULL;
	}
	for (const struct xml *child = root->first; child; child = child->next)
		seen--;
	if (seen) {
		call_fail(call, 400, "MalformedXML",
			"The XML you provided was not well-formed or did not validate against our published "
			"schema");
		return;
	}
	lag_keep_block(d);
	d->block_set = true;
	d->block = block;
	call_answer(call);
}

void s3control_DeletePublicAccessBlock(struct call *call)
{
	struct detail *d = own_account(call);

	if (!d)
		return;
	lag_keep_block(d);
	d->block_set = false;
	d->block = 0;
	call_answer(call);
	call->response->status = 204;
}

/* S3: default encryption of buckets. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "call.h"
#include "lag.h"
#include "s3.h"
#include "xml.h"

void s3_GetBucketEncryption(struct call *call)
{
	const struct bucket *bucket = s3_bucket(call, false);
	const struct encryption *e;
	struct buf *b;

	if (!bucket)
		return;
	e = lag_encryption(bucket);
	if (e->algorithm == SSE_NONE) {
		call_fail_with(call, 404, "ServerSideEncryptionConfigurationNotFoundError",
			"The server side encryption configuration was not found",
			arena_printf(call->arena, "<BucketName>%s</BucketName>", bucket->name));
		return;
	}
	b = call_answer(call);
	buf_printf(b,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ServerSideEncryptionConfiguration "
		"xmlns=\"%s\"><Rule>"
		"<ApplyServerSideEncryptionByDefault><SSEAlgorithm>%s</SSEAlgorithm>",
		call->service->xmlns, sse_names[e->algorithm]);
	if (e->key)
		buf_tag(b, "KMSMasterKeyID", e->key);
	buf_str(b, "</ApplyServerSideEncryptionByDefault>");
	if (e->bucket_key >= 0)
		buf_tag(b, "BucketKeyEnabled", e->bucket_key ? "true" : "false");
	if (e->blocked) {
		buf_str(b, "<BlockedEncryptionTypes>");
		if (e->blocked & BLOCKED_SSE_C)
			buf_str(b, "<EncryptionType>SSE-C</EncryptionType>");
		if (e->blocked & BLOCKED_NONE)
			buf_str(b, "<EncryptionType>NONE</EncryptionType>");
		buf_str(b, "</BlockedEncryptionTypes>");
	}
	buf_str(b, "</Rule></ServerSideEncryptionConfiguration>");
}

static bool read_blocked(const struct xml *rule, struct encryption *e)
{
	const struct xml *blocked = xml_child(rule, "BlockedEncryptionTypes");

	for (const struct xml *type = blocked ? blocked->first : NULL; type; type = type->next) {
		if (!slice_is(type->name, "EncryptionType"))
			return false;
		if (strcmp(type->text, "SSE-C") == 0)
			e->blocked |= BLOCKED_SSE_C;
		else if (strcmp(type->text, "NONE") == 0)
			e->blocked |= BLOCKED_NONE;
		else
			return false;
	}
	return true;
}

/* Reads the one rule that S3 allows. Returns false when it doesn't fit the schema. */
static bool read_rule(const struct xml *root, struct encryption *e)
{
	const struct xml *rule = root && root->first && !root->first->next ? xml_child(root, "Rule")
																	   : NULL;
	const struct xml *apply = xml_child(rule, "ApplyServerSideEncryptionByDefault");
	const char *algorithm = xml_child_text(apply, "SSEAlgorithm");
	const char *bucket_key = xml_child_text(rule, "BucketKeyEnabled");

	*e = (struct encryption){ .bucket_key = -1 };
	if (!rule || !slice_is(root->name, "ServerSideEncryptionConfiguration") || !algorithm)
		return false;
	for (int i = SSE_AES256; i <= SSE_DSSE; i++)
		if (strcmp(algorithm, sse_names[i]) == 0)
			e->algorithm = (enum sse)i;
	if (!e->algorithm)
		return false;
	if (bucket_key) {
		if (strcasecmp(bucket_key, "true") != 0 && strcasecmp(bucket_key, "false") != 0)
			return false;
		e->bucket_key = strcasecmp(bucket_key, "true") == 0;
	}
	return read_blocked(rule, e);
}

void s3_PutBucketEncryption(struct call *call)
{
	struct bucket *bucket = s3_bucket(call, false);
	struct encryption e;
	const struct xml *root;
	const char *key;

	if (!bucket)
		return;
	root = xml_parse(call->arena, call->request->body);
	if (!read_rule(root, &e)) {
		call_fail(call, 400, "MalformedXML",
			"The XML you provided was not well-formed or did not validate against our published "
			"schema");
		return;
	}
	key = xml_child_text(xml_child(xml_child(root, "Rule"), "ApplyServerSideEncryptionByDefault"),
		"KMSMasterKeyID");
	if (key && e.algorithm == SSE_AES256) {
		call_fail(call, 400, "InvalidArgument",
			"a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
			"aws:kms:dsse");
		return;
	}
	if (e.bucket_key < 0)
		e.bucket_key = 0; /* S3 answers false afterwards */
	lag_keep_encryption(bucket);
	e.key = key && *key ? must_strdup(key) : NULL;
	free(bucket->encryption.key);
	bucket->encryption = e;
	call_answer(call);
}

/* Resets the bucket to SSE-S3, which every bucket has had by default since January 2023. */
void s3_DeleteBucketEncryption(struct call *call)
{
	struct bucket *bucket = s3_bucket(call, false);

	if (!bucket)
		return;
	lag_keep_encryption(bucket);
	free(bucket->encryption.key);
	bucket->encryption = (struct encryption){ .algorithm = SSE_AES256, .bucket_key = 0 };
	call_answer(call);
	call->response->status = 204;
}

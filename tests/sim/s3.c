/* S3: ListBuckets, GetBucketLocation, HeadBucket and the like. */
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "s3.h"

#define PAGE_MOST 10000 /* https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */

static void write_begin(struct call *call, struct buf *b, const char *name)
{
	buf_printf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"%s\">", name,
		call->service->xmlns);
}

static void write_owner(const struct account *account, struct buf *b)
{
	char half[2][33];

	hash_hex(mix(account->number, 1), half[0]);
	hash_hex(mix(account->number, 2), half[1]);
	buf_printf(b, "<Owner><ID>%s%s</ID></Owner>", half[0], half[1]);
}

void s3_ListBuckets(struct call *call)
{
	struct detail *d = account_detail(call->caller.account);
	const char *most = call_query(call, "max-buckets"), *prefix = call_query(call, "prefix"),
			   *region = call_query(call, "bucket-region");
	size_t *found = arena_alloc(call->arena, (d->n_buckets + 1) * sizeof(found[0])), n = 0;
	struct page page;
	struct buf *b;
	/* Without any parameter the answer has no pages, as before AWS introduced them. */
	bool paged = call->query.n > 0;

	if (!page_read(&page, call_query(call, "continuation-token"), most ? strtol(most, NULL, 10) : 0,
			PAGE_MOST)) {
		call_fail(call, 400, "InvalidArgument", "The continuation token provided is incorrect");
		return;
	}
	for (size_t i = 0; i < d->n_buckets; i++)
		if (!d->buckets[i].removed &&
			(!prefix || strncmp(d->buckets[i].name, prefix, strlen(prefix)) == 0) &&
			(!region || strcmp(regions[d->buckets[i].region].name, region) == 0))
			found[n++] = i;
	if (!paged)
		page.count = PAGE_MOST;
	page_fit(&page, n);
	b = call_answer(call);
	write_begin(call, b, "ListAllMyBucketsResult");
	write_owner(call->caller.account, b);
	buf_str(b, "<Buckets>");
	for (size_t i = page.from; i < page.from + page.count; i++) {
		const struct bucket *bucket = &d->buckets[found[i]];

		buf_str(b, "<Bucket>");
		buf_tag(b, "Name", bucket->name);
		buf_str(b, "<CreationDate>2022-01-02T03:04:05.000Z</CreationDate>");
		if (paged)
			buf_tag(b, "BucketRegion", regions[bucket->region].name);
		buf_str(b, "</Bucket>");
	}
	buf_str(b, "</Buckets>");
	if (page.more)
		buf_tag(b, "ContinuationToken", page_next(call, &page));
	if (prefix)
		buf_tag(b, "Prefix", prefix);
	buf_str(b, "</ListAllMyBucketsResult>");
}

/* Answers as S3 does when the request was signed for another region than the bucket's. */
static void elsewhere(struct call *call, const struct bucket *bucket)
{
	const char *region = regions[bucket->region].name;

	if (slice_is(call->region, "us-east-1"))
		call_fail_with(call, 400, "AuthorizationHeaderMalformed",
			arena_printf(call->arena,
				"The authorization header is malformed; the region 'us-east-1' is wrong; expecting "
				"'%s'",
				region),
			arena_printf(call->arena, "<Region>%s</Region>", region));
	else
		call_fail_with(call, 301, "PermanentRedirect",
			"The bucket you are attempting to access must be addressed using the specified "
			"endpoint. "
			"Please send all future requests to this endpoint.",
			arena_printf(call->arena, "<Endpoint>s3.%s.amazonaws.com</Endpoint><Bucket>%s</Bucket>",
				region, bucket->name));
	buf_printf(&call->response->headers, "x-amz-bucket-region: %s\r\n", region);
}

struct bucket *s3_bucket(struct call *call, bool anywhere)
{
	struct slice expected = http_header(call->request, "x-amz-expected-bucket-owner");
	struct account *owner = NULL;
	struct bucket *bucket = bucket_by_name(call->bucket, &owner);

	if (!bucket) {
		call_fail_with(call, 404, "NoSuchBucket", "The specified bucket does not exist",
			arena_printf(call->arena, "<BucketName>%.*s</BucketName>", (int)call->bucket.n,
				call->bucket.p));
		return NULL;
	}
	if (!anywhere && !slice_is(call->region, regions[bucket->region].name)) {
		elsewhere(call, bucket);
		return NULL;
	}
	if (owner != call->caller.account || (expected.p && !slice_is(expected, owner->id))) {
		call_refuse(call, CAUSE_DENIED, NULL);
		return NULL;
	}
	return bucket;
}

void s3_HeadBucket(struct call *call)
{
	const struct bucket *bucket = s3_bucket(call, false);

	if (!bucket)
		return;
	call_answer(call);
	buf_printf(&call->response->headers,
		"x-amz-bucket-region: %s\r\nx-amz-bucket-arn: arn:aws:s3:::%s\r\n",
		regions[bucket->region].name, bucket->name);
}

void s3_GetBucketLocation(struct call *call)
{
	const struct bucket *bucket = s3_bucket(call, true);
	const char *region;
	struct buf *b;

	if (!bucket)
		return;
	region = regions[bucket->region].name;
	b = call_answer(call);
	write_begin(call, b, "LocationConstraint");
	if (strcmp(region, "eu-west-1") == 0 && bucket->old_location_name)
		buf_str(b, "EU");
	else if (strcmp(region, "us-east-1") != 0)
		buf_str(b, region);
	buf_str(b, "</LocationConstraint>");
}

void s3_GetBucketLogging(struct call *call)
{
	const struct bucket *bucket = s3_bucket(call, false);
	const struct detail *d = account_detail(call->caller.account);
	const struct bucket *target = NULL;
	struct buf *b;

	if (!bucket)
		return;
	for (size_t i = 0; i < d->n_buckets; i++)
		if (&d->buckets[i] != bucket && d->buckets[i].region == bucket->region &&
			(d->buckets[i].receives == RECEIVES_S3_LOGS_BY_ACL ||
				d->buckets[i].receives == RECEIVES_S3_LOGS_BY_POLICY))
			target = &d->buckets[i];
	b = call_answer(call);
	write_begin(call, b, "BucketLoggingStatus");
	if (target) {
		buf_str(b, "<LoggingEnabled>");
		buf_tag(b, "TargetBucket", target->name);
		buf_printf(b, "<TargetPrefix>%s/</TargetPrefix></LoggingEnabled>", bucket->name);
	}
	buf_str(b, "</BucketLoggingStatus>");
}

void s3_GetBucketPolicy(struct call *call)
{
	const struct bucket *bucket = s3_bucket(call, false);
	const char *service;

	if (!bucket)
		return;
	if (bucket->receives != RECEIVES_S3_LOGS_BY_POLICY && bucket->receives != RECEIVES_ELB_LOGS) {
		call_fail_with(call, 404, "NoSuchBucketPolicy", "The bucket policy does not exist",
			arena_printf(call->arena, "<BucketName>%s</BucketName>", bucket->name));
		return;
	}
	service = bucket->receives == RECEIVES_ELB_LOGS
		? "logdelivery.elasticloadbalancing.amazonaws.com"
		: "logging.s3.amazonaws.com";
	buf_printf(call_answer(call),
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"LogDelivery\",\"Effect\":\"Allow\","
		"\"Principal\":{\"Service\":\"%s\"},\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3::"
		":%s/*\"}]}",
		service, bucket->name);
	call->response->content_type = "application/json";
}

void s3_GetBucketAcl(struct call *call)
{
	static const char xsi[] = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
	const struct bucket *bucket = s3_bucket(call, false);
	struct account *owner = call->caller.account;
	char half[2][33];
	struct buf *b;

	if (!bucket)
		return;
	hash_hex(mix(owner->number, 1), half[0]);
	hash_hex(mix(owner->number, 2), half[1]);
	b = call_answer(call);
	write_begin(call, b, "AccessControlPolicy");
	write_owner(owner, b);
	buf_printf(b,
		"<AccessControlList><Grant><Grantee %s xsi:type=\"CanonicalUser\"><ID>%s%s</ID></Grantee>"
		"<Permission>FULL_CONTROL</Permission></Grant>",
		xsi, half[0], half[1]);
	for (int i = 0; i < 2 && bucket->receives == RECEIVES_S3_LOGS_BY_ACL; i++)
		buf_printf(b,
			"<Grant><Grantee %s "
			"xsi:type=\"Group\"><URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI>"
			"</Grantee><Permission>%s</Permission></Grant>",
			xsi, i ? "READ_ACP" : "WRITE");
	buf_str(b, "</AccessControlList></AccessControlPolicy>");
}

void s3_GetBucketTagging(struct call *call)
{
	const struct bucket *bucket = s3_bucket(call, false);
	struct buf *b;

	if (!bucket)
		return;
	if (!bucket->tags.n) {
		call_fail_with(call, 404, "NoSuchTagSet", "The TagSet does not exist",
			arena_printf(call->arena, "<BucketName>%s</BucketName>", bucket->name));
		return;
	}
	b = call_answer(call);
	write_begin(call, b, "Tagging");
	buf_str(b, "<TagSet>");
	for (size_t i = 0; i < bucket->tags.n; i++) {
		buf_str(b, "<Tag>");
		buf_tag(b, "Key", bucket->tags.items[i].key);
		buf_tag(b, "Value", bucket->tags.items[i].value);
		buf_str(b, "</Tag>");
	}
	buf_str(b, "</TagSet></Tagging>");
}

/*
 * Reads a queue's URL. Its host is only used to find the region: calls go to the endpoint that the
 * process uses for SQS in that region, which AWS_ENDPOINT_URL_SQS may set, and contain the URL
 * unchanged. https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
 */
#include "events/queue/url.h"

#include "aws/endpoint/partitions.h"
#include "events/queue/internal.h"

#include "base/banned.h"

#include <strings.h>

enum { MAX_LABELS = 16, HOST_SIZE = 256 };

/* Copies the host of an absolute URL in lower case. False when it can't be the URL of a queue. */
static bool take_host(const char *url, char host[HOST_SIZE], const char **path)
{
	const char *at = strncmp(url, "https://", 8) == 0 ? url + 8
		: strncmp(url, "http://", 7) == 0             ? url + 7
													  : NULL;
	size_t length;

	if (at == NULL || strlen(url) > QUEUE_MAX_URL_BYTES)
		return false;
	for (const char *c = url; *c != '\0'; c++)
		if (*c <= ' ' || *c >= 0x7f || *c == '"' || *c == '\\' || *c == '?' || *c == '#' ||
			*c == '@')
			return false;
	length = strcspn(at, ":/");
	*path = strchr(at, '/');
	if (length == 0 || length >= HOST_SIZE || *path == NULL || (*path)[1] == '\0')
		return false;
	for (size_t i = 0; i < length; i++)
		host[i] = (char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] + ('a' - 'A') : at[i]);
	host[length] = '\0';
	return true;
}

/* Splits the host at its dots. */
static size_t split(char *host, char *labels[MAX_LABELS])
{
	size_t count = 0;

	while (host != NULL && count < MAX_LABELS)
		labels[count++] = strsep(&host, ".");
	return host == NULL ? count : 0;
}

static bool is_service(const char *label)
{
	return strcmp(label, "sqs") == 0 || strcmp(label, "sqs-fips") == 0;
}

/* The label that is the region; NULL: the host does not say.
 *   sqs.REGION.amazonaws.com(.cn), sqs-fips.REGION..., sqs.REGION.api.aws,
 * sqs.REGION.api.amazonwebservices.com.cn vpce-0123-abcd(-az).sqs.REGION.vpce.amazonaws.com
 *   REGION.queue.amazonaws.com, and queue.amazonaws.com in us-east-1 */
static const char *region_label(char *labels[MAX_LABELS], size_t count)
{
	for (size_t i = 0; i + 2 < count; i++)
		if (is_service(labels[i]) && aws_region_valid(labels[i + 1]))
			return labels[i + 1];
	if (count >= 4 && strcmp(labels[1], "queue") == 0 && strcmp(labels[2], "amazonaws") == 0 &&
		aws_region_valid(labels[0]))
		return labels[0];
	if (count == 3 && strcmp(labels[0], "queue") == 0 && strcmp(labels[1], "amazonaws") == 0)
		return "us-east-1";
	return NULL;
}

static int bad_url(const char *url, struct err *err)
{
	return err_set(err, ERR_CONFIG, "BadQueueUrl",
		"\"%.200s\" is not the URL of a queue; it looks like "
		"https://sqs.eu-west-1.amazonaws.com/111122223333/reeve",
		url);
}

int queue_url_region(const char *url, const char *region, const char *otherwise, char **out,
	struct err *err)
{
	char host[HOST_SIZE], *labels[MAX_LABELS];
	const char *path, *found;

	if (!take_host(url, host, &path))
		return bad_url(url, err);
	found = region_label(labels, split(host, labels));
	if (found == NULL)
		found = region != NULL ? region : otherwise;
	if (found == NULL || !aws_region_valid(found))
		return err_set(err, ERR_CONFIG, "NoQueueRegion",
			"the region of the queue %.200s is neither in its host name nor configured", url);
	*out = xstrdup(found);
	return 0;
}

char *queue_arn(const char *url, const char *region)
{
	char host[HOST_SIZE];
	const char *path, *name;
	CLEANUP_FREE char *place = NULL;

	if (queue_url_region(url, region, NULL, &place, NULL) < 0 || !take_host(url, host, &path))
		return NULL;
	path++;
	if (strspn(path, "0123456789") != 12 || path[12] != '/')
		return NULL;
	name = path + 13;
	if (*name == '\0' || strchr(name, '/') != NULL)
		return NULL;
	return xasprintf("arn:${Partition}:sqs:%s:%.12s:%s", place, path, name);
}

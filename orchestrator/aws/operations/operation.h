/*
 * An operation as one const row. SERVICE.c holds the table of one service, and operations.def names
 * every operation once. Both are written by generate.py from operations.toml, which says how to add
 * an operation, and from AWS's service models.
 */
#ifndef REEVE_AWS_OPERATIONS_OPERATION_H
#define REEVE_AWS_OPERATIONS_OPERATION_H

#include "aws/operations/shape.h"

#include <stdbool.h>
#include <stdint.h>

enum aws_protocol { AWS_JSON, AWS_REST_JSON, AWS_REST_XML, AWS_QUERY, AWS_EC2 };

struct aws_service {
	const char *id;          /* botocore's name: "s3control" */
	const char *endpoint_id; /* suffix of AWS_ENDPOINT_URL_, e.g. "S3_CONTROL", "ORGANIZATIONS" */
	const char *endpoint_prefix; /* of the host name: "access-analyzer", "api.ecr" */
	const char *signing_name;    /* "s3", "access-analyzer", ... */
	enum aws_protocol protocol;
	const char *json_version;  /* "1.0" or "1.1" */
	const char *target_prefix; /* JSON: X-Amz-Target's part before the dot */
	const char *api_version;   /* query and ec2: Version */
	const char *xml_namespace; /* rest-xml: of the request's root element; query, ec2: of answers */
	bool is_s3;            /* no double encoding of the path, x-amz-content-sha256 always sent */
	bool query_compatible; /* a JSON service that was a query service once (SQS): it is asked for
							  its old error codes */
};

/* The paging of a listing, in the model's names. */
struct aws_paging {
	const char *input_token, *output_token; /* "NextToken"; for a truncated flag see more_flag */
	const char *result_key;                 /* the list in each page */
	const char *limit_key;                  /* NULL: none is sent */
	int limit;                              /* the page size we ask for; 0: AWS's default */
	const char *more_flag; /* "IsTruncated"; NULL: a token alone says that there is more */
};

struct aws_operation {
	const struct aws_service *service;
	const char *name;               /* "GetDetector" */
	const char *http_method;        /* "POST" for json, query, ec2 */
	const char *http_path;          /* "/detector/{DetectorId}", "/{Bucket}?encryption" */
	const char *iam_action;         /* "guardduty:GetDetector" */
	const struct aws_shape *input;  /* NULL: the operation has no parameters */
	const struct aws_shape *output; /* NULL: nothing of the answer is read */
	const char *result_wrapper;     /* query: "ListUsersResult"; NULL: none */
	const char *host_prefix;        /* "{AccountId}." of S3 Control; NULL: none */
	const struct aws_paging *paging;
	bool mutating;   /* changes something in AWS */
	bool repeatable; /* a change that may be sent again when it is unknown whether it took effect;
						reads always may */
	bool checksum_required; /* Content-MD5 or x-amz-checksum-* of the body must be sent (S3 puts) */
	bool unsigned_call;     /* sent without a signature: its caller has no credentials yet */
};

/* Declares every operation as `extern const struct aws_operation aws_SERVICE_OPERATION`, e.g.
 * aws_guardduty_GetDetector, and every service as aws_service_SERVICE. */
#define AWS_SERVICE(id) extern const struct aws_service aws_service_##id;
#define AWS_OPERATION(service, name) extern const struct aws_operation aws_##service##_##name;
#include "aws/operations/operations.def"
#undef AWS_SERVICE
#undef AWS_OPERATION

#endif

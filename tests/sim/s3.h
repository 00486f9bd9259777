/* What the S3 files share. */
#ifndef SIM_S3_H
#define SIM_S3_H

#include "call.h"

/* The call's bucket, when it exists, is the caller's and (unless anywhere) in the signed region;
 * else the error. */
struct bucket *s3_bucket(struct call *call, bool anywhere);

#endif

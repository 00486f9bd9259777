/* Functions that the S3 files share. */
#ifndef SIM_S3_H
#define SIM_S3_H

#include "call.h"

/* Returns the call's bucket when it exists, is the caller's and (unless anywhere) in the signed
 * region. Otherwise makes the error and returns NULL. */
struct bucket *s3_bucket(struct call *call, bool anywhere);

#endif

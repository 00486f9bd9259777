/*
 * How the client writes into a struct err what became of a mutating call, for
 * aws_error_had_no_effect to read.
 */
#ifndef REEVE_AWS_ERRORS_H
#define REEVE_AWS_ERRORS_H

#include "base/err.h"

/* Code of a network failure before the first byte was sent. */
#define ERRORS_NOT_SENT "NotSent"

/* Nothing of the call itself reached AWS. */
void errors_mark_not_sent(struct err *err);
/* This attempt was refused, but an earlier one had no clear answer: status 0 says so. */
void errors_mark_uncertain(struct err *err);

#endif

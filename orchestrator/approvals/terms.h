/* The terms of approvals as the configuration has them. */
#ifndef REEVE_APPROVALS_TERMS_H
#define REEVE_APPROVALS_TERMS_H

#include "approvals/rules.h"

struct config;

/* Borrows from the configuration. */
struct approval_terms approval_terms_of(const struct config *config);

#endif

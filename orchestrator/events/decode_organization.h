/* Reads the creation, moves and the end of accounts from CloudTrail records. */
#ifndef REEVE_EVENTS_DECODE_ORGANIZATION_H
#define REEVE_EVENTS_DECODE_ORGANIZATION_H

struct decoding;
struct signal;

/* Fills account_change from a CloudTrail record that decode_cloudtrail has read. Does nothing where
 * the record is not about an account's creation, move or end. */
void decode_organization(const struct decoding *in, struct signal *signal);

#endif

/* Base64 (RFC 4648 section 4). */
#ifndef REEVE_AWS_PROTOCOL_PROTOCOL_BASE64_H
#define REEVE_AWS_PROTOCOL_PROTOCOL_BASE64_H

#include "base/compiler.h"

#include <stddef.h>

struct buf;

void wire_add_base64(struct buf *out, const void *data, size_t length);
/* Decodes the text; -1 when it isn't base64. White space in it is passed over. */
int wire_decode_base64(const char *text, size_t length, struct buf *out) MUST_CHECK;
int wire_check_base64(const char *text, size_t length) MUST_CHECK;

#endif

/* The shapes that every table shares. */
#include "aws/operations/shape.h"

#include "base/banned.h"

const struct aws_shape aws_string = { .type = AWS_STRING };
const struct aws_shape aws_boolean = { .type = AWS_BOOLEAN };
const struct aws_shape aws_integer = { .type = AWS_INTEGER };
const struct aws_shape aws_double = { .type = AWS_DOUBLE };
const struct aws_shape aws_timestamp = { .type = AWS_TIMESTAMP };
const struct aws_shape aws_blob = { .type = AWS_BLOB };
const struct aws_shape aws_document = { .type = AWS_DOCUMENT };
const struct aws_shape aws_word = { .type = AWS_STRING, .is_word = true };
const struct aws_shape aws_string_list = AWS_LIST_OF(&aws_string);

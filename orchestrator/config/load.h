/* Reads the file, and parses its text as JSON before any key is looked at. */
#ifndef REEVE_CONFIG_LOAD_H
#define REEVE_CONFIG_LOAD_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>

struct buf;
struct complaints;

/* Reads the file into `text` (initialized by the caller with CONFIG_MAX_BYTES). A path of NULL
 * means the default places, ./reeve.json and then /etc/reeve/reeve.json. *found is the path that
 * was read; static or `path`. */
int config_read(const char *path, struct buf *text, const char **found, struct err *err) MUST_CHECK;

/* Parses the text of `complaints` into an object. Returns NULL after complaints. */
json_t *document_parse(struct complaints *complaints);

#endif

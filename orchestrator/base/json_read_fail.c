#include "base/json_read_fail.h"

#include "base/banned.h"
#include "base/json_read.h"

int json_fail_at(struct json_reader *reader, const char *at, const char *problem)
{
	int line = 1, column = 1;

	for (const char *c = reader->begin; c < at; c++) {
		column = *c == '\n' ? 1 : column + 1;
		line += *c == '\n';
	}
	(void)err_set(reader->err, ERR_PROTOCOL, "InvalidJson",
		"%s%s is not valid JSON: line %d, column %d: %s", reader->what, reader->whose, line, column,
		at >= reader->end ? "it ends too early" : problem);
	return -1;
}

#include "aws/protocol/parse.h"

#include "base/banned.h"

void parse_take_request_id(struct parse *parse, const char *id)
{
	size_t used = 0;

	if (id == NULL || id[0] == '\0')
		return;
	for (; *id != '\0' && used < PARSE_REQUEST_ID_SIZE - 1; id++)
		if (*id > 0x20 && *id < 0x7f)
			parse->request_id[used++] = *id;
	parse->request_id[used] = '\0';
}

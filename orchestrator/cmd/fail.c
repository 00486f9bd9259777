#include "cmd/fail.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/log.h"
#include "cmd/command.h"

int command_fail(const struct err *err)
{
	struct buf text;

	buf_init(&text, 16384);
	log_add_escaped(&text, err->message, strlen(err->message));
	fprintf(stderr, "reeve: error: %s", text.data);
	if (err->request_id[0] != '\0')
		fprintf(stderr, " (AWS request id %s)", err->request_id);
	fputc('\n', stderr);
	if (log_level() >= LOG_INFO)
		fprintf(stderr, "reeve: %s error %s at %s:%d\n", err_kind_name(err->kind), err->code,
			err->file != NULL ? err->file : "?", err->line);
	buf_release(&text);
	return EXIT_FAULT;
}

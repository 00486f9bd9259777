#include "base/err.h"

#include "base/banned.h"

#include <stdio.h>
#include <string.h>

/* A message cut inside a UTF-8 character could not be written as a JSON string. */
static void trim_broken_end(char *text)
{
	size_t length = strlen(text), back = 0;

	while (back < 3 && back < length && ((unsigned char)text[length - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == length)
		return;
	unsigned char lead = (unsigned char)text[length - 1 - back];
	size_t need = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
	if (need > back)
		text[length - 1 - back] = '\0';
}

int err_set_at(struct err *err, enum err_kind kind, const char *code, const char *file, int line,
	const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return -1;
	/* The new message and code may be taken from the old error, so both are read before it is
	 * cleared. */
	char message[sizeof err->message], code_copy[sizeof err->code];
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	trim_broken_end(message);
	snprintf(code_copy, sizeof code_copy, "%s", code);
	memset(err, 0, sizeof *err);
	err->kind = kind;
	memcpy(err->code, code_copy, sizeof code_copy);
	memcpy(err->message, message, sizeof message);
	err->file = file;
	err->line = line;
	return -1;
}

int err_prefix(struct err *err, const char *format, ...)
{
	va_list args;
	char message[2 * sizeof err->message];
	int used;

	if (err == NULL)
		return -1;
	va_start(args, format);
	used = vsnprintf(message, sizeof err->message, format, args);
	va_end(args);
	if (used < 0 || (size_t)used >= sizeof err->message)
		used = (int)sizeof err->message - 1;
	snprintf(message + used, sizeof message - (size_t)used, ": %s", err->message);
	memcpy(err->message, message, sizeof err->message - 1);
	err->message[sizeof err->message - 1] = '\0';
	trim_broken_end(err->message);
	return -1;
}

void err_clear(struct err *err)
{
	if (err != NULL)
		memset(err, 0, sizeof *err);
}

bool err_is(const struct err *err, enum err_kind kind, const char *code)
{
	return err->kind == kind && (code == NULL || strcmp(err->code, code) == 0);
}

const char *err_kind_name(enum err_kind kind)
{
	static const char *const names[] = {
		[ERR_NONE] = "none",
		[ERR_USAGE] = "usage",
		[ERR_CONFIG] = "configuration",
		[ERR_SYSTEM] = "system",
		[ERR_STORE] = "store",
		[ERR_BUSY] = "busy",
		[ERR_NETWORK] = "network",
		[ERR_TIMEOUT] = "timeout",
		[ERR_PROTOCOL] = "protocol",
		[ERR_AWS] = "aws",
		[ERR_CREDENTIALS] = "credentials",
		[ERR_UNDECLARED] = "undeclared",
		[ERR_CANCELLED] = "cancelled",
		[ERR_LIMIT] = "limit",
	};
	return names[kind];
}

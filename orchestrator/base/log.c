#include "base/log.h"

#include "base/banned.h"
#include "base/clock.h"

#include <errno.h>
#include <stdarg.h>

#define LOG_MESSAGE_MAX_BYTES 2048
#define LOG_VALUE_MAX_BYTES 128
/* An escaped byte takes at most four, so a line always fits and always gets its end. */
#define LOG_LINE_MAX_BYTES (256 + 4 * (LOG_MESSAGE_MAX_BYTES + 4 * LOG_VALUE_MAX_BYTES))

static enum log_level threshold = LOG_WARNING;
static void (*hook_before)(void), (*hook_after)(void);

void log_set_level(enum log_level level)
{
	threshold = level;
}

enum log_level log_level(void)
{
	return threshold;
}

void log_set_hooks(void (*before)(void), void (*after)(void))
{
	hook_before = before;
	hook_after = after;
}

/* Decodes one UTF-8 character. Returns its length in bytes, or 0 when it is invalid. */
static size_t decode_utf8(const unsigned char *text, size_t length, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t need = text[0] < 0x80 ? 1
		: text[0] < 0xc2         ? 0
		: text[0] < 0xe0         ? 2
		: text[0] < 0xf0         ? 3
		: text[0] < 0xf5         ? 4
								 : 0;

	if (need == 0 || need > length)
		return 0;
	*character = need == 1 ? text[0] : text[0] & (0x7fu >> need);
	for (size_t i = 1; i < need; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*character = (*character << 6) | (text[i] & 0x3f);
	}
	if (*character < least[need] || *character > 0x10ffff ||
		(*character >= 0xd800 && *character <= 0xdfff))
		return 0;
	return need;
}

static bool unsafe_to_print(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == '\\' || c == 0xad || c == 0x61c ||
		(c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
		(c >= 0xe0000 && c <= 0xe0fff);
}

void log_add_escaped(struct buf *out, const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t i = 0; i < length;) {
		uint32_t c = 0;
		size_t used = decode_utf8(bytes + i, length - i, &c);

		if (used == 0) {
			buf_add_format(out, "\\x%02x", bytes[i]);
			i++;
			continue;
		}
		if (!unsafe_to_print(c))
			buf_add(out, text + i, used);
		else if (c == '\\')
			buf_add_string(out, "\\\\");
		else if (c < 0x80)
			buf_add_format(out, "\\x%02x", (unsigned)c);
		else
			buf_add_format(out, "\\u{%x}", (unsigned)c);
		i += used;
	}
}

static void add_place(struct buf *line, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_add_format(line, " %s=", name);
	log_add_escaped(line, value, strnlen(value, LOG_VALUE_MAX_BYTES));
}

void log_write(enum log_level level, const struct log_place *place, const char *format, ...)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	char message[LOG_MESSAGE_MAX_BYTES], now[CLOCK_RFC3339_SIZE];
	struct buf line;
	va_list args;
	int saved_errno = errno; /* the caller may still report errno, so a log line must not change it
							  */

	if (level > threshold)
		return;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	buf_init(&line, LOG_LINE_MAX_BYTES);
	clock_format_rfc3339(clock_now_ms(), now);
	buf_add_format(&line, "%s %s", now, names[level]);
	if (place != NULL) {
		add_place(&line, "run", place->run);
		add_place(&line, "account", place->account);
		add_place(&line, "region", place->region);
		add_place(&line, "baseline", place->baseline);
	}
	buf_add_string(&line, ": ");
	log_add_escaped(&line, message, strlen(message));
	buf_add_char(&line, '\n');
	if (hook_before != NULL)
		hook_before();
	fwrite(line.data, 1, line.length, stderr);
	if (hook_after != NULL)
		hook_after();
	buf_release(&line);
	errno = saved_errno;
}

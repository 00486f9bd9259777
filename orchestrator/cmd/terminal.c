#include "cmd/terminal.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/log.h"

#include <sys/ioctl.h>
#include <unistd.h>

static bool colours(FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no_color == NULL || no_color[0] == '\0') && isatty(fileno(out)) && term != NULL &&
		strcmp(term, "dumb") != 0;
}

const char *colour_on(FILE *out, enum colour colour)
{
	static const char *const sequences[] = {
		[COLOUR_NONE] = "",
		[COLOUR_BOLD] = "\033[1m",
		[COLOUR_DIM] = "\033[2m",
		[COLOUR_RED] = "\033[31m",
		[COLOUR_YELLOW] = "\033[33m",
		[COLOUR_GREEN] = "\033[32m",
		[COLOUR_BLUE] = "\033[34m",
		[COLOUR_MAGENTA] = "\033[35m",
	};

	return colours(out) ? sequences[colour] : "";
}

const char *colour_off(FILE *out)
{
	return colours(out) ? "\033[0m" : "";
}

/* Returns the length in bytes of the first `count` characters of a UTF-8 text. *characters is their
 * number, which is less than `count` when the text is shorter. */
static size_t prefix(const char *text, size_t count, size_t *characters)
{
	size_t used = 0;

	for (*characters = 0; text[used] != '\0' && *characters < count; (*characters)++) {
		used++;
		while (((unsigned char)text[used] & 0xc0) == 0x80)
			used++;
	}
	return used;
}

void print_text(FILE *out, const char *text, size_t width, bool pad)
{
	struct buf escaped;
	size_t characters = 0, length;

	buf_init(&escaped, 65536);
	log_add_escaped(&escaped, text, strlen(text));
	if (width == 0) {
		fwrite(escaped.data, 1, escaped.length, out);
	} else {
		length = prefix(escaped.data, width, &characters);
		if (escaped.data[length] != '\0')
			length = prefix(escaped.data, width - 1, &characters);
		fwrite(escaped.data, 1, length, out);
		if (escaped.data[length] != '\0') {
			fputs("…", out);
			characters++;
		}
		for (; pad && characters < width; characters++)
			fputc(' ', out);
	}
	buf_release(&escaped);
}

void print_document(FILE *out, const json_t *document)
{
	json_dumpf(document, out, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	fputc('\n', out);
}

size_t terminal_width(FILE *out)
{
	struct winsize size;

	return isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 60
		? size.ws_col
		: 100;
}

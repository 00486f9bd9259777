/* Base64 (RFC 4648 section 4). */
#include "aws/protocol/protocol_base64.h"

#include "base/banned.h"
#include "base/buf.h"

void wire_add_base64(struct buf *out, const void *data, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i += 3) {
		size_t have = length - i < 3 ? length - i : 3;
		unsigned group = (unsigned)bytes[i] << 16 | (have > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
			(have > 2 ? bytes[i + 2] : 0);
		char quad[4] = { digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63],
			digits[group & 63] };

		memset(quad + 1 + have, '=', 3 - have);
		buf_add(out, quad, sizeof quad);
	}
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes the text. When `out` is NULL, the text is only checked. */
static int decode(const char *text, size_t length, struct buf *out)
{
	unsigned group = 0;
	size_t digits = 0, padding = 0;

	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		int value = digit_value(c);

		if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
			continue;
		if (c == '=' && digits % 4 >= 2 && padding < 4 - digits % 4) {
			padding++;
			continue;
		}
		if (value < 0 || padding > 0)
			return -1;
		group = group << 6 | (unsigned)value;
		digits++;
		if (digits % 4 == 0 && out != NULL) {
			unsigned char bytes[3] = { (unsigned char)(group >> 16), (unsigned char)(group >> 8),
				(unsigned char)group };

			buf_add(out, bytes, sizeof bytes);
		}
	}
	size_t rest = digits % 4;
	if (rest == 1 || (rest > 0 && padding != 4 - rest))
		return -1;
	if (rest > 0 && out != NULL) {
		group <<= 6 * (4 - rest);
		unsigned char bytes[2] = { (unsigned char)(group >> 16), (unsigned char)(group >> 8) };

		buf_add(out, bytes, rest - 1);
	}
	return 0;
}

int wire_decode_base64(const char *text, size_t length, struct buf *out)
{
	return decode(text, length, out);
}

int wire_check_base64(const char *text, size_t length)
{
	return decode(text, length, NULL);
}

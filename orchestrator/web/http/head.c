#include "web/http/head.h"

#include "base/banned.h"
#include "base/mem.h"

#include <stdarg.h>
#include <strings.h>

int refuse(struct refusal *refusal, int status, const char *code, const char *format, ...)
{
	va_list arguments;

	refusal->status = status;
	refusal->code = code;
	va_start(arguments, format);
	vsnprintf(refusal->message, sizeof refusal->message, format, arguments);
	va_end(arguments);
	return -1;
}

/* --- the end of the head --- */

int head_find(const char *bytes, size_t available, size_t *scanned, size_t *length,
	struct refusal *refusal)
{
	for (size_t i = *scanned; i < available; i++) {
		char c = bytes[i], before = i > 0 ? bytes[i - 1] : '\0';

		if (i == 0 && (c < 'A' || c > 'Z'))
			return refuse(refusal, 400, "NotHttp", "this is not an HTTP request");
		if (c == '\0')
			return refuse(refusal, 400, "BadHead",
				"the head of the request contains a NUL character");
		if ((c == '\n') != (before == '\r'))
			return refuse(refusal, 400, "BadHead",
				"a line of the request's head does not end with CR LF");
		if (i >= 3 && c == '\n' && bytes[i - 2] == '\n') {
			*length = i + 1;
			return 1;
		}
		if (i + 1 >= HEAD_MAX_BYTES)
			return refuse(refusal, 431, "HeadTooLarge",
				"the head of the request has more than the %zu bytes that are allowed",
				HEAD_MAX_BYTES);
	}
	*scanned = available;
	return 0;
}

/* --- the request line --- */

/* Returns the word up to the next blank, which is overwritten with NUL; NULL when there is no
 * blank. */
static char *take_word(char **cursor)
{
	char *word = *cursor, *blank = strchr(word, ' ');

	if (blank == NULL || blank == word)
		return NULL;
	*blank = '\0';
	*cursor = blank + 1;
	return word;
}

static int parse_request_line(char *line, struct head *head, struct refusal *refusal)
{
	const char *method = take_word(&line), *target = method != NULL ? take_word(&line) : NULL;

	if (target == NULL || strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(method) ||
		strlen(method) > HEAD_MAX_METHOD)
		return refuse(refusal, 400, "BadRequestLine",
			"the first line of the request is not METHOD /path HTTP/1.1");
	head->method = method;
	if (strlen(target) > HEAD_MAX_TARGET)
		return refuse(refusal, 414, "TargetTooLong", "the path and query have more than %d bytes",
			HEAD_MAX_TARGET);
	head->target = target;
	if (strcmp(line, "HTTP/1.1") == 0)
		return 0;
	if (strlen(line) == 8 && strncmp(line, "HTTP/", 5) == 0)
		return refuse(refusal, 505, "BadVersion", "this server speaks HTTP/1.1 only");
	return refuse(refusal, 400, "BadRequestLine",
		"the first line of the request is not METHOD /path HTTP/1.1");
}

/* --- fields --- */

/* Returns whether the text is a token (RFC 9110 section 5.6.2). */
static bool is_token(const char *text)
{
	return text[0] != '\0' &&
		strspn(text,
			"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
		strlen(text);
}

/* Returns whether a field may occur only once: of two of them, two readers could take different
 * ones. */
static bool stands_alone(const char *name)
{
	static const char *const names[] = { "authorization", "content-length", "content-type",
		"expect", "host", "idempotency-key", "origin", "sec-fetch-site", "transfer-encoding" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int parse_field(char *line, struct head *head, struct refusal *refusal)
{
	char *colon = strchr(line, ':');

	if (line[0] == ' ' || line[0] == '\t')
		return refuse(refusal, 400, "BadHead",
			"a header field continues on another line, which HTTP/1.1 no longer allows");
	if (colon == NULL)
		return refuse(refusal, 400, "BadHead", "a header field has no colon");
	*colon = '\0';
	if (!is_token(line))
		return refuse(refusal, 400, "BadHead",
			"the name of a header field has a character that is not allowed there");
	for (char *c = line; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	char *value = colon + 1 + strspn(colon + 1, " \t"), *end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	for (const char *c = value; *c != '\0'; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return refuse(refusal, 400, "BadHead",
				"the header field %.64s contains a control character", line);
	if (stands_alone(line) && head_get(head, line) != NULL)
		return refuse(refusal, 400, "BadHead", "the header field %.64s occurs twice", line);
	if (head->count == HEAD_MAX_FIELDS)
		return refuse(refusal, 431, "HeadTooLarge", "the request has more than %d header fields",
			HEAD_MAX_FIELDS);
	head->fields[head->count++] = (struct head_field){ line, value };
	return 0;
}

const char *head_get(const struct head *head, const char *name)
{
	for (size_t i = 0; i < head->count; i++)
		if (strcmp(head->fields[i].name, name) == 0)
			return head->fields[i].value;
	return NULL;
}

/* --- the fields about the body and the connection --- */

/* Returns whether a comma-separated list has the word; upper and lower case are the same. */
static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (*list != '\0') {
		list += strspn(list, " \t,");
		size_t found = strcspn(list, " \t,");
		if (found == length && strncasecmp(list, word, length) == 0)
			return true;
		list += found;
	}
	return false;
}

/* RFC 9112 section 6.3 lets a server require a length where a transfer coding is used. A request
 * with both is an attack. */
static int read_framing(struct head *head, struct refusal *refusal)
{
	const char *length = head_get(head, "content-length");

	if (head_get(head, "transfer-encoding") != NULL && length != NULL)
		return refuse(refusal, 400, "BadHead",
			"the request has both Content-Length and Transfer-Encoding");
	if (head_get(head, "transfer-encoding") != NULL)
		return refuse(refusal, 411, "LengthRequired",
			"send the body with Content-Length, not Transfer-Encoding");
	if (length == NULL)
		return 0;
	size_t digits = strspn(length, "0123456789");
	if (digits < 1 || digits > 15 || length[digits] != '\0')
		return refuse(refusal, 400, "BadHead", "Content-Length is not a number of bytes");
	head->content_length = strtoull(length, NULL, 10);
	return 0;
}

static int read_connection(struct head *head, struct refusal *refusal)
{
	const char *expect = head_get(head, "expect");

	for (size_t i = 0; i < head->count; i++)
		if (strcmp(head->fields[i].name, "connection") == 0 &&
			list_has(head->fields[i].value, "close"))
			head->close = true;
	if (head_get(head, "host") == NULL)
		return refuse(refusal, 400, "BadHead", "the request has no Host field");
	if (expect != NULL && strcasecmp(expect, "100-continue") != 0)
		return refuse(refusal, 417, "BadExpectation",
			"the header field Expect can only be 100-continue");
	head->expects = expect != NULL;
	return read_framing(head, refusal);
}

int head_parse(const char *bytes, size_t length, struct head *head, struct refusal *refusal)
{
	*head = (struct head){ .text = xstrndup(bytes, length), .length = length };
	char *line = head->text;

	/* Every line ends with CR LF and the last one is empty, as head_find has checked. */
	for (bool first = true; *line != '\r' && *line != '\0'; first = false) {
		char *end = strchr(line, '\r');

		if (end == NULL)
			break;
		*end = '\0';
		if ((first ? parse_request_line(line, head, refusal) : parse_field(line, head, refusal)) <
			0)
			return -1;
		line = end + 2;
	}
	return read_connection(head, refusal);
}

void head_release(struct head *head)
{
	/* The head contains the API token, so it is wiped. */
	if (head->text != NULL)
		mem_wipe(head->text, head->length);
	free(head->text);
	*head = (struct head){ .text = NULL };
}

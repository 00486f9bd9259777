/*
 * Stage 1: the canonical request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
 */
#include "aws/sigv4/sigv4_canonical.h"

#include "aws/sigv4/sigv4.h"

#include "base/banned.h"
#include "base/mem.h"

#include <strings.h>

/* A request of ours has a dozen headers and a handful of parameters. */
#define MAX_HEADERS 64
#define MAX_PARAMETERS 1024
#define MAX_PATH_BYTES (64 * 1024)

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* --- path --- */

/* Removes dot segments as RFC 3986, section 5.2.4, says; and "//" becomes "/". */
static void remove_dot_segments(const char *path, struct buf *out)
{
	const char *cursor = path;

	while (*cursor != '\0') {
		while (*cursor == '/')
			cursor++;
		size_t length = strcspn(cursor, "/");
		bool last = cursor[length] == '\0';

		if (length == 2 && cursor[0] == '.' && cursor[1] == '.') {
			while (out->length > 0 && out->data[--out->length] != '/')
				continue;
			if (out->capacity > 0)
				out->data[out->length] = '\0';
		} else if (length > 0 && !(length == 1 && cursor[0] == '.')) {
			buf_add_char(out, '/');
			buf_add(out, cursor, length);
		}
		cursor += length;
		/* A path that ends in a slash keeps it. */
		if (*cursor == '/' && cursor[strspn(cursor, "/")] == '\0') {
			buf_add_char(out, '/');
			break;
		}
		if (last)
			break;
	}
	if (out->length == 0)
		buf_add_char(out, '/');
}

static bool needs_normalizing(const char *path)
{
	return strstr(path, "//") != NULL || strstr(path, "/.") != NULL || path[0] != '/';
}

static void add_path(const struct sigv4_request *request, struct buf *out)
{
	CLEANUP_BUF struct buf normal;
	const char *path = request->path;

	buf_init(&normal, MAX_PATH_BYTES);
	if (request->normalize_path && needs_normalizing(path)) {
		remove_dot_segments(path, &normal);
		path = normal.data;
	}
	if (!buf_ok(&normal))
		out->overflow = true;
	else if (path[0] == '\0')
		buf_add_char(out, '/');
	else if (request->double_encode_path)
		buf_add_percent(out, path, strlen(path), true);
	else
		buf_add_string(out, path);
}

/* --- query --- */

struct parameter {
	const char *name, *value; /* as sent */
	size_t name_length, value_length;
};

static int compare_text(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order != 0 ? order : a_length < b_length ? -1 : a_length > b_length;
}

static int compare_parameters(const void *left, const void *right)
{
	const struct parameter *a = left, *b = right;
	int order = compare_text(a->name, a->name_length, b->name, b->name_length);

	return order != 0 ? order : compare_text(a->value, a->value_length, b->value, b->value_length);
}

static int hex_digit(char c)
{
	c = lower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Encodes each byte that isn't encoded yet: "%e1" and the raw byte both become "%E1". */
static void add_encoded(struct buf *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (c == '%' && length - i > 2 && hex_digit(text[i + 1]) >= 0 &&
			hex_digit(text[i + 2]) >= 0) {
			c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
			i += 2;
		}
		buf_add_percent(out, &c, 1, false);
	}
}

/* Splits "a=b&c" into parameters; returns how many, or -1 when there are too many. */
static int split_query(const char *query, struct parameter *parameters)
{
	int count = 0;

	while (*query != '\0') {
		size_t length = strcspn(query, "&");
		const char *equals = memchr(query, '=', length);

		if (length > 0) {
			if (count == MAX_PARAMETERS)
				return -1;
			size_t name_length = equals != NULL ? (size_t)(equals - query) : length;

			parameters[count++] = (struct parameter){
				.name = query,
				.name_length = name_length,
				.value = equals != NULL ? equals + 1 : query + length,
				.value_length = equals != NULL ? length - name_length - 1 : 0,
			};
		}
		query += length;
		if (*query == '&')
			query++;
	}
	return count;
}

/* Puts the parameters in canonical encoding into *encoded, and lets them point there: the order is
 * that of the encoded names. */
static void encode_parameters(struct parameter *parameters, int count, struct buf *encoded)
{
	for (int i = 0; i < count; i++) {
		struct parameter *parameter = &parameters[i];
		size_t start = encoded->length;

		add_encoded(encoded, parameter->name, parameter->name_length);
		parameter->name_length = encoded->length - start;
		start = encoded->length;
		add_encoded(encoded, parameter->value, parameter->value_length);
		parameter->value_length = encoded->length - start;
	}
	const char *cursor = encoded->data;
	for (int i = 0; i < count && buf_ok(encoded); i++) {
		parameters[i].name = cursor;
		parameters[i].value = cursor + parameters[i].name_length;
		cursor = parameters[i].value + parameters[i].value_length;
	}
}

static int add_query(const char *query, struct buf *out, struct err *err)
{
	CLEANUP_FREE struct parameter *parameters = NULL;
	CLEANUP_BUF struct buf encoded;
	size_t most = 1;

	buf_init(&encoded, out->max_bytes);
	if (query == NULL || query[0] == '\0')
		return 0;
	for (const char *c = query; *c != '\0'; c++)
		most += *c == '&';
	if (most > MAX_PARAMETERS)
		most = MAX_PARAMETERS;
	parameters = xcalloc(most, sizeof *parameters);
	int count = split_query(query, parameters);
	if (count < 0)
		return err_set(err, ERR_LIMIT, "TooManyParameters",
			"a request has more than %d query parameters", MAX_PARAMETERS);
	encode_parameters(parameters, count, &encoded);
	if (!buf_ok(&encoded)) {
		out->overflow = true;
		return 0; /* the caller reports it */
	}
	qsort(parameters, (size_t)count, sizeof *parameters, compare_parameters);
	for (int i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, '&');
		buf_add(out, parameters[i].name, parameters[i].name_length);
		buf_add_char(out, '=');
		buf_add(out, parameters[i].value, parameters[i].value_length);
	}
	return 0;
}

/* --- headers --- */

#define SPACE " \t\n\r\f\v"

/* Trims white space at both ends and makes each run of it one space. */
static void add_trimmed(struct buf *out, const char *value)
{
	value += strspn(value, SPACE);
	while (*value != '\0') {
		size_t length = strcspn(value, SPACE);

		buf_add(out, value, length);
		value += length;
		value += strspn(value, SPACE);
		if (*value != '\0')
			buf_add_char(out, ' ');
	}
}

static void add_lower(struct buf *out, const char *name)
{
	char chunk[64];

	while (*name != '\0') {
		size_t length = 0;

		while (length < sizeof chunk && name[length] != '\0') {
			chunk[length] = lower(name[length]);
			length++;
		}
		buf_add(out, chunk, length);
		name += length;
	}
}

/* Sorts by name; headers of the same name keep their order. */
static void sort_headers(const struct sigv4_request *request, const struct sigv4_header **sorted)
{
	for (size_t i = 0; i < request->header_count; i++) {
		const struct sigv4_header *header = &request->headers[i];
		size_t place = i;

		while (place > 0 && strcasecmp(sorted[place - 1]->name, header->name) > 0) {
			sorted[place] = sorted[place - 1];
			place--;
		}
		sorted[place] = header;
	}
}

static int check_headers(const struct sigv4_request *request, struct err *err)
{
	bool host = false, date = false;

	if (request->header_count > MAX_HEADERS)
		return err_set(err, ERR_LIMIT, "TooManyHeaders",
			"a request has more than %d headers to sign", MAX_HEADERS);
	for (size_t i = 0; i < request->header_count; i++) {
		host = host || strcasecmp(request->headers[i].name, "host") == 0;
		date = date || strcasecmp(request->headers[i].name, "x-amz-date") == 0;
	}
	if (!host || !date)
		return err_set(err, ERR_UNDECLARED, "UnsignableRequest",
			"a request without %s can't be signed", host ? "x-amz-date" : "host");
	return 0;
}

int sigv4_canonical_request(const struct sigv4_request *request, struct buf *out,
	struct buf *signed_headers, struct err *err)
{
	const struct sigv4_header *sorted[MAX_HEADERS];

	if (check_headers(request, err) < 0)
		return -1;
	buf_add_string(out, request->method);
	buf_add_char(out, '\n');
	add_path(request, out);
	buf_add_char(out, '\n');
	if (add_query(request->query, out, err) < 0)
		return -1;
	sort_headers(request, sorted);
	for (size_t i = 0; i < request->header_count; i++) {
		if (i > 0 && strcasecmp(sorted[i - 1]->name, sorted[i]->name) == 0) {
			buf_add_char(out, ',');
		} else {
			size_t start = out->length + 1;

			buf_add_char(out, '\n');
			add_lower(out, sorted[i]->name);
			if (i > 0)
				buf_add_char(signed_headers, ';');
			if (buf_ok(out))
				buf_add(signed_headers, out->data + start, out->length - start);
			buf_add_char(out, ':');
		}
		add_trimmed(out, sorted[i]->value);
	}
	buf_add(out, "\n\n", 2);
	buf_add(out, signed_headers->data, signed_headers->length);
	buf_add_char(out, '\n');
	buf_add_string(out, request->body_sha256);
	if (!buf_ok(out) || !buf_ok(signed_headers))
		return err_set(err, ERR_LIMIT, "RequestTooLarge",
			"the path, query and headers of a request are too large to be signed");
	return 0;
}

/* Drives expat, and reads result and error documents. */
#include "aws/protocol/xml.h"

#include "aws/protocol/xml_reader.h"
#include "base/banned.h"
#include "base/log.h"
#include "base/mem.h"

#include <expat.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/rand.h>
#include <strings.h>

/* A text buffer larger than this many bytes is freed after the document. */
#define KEEP_TEXT_BYTES (64 * 1024)

/* The parser is kept between documents, since making one costs more than reading a small document.
 */
static struct {
	XML_Parser parser;
	struct xml_reader reader;
	unsigned char salt[16];
	bool busy;
} kept;

__attribute__((destructor)) static void release_kept(void)
{
	if (kept.parser == NULL)
		return;
	XML_ParserFree(kept.parser);
	buf_release(&kept.reader.text);
}

static void stop_parser(void *parser)
{
	XML_StopParser(parser, XML_FALSE);
}

static void on_start(void *reader, const XML_Char *name, const XML_Char **attributes)
{
	xml_reader_start(reader, name, attributes);
}

static void on_end(void *reader, const XML_Char *name)
{
	(void)name;
	xml_reader_end(reader);
}

static void on_text(void *reader, const XML_Char *text, int length)
{
	xml_reader_text(reader, text, (size_t)length);
}

static void on_doctype(void *reader, const XML_Char *name, const XML_Char *system_id,
	const XML_Char *public_id, int has_internal_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal_subset;
	xml_reader_fail(reader, ERR_PROTOCOL, "XmlEntities", "has a DOCTYPE, which AWS never sends");
}

/* Three functions of expat have successors since 2.8 and 2.9, and are deprecated there. Debian 12
 * has 2.5, so both kinds are used; the build finds out which ones exist. */
static void set_salt(XML_Parser parser, const unsigned char salt[16])
{
#ifdef HAVE_XML_SALT_16_BYTES
	XML_SetHashSalt16Bytes(parser, salt);
#else
	unsigned long word;

	memcpy(&word, salt, sizeof word);
	XML_SetHashSalt(parser, word);
#endif
}

static void get_position(XML_Parser parser, uint64_t *line, uint64_t *column)
{
#ifdef HAVE_XML_POSITION_64
	*line = XML_GetCurrentLineNumber64(parser);
	*column = XML_GetCurrentColumnNumber64(parser);
#else
	*line = XML_GetCurrentLineNumber(parser);
	*column = XML_GetCurrentColumnNumber(parser);
#endif
}

static XML_Parser ready_parser(void)
{
	if (kept.parser == NULL) {
		kept.parser = XML_ParserCreate("UTF-8");
		if (kept.parser == NULL)
			abort(); /* no memory */
		if (RAND_bytes(kept.salt, sizeof kept.salt) != 1)
			abort();
		kept.salt[0] |= 1; /* an older expat asks the system for a salt each time it is given 0 */
		buf_init(&kept.reader.text, KEEP_TEXT_BYTES);
	} else {
		XML_ParserReset(kept.parser, "UTF-8");
	}
	set_salt(kept.parser, kept.salt);
	XML_SetUserData(kept.parser, &kept.reader);
	XML_SetElementHandler(kept.parser, on_start, on_end);
	XML_SetCharacterDataHandler(kept.parser, on_text);
	XML_SetStartDoctypeDeclHandler(kept.parser, on_doctype);
	return kept.parser;
}

static int syntax_error(XML_Parser parser, const struct xml_expect *expect, struct err *err)
{
	enum XML_Error error = XML_GetErrorCode(parser);
	const char *code = "InvalidXml";
	uint64_t line, column;

	get_position(parser, &line, &column);
	if (error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
		error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_UNCLOSED_CDATA_SECTION)
		code = "TruncatedXml";
	else if (error == XML_ERROR_UNDEFINED_ENTITY || error == XML_ERROR_ENTITY_DECLARED_IN_PE)
		code = "XmlEntities";
	return err_set(err, ERR_PROTOCOL, code,
		"the answer to %s is not valid XML: line %" PRIu64 ", column %" PRIu64 ": %s",
		expect->operation, line, column, XML_ErrorString(error));
}

/* Skips a byte order mark and white space before the document; expat accepts only the mark. */
static void skip_lead(const char **body, size_t *length)
{
	if (*length >= 3 && memcmp(*body, "\xef\xbb\xbf", 3) == 0) {
		*body += 3;
		*length -= 3;
	}
	while (*length > 0 && memchr(" \t\r\n", **body, 4) != NULL) {
		(*body)++;
		(*length)--;
	}
}

static bool starts_with(const char *body, size_t length, const char *word)
{
	return length >= strlen(word) && strncasecmp(body, word, strlen(word)) == 0;
}

static int check_lead(const char *body, size_t length, const struct xml_expect *expect,
	struct err *err)
{
	CLEANUP_BUF struct buf quote;

	buf_init(&quote, 512);
	if (length > INT_MAX)
		return err_set(err, ERR_LIMIT, "XmlTooLarge", "the answer to %s is too large",
			expect->operation);
	if (length == 0 || body[0] != '<')
		return err_set(err, ERR_PROTOCOL, length == 0 ? "EmptyAnswer" : "NotAnAwsAnswer",
			"the answer to %s is %s", expect->operation, length == 0 ? "empty" : "not XML");
	if (!starts_with(body, length, "<!doctype html") && !starts_with(body, length, "<html"))
		return 0;
	log_add_escaped(&quote, body, length < 60 ? length : 60);
	return err_set(err, ERR_PROTOCOL, "NotAnAwsAnswer", "the answer to %s is an HTML page: %s",
		expect->operation, quote.data);
}

static int check_result(const struct xml_reader *reader, struct err *err)
{
	const struct xml_expect *expect = reader->expect;

	if (expect->value != NULL && expect->wrapper != NULL && reader->result->error == NULL &&
		!reader->wrapper_seen && expect->value->shape->member_count > 0)
		return err_set(err, ERR_PROTOCOL, "NoResult", "the answer to %s has no <%s>",
			expect->operation, expect->wrapper);
	return 0;
}

static void take_metadata(struct xml_reader *reader)
{
	struct xml_result *result = reader->result;
	const char *id = json_string_value(json_object_get(reader->metadata, "RequestId"));
	json_t *value = json_object_get(reader->metadata, "Value");

	if (id == NULL && result->error != NULL) {
		id = json_string_value(json_object_get(result->error, "RequestId"));
		if (id == NULL)
			id = json_string_value(json_object_get(json_object_get(result->error, "Error"),
				"RequestId"));
	}
	if (id != NULL)
		snprintf(result->request_id, sizeof result->request_id, "%s", id);
	if (value != NULL)
		result->value = json_incref(value);
}

/* Finds the error element inside of the document; of EC2's list, the first. */
static void unwrap_error(struct xml_result *result)
{
	json_t *outer = result->error, *inner = json_object_get(outer, "Error");

	if (inner == NULL)
		inner = json_array_get(json_object_get(json_object_get(outer, "Errors"), "Error"), 0);
	if (inner == NULL)
		return;
	result->error = json_incref(inner);
	json_decref(outer);
}

static int parse(struct xml_reader *reader, const char *body, size_t length, struct err *err)
{
	XML_Parser parser = ready_parser();

	reader->parser = parser;
	reader->stop = stop_parser;
	reader->text.max_bytes = length; /* a text is never longer than the document: there are no
										entities */
	if (XML_Parse(parser, body, (int)length, XML_TRUE) == XML_STATUS_OK && !reader->failed)
		return check_result(reader, err);
	return reader->failed ? -1 : syntax_error(parser, reader->expect, err);
}

int xml_read(const char *body, size_t length, const struct xml_expect *expect,
	struct xml_result *result, struct err *err)
{
	struct xml_reader *reader = &kept.reader;
	struct buf text = reader->text;
	int outcome;

	memset(result, 0, sizeof *result);
	skip_lead(&body, &length);
	if (check_lead(body, length, expect, err) < 0)
		return -1;
	if (kept.busy)
		abort(); /* a document is being read already: a bug of ours */
	kept.busy = true;
	*reader = (struct xml_reader){ .expect = expect, .result = result, .err = err, .text = text };
	reader->metadata = json_object();
	outcome = parse(reader, body, length, err);
	xml_reader_release(reader);
	take_metadata(reader);
	json_decref(reader->metadata);
	/* The text may have been a secret key, so the buffer is wiped. */
	if (reader->text.capacity > KEEP_TEXT_BYTES)
		buf_release_secret(&reader->text);
	else if (reader->text.capacity > 0)
		mem_wipe(reader->text.data, reader->text.capacity);
	kept.busy = false;
	if (outcome < 0) {
		json_decref(result->value);
		json_decref(result->error);
		result->value = result->error = NULL;
		return -1;
	}
	if (result->error != NULL)
		unwrap_error(result);
	return 0;
}

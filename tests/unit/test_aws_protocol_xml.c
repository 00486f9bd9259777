/*
 * Tests of irregular XML answers: some are refused with a code, the others are read all the same.
 */
#include "aws/protocol/xml.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct aws_shape tag_map = AWS_MAP_OF(&aws_string);
static const struct aws_shape flat_map = { .type = AWS_MAP,
	.element = { .shape = &aws_integer, .wire = "V" },
	.key = { .shape = &aws_string, .wire = "K" },
	.flags = AWS_FLATTENED };
static const struct aws_shape flat_list = {
	.type = AWS_LIST, .element = { .shape = &aws_string }, .flags = AWS_FLATTENED
};

static const struct aws_shape node;
static const struct aws_shape node_list = AWS_LIST_OF(&node);
static const struct aws_member node_members[] = {
	AWS_MEMBER("Name", &aws_string),
	AWS_MEMBER("Count", &aws_integer),
	AWS_MEMBER("Ratio", &aws_double),
	AWS_MEMBER("Enabled", &aws_boolean),
	AWS_MEMBER("When", &aws_timestamp),
	AWS_MEMBER("Data", &aws_blob),
	AWS_MEMBER("Kind", &aws_string, .wire = "xsi:type", .flags = AWS_XML_ATTRIBUTE),
	AWS_MEMBER("Names", &aws_string_list),
	AWS_MEMBER("Flat", &flat_list),
	AWS_MEMBER("Tags", &tag_map),
	AWS_MEMBER("Numbers", &flat_map, .wire = "Number"),
	AWS_MEMBER("Child", &node),
	AWS_MEMBER("Children", &node_list),
	AWS_MEMBER("Document", &aws_document),
};
static const struct aws_shape node = AWS_STRUCTURE_OF(node_members);
static const struct aws_member node_value = { .shape = &node };

static int read_text(const char *text, const char *wrapper, struct xml_result *result,
	struct err *err)
{
	struct xml_expect expect = {
		.operation = "GetNode", .root = "N", .wrapper = wrapper, .value = &node_value
	};

	return xml_read(text, strlen(text), &expect, result, err);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *code;
	} cases[] = {
		{ "", "EmptyAnswer" },
		{ " \n", "EmptyAnswer" },
		{ "{\"Name\": 1}", "NotAnAwsAnswer" },
		{ "<html><body>Bad gateway</body></html>", "NotAnAwsAnswer" },
		{ "<!DOCTYPE html><html/>", "NotAnAwsAnswer" },
		{ "<HTML/>", "NotAnAwsAnswer" },
		{ "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "NotAnAwsAnswer" },
		{ "<M/>", "WrongRoot" },
		{ "<N>", "TruncatedXml" },
		{ "<N><Name>abc", "TruncatedXml" },
		{ "<N><Name>abc</Na", "TruncatedXml" },
		{ "<N><Name><![CDATA[abc", "TruncatedXml" },
		{ "<?xml version='1.0'?>", "TruncatedXml" },
		{ "<N><Name></N>", "InvalidXml" },
		{ "<N/><N/>", "InvalidXml" },
		{ "<N><Name>\xff\xfe</Name></N>", "InvalidXml" },
		{ "<N><Name>\xed\xa0\x80</Name></N>", "InvalidXml" }, /* a surrogate */
		{ "<N><Name>&#0;</Name></N>", "InvalidXml" },
		{ "<N a='1' a='2'/>", "InvalidXml" },
		{ "<!DOCTYPE N><N/>", "XmlEntities" },
		{ "<!DOCTYPE N [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><N><Name>&b;</Name></N>",
			"XmlEntities" },
		{ "<!DOCTYPE N SYSTEM 'file:///etc/passwd'><N/>", "XmlEntities" },
		{ "<N><Name>&undeclared;</Name></N>", "XmlEntities" },
		{ "<N><Count>12a</Count></N>", "BadNumber" },
		{ "<N><Count>0x10</Count></N>", "BadNumber" },
		{ "<N><Count>99999999999999999999</Count></N>", "BadNumber" },
		{ "<N><Ratio>inf</Ratio></N>", "BadNumber" },
		{ "<N><Ratio>1e999</Ratio></N>", "BadNumber" },
		{ "<N><Enabled>yes</Enabled></N>", "BadBoolean" },
		{ "<N><When>yesterday</When></N>", "BadTimestamp" },
		{ "<N><When>99999999999999</When></N>", "BadTimestamp" },
		{ "<N><When>2019-02-30T00:00:00Z</When></N>", "BadTimestamp" },
		{ "<N><Data>a*b=</Data></N>", "BadBlob" },
		{ "<N><Tags><entry><value>v</value></entry></Tags></N>", "BadMap" },
		{ "<N><Number><V>1</V></Number></N>", "BadMap" },
		{ "<N><Tags><entry><value>v</value>", "TruncatedXml" }, /* leaks nothing */
		{ "<N><Tags><entry><key>k</key><value>v</value></entry><entry><key>x", "TruncatedXml" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct xml_result result;
		struct err err = ERR_INIT;

		if (read_text(cases[i].text, NULL, &result, &err) == 0)
			fail_msg("accepted: %s", cases[i].text);
		if (!err_is(&err, ERR_PROTOCOL, cases[i].code) || strstr(err.message, "GetNode") == NULL)
			fail_msg("%s: %s %s: %s", cases[i].text, err_kind_name(err.kind), err.code,
				err.message);
		assert_null(result.value);
	}
}

static void test_read(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{ "<N/>", "{}" },
		{ "\xef\xbb\xbf \r\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<N/>\n", "{}" },
		{ "<a:N xmlns:a='urn:a'><a:Name>x</a:Name></a:N>", "{\"Name\": \"x\"}" },
		{ "<N xmlns='urn:a'><Name xmlns='urn:b'>x</Name></N>", "{\"Name\": \"x\"}" },
		{ "<N><Other><Name>y</Name><Deep><er/></Deep></Other><Name>x</Name></N>",
			"{\"Name\": \"x\"}" },
		{ "<N>text<Name>a<b>ignored</b>c</Name>text</N>", "{\"Name\": \"ac\"}" },
		{ "<N><Name> &lt;a&gt;&#228;<![CDATA[<&]]><!-- c --> </Name></N>",
			"{\"Name\": \" <a>\xc3\xa4<& \"}" },
		{ "<N><Name/></N>", "{\"Name\": \"\"}" },
		/* An empty number, boolean or timestamp isn't set. */
		{ "<N><Count></Count><Ratio/><Enabled> </Enabled><When/></N>", "{}" },
		{ "<N><Count> -7 </Count><Enabled>True</Enabled></N>",
			"{\"Count\": -7, \"Enabled\": true}" },
		{ "<N><Ratio>1e3</Ratio></N>", "{\"Ratio\": 1000.0}" },
		{ "<N><Ratio>-Infinity</Ratio></N>", "{\"Ratio\": \"-Infinity\"}" },
		{ "<N><When>2019-12-16T22:48:18.5-01:00</When></N>",
			"{\"When\": \"2019-12-16T23:48:18.500Z\"}" },
		{ "<N><When>2019-12-16T22:48:18</When></N>", "{\"When\": \"2019-12-16T22:48:18Z\"}" },
		{ "<N><When>1576540098.25</When></N>", "{\"When\": \"2019-12-16T23:48:18.250Z\"}" },
		{ "<N><When>Mon, 16 Dec 2019 23:48:18 GMT</When></N>",
			"{\"When\": \"2019-12-16T23:48:18Z\"}" },
		{ "<N><Data>Zm\n9v\nYg==</Data></N>", "{\"Data\": \"Zm9vYg==\"}" },
		{ "<N xmlns:xsi='urn:x' xsi:type='Group'><Name>x</Name></N>",
			"{\"Kind\": \"Group\", \"Name\": \"x\"}" },
		{ "<N><Names/></N>", "{\"Names\": []}" },
		{ "<N><Names><member>a</member><item>b</item></Names></N>", "{\"Names\": [\"a\", \"b\"]}" },
		{ "<N><Flat>a</Flat><Name>x</Name><Flat>b</Flat></N>",
			"{\"Flat\": [\"a\", \"b\"], \"Name\": \"x\"}" },
		{ "<N><Tags><entry><key>k</key><value>v</value></entry><entry><value>2</value><key>k2</"
		  "key></entry></Tags></N>",
			"{\"Tags\": {\"k\": \"v\", \"k2\": \"2\"}}" },
		{ "<N><Number><K>a</K><V>1</V></Number><Number><K>b</K><V>2</V><X/></Number></N>",
			"{\"Numbers\": {\"a\": 1, \"b\": 2}}" },
		{ "<N><Child><Child><Name>x</Name></Child></Child></N>",
			"{\"Child\": {\"Child\": {\"Name\": \"x\"}}}" },
		{ "<N><Children><member><Name>a</Name></member><member/></Children></N>",
			"{\"Children\": [{\"Name\": \"a\"}, {}]}" },
		/* The last of two elements with the same name counts. */
		{ "<N><Name>a</Name><Name>b</Name><Child><Name>c</Name></Child><Child/></N>",
			"{\"Name\": \"b\", \"Child\": {}}" },
		{ "<N><Document><a>1</a></Document><Name>x</Name></N>", "{\"Name\": \"x\"}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CLEANUP_JSON json_t *expected = json_loads(cases[i].value, 0, NULL);
		struct xml_result result;
		struct err err = ERR_INIT;

		if (read_text(cases[i].text, NULL, &result, &err) < 0)
			fail_msg("%s: %s: %s", cases[i].text, err.code, err.message);
		CLEANUP_FREE char *have = json_to_text(result.value);
		if (!json_equal(result.value, expected))
			fail_msg("%s: %s, not %s", cases[i].text, have, cases[i].value);
		json_decref(result.value);
	}
}

static void test_envelope(void **state)
{
	struct xml_result result;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
		read_text("<N><GetNodeResult><Name>x</Name></GetNodeResult><GetNodeResult><Name>y</Name></"
				  "GetNodeResult>"
				  "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></N>",
			"GetNodeResult", &result, &err),
		0);
	assert_string_equal(json_get_string(result.value, "Name"), "x");
	assert_string_equal(result.request_id, "id-1");
	json_decref(result.value);
	assert_int_equal(
		read_text("<N><ResponseMetadata><RequestId>id-2</RequestId></ResponseMetadata></N>",
			"GetNodeResult", &result, &err),
		-1);
	assert_true(err_is(&err, ERR_PROTOCOL, "NoResult"));
	assert_string_equal(result.request_id, "id-2");
	/* The answer has an error where a result is expected. */
	assert_int_equal(
		read_text("<ErrorResponse><Error><Code>Throttling</Code><Message>Rate</Message></Error>"
				  "<RequestId>id-3</RequestId></ErrorResponse>",
			"GetNodeResult", &result, &err),
		0);
	assert_null(result.value);
	assert_string_equal(json_get_string(result.error, "Code"), "Throttling");
	assert_string_equal(result.request_id, "id-3");
	json_decref(result.error);
}

/* Reads "<Child><Child>…" that is `levels` deep within the root, with an element that is either
 * known or skipped. */
static int read_nested(const char *element, int levels, struct err *err)
{
	CLEANUP_BUF struct buf text;
	struct xml_result result;

	buf_init(&text, 1 << 20);
	buf_add_string(&text, "<N>");
	for (int i = 0; i < levels; i++)
		buf_add_format(&text, "<%s>", element);
	for (int i = 0; i < levels; i++)
		buf_add_format(&text, "</%s>", element);
	buf_add_string(&text, "</N>");
	int outcome = read_text(text.data, NULL, &result, err);
	json_decref(result.value);
	return outcome;
}

static void test_limits(void **state)
{
	CLEANUP_BUF struct buf text;
	struct xml_result result;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(read_nested("Child", XML_MAX_DEPTH - 1, &err), 0);
	assert_int_equal(read_nested("Child", XML_MAX_DEPTH, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "XmlTooDeep"));
	assert_int_equal(read_nested("Unknown", XML_MAX_DEPTH - 1, &err), 0);
	assert_int_equal(read_nested("Unknown", 10000, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "XmlTooDeep"));

	buf_init(&text, 8 << 20);
	buf_add_string(&text, "<N>");
	for (int i = 0; i <= XML_MAX_ELEMENTS; i++)
		buf_add_string(&text, "<a/>");
	buf_add_string(&text, "</N>");
	assert_int_equal(read_text(text.data, NULL, &result, &err), -1);
	assert_true(err_is(&err, ERR_LIMIT, "XmlTooLarge"));

	/* A long text, then short ones again. */
	buf_reset(&text);
	buf_add_string(&text, "<N><Name>");
	for (int i = 0; i < 100000; i++)
		buf_add_string(&text, "0123456789");
	buf_add_string(&text, "</Name></N>");
	assert_int_equal(read_text(text.data, NULL, &result, &err), 0);
	assert_int_equal(json_string_length(json_object_get(result.value, "Name")), 1000000);
	json_decref(result.value);
	assert_int_equal(read_text("<N><Name>x</Name></N>", NULL, &result, &err), 0);
	json_decref(result.value);
}

/* Every prefix of a document is refused, and no memory leaks. */
static void test_every_prefix(void **state)
{
	static const char text[] =
		"<N xmlns:xsi='urn:x' xsi:type='G'><Name>&amp;x</Name><Names><member>a</member></Names>"
		"<Tags><entry><key>k</key><value>v</value></entry></Tags><Number><K>a</K><V>1</V></Number>"
		"<Child><Children><member><Flat>f</Flat></member></Children></Child></N>";

	(void)state;
	for (size_t length = 0; length < sizeof text - 1; length++) {
		struct xml_expect expect = { .operation = "GetNode", .root = "N", .value = &node_value };
		struct xml_result result;
		struct err err = ERR_INIT;

		assert_int_equal(xml_read(text, length, &expect, &result, &err), -1);
		assert_int_equal(err.kind, ERR_PROTOCOL);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_every_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The parser of AWS's shared files, by a table of cases. */
#include "aws/profile.h"

#include "aws/profile_parse.h"
#include "base/banned.h"
#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

struct expected {
	enum profile_kind kind;
	const char *name, *key, *nested;
	const char *value; /* NULL: absent */
};

struct parse_case {
	const char *what;
	const char *config, *credentials;
	const char *error; /* part of the message; NULL: none */
	struct expected expected[4];
};

#define P PROFILE_PROFILE

static const struct parse_case cases[] = {
	{ .what = "empty", .config = "" },
	{ .what = "default and named",
		.config = "[default]\nregion = eu-west-1\n[profile dev]\nregion=us-east-1",
		.expected = { { P, "default", "region", NULL, "eu-west-1" },
			{ P, "dev", "region", NULL, "us-east-1" } } },
	{ .what = "names are trimmed and take odd characters",
		.config = "[profile \t some-thing:long/the_one%only.foo@bar+ \t]\na=b",
		.expected = { { P, "some-thing:long/the_one%only.foo@bar+", "a", NULL, "b" } } },
	{ .what = "a tab after profile",
		.config = "[profile\tfoo]\na=b",
		.expected = { { P, "foo", "a", NULL, "b" } } },
	{ .what = "impossible names are skipped",
		.config = "[profile a b]\nk=v\n[profile c!]\nk=v\n[foo]\nk=v",
		.expected = { { P, "a b", "k", NULL, NULL }, { P, "c!", "k", NULL, NULL },
			{ P, "foo", "k", NULL, NULL } } },
	{ .what = "no bracket",
		.config = "[profile foo",
		.error = "line 1: a section must end with ']'" },
	{ .what = "text after the bracket",
		.config = "[profile foo] x",
		.error = "line 1: nothing but a comment" },
	{ .what = "no section", .config = "\n\na = b", .error = "line 3: expected a section" },
	{ .what = "no equals", .config = "[default]\nkey : value", .error = "line 2: expected '='" },
	{ .what = "no name",
		.config = "[default]\n= value",
		.error = "line 2: a property has no name" },
	{ .what = "windows lines and a byte order mark",
		.config = "\xEF\xBB\xBF[default]\r\na = b\r\n",
		.expected = { { P, "default", "a", NULL, "b" } } },
	{ .what = "keys in any case, values trimmed, equals in the value",
		.config = "[default]\nNaMe \t=  \tv=al \t",
		.expected = { { P, "default", "name", NULL, "v=al" } } },
	{ .what = "empty values are absent",
		.config = "[default]\na =\n",
		.expected = { { P, "default", "a", NULL, NULL } } },
	{ .what = "comments",
		.config = "# x\n[default] ; c\na = b # c\nc = d;e\n; x\nf=g#h ;i\n[profile x]# y\nk=v",
		.expected = { { P, "default", "a", NULL, "b" }, { P, "default", "c", NULL, "d;e" },
			{ P, "default", "f", NULL, "g#h" }, { P, "x", "k", NULL, "v" } } },
	{ .what = "blank lines",
		.config = "\t \n[default]\n\t\n \na = b\n\t \n[profile x]\n \t",
		.expected = { { P, "default", "a", NULL, "b" } } },
	{ .what = "continuation",
		.config = "[default]\na = b\n \t -c \t \n  -d # e",
		.expected = { { P, "default", "a", NULL, "b\n-c\n-d # e" } } },
	{ .what = "continuation ends at a section",
		.config = "[default]\na = b\n[default]\n -c",
		.error = "line 4: expected '='" },
	{ .what = "indented properties",
		.config = "[default]\n  a = b\n  c = d",
		.expected = { { P, "default", "a", NULL, "b" }, { P, "default", "c", NULL, "d" } } },
	{ .what = "duplicates: the last wins",
		.config = "[profile x]\na=1\nb=1\n[profile x]\nA=2",
		.expected = { { P, "x", "a", NULL, "2" }, { P, "x", "b", NULL, "1" } } },
	{ .what = "[profile default] hides [default]",
		.config = "[default]\na=1\nb=1\n[profile default]\na=2\n[default]\na=3",
		.expected = { { P, "default", "a", NULL, "2" }, { P, "default", "b", NULL, NULL } } },
	{ .what = "credentials win",
		.config = "[profile x]\na=1\nb=1\n[default]\na=1",
		.credentials = "[x]\na=2\n[default]\na=2",
		.expected = { { P, "x", "a", NULL, "2" }, { P, "x", "b", NULL, "1" },
			{ P, "default", "a", NULL, "2" } } },
	{ .what = "no prefix in the credentials file",
		.credentials = "[profile x]\na=1",
		.expected = { { P, "x", "a", NULL, NULL } } },
	{ .what = "odd keys are skipped",
		.config = "[default]\nin valid = v\n more\na=b",
		.expected = { { P, "default", "in valid", NULL, NULL },
			{ P, "default", "a", NULL, "b" } } },
	{ .what = "nested properties",
		.config = "[services mine]\ns3 =\n  # a remark\n  endpoint_url = http://a # b\n\n  "
				  "Other=c\nsts =\n  endpoint_url = http://b\n",
		.expected = { { PROFILE_SERVICES, "mine", "s3", "endpoint_url", "http://a" },
			{ PROFILE_SERVICES, "mine", "s3", "other", "c" },
			{ PROFILE_SERVICES, "mine", "sts", "endpoint_url", "http://b" },
			{ PROFILE_SERVICES, "mine", "s", "3\nendpoint_url", NULL } } },
	{ .what = "nested without equals",
		.config = "[default]\ns3 =\n  x",
		.error = "line 3: expected '='" },
	{ .what = "nested without name",
		.config = "[default]\ns3 =\n = x",
		.error = "line 3: a property has no name" },
	{ .what = "sso-session is a kind of its own",
		.config = "[sso-session a]\nsso_region = x\n[profile a]\nb=c",
		.expected = { { PROFILE_SSO_SESSION, "a", "sso_region", NULL, "x" },
			{ P, "a", "sso_region", NULL, NULL }, { PROFILE_SSO_SESSION, "a", "b", NULL, NULL } } },
	{ .what = "other kinds are skipped",
		.config = "[plugins]\ncli_legacy_plugin_path = x\n[profile a]\nb=c",
		.expected = { { P, "a", "b", NULL, "c" } } },
};

static void check_case(const struct parse_case *c)
{
	struct profile_set *set = profile_set_new();
	struct err err = ERR_INIT;
	int result = 0;

	if (c->config != NULL)
		result =
			profile_set_parse(set, PROFILE_CONFIG, "config", c->config, strlen(c->config), &err);
	if (result == 0 && c->credentials != NULL)
		result = profile_set_parse(set, PROFILE_CREDENTIALS, "credentials", c->credentials,
			strlen(c->credentials), &err);
	if (c->error != NULL) {
		if (result == 0 || strstr(err.message, c->error) == NULL)
			fail_msg("%s: got \"%s\"", c->what, err.message);
		assert_int_equal(err.kind, ERR_CONFIG);
	} else if (result != 0) {
		fail_msg("%s: %s", c->what, err.message);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(c->expected) && c->expected[i].name != NULL; i++) {
		const struct expected *e = &c->expected[i];
		const char *value = e->nested != NULL
			? profile_set_get_nested(set, e->kind, e->name, e->key, e->nested)
			: profile_set_get(set, e->kind, e->name, e->key);

		if ((value == NULL) != (e->value == NULL) ||
			(value != NULL && strcmp(value, e->value) != 0))
			fail_msg("%s: %s.%s is \"%s\"", c->what, e->name, e->key,
				value != NULL ? value : "(absent)");
	}
	profile_set_free(set);
}

static void all_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		check_case(&cases[i]);
}

static void bounds_are_kept(void **state)
{
	struct profile_set *set = profile_set_new();
	struct err err = ERR_INIT;
	static char text[PROFILE_MAX_FILE_BYTES + 2];
	size_t used = 0;

	(void)state;
	memset(text, '#', sizeof text);
	assert_int_equal(profile_set_parse(set, PROFILE_CONFIG, "f", text, sizeof text, &err), -1);
	assert_non_null(strstr(err.message, "larger"));
	assert_int_equal(profile_set_parse(set, PROFILE_CONFIG, "f", "[default]\na=\0b", 14, &err), -1);
	used = (size_t)snprintf(text, sizeof text, "[default]\n");
	for (int i = 0; i <= PROFILE_MAX_PROPERTIES; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "k%d=v\n", i);
	assert_int_equal(profile_set_parse(set, PROFILE_CONFIG, "f", text, used, &err), -1);
	assert_non_null(strstr(err.message, "too many properties"));
	used = 0;
	for (int i = 0; i <= PROFILE_MAX_SECTIONS; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "[profile p%d]\n", i);
	assert_int_equal(profile_set_parse(set, PROFILE_CONFIG, "f", text, used, &err), -1);
	assert_non_null(strstr(err.message, "too many sections"));
	profile_set_free(set);
}

static void files_that_are_not_there_add_nothing(void **state)
{
	struct profile_set *set = profile_set_new();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(profile_set_load(set, PROFILE_CONFIG, "/nonexistent/config", &err), 0);
	assert_false(profile_set_has(set, PROFILE_PROFILE, "default"));
	assert_int_equal(profile_set_load(set, PROFILE_CONFIG, "/", &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	profile_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(files_that_are_not_there_add_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

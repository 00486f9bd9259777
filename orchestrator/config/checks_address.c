/* Checks of single values that say where something is: hosts, URLs, sockets, files, topics. */
#include "config/checks_address.h"

#include "base/banned.h"
#include "config/checks.h"

#include <arpa/inet.h>

#define HOST_MAX_BYTES 253
#define LABEL_MAX_BYTES 63
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

int check_url(const char *value, const char **reason)
{
	size_t scheme = strncmp(value, "https://", 8) == 0 ? 8
		: strncmp(value, "http://", 7) == 0            ? 7
													   : 0;

	*reason = "must be a URL, such as \"https://sqs.eu-west-1.amazonaws.com/111122223333/reeve\"";
	if (scheme == 0 || value[scheme] == '/' || value[scheme] == '\0')
		return -1;
	for (const char *c = value; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f ||
			strchr("\"<>\\^`{|}", *c) != NULL)
			return -1;
	return 0;
}

static int check_port(const char *text)
{
	size_t digits = strspn(text, DIGITS);

	return digits >= 1 && digits <= 5 && text[digits] == '\0' && atoi(text) <= 65535 ? 0 : -1;
}

int check_listen(const char *value, const char **reason)
{
	*reason = "must be ADDRESS:PORT, such as \"127.0.0.1:8443\" or \"[::1]:8443\"";
	if (value[0] == '[') {
		size_t used = strspn(value + 1, DIGITS "abcdefABCDEF:.");

		return used >= 2 && value[1 + used] == ']' && value[2 + used] == ':'
			? check_port(value + used + 3)
			: -1;
	}
	size_t used = strspn(value, LOWER UPPER DIGITS ".-");
	return used > 0 && value[used] == ':' ? check_port(value + used + 1) : -1;
}

/* A host name consists of labels of letters, digits and inner hyphens (RFC 1123); an IPv4 address
 * has that form, too. */
int check_host_name(const char *value, const char **reason)
{
	static const char set[] = UPPER LOWER DIGITS "-";

	*reason = "must be the name of a host, such as \"reeve.example.com\", without scheme and port";
	if (strlen(value) > HOST_MAX_BYTES)
		return -1;
	for (;;) {
		size_t length = strspn(value, set);

		if (length == 0 || length > LABEL_MAX_BYTES || value[0] == '-' || value[length - 1] == '-')
			return -1;
		if (value[length] == '\0')
			return 0;
		if (value[length] != '.')
			return -1;
		value += length + 1;
	}
}

/* The row's maximum is that of sun_path, 108 bytes (unix(7)). */
int check_socket_path(const char *value, const char **reason)
{
	const char *last = strrchr(value, '/');

	*reason = "must be the whole path of a socket, such as \"/run/reeve/reeve.sock\"";
	for (const char *c = value; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return -1;
	return value[0] == '/' && last[1] != '\0' && strcmp(last, "/.") != 0 && strcmp(last, "/..") != 0
		? 0
		: -1;
}

/* The characters that a group's name can have in group(5). */
int check_group_name(const char *value, const char **reason)
{
	*reason = "must be the name of a system group, such as \"oncall\"";
	for (const char *c = value; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == ':' || *c == '/')
			return -1;
	return value[0] != '\0' ? 0 : -1;
}

int check_topic_arn(const char *value, const char **reason)
{
	static const char *const starts[] = {
		"arn:aws:sns:", "arn:aws-us-gov:sns:", "arn:aws-cn:sns:"
	};
	static const char name_set[] = UPPER LOWER DIGITS "_-";
	char region[33], account[13], name[257];
	const char *unused;
	int used = 0;

	*reason =
		"must be the ARN of an SNS topic, such as \"arn:aws:sns:eu-west-1:111122223333:security\"";
	for (size_t i = 0; i < ARRAY_LENGTH(starts); i++) {
		size_t length = strlen(starts[i]);

		if (strncmp(value, starts[i], length) != 0)
			continue;
		if (sscanf(value + length, "%32[a-z0-9-]:%12[0-9]:%256[A-Za-z0-9_.-]%n", region, account,
				name, &used) != 3 ||
			value[length + (size_t)used] != '\0' || check_region(region, &unused) < 0 ||
			check_account(account, &unused) < 0)
			return -1;
		size_t plain = strspn(name, name_set);
		return plain > 0 && (name[plain] == '\0' || strcmp(name + plain, ".fifo") == 0) ? 0 : -1;
	}
	return -1;
}

int check_file_path(const char *value, const char **reason)
{
	*reason = "must be the whole path of a file, such as \"/etc/reeve/webhook-key\"";
	return value[0] == '/' && value[1] != '\0' ? 0 : -1;
}

int check_variable(const char *value, const char **reason)
{
	static const char letters[] = UPPER LOWER "_";
	size_t used = strspn(value, UPPER LOWER DIGITS "_");

	*reason = "must be the name of an environment variable, such as \"REEVE_WEBHOOK_KEY\"; the "
			  "secret itself does not "
			  "belong into the configuration";
	return strspn(value, letters) > 0 && value[used] == '\0' ? 0 : -1;
}

/* True for loopback addresses and "localhost". A name that only begins with one of them is another
 * machine. */
bool host_is_this_machine(const char *host, size_t length)
{
	char name[HOST_MAX_BYTES + 1];
	struct in_addr v4;
	struct in6_addr v6;

	if (length > HOST_MAX_BYTES)
		return false;
	snprintf(name, sizeof name, "%.*s", (int)length, host);
	if (strcmp(name, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, name, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (name[0] != '[' || name[length - 1] != ']')
		return false;
	name[length - 1] = '\0';
	return inet_pton(AF_INET6, name + 1, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

int config_webhook_url_check(const char *url, const char **reason)
{
	const char *unused;

	*reason = "must be an https URL, such as \"https://hooks.example.com/reeve\"; http is for this "
			  "machine only "
			  "(\"http://127.0.0.1:8080/\")";
	if (check_url(url, &unused) < 0)
		return -1;
	const char *host = strstr(url, "://") + 3;
	size_t authority = strcspn(host, "/?#");
	if (memchr(host, '@', authority) != NULL) {
		*reason = "must not hold a user name or password";
		return -1;
	}
	if (strncmp(url, "https://", 8) == 0)
		return 0;
	size_t length = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
	return length <= authority && host_is_this_machine(host, length) ? 0 : -1;
}

#include "engine/plan_file.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "config/values.h"
#include "engine/document.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIGNED_AS "reeve plan 1"
#define FORMAT "reeve-plan-1"
#define LINE_MAX_BYTES (4 * 1024 * 1024)
#define FILE_MAX_BYTES (1024L * 1024 * 1024)

struct writing {
	FILE *file;
	EVP_MD_CTX *digest;
	size_t changes;
	bool failed;
};

static void write_line(struct writing *writing, const json_t *line)
{
	CLEANUP_BUF struct buf text = BUF_INIT(LINE_MAX_BYTES);

	json_add_canonical(&text, line);
	buf_add_char(&text, '\n');
	EVP_DigestUpdate(writing->digest, text.data, text.length);
	if (!buf_ok(&text) || fwrite(text.data, 1, text.length, writing->file) != text.length)
		writing->failed = true;
}

static int write_finding(void *argument, const struct finding *finding)
{
	struct writing *writing = argument;

	if (finding->proposal != NULL) {
		write_line(writing, finding->proposal);
		writing->changes++;
	}
	return 0;
}

static void digest_hex(EVP_MD_CTX *digest, struct buf *hex)
{
	uint8_t bytes[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	EVP_DigestFinal_ex(digest, bytes, &length);
	buf_add_hex(hex, bytes, length);
}

static int write_all(const struct run *run, const struct audit_key *key, struct writing *writing,
	struct err *err)
{
	char now[CLOCK_RFC3339_SIZE], signature[AUDIT_SIGNATURE_HEX_SIZE];
	CLEANUP_BUF struct buf hex = BUF_INIT(2 * EVP_MAX_MD_SIZE);

	clock_format_rfc3339(clock_now_ms(), now);
	CLEANUP_JSON json_t *header = json_pack("{s:s, s:s, s:s, s:s, s:s}", "format", FORMAT, "run",
		run->id, "organization", run->organization != NULL ? run->organization->id : "",
		"generation", config_generation(run->engine.config), "created", now);
	write_line(writing, header);
	if (document_each_finding(run, false, write_finding, writing, err) < 0)
		return -1;
	digest_hex(writing->digest, &hex);
	if (audit_key_sign(key, SIGNED_AS, hex.data, hex.length, signature, err) < 0)
		return -1;
	CLEANUP_JSON json_t *trailer = json_pack("{s:I, s:s, s:s}", "changes",
		(json_int_t)writing->changes, "sha256", hex.data, "signature", signature);
	write_line(writing, trailer);
	return 0;
}

int plan_file_write(const struct run *run, const struct audit_key *key, const char *path,
	size_t *changes, struct err *err)
{
	CLEANUP_FREE char *temporary = xasprintf("%s.%ld.part", path, (long)getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), result;
	struct writing writing = { 0 };

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, "WriteFailed", "the plan file %s can't be created: %s",
			path, strerror(errno));
	writing.file = fdopen(fd, "w");
	writing.digest = EVP_MD_CTX_new();
	if (writing.file == NULL || writing.digest == NULL ||
		EVP_DigestInit_ex(writing.digest, EVP_sha256(), NULL) != 1)
		abort(); /* out of memory */
	result = write_all(run, key, &writing, err);
	EVP_MD_CTX_free(writing.digest);
	if (result == 0 && (writing.failed || fflush(writing.file) != 0 || fsync(fd) != 0))
		result = err_set(err, ERR_SYSTEM, "WriteFailed", "the plan file %s can't be written: %s",
			path, strerror(errno));
	if (fclose(writing.file) != 0 && result == 0)
		result = err_set(err, ERR_SYSTEM, "WriteFailed", "the plan file %s can't be written: %s",
			path, strerror(errno));
	if (result == 0 && rename(temporary, path) != 0)
		result = err_set(err, ERR_SYSTEM, "WriteFailed",
			"the plan file %s can't be renamed from its temporary name: %s", path, strerror(errno));
	if (result < 0)
		(void)unlink(temporary);
	*changes = writing.changes;
	return result;
}

/* --- reading --- */

static int refuse(const char *path, const char *why, struct err *err)
{
	return err_set(err, ERR_USAGE, "PlanRefused",
		"the plan file %s is refused: %s; make a new one with `reeve plan --out %s`", path, why,
		path);
}

static int read_text(const char *path, struct buf *text, struct err *err)
{
	FILE *file = fopen(path, "re");
	char chunk[65536];
	size_t length;

	if (file == NULL)
		return err_set(err, ERR_USAGE, "NoPlan", "the plan file %s can't be read: %s", path,
			strerror(errno));
	while ((length = fread(chunk, 1, sizeof chunk, file)) > 0)
		buf_add(text, chunk, length);
	bool failed = ferror(file) != 0;
	fclose(file);
	return failed || !buf_ok(text)
		? refuse(path, "it can't be read to its end, or is larger than 1 GiB", err)
		: 0;
}

/* Checks the trailer by writing it again and comparing the bytes. */
static int check_trailer(const char *path, const struct buf *text, const struct audit_key *key,
	const char *trailer, size_t *changes, struct err *err)
{
	size_t length = (size_t)(text->data + text->length - trailer);
	CLEANUP_JSON json_t *parsed = NULL;
	CLEANUP_BUF struct buf canonical = BUF_INIT(LINE_MAX_BYTES),
						   hex = BUF_INIT(2 * EVP_MAX_MD_SIZE);
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	struct err unused = ERR_INIT;

	if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
		abort();
	EVP_DigestUpdate(digest, text->data, (size_t)(trailer - text->data));
	digest_hex(digest, &hex);
	EVP_MD_CTX_free(digest);
	if (length == 0 || json_parse(trailer, length, "the trailer", &parsed, &unused) < 0)
		return refuse(path, "its end is missing", err);
	json_add_canonical(&canonical, parsed);
	buf_add_char(&canonical, '\n');
	if (canonical.length != length || memcmp(canonical.data, trailer, length) != 0 ||
		json_object_size(parsed) != 3 ||
		strcmp(json_get_string_or(parsed, "sha256", ""), hex.data) != 0)
		return refuse(path, "it was altered after it was made", err);
	if (!audit_key_verify(key->public_hex, SIGNED_AS, hex.data, hex.length,
			json_get_string_or(parsed, "signature", "")))
		return refuse(path, "it is not signed by this state folder's key", err);
	*changes = (size_t)json_get_integer_or(parsed, "changes", -1);
	return 0;
}

static int read_lines(const char *path, const char *begin, const char *end, struct work *work,
	struct err *err)
{
	for (const char *line = begin; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		CLEANUP_JSON json_t *parsed = NULL;

		if (newline == NULL ||
			json_parse(line, (size_t)(newline - line), "a line of the plan file", &parsed, err) < 0)
			return refuse(path, "a line can't be read", err);
		if (line == begin && strcmp(json_get_string_or(parsed, "format", ""), FORMAT) != 0)
			return refuse(path, "it is not a plan file that this version can read", err);
		if (line != begin && work_add(work, parsed, err) < 0)
			return -1;
		line = newline + 1;
	}
	return 0;
}

int plan_file_read(const char *path, const struct audit_key *key, struct work *work,
	struct err *err)
{
	CLEANUP_BUF struct buf text = BUF_INIT(FILE_MAX_BYTES);
	size_t changes = 0, trailer;

	if (read_text(path, &text, err) < 0)
		return -1;
	if (text.length < 2 || text.data[text.length - 1] != '\n')
		return refuse(path, "its end is missing", err);
	for (trailer = text.length - 1; trailer > 0 && text.data[trailer - 1] != '\n'; trailer--)
		;
	if (check_trailer(path, &text, key, text.data + trailer, &changes, err) < 0 ||
		read_lines(path, text.data, text.data + trailer, work, err) < 0)
		return -1;
	return changes == work->count
		? 0
		: refuse(path, "its last line states a different number of changes than the file holds",
			  err);
}

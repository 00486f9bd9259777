/*
 * Compares our JSON reader with jansson's on texts of a folder that are mutated at random. Ends
 * with "N passed, N failed". It also fails when too few texts were accepted, or too few refused,
 * for the comparison to mean anything.
 *
 * usage: json-compare COUNT FOLDER [SEED]
 */
#include "tests/fuzz/json_check.h"

#include "base/banned.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SEEDS 64
#define MAX_TEXT_BYTES 65536
/* At least one text in this many must be accepted, and one refused. */
#define SHARE 20

static struct {
	char text[MAX_TEXT_BYTES];
	size_t length;
} seeds[MAX_SEEDS];
static size_t seed_count;

static const char *const pieces[] = { "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000",
	"\\ud800", "\\udc00", "\\n", "/", "0", "-", "+", ".", "e", "E5", "1e999", "true", "null", "nul",
	" ", "\t", "\n", "\v", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82\xac",
	"\"a\":1", "9223372036854775808", "-0", "0x1", "01", "[]", "{}", "[[[[[[[[", "]]]]]]]]", "NaN",
	"//" };

/* xorshift64, which gives the same texts everywhere for the same seed. */
static uint64_t state;

static size_t below(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)(state % limit);
}

static bool read_seeds(const char *folder)
{
	DIR *entries = opendir(folder);

	if (entries == NULL)
		return false;
	for (const struct dirent *entry;
		seed_count < MAX_SEEDS && (entry = readdir(entries)) != NULL;) {
		char *path CLEANUP_FREE = xasprintf("%s/%s", folder, entry->d_name);
		FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "rb");

		if (file == NULL)
			continue;
		seeds[seed_count].length = fread(seeds[seed_count].text, 1, MAX_TEXT_BYTES, file);
		seed_count++;
		fclose(file);
	}
	closedir(entries);
	return seed_count > 0;
}

/* Replaces `removed` bytes at a place of the text with a piece. */
static void splice(struct buf *text, size_t at, size_t removed, const char *piece,
	size_t piece_length)
{
	if (removed > text->length - at)
		removed = text->length - at;
	size_t rest_length = text->length - at - removed;
	char *rest CLEANUP_FREE = xmalloc(rest_length + 1);
	memcpy(rest, text->data + at + removed, rest_length);
	text->length = at;
	buf_add(text, piece, piece_length);
	buf_add(text, rest, rest_length);
}

static void mutate(struct buf *text)
{
	size_t seed = below(seed_count), piece;
	char byte;

	buf_reset(text);
	buf_add(text, seeds[seed].text, seeds[seed].length);
	for (size_t changes = below(4); changes > 0; changes--) {
		size_t at = below(text->length + 1);

		switch (below(4)) {
		case 0:
			splice(text, at, 1 + below(6), "", 0);
			break;
		case 1:
			byte = (char)below(256);
			splice(text, at, 1, &byte, 1);
			break;
		default:
			piece = below(ARRAY_LENGTH(pieces));
			splice(text, at, below(3), pieces[piece], strlen(pieces[piece]));
			break;
		}
	}
}

int main(int argc, char **argv)
{
	CLEANUP_BUF struct buf text = BUF_INIT(2 * MAX_TEXT_BYTES);
	size_t accepted_count = 0, failed = 0;

	if (argc < 3 || !read_seeds(argv[2])) {
		fprintf(stderr, "usage: json-compare COUNT FOLDER [SEED]\n");
		return 2;
	}
	size_t count = strtoull(argv[1], NULL, 10);
	state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	for (size_t i = 0; i < count; i++) {
		bool accepted;

		mutate(&text);
		const char *difference = json_check(text.data, text.length, &accepted);
		accepted_count += accepted;
		if (difference == NULL)
			continue;
		failed++;
		printf("FAILED %s: %.*s\n", difference, (int)(text.length < 400 ? text.length : 400),
			text.data);
	}
	printf("%zu texts accepted, %zu refused\n", accepted_count, count - accepted_count);
	if (accepted_count < count / SHARE || count - accepted_count < count / SHARE) {
		printf("FAILED too few are accepted, or too few refused\n");
		failed++;
	}
	printf("%zu passed, %zu failed\n", count - (failed < count ? failed : count), failed);
	return failed > 0;
}

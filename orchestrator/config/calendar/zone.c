#include "config/calendar/zone.h"

#include "base/banned.h"
#include "base/mem.h"
#include "config/calendar/zone_internal.h"
#include "config/calendar/zone_rule.h"

#include <fcntl.h>
#include <unistd.h>

#define ZONE_MAX_BYTES (256 * 1024) /* bytes; the largest file of the database has about 4 KiB */
#define NAME_MAX_LENGTH 64
#define FOOTER_MAX_LENGTH 128
#define HEADER_BYTES 44
/* Bounds of an offset in RFC 9636, 3.2; no clock ever showed more. */
#define OFFSET_LEAST (-89999)
#define OFFSET_MOST 93599

struct transition {
	int64_t at_s;
	int32_t offset_s; /* from then on */
};

struct zone {
	int32_t first_offset_s; /* before the first transition */
	struct transition *transitions;
	size_t count;
	struct zone_rule rule; /* after the last */
};

struct reader {
	const unsigned char *bytes;
	size_t length, at;
	bool broken; /* set when a read went beyond the data; every later read gives 0 */
};

struct counts {
	size_t utc, standard, leap, times, types, characters;
	unsigned char version;
};

static const unsigned char *take(struct reader *reader, size_t length)
{
	if (reader->broken || length > reader->length - reader->at) {
		reader->broken = true;
		return NULL;
	}
	reader->at += length;
	return reader->bytes + reader->at - length;
}

static uint64_t take_number(struct reader *reader, size_t length)
{
	const unsigned char *bytes = take(reader, length);
	uint64_t value = 0;

	for (size_t i = 0; bytes != NULL && i < length; i++)
		value = value << 8 | bytes[i];
	return value;
}

static struct counts take_header(struct reader *reader)
{
	struct counts counts = { 0 };
	const unsigned char *magic = take(reader, HEADER_BYTES - 6 * 4);

	if (magic == NULL || memcmp(magic, "TZif", 4) != 0) {
		reader->broken = true;
		return counts;
	}
	counts.version = magic[4];
	counts.utc = take_number(reader, 4);
	counts.standard = take_number(reader, 4);
	counts.leap = take_number(reader, 4);
	counts.times = take_number(reader, 4);
	counts.types = take_number(reader, 4);
	counts.characters = take_number(reader, 4);
	return counts;
}

static void skip_first_block(struct reader *reader, const struct counts *counts)
{
	(void)take(reader,
		counts->times * 5 + counts->types * 6 + counts->characters + counts->leap * 8 +
			counts->standard + counts->utc);
}

/* The offset of a local time type; every file has at least one. */
static int32_t offset_of(const struct counts *counts, const unsigned char *types, size_t number,
	bool *broken)
{
	int32_t offset;

	if (number >= counts->types) {
		*broken = true;
		return 0;
	}
	types += number * 6;
	offset = (int32_t)((uint32_t)types[0] << 24 | (uint32_t)types[1] << 16 |
		(uint32_t)types[2] << 8 | types[3]);
	*broken |= offset < OFFSET_LEAST || offset > OFFSET_MOST;
	return offset;
}

static void take_transitions(struct reader *reader, const struct counts *counts, struct zone *zone)
{
	struct reader times = *reader;
	const unsigned char *skipped = take(reader, counts->times * 8),
						*numbers = take(reader, counts->times);
	const unsigned char *types = take(reader, counts->types * 6);

	(void)take(reader, counts->characters + counts->leap * 12 + counts->standard + counts->utc);
	/* Files with leap seconds ("right/") are refused: every time of day would differ from that of
	 * other programs. */
	reader->broken |= skipped == NULL || counts->types == 0 || counts->leap != 0;
	if (reader->broken)
		return;
	zone->first_offset_s = offset_of(counts, types, 0, &reader->broken);
	zone->transitions = xcalloc(counts->times + 1, sizeof *zone->transitions);
	zone->count = counts->times;
	for (size_t i = 0; i < counts->times; i++) {
		zone->transitions[i].at_s = (int64_t)take_number(&times, 8);
		zone->transitions[i].offset_s = offset_of(counts, types, numbers[i], &reader->broken);
		reader->broken |= i > 0 && zone->transitions[i].at_s <= zone->transitions[i - 1].at_s;
	}
}

static void take_footer(struct reader *reader, struct zone *zone)
{
	const unsigned char *newline = take(reader, 1), *end;
	char text[FOOTER_MAX_LENGTH];

	if (newline == NULL || *newline != '\n')
		reader->broken = true;
	if (reader->broken)
		return;
	end = memchr(reader->bytes + reader->at, '\n', reader->length - reader->at);
	size_t length = end != NULL ? (size_t)(end - (reader->bytes + reader->at)) : sizeof text;
	if (length >= sizeof text) {
		reader->broken = true;
		return;
	}
	memcpy(text, reader->bytes + reader->at, length);
	text[length] = '\0';
	if (strlen(text) != length || zone_rule_parse(text, &zone->rule) < 0)
		reader->broken = true;
}

/* Reads the 64-bit block of version 2 and later; the first block, of 32-bit times, is for older
 * readers. */
static int parse(const unsigned char *bytes, size_t length, struct zone *zone)
{
	struct reader reader = { .bytes = bytes, .length = length };
	struct counts counts = take_header(&reader);

	if (counts.version < '2')
		return -1;
	skip_first_block(&reader, &counts);
	counts = take_header(&reader);
	take_transitions(&reader, &counts, zone);
	take_footer(&reader, zone);
	return reader.broken ? -1 : 0;
}

static int check_name(const char *name)
{
	size_t length =
		strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");

	return length > 0 && name[length] == '\0' && length <= NAME_MAX_LENGTH && name[0] != '/' ? 0
																							 : -1;
}

/* -1 when the file doesn't exist or isn't plausible. */
static int read_file(const char *name, unsigned char **bytes, size_t *length)
{
	const char *folder = getenv("TZDIR");
	CLEANUP_FREE char *path = xasprintf("%s/%s",
		folder != NULL && folder[0] == '/' ? folder : "/usr/share/zoneinfo", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = -1;

	*bytes = xmalloc(ZONE_MAX_BYTES);
	*length = 0;
	while (fd >= 0 && *length < ZONE_MAX_BYTES &&
		(got = read(fd, *bytes + *length, ZONE_MAX_BYTES - *length)) > 0)
		*length += (size_t)got;
	if (fd >= 0)
		close(fd);
	return got == 0 && *length > 0 ? 0 : -1;
}

int zone_load(const char *name, struct zone **out, const char **reason)
{
	unsigned char *bytes = NULL;
	size_t length;

	*reason = "must be the name of a time zone, such as \"Europe/Berlin\" or \"UTC\"";
	if (check_name(name) < 0)
		return -1;
	struct zone *zone = xcalloc(1, sizeof *zone);
	if (strcmp(name, "UTC") == 0) {
		*out = zone;
		return 0;
	}
	*reason = "must be a time zone of the tz database that is installed here, such as "
			  "\"Europe/Berlin\" (Debian's package tzdata)";
	bool ok = read_file(name, &bytes, &length) == 0 && parse(bytes, length, zone) == 0;
	free(bytes);
	if (!ok) {
		zone_free(zone);
		return -1;
	}
	*out = zone;
	return 0;
}

void zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	free(zone->transitions);
	free(zone);
}

int32_t zone_offset_s(const struct zone *zone, int64_t at_s, int64_t *until_s)
{
	size_t low = 0, high = zone->count; /* the number of transitions at or before at_s */

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->transitions[middle].at_s <= at_s)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == zone->count && zone->rule.present)
		return zone_rule_offset_s(&zone->rule, at_s, until_s);
	*until_s = low < zone->count ? zone->transitions[low].at_s : INT64_MAX;
	return low > 0 ? zone->transitions[low - 1].offset_s : zone->first_offset_s;
}

int64_t zone_from_local_s(const struct zone *zone, int64_t local_s)
{
	/* At this moment clocks can't have shown local_s yet, whatever the offset. */
	int64_t from_s = local_s - OFFSET_MOST - 1, until_s;

	for (;;) {
		int64_t candidate = local_s - zone_offset_s(zone, from_s, &until_s);

		if (candidate < until_s)
			return candidate > from_s ? candidate : from_s;
		from_s = until_s;
	}
}

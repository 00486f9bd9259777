/* Finds the nearest known name by edits: insert, delete, replace, swap two neighbours. */
#include "config/document/nearest.h"

#include "config/document/complain.h"

#include "base/banned.h"

#include <ctype.h>

#define NAME_MAX_BYTES 64 /* longer names are compared by their beginning */

/* Upper case and "-" for "_" don't count as differences, since people mix them up. */
static int fold(char c)
{
	return c == '-' ? '_' : tolower((unsigned char)c);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance, in three rows. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t length_a = strnlen(a, NAME_MAX_BYTES), length_b = strnlen(b, NAME_MAX_BYTES);
	size_t rows[3][NAME_MAX_BYTES + 1] = { 0 };

	for (size_t j = 0; j <= length_b; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			bool same = fold(a[i - 1]) == fold(b[j - 1]);

			row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
				fold(a[i - 2]) == fold(b[j - 1]))
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return rows[length_a % 3][length_b];
}

void nearest_init(struct nearest *nearest, const char *given)
{
	/* A third of the name may be wrong; beyond that a guess misleads. */
	*nearest =
		(struct nearest){ .given = given, .distance = strnlen(given, NAME_MAX_BYTES) / 3 + 1 };
}

/* Returns whether the name has the given characters in their order, as "iam.mfa" in "iam.user-mfa".
 */
static bool has_in_order(const char *name, const char *given)
{
	for (; *name != '\0' && *given != '\0'; name++)
		if (fold(*name) == fold(*given))
			given++;
	return *given == '\0';
}

/* Returns whether the text is a substantial part of the name. */
static bool is_part(const char *name, const char *given)
{
	size_t length = strlen(given);

	if (length < 4)
		return false;
	return strstr(name, given) != NULL || (2 * length >= strlen(name) && has_in_order(name, given));
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	size_t distance = edit_distance(nearest->given, name);

	if (distance < nearest->distance || (nearest->best == NULL && distance == nearest->distance)) {
		nearest->best = name;
		nearest->distance = distance;
	} else if (nearest->best == NULL && is_part(name, nearest->given)) {
		nearest->best = name; /* counts whatever its distance is, until a nearer name comes */
	}
}

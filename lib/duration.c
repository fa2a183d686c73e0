#include "lib/duration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct unit {
	const char *name;
	uint64_t ms;
} units[] = {
	{ "d", UINT64_C(24) * 60 * 60 * 1000 },
	{ "h", UINT64_C(60) * 60 * 1000 },
	{ "m", UINT64_C(60) * 1000 },
	{ "s", 1000 },
	{ "ms", 1 },
};
#define UNITS (sizeof(units) / sizeof(units[0]))
#define UNIT_SECOND 3

/* One part, a number and its unit, as it was read. */
struct part {
	uint64_t whole;
	uint64_t fraction; /* of 10^digits */
	unsigned digits;
	size_t unit;
	bool bare; /* without a unit */
};

static const char *
read_digits(const char *at, uint64_t *number, unsigned *digits)
{
	*number = 0;
	*digits = 0;
	for (; *at >= '0' && *at <= '9'; at++, ++*digits) {
		if (*digits == 15)
			return NULL;
		*number = *number * 10 + (uint64_t)(*at - '0');
	}
	return *digits > 0 ? at : NULL;
}

static const char *
read_unit(const char *at, struct part *part)
{
	size_t n = strspn(at, "dhms");

	part->bare = n == 0;
	part->unit = UNIT_SECOND;
	if (part->bare)
		return at;
	for (size_t i = 0; i < UNITS; i++)
		if (strlen(units[i].name) == n &&
		    memcmp(units[i].name, at, n) == 0) {
			part->unit = i;
			return at + n;
		}
	return NULL;
}

static const char *
read_part(const char *at, struct part *part)
{
	unsigned digits;

	*part = (struct part){ 0 };
	at = read_digits(at, &part->whole, &digits);
	if (at != NULL && *at == '.')
		at = read_digits(at + 1, &part->fraction, &part->digits);
	return at == NULL ? NULL : read_unit(at, part);
}

/* Adds the part to *ms; false if it is too long or no whole milliseconds. */
static bool
add_part(const struct part *part, uint64_t *ms)
{
	uint64_t unit = units[part->unit].ms, scale = 1, share;

	for (unsigned i = 0; i < part->digits; i++)
		scale *= 10;
	if (part->whole > DURATION_MAX / unit)
		return false;
	if (__builtin_mul_overflow(part->fraction, unit, &share) ||
	    share % scale != 0)
		return false;
	*ms += part->whole * unit + share / scale;
	return *ms <= DURATION_MAX;
}

bool
duration_parse(const char *text, uint64_t *ms)
{
	uint64_t sum = 0;
	size_t next = 0;

	if (strcmp(text, "infinity") == 0) {
		*ms = DURATION_INFINITE;
		return true;
	}
	do {
		struct part part;
		bool first = next == 0;

		text = read_part(text, &part);
		if (text == NULL || (part.bare && (!first || *text != '\0')))
			return false;
		if (part.unit + 1 <= next || (part.digits > 0 && *text != '\0'))
			return false;
		if (!add_part(&part, &sum))
			return false;
		next = part.unit + 1;
	} while (*text != '\0');
	*ms = sum;
	return true;
}

char *
duration_text(uint64_t ms, char out[DURATION_TEXT])
{
	size_t used = 0;

	if (ms == 0 || ms == DURATION_INFINITE) {
		snprintf(out, DURATION_TEXT, "%s", ms == 0 ? "0s" : "infinity");
		return out;
	}
	for (size_t i = 0; i < UNITS; i++) {
		uint64_t n = ms / units[i].ms;

		ms %= units[i].ms;
		if (n > 0 && used < DURATION_TEXT)
			used +=
			    (size_t)snprintf(out + used, DURATION_TEXT - used,
				"%" PRIu64 "%s", n, units[i].name);
	}
	return out;
}

#include "conf/cage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conf/value.h"
#include "lib/str.h"

/* A period of cpu.max; the kernel's own default. */
#define PERIOD_US 100000
#define PERCENT_MAX 1000000

static char **
field(struct draft *draft, size_t offset)
{
	return (char **)((char *)draft + offset);
}

static bool
same(const struct draft *a, const struct draft *b, size_t offset)
{
	return value_same_text(*(char *const *)((const char *)a + offset),
	    *(char *const *)((const char *)b + offset));
}

static bool
put(struct making *m, struct draft *draft, size_t offset, const char *text)
{
	*field(draft, offset) = arena_text(m->arena, text);
	return !arena_failed(m->arena);
}

static bool
put_number(struct making *m, struct draft *draft, size_t offset, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%" PRIu64, n);
	return put(m, draft, offset, text);
}

static bool
is_infinite(const struct making *m)
{
	return strcmp(m->text, "infinity") == 0;
}

static bool
read_size(struct making *m, struct draft *draft, size_t offset)
{
	uint64_t bytes;

	if (is_infinite(m))
		return put(m, draft, offset, "max");
	if (!value_size(m->text, &bytes) || bytes > INT64_MAX)
		return making_refuse(
		    m, "it is a size, as 512M or 2G, or infinity");
	return put_number(m, draft, offset, bytes);
}
const struct form form_cage_size = { read_size, same, false };

static bool
read_count(struct making *m, struct draft *draft, size_t offset)
{
	uint64_t count;

	if (is_infinite(m))
		return put(m, draft, offset, "max");
	if (!str_number(m->text, INT32_MAX, &count) || count == 0)
		return making_refuse(m, "it is a number above 0, or infinity");
	return put_number(m, draft, offset, count);
}
const struct form form_cage_count = { read_count, same, false };

static bool
read_weight(struct making *m, struct draft *draft, size_t offset)
{
	uint64_t weight;

	if (!str_number(m->text, 10000, &weight) || weight == 0)
		return making_refuse(m, "it is a number from 1 to 10000");
	return put_number(m, draft, offset, weight);
}
const struct form form_cage_weight = { read_weight, same, false };

static bool
read_io(struct making *m, struct draft *draft, size_t offset)
{
	char text[32];

	if (!read_weight(m, draft, offset))
		return false;
	(void)snprintf(text, sizeof text, "default %s", *field(draft, offset));
	return put(m, draft, offset, text);
}
const struct form form_cage_io = { read_io, same, false };

static bool
read_cpu(struct making *m, struct draft *draft, size_t offset)
{
	size_t n = strlen(m->text);
	char digits[16], text[48];
	uint64_t percent = 0;

	if (is_infinite(m)) {
		(void)snprintf(text, sizeof text, "max %d", PERIOD_US);
		return put(m, draft, offset, text);
	}
	if (n > 1 && n < sizeof digits && m->text[n - 1] == '%') {
		memcpy(digits, m->text, n - 1);
		digits[n - 1] = '\0';
		if (!str_number(digits, PERCENT_MAX, &percent))
			percent = 0;
	}
	if (percent == 0)
		return making_refuse(m,
		    "it is a share of one processor, as 50%% or 200%%, or "
		    "infinity");
	(void)snprintf(text, sizeof text, "%" PRIu64 " %d",
	    percent * (PERIOD_US / 100), PERIOD_US);
	return put(m, draft, offset, text);
}
const struct form form_cage_cpu = { read_cpu, same, false };

#include "conf/value.h"

#include <string.h>
#include <sys/un.h>

#include "conf/told.h"
#include "lib/buf.h"
#include "lib/duration.h"
#include "lib/signame.h"
#include "lib/str.h"

static void *
field(struct draft *draft, size_t offset)
{
	return (char *)draft + offset;
}

static const void *
field_of(const struct draft *draft, size_t offset)
{
	return (const char *)draft + offset;
}

bool
value_same_bytes(
    const struct draft *a, const struct draft *b, size_t offset, size_t n)
{
	return memcmp(field_of(a, offset), field_of(b, offset), n) == 0;
}

bool
value_same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool
same_8(const struct draft *a, const struct draft *b, size_t offset)
{
	return value_same_bytes(a, b, offset, sizeof(uint64_t));
}

static bool
same_4(const struct draft *a, const struct draft *b, size_t offset)
{
	return value_same_bytes(a, b, offset, sizeof(uint32_t));
}

static bool
same_1(const struct draft *a, const struct draft *b, size_t offset)
{
	return value_same_bytes(a, b, offset, sizeof(bool));
}

static bool
same_string(const struct draft *a, const struct draft *b, size_t offset)
{
	return value_same_text(*(char *const *)field_of(a, offset),
	    *(char *const *)field_of(b, offset));
}

/* For keys whose values show elsewhere. */
static bool
same_always(const struct draft *a, const struct draft *b, size_t offset)
{
	(void)a;
	(void)b;
	(void)offset;
	return true;
}

#define TIME_FORMS "250ms, 5s, 2m, 1h30m, 1d, or a number of seconds"

static bool
read_time(struct making *m, struct draft *draft, size_t offset)
{
	uint64_t ms;

	if (!duration_parse(m->text, &ms))
		return making_refuse(m, "a time is " TIME_FORMS);
	if (ms == DURATION_INFINITE)
		return making_refuse(m, "it can't be infinite");
	*(uint64_t *)field(draft, offset) = ms;
	return true;
}
const struct form form_time = { read_time, same_8, false };

static bool
read_span(struct making *m, struct draft *draft, size_t offset)
{
	if (!read_time(m, draft, offset))
		return false;
	if (*(uint64_t *)field(draft, offset) == 0)
		return making_refuse(m, "it must be longer than 0");
	return true;
}
const struct form form_span = { read_span, same_8, false };

static bool
read_bound(struct making *m, struct draft *draft, size_t offset)
{
	uint64_t ms;

	if (!duration_parse(m->text, &ms))
		return making_refuse(
		    m, "a time is " TIME_FORMS "; infinity is no limit");
	if (ms == 0)
		return making_refuse(
		    m, "it must be longer than 0; infinity is no limit");
	*(uint64_t *)field(draft, offset) = ms;
	return true;
}
const struct form form_bound = { read_bound, same_8, false };

static bool
read_shutdown(struct making *m, struct draft *draft, size_t offset)
{
	uint64_t ms = 0;

	if (strcmp(m->text, "brutal_kill") != 0 &&
	    !duration_parse(m->text, &ms))
		return making_refuse(
		    m, "a time is " TIME_FORMS "; or infinity, or brutal_kill");
	*(uint64_t *)field(draft, offset) = ms;
	return true;
}
const struct form form_shutdown = { read_shutdown, same_8, false };

static bool
read_flag(struct making *m, struct draft *draft, size_t offset)
{
	static const char *const texts[] = { "no", "yes", "false", "true",
		"off", "on", "0", "1" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(m->text, texts[i]) == 0) {
			*(bool *)field(draft, offset) = i % 2 == 1;
			return true;
		}
	return making_refuse(m, "it is yes or no");
}
const struct form form_flag = { read_flag, same_1, false };

static bool
read_signal(struct making *m, struct draft *draft, size_t offset)
{
	if (signame_parse(m->text, (int *)field(draft, offset)))
		return true;
	return making_refuse(m, "a signal is TERM, SIGTERM, 15, or RTMIN+3");
}
const struct form form_signal = { read_signal, same_4, false };

/* One word of success: a code by number, a signal by name. */
static bool
add_success(struct spec *spec, const char *word)
{
	uint64_t code;
	int signo;

	if (str_number(word, 255, &code)) {
		spec->success_codes[code / 64] |= UINT64_C(1) << (code % 64);
		return true;
	}
	if (!signame_parse_name(word, &signo))
		return false;
	spec->success_signals[signo / 64] |= UINT64_C(1) << (signo % 64);
	return true;
}

static bool
read_success(struct making *m, struct draft *draft, size_t offset)
{
	struct spec *spec = &draft->spec;
	const char *cursor = m->text, *word;
	size_t n;

	(void)offset;
	memset(spec->success_codes, 0, sizeof(spec->success_codes));
	memset(spec->success_signals, 0, sizeof(spec->success_signals));
	while ((word = str_word(&cursor, &n)) != NULL) {
		char *copy = arena_copy(m->arena, word, n);

		if (copy == NULL)
			return false;
		if (!add_success(spec, copy))
			return making_refuse(m,
			    "'%s' is neither an exit code (0 to 255) nor a "
			    "signal's name",
			    quoted(copy).text);
	}
	return true;
}

static bool
same_success(const struct draft *a, const struct draft *b, size_t offset)
{
	return value_same_bytes(a, b, offset, sizeof(a->spec.success_codes)) &&
	       memcmp(a->spec.success_signals, b->spec.success_signals,
		   sizeof(a->spec.success_signals)) == 0;
}
const struct form form_success = { read_success, same_success, false };

static bool
read_intensity(struct making *m, struct draft *draft, size_t offset)
{
	uint64_t number = UINT32_MAX;

	if (strcmp(m->text, "infinity") != 0 &&
	    !str_number(m->text, LIMIT_INTENSITY, &number))
		return making_refuse(m,
		    "it is a number from 0 to %u, or infinity",
		    LIMIT_INTENSITY);
	*(uint32_t *)field(draft, offset) = (uint32_t)number;
	return true;
}
const struct form form_intensity = { read_intensity, same_4, false };

static bool
parse_factor(const char *text, uint32_t *milli)
{
	uint64_t number = 0;
	int digits = -1; /* behind the point; none was seen */

	for (; *text != '\0'; text++) {
		if (*text == '.' && digits < 0) {
			digits = 0;
			continue;
		}
		if (*text < '0' || *text > '9' || digits == 3 ||
		    number > 1000 * 1000)
			return false;
		number = number * 10 + (uint64_t)(*text - '0');
		digits += digits >= 0;
	}
	if (digits == 0 || number == 0)
		return false;
	for (; digits < 3; digits += digits < 0 ? 2 : 1)
		number *= 10;
	if (number < 1000 || number > 1000 * 1000)
		return false;
	*milli = (uint32_t)number;
	return true;
}

static bool
read_factor(struct making *m, struct draft *draft, size_t offset)
{
	if (parse_factor(m->text, (uint32_t *)field(draft, offset)))
		return true;
	return making_refuse(m,
	    "it is a number from 1 to 1000, as 2 or 1.5, with at most three "
	    "decimals");
}
const struct form form_factor = { read_factor, same_4, false };

static bool
read_percent(struct making *m, struct draft *draft, size_t offset)
{
	size_t n = strlen(m->text);
	uint64_t number;
	char *digits;

	if (n > 0 && m->text[n - 1] == '%')
		n--;
	digits = arena_copy(m->arena, m->text, n);
	if (digits == NULL)
		return false;
	if (!str_number(digits, 100, &number))
		return making_refuse(m, "it is a share from 0%% to 100%%");
	*(uint32_t *)field(draft, offset) = (uint32_t)number;
	return true;
}
const struct form form_percent = { read_percent, same_4, false };

/* The number of the text among the choices, which end with NULL; -1 and told
 * if it is none. */
static int
choose(struct making *m, const char *const *choices)
{
	struct buf all = buf_make(512);

	for (int i = 0; choices[i] != NULL; i++) {
		if (strcmp(m->text, choices[i]) == 0) {
			buf_free(&all);
			return i;
		}
		buf_print(&all, "%s%s",
		    i == 0                   ? ""
		    : choices[i + 1] == NULL ? " or "
					     : ", ",
		    choices[i]);
	}
	making_refuse(m, "it is %s", buf_string(&all));
	buf_free(&all);
	return -1;
}

#define CHOICE_TEXT(name, text) text,
#define CHOICE(id, type, same, ...)                                        \
	static bool read_##id(                                             \
	    struct making *m, struct draft *draft, size_t offset)          \
	{                                                                  \
		static const char *const choices[] = { __VA_ARGS__ NULL }; \
		int choice = choose(m, choices);                           \
                                                                           \
		if (choice >= 0)                                           \
			*(type *)field(draft, offset) = (type)choice;      \
		return choice >= 0;                                        \
	}                                                                  \
	const struct form form_##id = { read_##id, same, false };

/* clang-format off */
CHOICE(strategy, enum spec_strategy, same_4, SPEC_STRATEGIES(CHOICE_TEXT))
CHOICE(auto_shutdown, enum spec_auto_shutdown, same_4, SPEC_SHUTDOWNS(CHOICE_TEXT))
CHOICE(type, enum spec_type, same_4, SPEC_TYPES(CHOICE_TEXT))
CHOICE(restart, enum spec_restart, same_4, SPEC_RESTARTS(CHOICE_TEXT))
CHOICE(on_limit, enum spec_on_limit, same_4, SPEC_LIMITS(CHOICE_TEXT))
CHOICE(kill_mode, enum spec_kill_mode, same_4, SPEC_KILL_MODES(CHOICE_TEXT))
CHOICE(start, bool, same_1, "sequential", "parallel",)
CHOICE(log_level, enum log_level, same_4, "error", "warn", "info", "debug",)
CHOICE(log_format, enum log_format, same_4, "text", "json",)
/* clang-format on */

static bool
read_path(struct making *m, struct draft *draft, size_t offset)
{
	if (m->text[0] != '/')
		return making_refuse(m, "it must be a path that begins with /");
	*(char **)field(draft, offset) = arena_text(m->arena, m->text);
	return !arena_failed(m->arena);
}
const struct form form_path = { read_path, same_string, false };

static bool
read_socket(struct making *m, struct draft *draft, size_t offset)
{
	size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

	if (strlen(m->text) > max)
		return making_refuse(
		    m, "a socket's path has at most %zu bytes", max);
	return read_path(m, draft, offset);
}
const struct form form_socket = { read_socket, same_string, false };

static bool
climbs(const char *path)
{
	const char *at = path;

	for (; (at = strstr(at, "..")) != NULL; at += 2)
		if ((at == path || at[-1] == '/') &&
		    (at[2] == '\0' || at[2] == '/'))
			return true;
	return false;
}

static bool
read_cgroup(struct making *m, struct draft *draft, size_t offset)
{
	if (m->text[0] == '\0' || climbs(m->text))
		return making_refuse(m,
		    "it is auto, off, or a path below the cgroup2 mount, "
		    "without '..'");
	*(char **)field(draft, offset) = arena_text(m->arena, m->text);
	return !arena_failed(m->arena);
}
const struct form form_cgroup = { read_cgroup, same_string, false };

static bool
read_elsewhere(struct making *m, struct draft *draft, size_t offset)
{
	(void)m;
	(void)draft;
	(void)offset;
	return true;
}
const struct form form_parent = { read_elsewhere, same_always, false };
const struct form form_instances = { read_elsewhere, same_always, false };

bool
value_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	uint64_t number = 0, unit = 1;
	const char *found;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(
			number, (uint64_t)(*text - '0'), &number))
			return false;
	if (*text != '\0') {
		found = strchr(units, *text);
		if (found == NULL || text[1] != '\0')
			return false;
		unit <<= 10 * (unsigned)(found - units + 1);
	}
	return !__builtin_mul_overflow(number, unit, bytes);
}

#include "conf/surround.h"

#include <string.h>

#include "conf/told.h"
#include "conf/value.h"
#include "conf/words.h"
#include "lib/duration.h"
#include "lib/str.h"

/* The highest descriptor of `ready = fd:N`. */
#define READY_FD_MAX 1023
#define CPUS (sizeof(((struct launch *)0)->cpus) * 8)

/* A whole number from -low to high, with a minus where it is negative. */
static bool
parse_signed(const char *text, uint64_t low, uint64_t high, int *number)
{
	uint64_t size;
	bool negative = *text == '-';

	if (!str_number(text + negative, negative ? low : high, &size))
		return false;
	*number = negative ? -(int)size : (int)size;
	return true;
}

static bool
read_umask(struct making *m, struct draft *draft, size_t offset)
{
	int mask = 0;

	(void)offset;
	for (const char *at = m->text; *at != '\0'; at++) {
		if (*at < '0' || *at > '7' || mask > 0777)
			mask = 01000;
		else
			mask = mask * 8 + (*at - '0');
	}
	if (m->text[0] == '\0' || mask > 0777)
		return making_refuse(m, "it is octal, from 0 to 0777");
	draft->node.launch.umask = mask;
	return true;
}

static bool
same_umask(const struct draft *a, const struct draft *b, size_t offset)
{
	(void)offset;
	return a->node.launch.umask == b->node.launch.umask;
}
const struct form form_umask = { read_umask, same_umask, false };

static bool
read_nice(struct making *m, struct draft *draft, size_t offset)
{
	(void)offset;
	if (!parse_signed(m->text, 20, 19, &draft->node.launch.nice))
		return making_refuse(m, "it is a number from -20 to 19");
	draft->node.launch.set_nice = true;
	return true;
}

static bool
same_nice(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct launch *x = &a->node.launch, *y = &b->node.launch;

	(void)offset;
	return x->set_nice == y->set_nice && x->nice == y->nice;
}
const struct form form_nice = { read_nice, same_nice, false };

static bool
read_oom(struct making *m, struct draft *draft, size_t offset)
{
	(void)offset;
	if (!parse_signed(
		m->text, 1000, 1000, &draft->node.launch.oom_score_adj))
		return making_refuse(m, "it is a number from -1000 to 1000");
	draft->node.launch.set_oom = true;
	return true;
}

static bool
same_oom(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct launch *x = &a->node.launch, *y = &b->node.launch;

	(void)offset;
	return x->set_oom == y->set_oom && x->oom_score_adj == y->oom_score_adj;
}
const struct form form_oom_score_adj = { read_oom, same_oom, false };

/* `3` or `0-3`. */
static bool
add_cpus(struct launch *launch, char *word)
{
	char *dash = strchr(word, '-');
	uint64_t from, to;

	if (dash != NULL)
		*dash = '\0';
	if (!str_number(word, CPUS - 1, &from))
		return false;
	to = from;
	if (dash != NULL && !str_number(dash + 1, CPUS - 1, &to))
		return false;
	if (from > to)
		return false;
	for (uint64_t n = from; n <= to; n++)
		launch->cpus[n / 64] |= UINT64_C(1) << (n % 64);
	return true;
}

static bool
read_cpus(struct making *m, struct draft *draft, size_t offset)
{
	struct launch *launch = &draft->node.launch;
	const char *cursor = m->text, *word;
	size_t n;

	(void)offset;
	memset(launch->cpus, 0, sizeof(launch->cpus));
	launch->set_cpus = false;
	while ((word = str_word(&cursor, &n)) != NULL) {
		char *copy = arena_copy(m->arena, word, n);

		if (copy == NULL)
			return false;
		if (!add_cpus(launch, copy))
			return making_refuse(m,
			    "processors are numbers and ranges up to %zu, as "
			    "0-3 7",
			    CPUS - 1);
		launch->set_cpus = true;
	}
	return launch->set_cpus || making_refuse(m, "no processor is named");
}

static bool
same_cpus(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct launch *x = &a->node.launch, *y = &b->node.launch;

	(void)offset;
	return x->set_cpus == y->set_cpus &&
	       memcmp(x->cpus, y->cpus, sizeof(x->cpus)) == 0;
}
const struct form form_cpus = { read_cpus, same_cpus, true };

/* ioprio_set(2): three classes, each but idle with levels; 4 is the middle,
 * which the kernel takes where nothing is said. */
static bool
parse_io(const char *text, int *priority)
{
	static const char *const classes[] = { "realtime", "best-effort",
		"idle" };
	uint64_t level = 4;

	for (int i = 0; i < 3; i++) {
		size_t n = strlen(classes[i]);

		if (strncmp(text, classes[i], n) != 0)
			continue;
		if (text[n] == ':' && i < 2) {
			if (!str_number(text + n + 1, 7, &level))
				return false;
		} else if (text[n] != '\0') {
			return false;
		}
		*priority = (i + 1) << 13 | (i < 2 ? (int)level : 0);
		return true;
	}
	return false;
}

static bool
read_io(struct making *m, struct draft *draft, size_t offset)
{
	(void)offset;
	if (!parse_io(m->text, &draft->node.launch.io_priority))
		return making_refuse(m,
		    "it is realtime, best-effort (both with a level 0 to 7, as "
		    "best-effort:4) or idle");
	draft->node.launch.set_io = true;
	return true;
}

static bool
same_io(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct launch *x = &a->node.launch, *y = &b->node.launch;

	(void)offset;
	return x->set_io == y->set_io && x->io_priority == y->io_priority;
}
const struct form form_io_priority = { read_io, same_io, false };

static bool
parse_count(const char *text, uint64_t *number)
{
	return str_number(text, RLIM_INFINITY - 1, number);
}

/* The kernel counts whole seconds: part of one more is one more. */
static bool
parse_seconds(const char *text, uint64_t *number)
{
	if (!duration_parse(text, number))
		return false;
	*number = (*number + 999) / 1000;
	return true;
}

static bool
parse_micros(const char *text, uint64_t *number)
{
	if (!duration_parse(text, number))
		return false;
	*number *= 1000;
	return true;
}

/* What one limit is written as. */
struct unit {
	bool (*parse)(const char *text, uint64_t *number);
	const char *help;
};

static bool
parse_bound(const struct unit *unit, const char *text, rlim_t *bound)
{
	uint64_t number;

	if (strcmp(text, "infinity") == 0) {
		*bound = RLIM_INFINITY;
		return true;
	}
	if (!unit->parse(text, &number) || number >= RLIM_INFINITY)
		return false;
	*bound = number;
	return true;
}

static size_t
limit_of(size_t offset)
{
	return (offset - offsetof(struct draft, node.launch.limits)) /
	       sizeof(struct rlimit);
}

static bool
read_limit(struct making *m, struct draft *draft, size_t offset,
    const struct unit *unit)
{
	struct launch *launch = &draft->node.launch;
	size_t which = limit_of(offset);
	char *soft = arena_text(m->arena, m->text), *hard;
	struct rlimit *limit = &launch->limits[which];

	if (soft == NULL)
		return false;
	hard = strchr(soft, ':');
	if (hard != NULL)
		*hard++ = '\0';
	else
		hard = soft;
	if (!parse_bound(unit, soft, &limit->rlim_cur) ||
	    !parse_bound(unit, hard, &limit->rlim_max))
		return making_refuse(m,
		    "it is %s, or infinity; or two of them, as soft:hard",
		    unit->help);
	if (limit->rlim_cur > limit->rlim_max)
		return making_refuse(
		    m, "the soft limit is above the hard limit");
	launch->limit_set[which] = true;
	return true;
}

static bool
same_limit(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct launch *x = &a->node.launch, *y = &b->node.launch;
	size_t which = limit_of(offset);

	if (x->limit_set[which] != y->limit_set[which])
		return false;
	return x->limits[which].rlim_cur == y->limits[which].rlim_cur &&
	       x->limits[which].rlim_max == y->limits[which].rlim_max;
}

#define LIMIT(id, parse, help)                                             \
	static bool read_limit_##id(                                       \
	    struct making *m, struct draft *draft, size_t offset)          \
	{                                                                  \
		static const struct unit unit = { parse, help };           \
                                                                           \
		return read_limit(m, draft, offset, &unit);                \
	}                                                                  \
	const struct form form_limit_##id = { read_limit_##id, same_limit, \
		false };

/* clang-format off */
LIMIT(count, parse_count, "a number")
LIMIT(bytes, value_size, "a size, as 512K, 64M, 2G, or a number of bytes")
LIMIT(seconds, parse_seconds, "a time, as 30s, 5m, 1h, or a number of seconds")
LIMIT(micros, parse_micros, "a time, as 500ms, 2s, or a number of seconds")
/* clang-format on */

static bool
read_ready_fd(struct making *m, struct draft *draft, const char *number)
{
	uint64_t fd;

	if (!str_number(number, READY_FD_MAX, &fd) || fd < 3)
		return making_refuse(m,
		    "the descriptor of fd:N is a number from 3 to %d",
		    READY_FD_MAX);
	draft->spec.ready = READY_FD;
	draft->node.launch.ready_fd = (int)fd;
	return true;
}

static bool
read_ready_after(struct making *m, struct draft *draft, const char *time)
{
	uint64_t ms;

	if (!duration_parse(time, &ms) || ms == DURATION_INFINITE)
		return making_refuse(
		    m, "the time of after:TIME is as 2s or 500ms");
	draft->spec.ready = READY_AFTER;
	draft->spec.ready_after_ms = ms;
	return true;
}

static bool
read_ready(struct making *m, struct draft *draft, size_t offset)
{
	(void)offset;
	if (str_starts(m->text, "fd:"))
		return read_ready_fd(m, draft, m->text + 3);
	if (str_starts(m->text, "after:"))
		return read_ready_after(m, draft, m->text + 6);
	if (strcmp(m->text, "exec") == 0)
		draft->spec.ready = READY_EXEC;
	else if (strcmp(m->text, "notify") == 0)
		draft->spec.ready = READY_NOTIFY;
	else if (strcmp(m->text, "exit") == 0)
		draft->spec.ready = READY_EXIT;
	else
		return making_refuse(
		    m, "it is exec, notify, fd:N, after:TIME or exit");
	draft->node.launch.notify = draft->spec.ready == READY_NOTIFY;
	return true;
}

static bool
same_ready(const struct draft *a, const struct draft *b, size_t offset)
{
	(void)offset;
	return a->spec.ready == b->spec.ready &&
	       a->spec.ready_after_ms == b->spec.ready_after_ms &&
	       a->node.launch.ready_fd == b->node.launch.ready_fd;
}
const struct form form_ready = { read_ready, same_ready, false };

static bool
read_stdin(struct making *m, struct draft *draft, size_t offset)
{
	struct launch *launch = &draft->node.launch;
	const char *path = m->text;

	(void)offset;
	launch->stdin_path = NULL;
	launch->stdin_kind = STDIN_NULL;
	if (strcmp(path, "null") == 0)
		return true;
	launch->stdin_kind = STDIN_PATH;
	if (str_starts(path, "tty:")) {
		launch->stdin_kind = STDIN_TTY;
		path += 4;
	}
	if (path[0] != '/')
		return making_refuse(
		    m, "it is null, a path that begins with /, or tty:PATH");
	launch->stdin_path = arena_text(m->arena, path);
	return launch->stdin_path != NULL;
}

static bool
same_stdin(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct launch *x = &a->node.launch, *y = &b->node.launch;

	(void)offset;
	return x->stdin_kind == y->stdin_kind &&
	       value_same_text(x->stdin_path, y->stdin_path);
}
const struct form form_stdin = { read_stdin, same_stdin, true };

static bool
read_log(struct making *m, struct draft *draft, size_t offset)
{
	struct launch *launch = &draft->node.launch;

	(void)offset;
	launch->log_path = NULL;
	launch->log_kind = LOG_TO_INHERIT;
	if (strcmp(m->text, "inherit") == 0)
		return true;
	launch->log_kind = LOG_TO_NULL;
	if (strcmp(m->text, "null") == 0)
		return true;
	launch->log_kind = LOG_TO_PATH;
	if (m->text[0] != '/' && !str_starts(m->text, "${"))
		return making_refuse(
		    m, "it is inherit, null, or a path that begins with /");
	if (strchr(m->text, '\n') != NULL)
		return making_refuse(m, "it must be one line");
	if (!words_check(m, m->text))
		return false;
	launch->log_path = arena_text(m->arena, m->text);
	return launch->log_path != NULL;
}

static bool
same_log(const struct draft *a, const struct draft *b, size_t offset)
{
	const struct launch *x = &a->node.launch, *y = &b->node.launch;

	(void)offset;
	return x->log_kind == y->log_kind &&
	       value_same_text(x->log_path, y->log_path);
}
const struct form form_log = { read_log, same_log, true };

#include "supctl/words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "supctl/pick.h"
#include "supctl/show.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Whole seconds of a time that is at least ten of them; what is no sensible
 * time at all becomes the largest. */
static long
whole(double seconds)
{
	return seconds < 1e9 ? (long)seconds : 1000000000L;
}

char *
words_age(double seconds, char *text)
{
	long s = whole(seconds);

	if (!(seconds >= 0))
		s = 0, seconds = 0;
	if (seconds < 9.95)
		snprintf(text, WORDS_BYTES, "%.1fs", seconds);
	else if (s < MINUTE)
		snprintf(text, WORDS_BYTES, "%lds", s);
	else if (s < HOUR)
		snprintf(
		    text, WORDS_BYTES, "%ldm%02lds", s / MINUTE, s % MINUTE);
	else if (s < DAY)
		snprintf(text, WORDS_BYTES, "%ldh%02ldm", s / HOUR,
		    s % HOUR / MINUTE);
	else
		snprintf(
		    text, WORDS_BYTES, "%ldd%02ldh", s / DAY, s % DAY / HOUR);
	return text;
}

/* "3 min 12 s", "3 min" */
static void
two_units(long big, const char *big_unit, long small, const char *small_unit,
    char *text)
{
	if (small == 0)
		snprintf(text, WORDS_BYTES, "%ld %s", big, big_unit);
	else
		snprintf(text, WORDS_BYTES, "%ld %s %ld %s", big, big_unit,
		    small, small_unit);
}

char *
words_span(double seconds, char *text)
{
	long s = whole(seconds);

	if (!(seconds >= 0))
		s = 0, seconds = 0;
	if (seconds < 0.0995 && seconds >= 0.0005)
		snprintf(text, WORDS_BYTES, "%.0f ms", seconds * 1000);
	else if (seconds < 9.95 && seconds != s)
		snprintf(text, WORDS_BYTES, "%.1f s", seconds);
	else if (s < MINUTE)
		snprintf(text, WORDS_BYTES, "%ld s", s);
	else if (s < HOUR)
		two_units(s / MINUTE, "min", s % MINUTE, "s", text);
	else if (s < DAY)
		two_units(s / HOUR, "h", s % HOUR / MINUTE, "min", text);
	else
		two_units(s / DAY, "d", s % DAY / HOUR, "h", text);
	return text;
}

char *
words_bytes(double bytes, char *text)
{
	static const char unit[] = "BKMGT";
	size_t i = 0;

	if (!(bytes >= 0))
		bytes = 0;
	for (; bytes >= 1000 && unit[i + 1]; i++)
		bytes /= 1024;
	snprintf(text, WORDS_BYTES,
	    i == 0 || bytes >= 99.95 ? "%.0f%c" : "%.1f%c", bytes, unit[i]);
	return text;
}

int64_t
words_wall_ms(const char *time)
{
	struct tm tm = { 0 };
	int ms = 0, used = 0;

	if (sscanf(time, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
		&tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 6)
		return -1;
	if (time[used] == '.' && sscanf(time + used, ".%3d", &ms) != 1)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm) * 1000 + ms;
}

char *
words_clock(const char *time, int64_t wall_ms, char *text)
{
	int64_t then_ms = words_wall_ms(time);
	time_t then = (time_t)(then_ms / 1000), now = (time_t)(wall_ms / 1000);
	struct tm here, today;

	if (then_ms < 0 || !localtime_r(&then, &here) ||
	    !localtime_r(&now, &today)) {
		snprintf(text, WORDS_BYTES, "%.*s", WORDS_BYTES - 1, time);
	} else if (here.tm_year == today.tm_year &&
		   here.tm_yday == today.tm_yday) {
		snprintf(text, WORDS_BYTES, "%02d:%02d:%02d.%03d", here.tm_hour,
		    here.tm_min, here.tm_sec, (int)(then_ms % 1000));
	} else {
		snprintf(text, WORDS_BYTES, "%04d-%02d-%02d %02d:%02d:%02d",
		    here.tm_year + 1900, here.tm_mon + 1, here.tm_mday,
		    here.tm_hour, here.tm_min, here.tm_sec);
	}
	return text;
}

/* The daemon's message has no subject, and in places no verb. */
static const struct {
	const char *begin;
	const char *subject;
} subjects[] = {
	{ "killed ", "it was " },
	{ "not ready ", "it was " },
	{ "pre_start ", "its " },
	{ "post_stop ", "its " },
	{ "", "it " },
};

/* A daemon that sends no message. */
static char *
plain_exit(const json_t *exit)
{
	if (*pick_text(exit, "signal"))
		return show_format("it was killed by %s%s",
		    pick_text(exit, "signal"),
		    pick_true(exit, "core") ? " (core dumped)" : "");
	if (pick_has(exit, "code"))
		return show_format(
		    "it exited with code %lld", pick_whole(exit, "code", 0));
	if (*pick_text(exit, "step"))
		return show_format(
		    "it could not start: %s", pick_text(exit, "step"));
	return show_format("it ended");
}

char *
words_exit(const json_t *exit)
{
	const char *message = pick_text(exit, "message");
	size_t i = 0;

	if (!exit)
		return show_format("it ended in a way that is not known");
	if (!*message)
		return plain_exit(exit);
	while (strncmp(message, subjects[i].begin, strlen(subjects[i].begin)))
		i++;
	return show_format("%s%s", subjects[i].subject, message);
}

char *
words_list(const json_t *list)
{
	size_t count = json_array_size(list);
	char *words = show_format("%s", ""), *longer;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *name = json_array_get(list, i);

		longer = show_format("%s%s%s", words,
		    i == 0          ? ""
		    : i + 1 < count ? ", "
				    : " and ",
		    json_is_string(name) ? json_string_value(name) : "?");
		free(words);
		words = longer;
	}
	return words;
}

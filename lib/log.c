#include "lib/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A line fits into PIPE_BUF, so that its write is atomic in a pipe, too. */
#define LINE_BYTES 4096
#define TEXT_BYTES 3072
/* How long a message waits for a reader of standard error who is behind. */
#define WAIT_MS 10

static struct {
	const char *who;
	enum log_level level;
	enum log_format format;
} config = { "supd", LOG_INFO, LOG_TEXT };

struct line {
	size_t used;
	char bytes[LINE_BYTES];
};

void
log_setup(const char *who, enum log_level level, enum log_format format)
{
	config.who = who;
	config.level = level;
	config.format = format;
}

static const char *
level_text(enum log_level level)
{
	switch (level) {
	case LOG_ERROR:
		return "error";
	case LOG_WARN:
		return "warn";
	case LOG_INFO:
		return "info";
	case LOG_DEBUG:
		break;
	}
	return "debug";
}

/* Appends what fits, and keeps room for the line's end. */
static bool
append(struct line *line, const char *bytes, size_t n)
{
	if (n > sizeof line->bytes - line->used - 16)
		return false;
	memcpy(line->bytes + line->used, bytes, n);
	line->used += n;
	return true;
}

static void
append_text(struct line *line, const char *text)
{
	(void)append(line, text, strlen(text));
}

/*
 * The length of the UTF-8 sequence at s, 0 if it is none. Control characters
 * of one and of two bytes (C0, DEL, C1) count as none: a terminal obeys them.
 */
static size_t
printable(const unsigned char *s)
{
	uint32_t min, code;
	size_t n, i;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		n = 2;
		min = 0xa0;
		code = s[0] & 0x1fu;
	} else if ((s[0] & 0xf0) == 0xe0) {
		n = 3;
		min = 0x800;
		code = s[0] & 0x0fu;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		n = 4;
		min = 0x10000;
		code = s[0] & 0x07u;
	} else {
		return 0;
	}
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3fu);
	}
	if (code < min || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return n;
}

static bool
append_escaped(struct line *line, unsigned char byte, bool json)
{
	static const char digits[] = "0123456789abcdef";
	char out[5] = { '\\', '\\', 'x', digits[byte >> 4], digits[byte & 15] };
	char plain[4] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };

	if (json)
		return append(line, out, sizeof out);
	return append(line, plain, sizeof plain);
}

static void
append_message(struct line *line, const char *text, bool json)
{
	const unsigned char *s = (const unsigned char *)text;
	bool fits = true;
	size_t n;

	while (*s != '\0' && fits) {
		n = printable(s);
		if (n == 0) {
			fits = append_escaped(line, *s, json);
			n = 1;
		} else if (json && (*s == '"' || *s == '\\')) {
			char pair[2] = { '\\', (char)*s };

			fits = append(line, pair, sizeof pair);
		} else {
			fits = append(line, (const char *)s, n);
		}
		s += n;
	}
	if (!fits) {
		memcpy(line->bytes + line->used, "...", 3);
		line->used += 3;
	}
}

/* RFC 3339 in UTC. Not by gmtime_r(3), which may read the zone's file. */
static void
append_time(struct line *line)
{
	struct timespec ts = { 0, 0 };
	int64_t days, era, year, doe, yoe, doy, month, second;
	char out[64];
	int n;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	days = ts.tv_sec / 86400 + 719468;
	second = ts.tv_sec % 86400;
	era = days / 146097;
	doe = days % 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	month = (5 * doy + 2) / 153;
	year = yoe + era * 400 + (month >= 10);
	n = snprintf(out, sizeof out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
	    (int)year, (int)(month < 10 ? month + 3 : month - 9),
	    (int)(doy - (153 * month + 2) / 5 + 1), (int)(second / 3600),
	    (int)(second / 60 % 60), (int)(second % 60),
	    (int)(ts.tv_nsec / 1000000));
	if (n > 0)
		(void)append(line, out, (size_t)n);
}

static void
append_line(struct line *line, enum log_level level, const char *text)
{
	bool json = config.format == LOG_JSON;

	if (json) {
		append_text(line, "{\"time\":\"");
		append_time(line);
		append_text(line, "\",\"level\":\"");
		append_text(line, level_text(level));
		append_text(line, "\",\"process\":\"");
		append_text(line, config.who);
		append_text(line, "\",\"message\":\"");
	} else {
		append_text(line, config.who);
		append_text(line, ": ");
		append_text(line, level_text(level));
		append_text(line, ": ");
	}
	append_message(line, text, json);
	if (json) {
		memcpy(line->bytes + line->used, "\"}", 2);
		line->used += 2;
	}
	line->bytes[line->used++] = '\n';
}

/*
 * A pipe that polls as writable has room for PIPE_BUF bytes, so the write
 * does not block: a reader who has stopped reading costs messages, never the
 * tree.
 */
static void
write_line(const struct line *line)
{
	struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };
	size_t done = 0;
	ssize_t n;

	while (done < line->used) {
		if (poll(&out, 1, WAIT_MS) == 0)
			return;
		n = write(STDERR_FILENO, line->bytes + done, line->used - done);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			done += (size_t)n;
	}
}

void
log_line(enum log_level level, const char *format, ...)
{
	struct line line;
	char text[TEXT_BYTES];
	int saved = errno;
	va_list ap;

	if (level > config.level)
		return;
	va_start(ap, format);
	if (vsnprintf(text, sizeof text, format, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	line.used = 0;
	append_line(&line, level, text);
	write_line(&line);
	errno = saved;
}

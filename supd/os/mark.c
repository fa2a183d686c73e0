#include "os/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX MARK_NAME "="
#define PREFIX_BYTES (sizeof PREFIX - 1)

void
mark_text(char text[MARK_TEXT], uint64_t id, uint32_t uid, uint32_t ticket)
{
	(void)snprintf(text, MARK_TEXT, "%016" PRIx64 ".%" PRIu32 "-%" PRIu32,
	    id, uid, ticket);
}

/* An environment as it is read: where in an entry we are, and what of the
 * mark's value there is. */
struct search {
	size_t at; /* in the entry; SIZE_MAX: it is another's */
	char value[MARK_TEXT];
	bool found;
};

static void
take(struct search *s, char c)
{
	if (s->at == SIZE_MAX) {
		if (c == '\0')
			s->at = 0;
		return;
	}
	if (s->at < PREFIX_BYTES) {
		s->at = c == PREFIX[s->at] ? s->at + 1
			: c == '\0'        ? 0
					   : SIZE_MAX;
		return;
	}
	if (s->at - PREFIX_BYTES >= sizeof s->value) {
		s->at = SIZE_MAX;
		return;
	}
	s->value[s->at++ - PREFIX_BYTES] = c;
	s->found = c == '\0';
}

/* Is it of this supd, and whose? The form is that of mark_text() to the last
 * character. */
static bool
parse(const char *value, uint64_t id, uint32_t *uid, uint32_t *ticket)
{
	char again[MARK_TEXT];
	const char *at = strchr(value, '.');
	char *end;

	if (at == NULL)
		return false;
	*uid = (uint32_t)strtoul(at + 1, &end, 10);
	if (*end != '-')
		return false;
	*ticket = (uint32_t)strtoul(end + 1, NULL, 10);
	mark_text(again, id, *uid, *ticket);
	return strcmp(again, value) == 0;
}

bool
mark_read(pid_t pid, uint64_t id, uint32_t *uid, uint32_t *ticket)
{
	struct search search = { .at = 0 };
	char path[40], bytes[4096];
	ssize_t n = 0, i;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	do {
		n = read(fd, bytes, sizeof bytes);
		for (i = 0; i < n && !search.found; i++)
			take(&search, bytes[i]);
	} while (!search.found && (n > 0 || (n < 0 && errno == EINTR)));
	close(fd);
	return search.found && parse(search.value, id, uid, ticket);
}

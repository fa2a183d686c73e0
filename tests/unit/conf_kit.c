#include "tests/unit/conf_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
kit_begin(void **state)
{
	struct kit *kit = calloc(1, sizeof(*kit));

	assert_non_null(kit);
	snprintf(kit->folder, sizeof(kit->folder), "/tmp/supd-conf.XXXXXX");
	assert_non_null(mkdtemp(kit->folder));
	*state = kit;
	return 0;
}

/* The folder is flat but for one level of folders. */
static void
remove_all(const char *folder)
{
	char path[1024];
	struct dirent *entry;
	DIR *dir = opendir(folder);

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (unlink(path) != 0)
			rmdir(path);
	}
	if (dir != NULL)
		closedir(dir);
}

int
kit_end(void **state)
{
	struct kit *kit = *state;

	plan_free(kit->plan);
	diagnoses_free(&kit->out);
	remove_all(kit_at(kit, "folder.d"));
	rmdir(kit_at(kit, "folder.d"));
	remove_all(kit->folder);
	assert_int_equal(rmdir(kit->folder), 0);
	free(kit);
	return 0;
}

const char *
kit_at(struct kit *kit, const char *name)
{
	snprintf(kit->path, sizeof(kit->path), "%s/%s", kit->folder, name);
	return kit->path;
}

void
kit_write(struct kit *kit, const char *name, const char *text, size_t n)
{
	int fd = open(kit_at(kit, name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	assert_int_equal(close(fd), 0);
}

struct plan *
kit_try_bytes(struct kit *kit, const char *text, size_t n)
{
	char path[512];
	char *paths[] = { path };

	plan_free(kit->plan);
	diagnoses_free(&kit->out);
	kit_write(kit, KIT_FILE, text, n);
	snprintf(path, sizeof(path), "%s", kit_at(kit, KIT_FILE));
	kit->plan = conf_read(paths, 1, &kit->out);
	assert_true((kit->plan == NULL) == (kit->out.errors > 0));
	return kit->plan;
}

struct plan *
kit_try(struct kit *kit, const char *text)
{
	return kit_try_bytes(kit, text, strlen(text));
}

static void
cut(char *at, size_t n)
{
	size_t left = strlen(at);

	assert_true(n <= left);
	memmove(at, at + n, left - n + 1);
}

/* Without the folder, wherever it stands, and without the file in front;
 * malloc'd. */
static char *
short_line(struct kit *kit, const struct diagnosis *one)
{
	size_t n = strlen(kit->folder) + 1;
	char *line = diagnosis_line(one), *at;

	assert_non_null(line);
	while ((at = strstr(line, kit->folder)) != NULL)
		cut(at, n);
	n = strlen(KIT_FILE ":");
	if (strncmp(line, KIT_FILE ":", n) == 0)
		cut(line, n);
	return line;
}

struct plan *
kit_read(struct kit *kit, const char *text)
{
	if (kit_try(kit, text) == NULL) {
		char *line = short_line(kit, &kit->out.list[0]);

		fail_msg("refused: %s", line);
		free(line);
	}
	return kit->plan;
}

void
kit_told(struct kit *kit, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < kit->out.count; i++) {
		char *line = short_line(kit, &kit->out.list[i]);

		if (i >= n)
			fail_msg("also told: %s", line);
		assert_string_equal(line, lines[i]);
		free(line);
	}
	if (n > kit->out.count)
		fail_msg("never told: %s", lines[kit->out.count]);
}

void
kit_wants(struct kit *kit, const char *text, ...)
{
	const char *lines[64];
	size_t n = 0;
	va_list list;

	va_start(list, text);
	while (n < 64 && (lines[n] = va_arg(list, const char *)) != NULL)
		n++;
	va_end(list);
	kit_try(kit, text);
	kit_told(kit, lines, n);
}

uint32_t
kit_node(const struct plan *plan, const char *name)
{
	uint32_t node;

	assert_true(plan_find(plan, name, &node));
	return node;
}

const struct spec *
kit_spec(const struct plan *plan, const char *name)
{
	return &plan->specs[kit_node(plan, name)];
}

const struct launch *
kit_launch(const struct plan *plan, const char *name)
{
	return &plan->nodes[kit_node(plan, name)].launch;
}

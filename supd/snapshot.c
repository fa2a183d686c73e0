#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "os/keep.h"
#include "os/plumb.h"

static uint32_t
slot_of(uint64_t generation)
{
	return generation % 2 == 0 ? SLOT_CONF_EVEN : SLOT_CONF_ODD;
}

static int
write_all(int fd, const char *bytes, size_t n)
{
	ssize_t got;

	while (n > 0) {
		got = write(fd, bytes, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		bytes += got;
		n -= (size_t)got;
	}
	return 0;
}

int
snapshot_put(int wire, uint64_t generation, const struct plan *plan)
{
	int fd, error;

	fd = memfd_create("supd-conf", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = write_all(fd, plan->snapshot, plan->snapshot_bytes);
	if (error != 0) {
		close(fd);
		return error;
	}
	return keep_put(wire, slot_of(generation), fd);
}

static void
log_diagnoses(const struct diagnoses *all)
{
	size_t i;
	char *line;

	for (i = 0; i < all->count; i++) {
		line = diagnosis_line(&all->list[i]);
		if (line != NULL)
			log_error("%s", line);
		free(line);
	}
}

struct plan *
snapshot_get(uint64_t generation)
{
	int fd = PLUMB_SLOTS + (int)slot_of(generation);
	struct diagnoses all = { .list = NULL };
	struct plan *plan;
	struct stat st;
	void *bytes;

	if (fstat(fd, &st) != 0) {
		log_error("the configuration in force was not kept: %s",
		    strerror(errno));
		return NULL;
	}
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED) {
		log_error("cannot map the configuration in force: %s",
		    strerror(errno));
		return NULL;
	}
	plan = conf_parse(bytes, (size_t)st.st_size, &all);
	if (plan == NULL) {
		log_error("the configuration in force cannot be read again");
		log_diagnoses(&all);
	}
	diagnoses_free(&all);
	munmap(bytes, (size_t)st.st_size);
	return plan;
}

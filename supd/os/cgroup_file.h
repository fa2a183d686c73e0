/*
 * cgroup_file: reading and writing the files of cgroups; private to the files
 * of cgroup.h. name is that of a cgroup below at, "" for at itself. 0 (or a
 * length) or -errno.
 */
#ifndef SUPD_OS_CGROUP_FILE_H
#define SUPD_OS_CGROUP_FILE_H

#include <stddef.h>
#include <sys/types.h>

int cgroup_write(int at, const char *name, const char *file, const char *text);
/* As text, cut at bytes. */
ssize_t cgroup_read(
    int at, const char *name, const char *file, char *text, size_t bytes);

#endif

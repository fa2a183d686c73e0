#include "os/folders.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int
folders_above(char *path)
{
	char *at = path;
	int error;

	while ((at = strchr(at + 1, '/')) != NULL) {
		*at = '\0';
		error = mkdir(path, 0755) < 0 && errno != EEXIST ? errno : 0;
		*at = '/';
		/* A folder that may not be written to may hold the next. */
		if (error != 0 && error != EACCES && error != EROFS &&
		    error != EPERM)
			return -error;
	}
	return 0;
}

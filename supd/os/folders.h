/*
 * folders: what is missing above a path.
 */
#ifndef SUPD_OS_FOLDERS_H
#define SUPD_OS_FOLDERS_H

/* Makes the folders that are missing above path, from the root on, with mode
 * 0755 less the umask; what is there already is fine. path is written to
 * meanwhile, and afterwards is as it was. 0 or -errno of mkdir(2); that one
 * may not be made is no error, as it may be there all the same. */
int folders_above(char *path);

#endif

/*
 * errname: errors of the system by their symbolic names, errno(3).
 *
 * As programs know them (ENOENT), where strerror(3) is for people. The C
 * library's own way to them (strerrorname_np) is not in every C library.
 */
#ifndef LIB_ERRNAME_H
#define LIB_ERRNAME_H

/* Bytes that any name takes, the NUL included. */
#define ERRNAME_TEXT 20

/* `ENOENT`; the number where it has no name. Returns out. */
char *errname_text(int error, char out[ERRNAME_TEXT]);

#endif

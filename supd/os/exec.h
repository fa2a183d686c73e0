/*
 * exec: becoming a program by its name.
 *
 * As execvp(3) of glibc has it, and as services are started (launch.h): a
 * file that the kernel takes for no program is a shell's script, and what may
 * not be executed does not hide what comes later in PATH. Other C libraries
 * differ in both, and supd is not to depend on what it is linked with.
 */
#ifndef SUPD_OS_EXEC_H
#define SUPD_OS_EXEC_H

/* Becomes argv[0] with our environment. Returns only if that cannot be:
 * -errno. Allocates. */
int exec_command(char **argv);

/* Becomes supd once more, its program being PLUMB_EXE (plumb.h). As above, but
 * from within a signal's handler, too. */
int exec_again(char **argv);

#endif

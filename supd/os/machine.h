/*
 * machine: whether we are the init of a whole machine, and its end.
 *
 * Were that init to exit, the kernel would panic. Sources: reboot(2),
 * pid_namespaces(7).
 */
#ifndef SUPD_OS_MACHINE_H
#define SUPD_OS_MACHINE_H

#include <stdbool.h>

/* Only for PID 1. If it is so, ctrl-alt-del comes as SIGINT from now on. */
bool machine_is_ours(void);
/* Writes out what is not written, and turns the machine off. */
_Noreturn void machine_off(void);

#endif

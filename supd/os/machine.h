/*
 * machine: being the init of a whole machine.
 *
 * Were that init to exit, the kernel would panic; so it ends by reboot(2),
 * when everything is stopped, written out and unmounted. Nothing is said in
 * the kernel of what to do when a machine has nothing left to run but what it
 * is to do when it panics, and so that is what we go by: kernel.panic, which
 * `panic=` of its command line sets. Sources: reboot(2), bootparam(7),
 * pid_namespaces(7).
 */
#ifndef SUPD_OS_MACHINE_H
#define SUPD_OS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What becomes of the machine. The numbers stand in the ledger. */
enum machine_end {
	MACHINE_BY_CODE, /* off if it was 0; or else as when the kernel
			  * panics */
	MACHINE_POWEROFF,
	MACHINE_REBOOT,
	MACHINE_HALT,
	MACHINE_KEXEC, /* into the kernel that was loaded for it; if there is
			* none, as REBOOT */
	MACHINE_END_COUNT,
};

/* By its name in the protocol: poweroff, reboot, halt; BY_CODE: none. */
enum machine_end machine_end_named(const char *);
/* What a signal to the init asks for, as far as it says. */
enum machine_end machine_end_of_signal(int signo);

/* Whether this process, ourselves or the guard, is the init of a machine. If
 * it is so, ctrl-alt-del comes to it as SIGINT from now on. */
bool machine_is_ours(pid_t init);

/* Mounts what is missing (mounts.h), opens the console for what is closed of
 * the standard descriptors, and has lo up. */
void machine_begin(void);

/* Closes all descriptors but the standard ones. With no process left but
 * ours; signals are held. code: what supd would have left with. */
_Noreturn void machine_end(enum machine_end, int code);

#endif

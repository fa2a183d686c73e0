/*
 * reaper: what the parent of all needs: signals that are read and never
 * handled, children that are reaped, and an end for all that descends from
 * us.
 *
 * For the guard and for the init of one command. Nothing is allocated. Times
 * are of CLOCK_MONOTONIC. Sources: signal(7), signalfd(2), waitid(2),
 * pid_namespaces(7).
 */
#ifndef SUPD_OS_REAPER_H
#define SUPD_OS_REAPER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define REAPER_NEVER UINT64_MAX

struct reaper {
	int signals;  /* signalfd, close-on-exec, not blocking */
	bool is_init; /* PID 1 of its namespace: everything descends from us */
};

/* The mask as the kernel has it: the C library's functions leave out the two
 * signals that it reserves for itself. */
struct reaper_mask {
	uint64_t bits; /* n - 1: signal n */
};

uint64_t reaper_now_ns(void);
uint64_t reaper_now_ms(void);

/* Blocks every signal; *was, unless NULL, is what was blocked before. */
void reaper_hold(struct reaper_mask *was);
void reaper_release(const struct reaper_mask *);

/* Whatever of 0, 1 and 2 is closed becomes /dev/null, or a thing that can
 * neither be read nor written, lest the next thing opened takes its place;
 * flags: O_CLOEXEC or 0. 0 or -errno. */
int reaper_fill_standard(int flags);

/* Signals are held already. From here on children are waited for, whatever
 * SIGCHLD was before, and all signals are read from ->signals; stops: tell by
 * SIGCHLD of children that stop, too. 0 or -errno, and in *what the call. */
int reaper_open(struct reaper *, bool stops, const char **what);

/* Looks at a child that is dead, without reaping it. */
bool reaper_peek(idtype_t, pid_t, siginfo_t *);
void reaper_reap(pid_t);
/* Reaps what is dead, some thousands of them at most; false when no child is
 * left. */
bool reaper_reap_all(void);

/* Signals all that descend from us. 0 or -errno if they cannot be found. */
int reaper_signal_all(const struct reaper *, int signo);
/* Waits for a signal, at most ms, and forgets it. */
void reaper_pause(const struct reaper *, int ms);
/* Kills until no child is left, or limit_ms have passed. */
void reaper_kill_all(const struct reaper *, uint64_t limit_ms);

#endif

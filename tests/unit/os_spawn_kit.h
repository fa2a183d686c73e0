/*
 * os_spawn_kit: starts, as they are made by an engine. Each test forks one,
 * and is the guard to it, so that what the engine starts are the test's own
 * children.
 */
#ifndef UNIT_OS_SPAWN_KIT_H
#define UNIT_OS_SPAWN_KIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/launch.h"
#include "os/ledger.h"
#include "os/spawn.h"

#define NOBODY 65534

/* What test, engine and children share. */
struct shared {
	struct start_slot slot;
	_Atomic int32_t pid;     /* what spawn() returned */
	_Atomic uint32_t opened; /* the last ticket that an engine tried */
	_Atomic bool stop;
	uint64_t birth;
	int32_t dumpable;
};

extern struct shared *shared;

/* A launch of `/bin/sh -c script` with output to the file out. In a command
 * $$ stands for one $. */
struct made {
	char *words[4];
	char out[128];
	struct launch launch;
	struct launch_now now;
	int ready_write;
};

/* Once, before and after all tests. 0 if it worked. */
int kit_open(void);
void kit_close(void);

char *word(const char *);
/* A path in the test's own folder; the last four are valid. */
const char *in_folder(const char *name);
void make(struct made *, const char *script);
/* In an engine: starts it with that ticket. */
void engine_spawn(struct made *, uint32_t ticket);
/* The exit code of pid, or 128 and its signal. */
int wait_for(pid_t pid);
/* Has an engine start it with the ticket 7; returns the program's exit code,
 * or what spawn() returned if it is none. before: run in the engine. */
int run(struct made *, void (*before)(void));
/* What it wrote; valid until the next call. */
const char *output(struct made *);
/* For run(): neither clone3(2) nor close_range(2). */
void without_clone3(void);

#endif

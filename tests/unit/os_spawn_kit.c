#include "tests/unit/os_spawn_kit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/os_kit.h"

struct shared *shared;

static char folder[64];

const char *
in_folder(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

char *
word(const char *text)
{
	return (char *)(uintptr_t)text;
}

void
make(struct made *m, const char *script)
{
	memset(m, 0, sizeof *m);
	m->words[0] = word("/bin/sh");
	m->words[1] = word("-c");
	m->words[2] = word(script);
	m->launch.command = (struct command){ m->words, 3 };
	m->launch.umask = -1;
	m->launch.ready_fd = -1;
	m->launch.log_kind = LOG_TO_PATH;
	snprintf(m->out, sizeof m->out, "%s/out", folder);
	m->launch.log_path = m->out;
	m->now.command = &m->launch.command;
	m->now.name = "test";
	m->now.path = "test";
	m->now.own_environment = environ;
	m->ready_write = -1;
	(void)unlink(m->out);
}

/* In the engine. */
void
engine_spawn(struct made *m, uint32_t ticket)
{
	const char *missing;
	struct prepared *p;
	struct spawner *spawner;
	int error;

	p = launch_prepare(&m->launch, &m->now, m->ready_write, &missing);
	spawner = spawner_open(&error);
	if (p == NULL || spawner == NULL)
		_exit(90);
	atomic_store(&shared->pid, spawn(spawner, p, &shared->slot, ticket));
	if (shared->pid > 0)
		shared->birth = spawn_birth(shared->pid);
	shared->dumpable = prctl(PR_GET_DUMPABLE);
	prepared_free(p);
	spawner_close(spawner);
}

int
wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Has an engine start it; returns the program's exit code. */
int
run(struct made *m, void (*before)(void))
{
	pid_t engine;

	memset(shared, 0, sizeof *shared);
	engine = fork();
	if (engine == 0) {
		if (before != NULL)
			before();
		engine_spawn(m, 7);
		_exit(0);
	}
	assert_int_equal(wait_for(engine), 0);
	if (shared->pid <= 0)
		return shared->pid;
	assert_int_equal(spawn_recall(&shared->slot, 7), shared->pid);
	return wait_for(shared->pid);
}

const char *
output(struct made *m)
{
	static char text[8192];
	int fd = open(m->out, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

void
without_clone3(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof filter[0],
		filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(91);
}

int
kit_open(void)
{
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(folder, sizeof folder, "/tmp/os_spawn.XXXXXX");
	return shared == MAP_FAILED || mkdtemp(folder) == NULL ? -1 : 0;
}

void
kit_close(void)
{
	static const char *const names[] = { "out", "script", "in", "bad",
		"link", "fifo" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)unlink(in_folder(names[i]));
	(void)rmdir(folder);
}

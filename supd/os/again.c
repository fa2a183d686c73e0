#include "os/again.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/exec.h"
#include "os/plumb.h"
#include "os/reaper.h"

#define MAGIC 0x6e69616761647573u
#define FAULTS_MAX 5
#define FAULTS_MS 10000
/* For the handler: the stack may be what is broken. */
#define STACK_BYTES 65536
/* The address sanitizer tells of a fault itself. */
#ifdef __SANITIZE_ADDRESS__
#define FAULTS_ARE_OURS false
#else
#define FAULTS_ARE_OURS true
#endif

struct memory {
	uint64_t magic;
	pid_t owner;
	int signo; /* on the way from the fault to the beginning */
	uint64_t faults;
	uint64_t at_ms[FAULTS_MAX];
	char **argv; /* of this life */
	char *name;
	_Alignas(64) char stack[STACK_BYTES];
	_Alignas(64) char bytes[];
};

static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS,
	SIGABRT };

static struct memory *
map(size_t bytes)
{
	struct memory *memory = mmap(NULL, sizeof *memory + bytes,
	    PROT_READ | PROT_WRITE, MAP_SHARED, PLUMB_MEMORY, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* Whatever else has that number is not touched. */
static struct memory *
map_ours(size_t bytes)
{
	struct memory *memory;
	struct stat status;

	if (fstat(PLUMB_MEMORY, &status) < 0 || !S_ISREG(status.st_mode) ||
	    (size_t)status.st_size < sizeof *memory + bytes)
		return NULL;
	memory = map(bytes);
	if (memory != NULL &&
	    (memory->magic != MAGIC || memory->owner != getpid())) {
		(void)munmap(memory, sizeof *memory + bytes);
		return NULL;
	}
	return memory;
}

bool
again_pending(void)
{
	struct memory *memory = map_ours(0);
	bool pending;

	if (memory == NULL)
		return false;
	pending = memory->signo != 0;
	(void)munmap(memory, sizeof *memory);
	return pending;
}

void *
again_find(size_t bytes, int *signo)
{
	struct memory *memory = map_ours(bytes);

	if (memory == NULL || memory->signo == 0)
		return NULL;
	*signo = memory->signo;
	memory->signo = 0;
	return memory->bytes;
}

void *
again_make(size_t bytes)
{
	struct memory *memory = NULL;
	int fd = memfd_create("supd-guard", MFD_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, (off_t)(sizeof *memory + bytes)) == 0 &&
	    dup3(fd, PLUMB_MEMORY, O_CLOEXEC) >= 0)
		memory = map(bytes);
	close(fd);
	if (memory == NULL)
		return NULL;
	memory->magic = MAGIC;
	memory->owner = getpid();
	return memory->bytes;
}

/* One more, and are there too many now? */
static bool
is_hopeless(struct memory *memory)
{
	uint64_t now = reaper_now_ms();
	uint64_t *at = &memory->at_ms[memory->faults++ % FAULTS_MAX];
	uint64_t before = *at;

	*at = now;
	return memory->faults > FAULTS_MAX && now - before < FAULTS_MS;
}

static void
begin_again(struct memory *memory)
{
	int fd;

	memory->argv[0] = memory->name;
	for (fd = PLUMB_NEWS; fd < PLUMB_SLOTS + SLOT_COUNT; fd++)
		(void)fcntl(fd, F_SETFD, 0);
	(void)exec_again(memory->argv);
}

/* It runs on a stack of its own and believes in nothing but what the kernel
 * says: the memory is found anew, by its descriptor. */
static void
on_fault(int signo, siginfo_t *info, void *context)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	struct memory *memory;

	(void)context;
	/* A positive code is the kernel's; abort(3) sends to itself. */
	if (info->si_code <= 0 && info->si_pid != getpid())
		return;
	memory = map_ours(0);
	if (memory != NULL && !is_hopeless(memory)) {
		memory->signo = signo;
		begin_again(memory);
	}
	(void)sigaction(signo, &plain, NULL);
}

void
again_arm(char **argv, char *name)
{
	struct memory *memory = map_ours(0);
	struct sigaction action = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct reaper_mask held = { UINT64_MAX };
	stack_t stack = { .ss_size = STACK_BYTES };
	size_t i;

	if (!FAULTS_ARE_OURS || memory == NULL)
		return;
	memory->argv = argv;
	memory->name = name;
	stack.ss_sp = memory->stack;
	if (sigaltstack(&stack, NULL) < 0)
		return;
	sigfillset(&action.sa_mask);
	for (i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		if (sigaction(faults[i], &action, NULL) == 0)
			held.bits &= ~(1ull << (faults[i] - 1));
	}
	reaper_release(&held);
}

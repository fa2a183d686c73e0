/*
 * Orphans for the tests of the init, faster than a script makes them:
 *
 *   orphans many N          N of them, one after the other; each ends at once
 *   orphans instant N FILE  N that live; writes FILE; they die at one instant
 *                           when USR1 comes; it stays
 *   orphans storm CODE      without an end; leaves with CODE in the middle
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A grandchild that nobody waits for; it lives until fd is at its end. */
static void
orphan(const int ends[2])
{
	char byte;
	pid_t pid = fork();

	while (pid < 0) {
		usleep(1000);
		pid = fork();
	}
	if (pid == 0) {
		if (fork() == 0 && ends != NULL) {
			close(ends[1]);
			(void)!read(ends[0], &byte, 1);
		}
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

static int
many(long count)
{
	while (count-- > 0)
		orphan(NULL);
	return 0;
}

static int
instant(long count, const char *path)
{
	sigset_t wanted;
	int ends[2], fd, signo;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGUSR1);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	if (pipe(ends) < 0)
		return 1;
	while (count-- > 0)
		orphan(ends);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	(void)!write(fd, "made\n", 5);
	(void)sigwait(&wanted, &signo);
	close(ends[1]);
	for (;;)
		pause();
}

static int
storm(int code)
{
	if (fork() == 0) {
		for (;;)
			orphan(NULL);
	}
	usleep(300000);
	return code;
}

int
main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (strcmp(argv[1], "many") == 0)
		return many(strtol(argv[2], NULL, 10));
	if (strcmp(argv[1], "storm") == 0)
		return storm((int)strtol(argv[2], NULL, 10));
	return argc < 4 ? 2 : instant(strtol(argv[2], NULL, 10), argv[3]);
}

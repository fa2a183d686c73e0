#include "os/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/os_kit.h"

static char base[64];
static char why[256];

static const char *
at(const char *name)
{
	static char path[4][160];
	static unsigned next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", base, name);
	return p;
}

static int
dial(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(to.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 07777 : st.st_mode & 07777;
}

static void
the_mode_is_right_under_any_umask(void **state)
{
	static const mode_t umasks[] = { 0, 022, 077, 0777 };
	static const mode_t modes[] = { 0600, 0666 };
	mode_t before = umask(0);
	size_t i, j;
	int fd, lock;

	(void)state;
	for (i = 0; i < 4; i++) {
		for (j = 0; j < 2; j++) {
			umask(umasks[i]);
			fd = listen_open(
			    at("d/s"), modes[j], &lock, why, sizeof why);
			assert_true(fd >= 0);
			assert_int_equal(mode_of(at("d/s")), modes[j]);
			assert_int_equal(umask(umasks[i]), umasks[i]);
			assert_int_equal(mode_of(at("d")) & 022, 0);
			assert_int_equal(listen_mode(at("d/s"), 0640), 0);
			assert_int_equal(mode_of(at("d/s")), 0640);
			close(fd);
			close(lock);
		}
	}
	umask(before);
	assert_int_equal(listen_mode(at("d"), 0600), -ENOTSOCK);
	assert_int_equal(listen_mode(at("none"), 0600), -ENOENT);
}

static void
a_live_supd_is_told_from_a_dead_one(void **state)
{
	int fd, lock, second, second_lock, kept;

	(void)state;
	fd = listen_open(at("s"), 0600, &lock, why, sizeof why);
	assert_true(fd >= 0);
	second = listen_open(at("s"), 0600, &second_lock, why, sizeof why);
	assert_int_equal(second, -EADDRINUSE);
	assert_int_equal(second_lock, -1);
	assert_non_null(strstr(why, at("s")));
	/* The guard holds the lock for an engine that has died. */
	kept = dup(lock);
	close(fd);
	close(lock);
	assert_int_equal(
	    listen_open(at("s"), 0600, &lock, why, sizeof why), -EADDRINUSE);
	close(kept);
	/* The socket is still there, and nobody behind it. */
	assert_int_equal(dial(at("s")), -1);
	fd = listen_open(at("s"), 0600, &lock, why, sizeof why);
	assert_true(fd >= 0);
	kept = dial(at("s"));
	assert_true(kept >= 0);
	close(kept);
	close(fd);
	close(lock);
}

static void
bad_places_are_refused_in_words(void **state)
{
	char path[300];
	int fd, lock;

	(void)state;
	assert_int_equal(
	    listen_open("", 0600, &lock, why, sizeof why), -EINVAL);
	memset(path, 'x', sizeof path - 1);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	assert_int_equal(
	    listen_open(path, 0600, &lock, why, sizeof why), -ENAMETOOLONG);
	/* Others may write there. */
	assert_int_equal(mkdir(at("open"), 0700), 0);
	assert_int_equal(chmod(at("open"), 0770), 0);
	assert_int_equal(
	    listen_open(at("open/s"), 0600, &lock, why, sizeof why), -EPERM);
	assert_non_null(strstr(why, "0770"));
	/* A link to a good folder is a link. */
	assert_int_equal(mkdir(at("good"), 0700), 0);
	assert_int_equal(symlink(at("good"), at("link")), 0);
	assert_true(
	    listen_open(at("link/s"), 0600, &lock, why, sizeof why) < 0);
	/* Something that is no socket stays. */
	fd = open(at("good/s"), O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(
	    listen_open(at("good/s"), 0600, &lock, why, sizeof why), -EEXIST);
	assert_int_equal(access(at("good/s"), F_OK), 0);
	assert_int_equal(
	    listen_open(at("good/s/d/t"), 0600, &lock, why, sizeof why),
	    -ENOTDIR);
	assert_non_null(strstr(why, "good/s/d"));
	/* The lock is not followed anywhere either. */
	assert_int_equal(symlink("/tmp/elsewhere", at("good/t.lock")), 0);
	assert_int_equal(
	    listen_open(at("good/t"), 0600, &lock, why, sizeof why), -ELOOP);
	assert_int_equal(lock, -1);
}

static void
what_is_missing_above_the_folder_is_made(void **state)
{
	mode_t before = umask(0);
	int fd, lock;

	(void)state;
	fd = listen_open(at("no/run/s"), 0600, &lock, why, sizeof why);
	assert_true(fd >= 0);
	assert_int_equal(mode_of(at("no")), 0755);
	assert_int_equal(mode_of(at("no/run")) & 022, 0);
	umask(before);
	close(fd);
	close(lock);
}

static void
a_folder_of_another_user_is_refused(void **state)
{
	int lock;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(at("other"), 0700), 0);
	assert_int_equal(chown(at("other"), 1234, 1234), 0);
	assert_int_equal(
	    listen_open(at("other/s"), 0600, &lock, why, sizeof why), -EPERM);
	assert_non_null(strstr(why, "1234"));
}

static void
the_shared_place_must_be_ours_alone(void **state)
{
	char path[128], folder[64];
	int fd, lock;

	(void)state;
	snprintf(folder, sizeof folder, "/tmp/supd-%u", (unsigned)geteuid());
	snprintf(path, sizeof path, "%s/unit.sock", folder);
	if (access(folder, F_OK) == 0)
		skip();
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(
	    listen_open(path, 0600, &lock, why, sizeof why), -EPERM);
	assert_int_equal(chmod(folder, 0700), 0);
	fd = listen_open(path, 0600, &lock, why, sizeof why);
	assert_true(fd >= 0);
	close(fd);
	close(lock);
	unlink(path);
	snprintf(path, sizeof path, "%s/unit.sock.lock", folder);
	unlink(path);
	rmdir(folder);
}

static void
a_peer_is_known_by_its_credentials(void **state)
{
	int fd, lock, client, got, reserve = listen_reserve(), status;
	struct listen_peer peer;
	pid_t pid;

	(void)state;
	assert_true(reserve >= 0);
	fd = listen_open(at("p"), 0666, &lock, why, sizeof why);
	assert_true(fd >= 0);
	assert_int_equal(listen_accept(fd, &reserve, &peer), -EAGAIN);
	client = dial(at("p"));
	got = listen_accept(fd, &reserve, &peer);
	assert_true(got >= 0);
	assert_int_equal(fcntl(got, F_GETFD), FD_CLOEXEC);
	assert_true((fcntl(got, F_GETFL) & O_NONBLOCK) != 0);
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.uid, geteuid());
	close(got);
	close(client);
	if (geteuid() != 0) {
		close(fd);
		close(lock);
		close(reserve);
		return;
	}
	pid = fork();
	if (pid == 0) {
		gid_t groups[100];
		int i;

		for (i = 0; i < 100; i++)
			groups[i] = 5000 + (gid_t)i;
		if (chmod(base, 0711) < 0 || setgroups(100, groups) < 0 ||
		    setgid(777) < 0 || setuid(778) < 0)
			_exit(1);
		_exit(dial(at("p")) >= 0 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	got = listen_accept(fd, &reserve, &peer);
	assert_true(got >= 0);
	assert_int_equal(peer.pid, pid);
	assert_int_equal(peer.uid, 778);
	assert_int_equal(peer.gid, 777);
	assert_int_equal(peer.groups_count, 64);
	assert_int_equal(peer.groups[0], 5000);
	assert_int_equal(peer.groups[63], 5063);
	close(got);
	close(fd);
	close(lock);
	close(reserve);
}

static void
the_reserve_lets_one_in_at_the_limit(void **state)
{
	int fd, lock, client, reserve = listen_reserve(), got;
	struct listen_peer peer;
	struct rlimit limit, low;
	char byte;

	(void)state;
	fd = listen_open(at("r"), 0600, &lock, why, sizeof why);
	assert_true(fd >= 0);
	client = dial(at("r"));
	assert_true(client >= 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = (rlim_t)client + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	got = listen_accept(fd, &reserve, &peer);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(got, -EMFILE);
	assert_true(reserve >= 0);
	/* The queue is empty, and the client knows. */
	assert_int_equal(listen_accept(fd, &reserve, &peer), -EAGAIN);
	assert_int_equal(read(client, &byte, 1), 0);
	close(client);
	close(fd);
	close(lock);
	close(reserve);
}

static void
clean_up(void)
{
	char command[96];

	if (fork() == 0) {
		snprintf(command, sizeof command, "%s", base);
		execlp("rm", "rm", "-r", command, (char *)NULL);
		_exit(1);
	}
	(void)wait(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mode_is_right_under_any_umask),
		cmocka_unit_test(a_live_supd_is_told_from_a_dead_one),
		cmocka_unit_test(bad_places_are_refused_in_words),
		cmocka_unit_test(what_is_missing_above_the_folder_is_made),
		cmocka_unit_test(a_folder_of_another_user_is_refused),
		cmocka_unit_test(the_shared_place_must_be_ours_alone),
		cmocka_unit_test(a_peer_is_known_by_its_credentials),
		cmocka_unit_test(the_reserve_lets_one_in_at_the_limit),
	};
	int result;

	snprintf(base, sizeof base, "/tmp/os_listen.XXXXXX");
	if (mkdtemp(base) == NULL)
		return 1;
	result = cmocka_run_group_tests(tests, NULL, NULL);
	clean_up();
	return result;
}

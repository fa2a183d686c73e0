#include "os/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/os_kit.h"

#define IMAGE (64 * 1024)

static struct ledger *
reopen(int fd, bool *fresh)
{
	int error = 1;
	struct ledger *ledger = ledger_open(fd, IMAGE, fresh, &error);

	assert_non_null(ledger);
	assert_int_equal(error, 0);
	return ledger;
}

static void
is_fresh_until_the_first_commit(void **state)
{
	struct ledger_engine words = { .news_seq = 5, .signals = 2 };
	int fd = memfd_create("ledger", MFD_CLOEXEC);
	struct ledger *ledger;
	bool fresh;

	(void)state;
	ledger = reopen(fd, &fresh);
	assert_true(fresh);
	ledger_begin(ledger);
	ledger_add(ledger, 10, "hello", 5);
	ledger_close(ledger);

	/* Begun is not done. */
	ledger = reopen(fd, &fresh);
	assert_true(fresh);
	assert_int_equal(((const char *)ledger_image(ledger))[10], 0);
	ledger_begin(ledger);
	ledger_add(ledger, 10, "hello", 5);
	ledger_commit(ledger, &words);
	assert_memory_equal(
	    (const char *)ledger_image(ledger) + 10, "hello", 5);
	ledger_slot(ledger, LIMIT_NODES - 1)->ticket = 9;
	ledger_close(ledger);

	ledger = reopen(fd, &fresh);
	assert_false(fresh);
	assert_memory_equal(
	    (const char *)ledger_image(ledger) + 10, "hello", 5);
	assert_int_equal(ledger_engine(ledger)->news_seq, 5);
	assert_int_equal(ledger_engine(ledger)->signals, 2);
	assert_int_equal(ledger_slot(ledger, LIMIT_NODES - 1)->ticket, 9);
	ledger_close(ledger);
	close(fd);
}

static void
has_room_for_the_whole_image_in_small_pieces(void **state)
{
	struct ledger_engine words = { 0 };
	int fd = memfd_create("ledger", MFD_CLOEXEC);
	struct ledger *ledger;
	size_t i;
	bool fresh;

	(void)state;
	ledger = reopen(fd, &fresh);
	ledger_begin(ledger);
	for (i = 0; i < IMAGE; i += 8)
		ledger_add(ledger, i, "\1\2\3\4\5\6\7\10", 8);
	ledger_commit(ledger, &words);
	for (i = 0; i < IMAGE; i++)
		assert_int_equal(
		    ((const char *)ledger_image(ledger))[i], i % 8 + 1);
	ledger_close(ledger);
	close(fd);
}

static void
refuses_what_is_not_its_own(void **state)
{
	int fd = memfd_create("ledger", MFD_CLOEXEC), error = 0;
	uint64_t wrong = 0x1234;
	bool fresh;

	(void)state;
	ledger_close(reopen(fd, &fresh));
	assert_null(ledger_open(fd, IMAGE * 2, &fresh, &error));
	assert_int_equal(error, -EBADMSG);
	assert_int_equal(pwrite(fd, &wrong, sizeof wrong, 8), sizeof wrong);
	assert_null(ledger_open(fd, IMAGE, &fresh, &error));
	assert_int_equal(error, -EBADMSG);
	close(fd);
	fd = memfd_create("ledger", MFD_CLOEXEC);
	ledger_close(reopen(fd, &fresh));
	assert_int_equal(pwrite(fd, &wrong, sizeof wrong, 0), sizeof wrong);
	assert_null(ledger_open(fd, IMAGE, &fresh, &error));
	assert_int_equal(error, -EBADMSG);
	close(fd);
}

static void
moves_slots_with_the_next_commit(void **state)
{
	/* 0 stays, 1 goes, 2 and 3 change places, 4 goes up to 1. */
	const uint32_t moved[] = { 0, UINT32_MAX, 3, 2, 1 };
	const uint32_t wanted[] = { 100, 104, 103, 102, 0, 105 };
	struct ledger_engine words = { 0 };
	int fd = memfd_create("ledger", MFD_CLOEXEC);
	struct ledger *ledger;
	uint32_t i;
	bool fresh;

	(void)state;
	ledger = reopen(fd, &fresh);
	for (i = 0; i < 6; i++) {
		ledger_slot(ledger, i)->ticket = 100 + i;
		atomic_store(&ledger_slot(ledger, i)->word, 100 + i);
	}
	ledger_move_slots(ledger, moved, 5);
	assert_int_equal(ledger_slot(ledger, 1)->ticket, 101);
	ledger_begin(ledger);
	ledger_add(ledger, 0, "x", 1);
	ledger_commit(ledger, &words);
	for (i = 0; i < 6; i++) {
		assert_int_equal(ledger_slot(ledger, i)->ticket, wanted[i]);
		assert_int_equal(
		    atomic_load(&ledger_slot(ledger, i)->word), wanted[i]);
	}
	/* Once, and not with every commit after. */
	ledger_begin(ledger);
	ledger_commit(ledger, &words);
	assert_int_equal(ledger_slot(ledger, 1)->ticket, 104);
	ledger_close(ledger);
	close(fd);
}

/* State n of the image is n in each of its words; and so are the engine's
 * words. */
static void
commit_for_ever(int fd)
{
	struct ledger_engine words;
	struct ledger *ledger;
	uint64_t n, image[64];
	size_t i;
	bool fresh;
	int error;

	ledger = ledger_open(fd, IMAGE, &fresh, &error);
	if (ledger == NULL)
		_exit(1);
	words = *ledger_engine(ledger);
	for (n = words.news_seq + 1;; n++) {
		for (i = 0; i < 64; i++)
			image[i] = n;
		ledger_begin(ledger);
		for (i = 0; i < IMAGE; i += sizeof image)
			ledger_add(ledger, i, image, sizeof image);
		words.news_seq = n;
		ledger_commit(ledger, &words);
	}
}

static uint64_t
check_whole(int fd)
{
	struct ledger *ledger;
	const uint64_t *image;
	uint64_t n;
	size_t i;
	bool fresh;

	ledger = reopen(fd, &fresh);
	image = ledger_image(ledger);
	n = ledger_engine(ledger)->news_seq;
	for (i = 0; i < IMAGE / sizeof *image; i++)
		assert_int_equal(image[i], n);
	ledger_close(ledger);
	return n;
}

static void
an_engine_killed_anywhere_leaves_one_of_its_states(void **state)
{
	int fd = memfd_create("ledger", MFD_CLOEXEC);
	struct timespec ts = { 0, 0 };
	uint64_t before = 0, n;
	int round, status;
	pid_t pid;

	(void)state;
	srand(1);
	for (round = 0; round < 400; round++) {
		pid = fork();
		if (pid == 0)
			commit_for_ever(fd);
		ts.tv_nsec = rand() % 3000000;
		nanosleep(&ts, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		n = check_whole(fd);
		assert_true(n >= before);
		before = n;
	}
	assert_true(before > 400);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_fresh_until_the_first_commit),
		cmocka_unit_test(has_room_for_the_whole_image_in_small_pieces),
		cmocka_unit_test(refuses_what_is_not_its_own),
		cmocka_unit_test(moves_slots_with_the_next_commit),
		cmocka_unit_test(
		    an_engine_killed_anywhere_leaves_one_of_its_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "os/news.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/os_kit.h"

struct pipes {
	int ends[2];
	int scratch[2];
};

static struct pipes
open_pipes(void)
{
	struct pipes p;

	assert_int_equal(pipe2(p.ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(news_open(p.scratch), 0);
	return p;
}

static void
close_pipes(struct pipes *p)
{
	close(p->ends[0]);
	close(p->ends[1]);
	close(p->scratch[0]);
	close(p->scratch[1]);
}

static int
put(struct pipes *p, uint64_t seq)
{
	struct news news = { .seq = seq, .pid = (int32_t)(1000 + seq) };

	return news_write(p->ends[1], &news);
}

static void
peeking_takes_nothing(void **state)
{
	struct news news[NEWS_BATCH];
	struct pipes p = open_pipes();
	size_t seen;
	int i;

	(void)state;
	assert_int_equal(news_peek(p.ends[0], p.scratch, 0, news, &seen), 0);
	assert_int_equal(seen, 0);
	for (i = 1; i <= 3; i++)
		assert_int_equal(put(&p, (uint64_t)i), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(
		    news_peek(p.ends[0], p.scratch, 0, news, &seen), 3);
		assert_int_equal(seen, 3);
		assert_int_equal(news[2].pid, 1003);
	}
	assert_int_equal(news_consume(p.ends[0], 3), 0);
	assert_int_equal(news_peek(p.ends[0], p.scratch, 0, news, &seen), 0);
	close_pipes(&p);
}

static void
passes_over_what_the_ledger_has(void **state)
{
	struct news news[NEWS_BATCH];
	struct pipes p = open_pipes();
	size_t seen;
	int i;

	(void)state;
	for (i = 1; i <= 5; i++)
		assert_int_equal(put(&p, (uint64_t)i), 0);
	/* An engine that saved three of them died before it took them. */
	assert_int_equal(news_peek(p.ends[0], p.scratch, 3, news, &seen), 2);
	assert_int_equal(seen, 5);
	assert_int_equal(news[0].seq, 4);
	assert_int_equal(news_peek(p.ends[0], p.scratch, 5, news, &seen), 0);
	assert_int_equal(seen, 5);
	assert_int_equal(news_consume(p.ends[0], seen), 0);
	close_pipes(&p);
}

static void
a_full_pipe_loses_nothing(void **state)
{
	struct news news[NEWS_BATCH];
	struct pipes p = open_pipes();
	uint64_t written = 0, got = 0;
	size_t seen;
	int i, n, error;

	(void)state;
	while ((error = put(&p, written + 1)) == 0)
		written++;
	assert_int_equal(error, -EAGAIN);
	assert_true(written >= 2048);
	while (got < written) {
		n = news_peek(p.ends[0], p.scratch, got, news, &seen);
		assert_true(n > 0 && n <= NEWS_BATCH);
		for (i = 0; i < n; i++)
			assert_int_equal(news[i].seq, ++got);
		assert_int_equal(news_consume(p.ends[0], seen), 0);
		/* It goes on to be written to meanwhile. */
		while (written < 10000 && put(&p, written + 1) == 0)
			written++;
	}
	assert_int_equal(got, 10000);
	assert_int_equal(news_peek(p.ends[0], p.scratch, got, news, &seen), 0);
	close_pipes(&p);
}

static void
the_end_of_the_guard_is_no_news(void **state)
{
	struct news news[NEWS_BATCH];
	struct pipes p = open_pipes();
	size_t seen;

	(void)state;
	assert_int_equal(put(&p, 1), 0);
	close(p.ends[1]);
	p.ends[1] = -1;
	assert_int_equal(news_peek(p.ends[0], p.scratch, 0, news, &seen), 1);
	assert_int_equal(news_consume(p.ends[0], 1), 0);
	assert_int_equal(news_peek(p.ends[0], p.scratch, 1, news, &seen), 0);
	assert_true(news_consume(p.ends[0], 1) < 0);
	close_pipes(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peeking_takes_nothing),
		cmocka_unit_test(passes_over_what_the_ledger_has),
		cmocka_unit_test(a_full_pipe_loses_nothing),
		cmocka_unit_test(the_end_of_the_guard_is_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

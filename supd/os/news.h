/*
 * news: the exits, on their way from guard to engine.
 *
 * One record an exit, in the order of reaping, through a pipe that the guard
 * keeps; a write of one record is atomic (pipe(7)). If the pipe is full the
 * guard stops reaping until there is room, and zombies wait: nothing is lost.
 *
 * The engine looks before it takes. news_peek() copies what is in the pipe
 * without consuming it (tee(2)); after the step that handled it is saved in
 * the ledger, together with the number of its last record,
 * news_consume() takes it out. An engine that died in between left the
 * records in the pipe, and its successor passes over those that the ledger
 * has already: each exit counts once.
 *
 * at_ns is taken while the process is a zombie, so before its pid can belong
 * to anyone else, and after its death. A process that was born later than
 * that stamp is another one with the same pid.
 */
#ifndef SUPD_OS_NEWS_H
#define SUPD_OS_NEWS_H

#include <stddef.h>
#include <stdint.h>

struct news {
	uint64_t seq;   /* from 1, one more each */
	uint64_t at_ns; /* CLOCK_MONOTONIC */
	int32_t pid;
	int32_t code;   /* CLD_EXITED, CLD_KILLED or CLD_DUMPED */
	int32_t status; /* exit code or signal */
	int32_t spare;
};

#define NEWS_BATCH 256

/* Guard: 0, or -EAGAIN if the pipe is full, or another -errno. */
int news_write(int fd, const struct news *);

/* Engine. scratch: both ends of a pipe of its own (news_open()).
 * Copies up to NEWS_BATCH records with seq > after into news; *seen is the
 * number of records that were looked at, those passed over included. Returns
 * how many were copied, 0 if there are none, or -errno. */
int news_open(int scratch[2]);
int news_peek(int fd, const int scratch[2], uint64_t after, struct news *news,
    size_t *seen);
/* Takes the first n records out. */
int news_consume(int fd, size_t n);

#endif

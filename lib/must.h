/*
 * must: what cannot be false unless this program is wrong.
 *
 * must(cond) ends the process by SIGABRT, with the place and the condition on
 * standard error, in every build. In the engine that is cheap: its successor
 * adopts the tree. Never use it on what a file, a peer, a child or the kernel
 * said; the guard does not use it at all.
 */
#ifndef LIB_MUST_H
#define LIB_MUST_H

_Noreturn void must_fail(const char *file, int line, const char *what);

#define must(cond) ((cond) ? (void)0 : must_fail(__FILE__, __LINE__, #cond))

#endif

/*
 * raw: system calls for a child that shares the engine's memory.
 *
 * Between a clone with CLONE_VM and its exec the C library must not be
 * entered: its wrappers write errno, signal other threads (setuid(2)), or
 * cache what they learnt, all of it in memory that is the engine's. These
 * calls touch registers only and return the kernel's answer: 0 or more, or
 * -errno. Functions that run in such a child bear RAW_CHILD: a sanitizer's
 * idea of the stack does not hold there. Source: syscall(2).
 */
#ifndef SUPD_OS_RAW_H
#define SUPD_OS_RAW_H

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RAW_CHILD __attribute__((no_sanitize("address", "undefined")))

#if defined(__x86_64__) && !defined(__ILP32__)
RAW_CHILD static inline long
raw_call5(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile(
	    "syscall"
	    : "=a"(result)
	    : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
	    : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
RAW_CHILD static inline long
raw_call5(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}
#else
/* It writes errno, which the suspended engine does not look at. */
RAW_CHILD static inline long
raw_call5(long number, long a, long b, long c, long d, long e)
{
	long result = syscall(number, a, b, c, d, e);

	return result < 0 ? -errno : result;
}
#endif

#define raw_call4(number, a, b, c, d) \
	raw_call5(number, (long)(a), (long)(b), (long)(c), (long)(d), 0L)
#define raw_call3(number, a, b, c) raw_call4(number, a, b, c, 0L)
#define raw_call2(number, a, b) raw_call4(number, a, b, 0L, 0L)
#define raw_call1(number, a) raw_call4(number, a, 0L, 0L, 0L)
#define raw_call0(number) raw_call4(number, 0L, 0L, 0L, 0L)

#endif

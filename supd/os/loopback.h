/*
 * loopback: the network device lo of our network namespace.
 *
 * Its address comes by itself when it is up. Also for a child that shares the
 * engine's memory, see raw.h. Source: netdevice(7).
 */
#ifndef SUPD_OS_LOOPBACK_H
#define SUPD_OS_LOOPBACK_H

/* 0 or -errno. */
long loopback_raise(void);

#endif

/*
 * rng: the chance of the simulation.
 *
 * A generator of its own (splitmix64 by Steele, Lea and Flood, 2014), so that
 * a seed means the same on every machine and libc. Never used by the core.
 */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *);
/* Uniform enough below n; n is not 0. */
uint32_t rng_below(struct rng *, uint32_t n);
bool rng_percent(struct rng *, uint32_t percent);
/* One number of two, the same for the same two. */
uint64_t rng_mix(uint64_t a, uint64_t b);

#endif

#include "os/rights.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "os/child.h"

#define SETS 64 /* bits of a mask */

/* As the kernel takes and gives them, in two words. */
struct sets {
	struct __user_cap_data_struct words[2];
};

static const struct __user_cap_header_struct header = {
	_LINUX_CAPABILITY_VERSION_3, 0
};

static const struct {
	const char *name;
	unsigned bit;
} securebits[] = {
	{ "keep-caps", SECBIT_KEEP_CAPS },
	{ "keep-caps-locked", SECBIT_KEEP_CAPS_LOCKED },
	{ "no-setuid-fixup", SECBIT_NO_SETUID_FIXUP },
	{ "no-setuid-fixup-locked", SECBIT_NO_SETUID_FIXUP_LOCKED },
	{ "noroot", SECBIT_NOROOT },
	{ "noroot-locked", SECBIT_NOROOT_LOCKED },
	{ "no-cap-ambient-raise", SECBIT_NO_CAP_AMBIENT_RAISE },
	{ "no-cap-ambient-raise-locked", SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED },
};
#define SECUREBITS (sizeof securebits / sizeof securebits[0])

int
rights_number(const char *name)
{
	cap_value_t value;

	/* The library takes numbers as well, which we don't. */
	if (strncmp(name, "cap_", 4) != 0 || name[4] < 'a' || name[4] > 'z')
		return -1;
	if (cap_from_name(name, &value) < 0 || value < 0 || value >= SETS)
		return -1;
	return (int)value;
}

bool
rights_name(int number, char *text, size_t bytes)
{
	char *name;

	if (number < 0 || number >= (int)cap_max_bits())
		return false;
	name = cap_to_name(number);
	if (name == NULL)
		return false;
	(void)snprintf(text, bytes, "%s", name);
	(void)cap_free(name);
	return true;
}

unsigned
rights_securebit(const char *name)
{
	size_t i;

	for (i = 0; i < SECUREBITS; i++) {
		if (strcmp(securebits[i].name, name) == 0)
			return securebits[i].bit;
	}
	return 0;
}

const char *
rights_securebit_name(unsigned index)
{
	return index < SECUREBITS ? securebits[index].name : NULL;
}

bool
rights_forbids_ambient(unsigned bits)
{
	return (bits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0;
}

static uint64_t
mask_of(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

/* Nothing, where the kernel knows no capabilities. */
static struct sets
read_sets(void)
{
	struct __user_cap_header_struct head = header;
	struct sets sets = { { { 0, 0, 0 }, { 0, 0, 0 } } };

	(void)syscall(SYS_capget, &head, sets.words);
	return sets;
}

RAW_CHILD static void
write_words(struct sets *sets, uint64_t effective, uint64_t permitted,
    uint64_t inheritable)
{
	sets->words[0].effective = (uint32_t)effective;
	sets->words[1].effective = (uint32_t)(effective >> 32);
	sets->words[0].permitted = (uint32_t)permitted;
	sets->words[1].permitted = (uint32_t)(permitted >> 32);
	sets->words[0].inheritable = (uint32_t)inheritable;
	sets->words[1].inheritable = (uint32_t)(inheritable >> 32);
}

static uint64_t
effective_of(const struct sets *sets)
{
	return mask_of(sets->words[0].effective, sets->words[1].effective);
}

static uint64_t
permitted_of(const struct sets *sets)
{
	return mask_of(sets->words[0].permitted, sets->words[1].permitted);
}

static uint64_t
inheritable_of(const struct sets *sets)
{
	return mask_of(sets->words[0].inheritable, sets->words[1].inheritable);
}

uint64_t
rights_permitted(void)
{
	struct sets own = read_sets();

	return permitted_of(&own);
}

/* Those of the mask that are in the ambient set. */
static uint64_t
read_ambient(uint64_t mask)
{
	uint64_t found = 0;
	int n;

	for (n = 0; n < SETS; n++) {
		if ((mask >> n & 1) != 0 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, n, 0, 0) == 1)
			found |= UINT64_C(1) << n;
	}
	return found;
}

/* All that are in the bounding set and not in the mask. */
static uint64_t
read_bounding_but(uint64_t mask)
{
	uint64_t found = 0;
	int n, answer;

	for (n = 0; n < SETS; n++) {
		answer = prctl(PR_CAPBSET_READ, n, 0, 0, 0);
		if (answer < 0)
			break;
		if (answer == 1 && (mask >> n & 1) == 0)
			found |= UINT64_C(1) << n;
	}
	return found;
}

static void
prepare_securebits(
    const struct rights *rights, bool as_root, struct rights_steps *steps)
{
	int own;

	if (!rights->set_securebits && !(rights->set_ambient && as_root))
		return;
	own = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
	steps->securebits =
	    rights->set_securebits ? rights->securebits : (unsigned)own;
	/* Else exec would give uid 0 all of the bounding set. */
	if (rights->set_ambient && as_root)
		steps->securebits |= SECBIT_NOROOT;
	steps->do_securebits = own < 0 || steps->securebits != (unsigned)own;
}

void
rights_prepare(const struct rights *rights, const struct rights_user *user,
    struct rights_steps *steps)
{
	struct sets own = read_sets();
	uint64_t ambient = read_ambient(inheritable_of(&own));
	bool leaves_root = user->changes && user->uid != 0;
	bool as_root =
	    user->changes ? user->uid == 0 : geteuid() == 0 || getuid() == 0;
	uint64_t wanted = rights->set_ambient ? rights->ambient
			  : leaves_root       ? 0
					      : ambient;

	memset(steps, 0, sizeof *steps);
	if (rights->set_bounding) {
		steps->drop = read_bounding_but(rights->bounding);
		wanted &= rights->bounding;
	}
	prepare_securebits(rights, as_root, steps);
	steps->no_new_privs = rights->no_new_privs;
	steps->inheritable = wanted;
	if (rights->set_ambient || leaves_root) {
		steps->do_sets = true;
		steps->effective = steps->permitted = wanted;
		steps->keep = leaves_root && wanted != 0;
		steps->raise = wanted;
	} else {
		/* It only shrinks; what is ambient already stays that. */
		steps->do_sets = inheritable_of(&own) != wanted;
		steps->effective = effective_of(&own);
		steps->permitted = permitted_of(&own);
	}
}

uint64_t
rights_rest(uint64_t keep)
{
	struct sets own = read_sets();
	uint64_t was = effective_of(&own);

	rights_awake(was & keep);
	return was;
}

void
rights_awake(uint64_t effective)
{
	struct __user_cap_header_struct head = header;
	struct sets own = read_sets();

	write_words(&own, effective, permitted_of(&own), inheritable_of(&own));
	(void)syscall(SYS_capset, &head, own.words);
}

/* In the child: no function of the C library, see raw.h. */

RAW_CHILD void
rights_limit(const struct rights_steps *steps, struct report report)
{
	int n;

	for (n = 0; n < SETS; n++) {
		if ((steps->drop >> n & 1) != 0)
			child_need(report, STEP_BOUNDING_SET,
			    raw_call5(SYS_prctl, PR_CAPBSET_DROP, n, 0, 0, 0));
	}
	if (steps->do_securebits)
		child_need(report, STEP_SECUREBITS,
		    raw_call5(SYS_prctl, PR_SET_SECUREBITS,
			(long)steps->securebits, 0, 0, 0));
	if (steps->keep)
		child_need(report, STEP_CAPABILITIES,
		    raw_call5(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0));
}

RAW_CHILD void
rights_settle(const struct rights_steps *steps, struct report report)
{
	struct __user_cap_header_struct head;
	struct sets sets;
	int n;

	if (!steps->do_sets)
		return;
	head.version = _LINUX_CAPABILITY_VERSION_3;
	head.pid = 0;
	write_words(
	    &sets, steps->effective, steps->permitted, steps->inheritable);
	child_need(report, STEP_CAPABILITIES,
	    raw_call2(SYS_capset, &head, sets.words));
	for (n = 0; n < SETS; n++) {
		if ((steps->raise >> n & 1) != 0)
			child_need(report, STEP_CAPABILITIES,
			    raw_call5(SYS_prctl, PR_CAP_AMBIENT,
				PR_CAP_AMBIENT_RAISE, n, 0, 0));
	}
}

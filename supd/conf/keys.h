/*
 * keys: the table of all keys of the configuration, made from keys.def.
 */
#ifndef SUPD_CONF_KEYS_H
#define SUPD_CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/draft.h"

enum key_id {
#define KEY(name, sections, form, field, effect, help) KEY_##name,
#include "conf/keys.def"
#undef KEY
	KEY_COUNT
};

/* Bits of key.sections. */
enum key_section {
	KEY_IN_SUPD = 1,
	KEY_IN_SUPERVISOR = 2,
	KEY_IN_ROOT = 4,
	KEY_IN_SERVICE = 8,
	KEY_IN_TEMPLATE = 16,
	KEY_IN_DEFAULTS = 32,
};

enum key_effect { EFFECT_LIVE, EFFECT_RESTART, EFFECT_FIXED };

struct key {
	const char *name;
	unsigned sections;
	const struct form *form;
	size_t offset; /* of its field in struct draft */
	enum key_effect effect;
	const char *help; /* one line */
};

extern const struct key keys[KEY_COUNT];

/* False: there is no such key in any section. */
bool keys_find(const char *name, enum key_id *);

#endif

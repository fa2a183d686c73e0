#include "conf/keys.h"

#include <string.h>
#include <sys/resource.h>

#include "conf/after.h"
#include "conf/cage.h"
#include "conf/environ.h"
#include "conf/filter.h"
#include "conf/health.h"
#include "conf/isolation.h"
#include "conf/landlock.h"
#include "conf/person.h"
#include "conf/rights.h"
#include "conf/surround.h"
#include "conf/value.h"
#include "conf/words.h"

/* What the lines of keys.def say in short. */
enum {
	SUPD = KEY_IN_SUPD,
	SUPER = KEY_IN_SUPERVISOR,
	ROOT = KEY_IN_ROOT | KEY_IN_SUPERVISOR,
	SERVICE = KEY_IN_SERVICE | KEY_IN_TEMPLATE | KEY_IN_DEFAULTS,
	TEMPLATE = KEY_IN_TEMPLATE,
};

const struct key keys[KEY_COUNT] = {
#define KEY(name, sections, form, field, effect, help)  \
	[KEY_##name] = { #name, sections, &form_##form, \
		offsetof(struct draft, field), EFFECT_##effect, help },
#include "conf/keys.def"
#undef KEY
};

bool
keys_find(const char *name, enum key_id *id)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (strcmp(keys[i].name, name) == 0) {
			*id = (enum key_id)i;
			return true;
		}
	return false;
}

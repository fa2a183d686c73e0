/*
 * declare: sections and keys get their meaning.
 *
 * Checks the names of sections and keys: what is unknown, misplaced or given
 * twice is an error, with the nearest name where there is one. Sections that
 * remain have kind and name, their items an id.
 */
#ifndef SUPD_CONF_DECLARE_H
#define SUPD_CONF_DECLARE_H

#include "conf/draft.h"
#include "conf/keys.h"
#include "conf/reader.h"

struct declared {
	struct section *supd; /* each NULL if it is not there */
	struct section *defaults;
	struct section *root;
	/* The supervisors, services and templates, in order; root is not in
	 * it. */
	struct section **list;
	size_t count;
};

/* What is wrong is told; false: no memory. */
bool declare(struct making *, const struct sections *, struct declared *);

/* The item that holds for that key in the section (which may be NULL): its
 * own, or for services that of [defaults]. NULL: none. */
struct item *declared_item(
    const struct declared *, const struct section *, enum key_id);
/* Fills in all of them, at their ids. */
void declared_items(const struct declared *, const struct section *,
    struct item *items[KEY_COUNT]);

#endif

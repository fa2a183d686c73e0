/*
 * pick: values out of a daemon's answer.
 *
 * A newer or older daemon may leave a key out or give it another type; then
 * the value counts as absent, and nothing fails. Texts are borrowed from the
 * object. object may be NULL.
 */
#ifndef SUPCTL_PICK_H
#define SUPCTL_PICK_H

#include <jansson.h>
#include <stdbool.h>

/* NULL if it is absent, null or no string. */
const char *pick_text_or_null(const json_t *object, const char *key);
/* "" instead of NULL. */
const char *pick_text(const json_t *object, const char *key);
/* A whole or broken number; otherwise where it is absent. */
double pick_number(const json_t *object, const char *key, double otherwise);
long long pick_whole(
    const json_t *object, const char *key, long long otherwise);
bool pick_true(const json_t *object, const char *key);
bool pick_has(const json_t *object, const char *key); /* and it is not null */
bool pick_is(const json_t *object, const char *key, const char *text);
/* NULL if it is absent or no list. */
json_t *pick_list(const json_t *object, const char *key);
json_t *pick_object(const json_t *object, const char *key);

#endif

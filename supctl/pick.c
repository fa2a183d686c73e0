#include "supctl/pick.h"

#include <string.h>

const char *
pick_text_or_null(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

const char *
pick_text(const json_t *object, const char *key)
{
	const char *text = pick_text_or_null(object, key);

	return text ? text : "";
}

double
pick_number(const json_t *object, const char *key, double otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : otherwise;
}

long long
pick_whole(const json_t *object, const char *key, long long otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool
pick_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

bool
pick_has(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value && !json_is_null(value);
}

bool
pick_is(const json_t *object, const char *key, const char *text)
{
	return strcmp(pick_text(object, key), text) == 0;
}

json_t *
pick_list(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_array(value) ? value : NULL;
}

json_t *
pick_object(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_object(value) ? value : NULL;
}

#include "lib/interface.h"

#include <string.h>

#include "lib/str.h"

/* Included by the assembler, whose working directory is the project's root. */
__asm__(".pushsection .rodata\n"
	".globl interface_control_text\n"
	".hidden interface_control_text\n"
	"interface_control_text:\n"
	".incbin \"lib/io.supd.Control.varlink\"\n"
	".byte 0\n"
	".popsection\n");

extern const char interface_control_text[]
    __attribute__((visibility("hidden")));

/* As https://varlink.org/Service defines it. */
static const char service_text[] =
    "# What every varlink service says of itself.\n"
    "interface org.varlink.service\n"
    "\n"
    "# Who it is, and which interfaces it has.\n"
    "method GetInfo() -> (\n"
    "  vendor: string,\n"
    "  product: string,\n"
    "  version: string,\n"
    "  url: string,\n"
    "  interfaces: []string\n"
    ")\n"
    "\n"
    "# The text of an interface.\n"
    "method GetInterfaceDescription(interface: string) -> (description: "
    "string)\n"
    "\n"
    "error InterfaceNotFound (interface: string)\n"
    "error MethodNotFound (method: string)\n"
    "error MethodNotImplemented (method: string)\n"
    "error InvalidParameter (parameter: string)\n"
    "error PermissionDenied ()\n"
    "error ExpectedMore ()\n";

/* A piece of the text. */
struct word {
	const char *at;
	size_t length;
};

struct type {
	bool nullable;
	bool array;
	struct word name;    /* empty for an enumeration */
	struct word choices; /* between its parentheses */
};

const char *
interface_control(void)
{
	return interface_control_text;
}

const char *
interface_service(void)
{
	return service_text;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

static const char *
skip_blank(const char *at)
{
	for (;;) {
		at += strspn(at, " \t\r\n");
		if (*at != '#')
			return at;
		at += strcspn(at, "\n");
	}
}

static struct word
take_word(const char **at)
{
	struct word word = { skip_blank(*at), 0 };

	while (is_letter(word.at[word.length]))
		word.length++;
	*at = skip_blank(word.at + word.length);
	return word;
}

static bool
word_is(struct word word, const char *text)
{
	return strlen(text) == word.length &&
	       memcmp(word.at, text, word.length) == 0;
}

/* What stands behind the `(` of the method's parameters, or NULL. */
static const char *
find_method(const char *text, const char *method)
{
	const char *line = text;

	while (*line != '\0') {
		const char *at = line;

		if (word_is(take_word(&at), "method") &&
		    word_is(take_word(&at), method) && *at == '(')
			return at + 1;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return NULL;
}

static struct type
take_type(const char **at)
{
	struct type type = { 0 };
	const char *p = skip_blank(*at);

	if (*p == '?') {
		type.nullable = true;
		p++;
	}
	if (p[0] == '[' && p[1] == ']') {
		type.array = true;
		p += 2;
	}
	if (*p == '(') {
		type.choices.at = p + 1;
		type.choices.length = strcspn(p + 1, ")");
		p += 1 + type.choices.length;
		p += *p == ')';
		*at = skip_blank(p);
		return type;
	}
	*at = p;
	type.name = take_word(at);
	return type;
}

static bool
fits_choices(struct word choices, const json_t *value)
{
	const char *at = choices.at;

	if (!json_is_string(value))
		return false;
	while (at < choices.at + choices.length) {
		struct word word = take_word(&at);

		if (word_is(word, json_string_value(value)))
			return true;
		if (*at != ',')
			return false;
		at++;
	}
	return false;
}

static bool
fits_one(const struct type *type, const json_t *value)
{
	if (type->choices.at != NULL)
		return fits_choices(type->choices, value);
	if (word_is(type->name, "bool"))
		return json_is_boolean(value);
	if (word_is(type->name, "int"))
		return json_is_integer(value);
	if (word_is(type->name, "float"))
		return json_is_number(value);
	if (word_is(type->name, "string"))
		return json_is_string(value);
	if (word_is(type->name, "object"))
		return json_is_object(value);
	return false;
}

static bool
fits_type(const struct type *type, const json_t *value)
{
	size_t i;

	if (value == NULL || json_is_null(value))
		return type->nullable;
	if (!type->array)
		return fits_one(type, value);
	if (!json_is_array(value))
		return false;
	for (i = 0; i < json_array_size(value); i++) {
		if (!fits_one(type, json_array_get(value, i)))
			return false;
	}
	return true;
}

/* The next declared parameter; false at the end of the list. */
static bool
take_parameter(const char **at, struct word *name, struct type *type)
{
	*name = take_word(at);
	if (name->length == 0 || **at != ':')
		return false;
	(*at)++;
	*type = take_type(at);
	if (**at == ',')
		(*at)++;
	return true;
}

static bool
is_declared(const char *list, const char *key)
{
	struct word name;
	struct type type;

	while (take_parameter(&list, &name, &type)) {
		if (word_is(name, key))
			return true;
	}
	return false;
}

static void
cut(char *to, size_t bytes, const char *from, size_t length)
{
	length = str_fit(from, length, bytes - 1);
	memcpy(to, from, length);
	to[length] = '\0';
}

bool
interface_declares(const char *text, const char *method)
{
	return find_method(text, method) != NULL;
}

bool
interface_fits(const char *text, const char *method, json_t *parameters,
    char *wrong, size_t bytes)
{
	const char *list = find_method(text, method);
	const char *at = list;
	struct word name;
	struct type type;
	const char *key;
	json_t *value;

	if (list == NULL) {
		cut(wrong, bytes, "method", strlen("method"));
		return false;
	}
	json_object_foreach(parameters, key, value)
	{
		if (is_declared(list, key))
			continue;
		cut(wrong, bytes, key, strlen(key));
		return false;
	}
	while (take_parameter(&at, &name, &type)) {
		value = json_object_getn(parameters, name.at, name.length);
		if (fits_type(&type, value))
			continue;
		cut(wrong, bytes, name.at, name.length);
		return false;
	}
	return true;
}

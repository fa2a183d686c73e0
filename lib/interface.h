/*
 * interface: what the control protocol consists of.
 *
 * The text of io.supd.Control.varlink is built into the object, as it stands
 * beside this file, and is the one source of truth: introspection hands it
 * out, and the parameters of calls are checked against the declarations in
 * it. So a method that the text does not declare can not be called, and one
 * that it declares is checked as it is described.
 */
#ifndef LIB_INTERFACE_H
#define LIB_INTERFACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* NUL-terminated; constant. */
const char *interface_control(void);
const char *interface_service(void);

/* Does the text declare this method (its name without the interface)? */
bool interface_declares(const char *text, const char *method);

/*
 * Do parameters (an object) fit the method's declaration: no name that it does
 * not know, none missing that has no `?`, each of its type? int is also
 * fit for float. The type of a parameter may be bool, int, float, string,
 * object, an enumeration in place, and ?, [] of these in front; a method
 * that wants others fits nothing. Returns false with the first name that is
 * wrong, cut to bytes at a character's border.
 */
bool interface_fits(const char *text, const char *method, json_t *parameters,
    char *wrong, size_t bytes);

#endif

/*
 * admit: what becomes of a call, before anyone acts on it.
 *
 * Methods are found in the one table CTL_METHODS and nowhere else; then it is
 * decided whether the caller has the right, then whether the parameters fit
 * what the interface declares. Introspection is answered here: it tells
 * nothing of the tree, so it takes no right. No name from the wire goes
 * anywhere but into a comparison, and, cut short, into an answer.
 */
#ifndef SUPD_CTL_ADMIT_H
#define SUPD_CTL_ADMIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ctl/acl.h"
#include "ctl/session.h"
#include "lib/varlink.h"

/* What of a name from the wire is said back. */
#define ADMIT_NAME 64u
#define ADMIT_TEXT 256u

struct admit_verdict {
	bool given; /* to the engine, as method */
	enum ctl_method method;
	bool forbidden; /* the caller has no right; why says so */
	char why[ADMIT_TEXT];
	char *reply; /* malloc'd; NULL where there is none */
	size_t reply_bytes;
};

/* 0, or -ENOMEM: there would be a reply. */
int admit(const struct varlink_call *, enum acl_right has, uid_t uid,
    struct admit_verdict *);
/* The right that a method takes. */
enum acl_right admit_right(enum ctl_method);
const char *admit_text(enum ctl_method);
/* An error as it is sent; error may lack its interface if it is ours. Takes
 * parameters. NULL: no memory. */
char *admit_error(const char *error, json_t *parameters, size_t *bytes);

#endif

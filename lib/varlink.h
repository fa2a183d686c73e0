/*
 * varlink: the protocol of the control socket, for both of its ends.
 *
 * JSON objects, each ended by a NUL byte (https://varlink.org). A call is
 * {"method","parameters","more","oneway","upgrade"}, a reply {"parameters",
 * "continues","error"}. Framing and the forms of messages are here, and a
 * client that waits with a limit; the daemon's end, which never waits, is
 * ctl/session.
 *
 * Promises: nothing is kept of a peer beyond the limit that is given; a
 * message that is no JSON object, has a key twice, or a member of the wrong
 * type is -EBADMSG and nothing else; how deep JSON nests is bounded by
 * jansson (2048). Functions that take a json_t take its reference, whatever
 * they return, and NULL for an empty object.
 * Errors are negative errno; nothing is logged.
 */
#ifndef LIB_VARLINK_H
#define LIB_VARLINK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define VARLINK_CONTROL "io.supd.Control"
#define VARLINK_SERVICE "org.varlink.service"

/*
 * What came in and was not yet taken. Zeroed with a limit set it is empty:
 * struct varlink_inbox in = { .limit = LIMIT_MESSAGE }.
 */
struct varlink_inbox {
	size_t limit; /* of one message, its NUL included */
	char *data;
	size_t capacity;
	size_t start; /* what stands before was taken */
	size_t end;
	size_t scanned; /* no NUL between start and here */
};

/* 0, -ENOMEM, or -EMSGSIZE: a message is longer than the limit. After an
 * error the connection is of no use. */
int varlink_feed(struct varlink_inbox *, const void *bytes, size_t count);
/* The next complete message, NUL-terminated, NULL if there is none; valid
 * until the next call with this inbox. *length: without the NUL. */
const char *varlink_take(struct varlink_inbox *, size_t *length);
/* Is a complete message there to be taken? */
bool varlink_pending(struct varlink_inbox *);
void varlink_inbox_free(struct varlink_inbox *);

enum varlink_flags {
	VARLINK_MORE = 1,
	VARLINK_ONEWAY = 2,
	VARLINK_UPGRADE = 4,
};

/* method and parameters are borrowed from root. */
struct varlink_call {
	json_t *root;
	const char *method; /* with its interface: io.supd.Control.List */
	json_t *parameters; /* an object, always */
	unsigned flags;     /* enum varlink_flags */
};

struct varlink_reply {
	json_t *root;
	json_t *parameters; /* an object, always */
	const char *error;  /* with its interface, NULL: none */
	bool continues;
};

/* 0, -EBADMSG, -ENOMEM. Freed by varlink_call_free(), _reply_free(), which
 * may be given a zeroed one. */
int varlink_parse_call(const char *text, size_t length, struct varlink_call *);
int varlink_parse_reply(
    const char *text, size_t length, struct varlink_reply *);
void varlink_call_free(struct varlink_call *);
void varlink_reply_free(struct varlink_reply *);

/* A message as it goes over the wire, malloc'd; *bytes: with its NUL. NULL:
 * no memory (or parameters were NULL by lack of it where that is noticed).
 * Numbers have no more digits than a millisecond needs. */
char *varlink_make_call(
    const char *method, json_t *parameters, unsigned flags, size_t *bytes);
char *varlink_make_reply(json_t *parameters, bool continues, size_t *bytes);
char *varlink_make_error(const char *error, json_t *parameters, size_t *bytes);

/*
 * A client that waits. All times are milliseconds; timeout_ms -1 waits for
 * ever, and counts from the call on. Signals interrupt nothing.
 */
struct varlink_client;

/* NULL with *error: -ENOENT and -ECONNREFUSED mean that no daemon is there,
 * -EACCES that the socket's mode forbids it, -ENAMETOOLONG, -ETIMEDOUT, ... */
struct varlink_client *varlink_connect(
    const char *path, int timeout_ms, int *error);
void varlink_close(struct varlink_client *);
/* For poll(2). */
int varlink_fd(const struct varlink_client *);
/* Sends one call; method: a full name, or one of io.supd.Control ("List").
 * 0 or -errno. */
int varlink_send(struct varlink_client *, const char *method,
    json_t *parameters, unsigned flags, int timeout_ms);
/* The next reply. 0; -ETIMEDOUT; -ECONNRESET: the daemon closed; -EMSGSIZE:
 * more than LIMIT_REPLY; -EBADMSG; or another -errno. A reply that is an error
 * of the protocol is a success of this function. */
int varlink_receive(
    struct varlink_client *, struct varlink_reply *, int timeout_ms);
/* Both in one: 0 with the one reply to a call without flags. */
int varlink_ask(struct varlink_client *, const char *method, json_t *parameters,
    struct varlink_reply *, int timeout_ms);
/* The error's name without io.supd.Control. in front, else the full name;
 * NULL if it is none. */
const char *varlink_error_name(const struct varlink_reply *);

#endif

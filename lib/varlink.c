#include "lib/varlink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/limits.h"

#define CHUNK 65536u

struct varlink_client {
	int fd;
	struct varlink_inbox in;
};

/* Room for count more bytes behind end; what was taken makes place first. */
static int
make_room(struct varlink_inbox *in, size_t count)
{
	size_t want;
	char *data;

	if (in->start > 0) {
		memmove(in->data, in->data + in->start, in->end - in->start);
		in->end -= in->start;
		in->scanned -= in->start;
		in->start = 0;
	}
	if (count <= in->capacity - in->end)
		return 0;
	want = in->capacity < 512 ? 512 : in->capacity;
	while (want - in->end < count)
		want *= 2;
	data = realloc(in->data, want);
	if (data == NULL)
		return -ENOMEM;
	in->data = data;
	in->capacity = want;
	return 0;
}

bool
varlink_pending(struct varlink_inbox *in)
{
	const char *nul;

	if (in->scanned == in->end)
		return false;
	nul = memchr(in->data + in->scanned, '\0', in->end - in->scanned);
	in->scanned = nul == NULL ? in->end : (size_t)(nul - in->data);
	return nul != NULL;
}

int
varlink_feed(struct varlink_inbox *in, const void *bytes, size_t count)
{
	int error;

	if (count == 0)
		return 0;
	error = make_room(in, count);
	if (error < 0)
		return error;
	memcpy(in->data + in->end, bytes, count);
	in->end += count;
	varlink_pending(in);
	return in->scanned - in->start >= in->limit ? -EMSGSIZE : 0;
}

const char *
varlink_take(struct varlink_inbox *in, size_t *length)
{
	const char *message;

	if (!varlink_pending(in)) {
		/* A large message came and went: its memory goes with it. */
		if (in->start == in->end)
			varlink_inbox_free(in);
		return NULL;
	}
	message = in->data + in->start;
	*length = in->scanned - in->start;
	in->start = ++in->scanned;
	return message;
}

void
varlink_inbox_free(struct varlink_inbox *in)
{
	size_t limit = in->limit;

	free(in->data);
	*in = (struct varlink_inbox){ .limit = limit };
}

/* An object, with parameters an object in it, or -errno. */
static int
parse(const char *text, size_t length, json_t **root, json_t **parameters)
{
	json_error_t error;

	*root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	if (*root == NULL)
		return json_error_code(&error) == json_error_out_of_memory
			   ? -ENOMEM
			   : -EBADMSG;
	if (!json_is_object(*root))
		return -EBADMSG;
	*parameters = json_object_get(*root, "parameters");
	if (*parameters == NULL || json_is_null(*parameters)) {
		*parameters = json_object();
		if (json_object_set_new(*root, "parameters", *parameters) < 0)
			return -ENOMEM;
	}
	return json_is_object(*parameters) ? 0 : -EBADMSG;
}

/* 0 with the member's truth in flag, absent is false; or -EBADMSG. */
static int
parse_flag(const json_t *root, const char *key, unsigned flag, unsigned *flags)
{
	const json_t *value = json_object_get(root, key);

	if (value == NULL || json_is_null(value))
		return 0;
	if (!json_is_boolean(value))
		return -EBADMSG;
	if (json_is_true(value))
		*flags |= flag;
	return 0;
}

static int
fill_call(struct varlink_call *call)
{
	call->method = json_string_value(json_object_get(call->root, "method"));
	if (call->method == NULL ||
	    parse_flag(call->root, "more", VARLINK_MORE, &call->flags) < 0 ||
	    parse_flag(call->root, "oneway", VARLINK_ONEWAY, &call->flags) < 0)
		return -EBADMSG;
	return parse_flag(call->root, "upgrade", VARLINK_UPGRADE, &call->flags);
}

int
varlink_parse_call(const char *text, size_t length, struct varlink_call *call)
{
	int error;

	*call = (struct varlink_call){ 0 };
	error = parse(text, length, &call->root, &call->parameters);
	if (error == 0)
		error = fill_call(call);
	if (error < 0)
		varlink_call_free(call);
	return error;
}

static int
fill_reply(struct varlink_reply *reply)
{
	const json_t *error = json_object_get(reply->root, "error");
	unsigned continues = 0;

	if (error != NULL && !json_is_null(error)) {
		reply->error = json_string_value(error);
		if (reply->error == NULL)
			return -EBADMSG;
	}
	if (parse_flag(reply->root, "continues", 1, &continues) < 0)
		return -EBADMSG;
	reply->continues = continues != 0;
	return 0;
}

int
varlink_parse_reply(
    const char *text, size_t length, struct varlink_reply *reply)
{
	int error;

	*reply = (struct varlink_reply){ 0 };
	error = parse(text, length, &reply->root, &reply->parameters);
	if (error == 0)
		error = fill_reply(reply);
	if (error < 0)
		varlink_reply_free(reply);
	return error;
}

void
varlink_call_free(struct varlink_call *call)
{
	json_decref(call->root);
	*call = (struct varlink_call){ 0 };
}

void
varlink_reply_free(struct varlink_reply *reply)
{
	json_decref(reply->root);
	*reply = (struct varlink_reply){ 0 };
}

/* Takes root; NULL if it is NULL. */
static char *
encode(json_t *root, size_t *bytes)
{
	size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(15);
	char *text = root == NULL ? NULL : json_dumps(root, flags);

	json_decref(root);
	if (text != NULL)
		*bytes = strlen(text) + 1;
	return text;
}

/* {key: text, "parameters": parameters}; without the first if key is NULL. */
static json_t *
envelope(const char *key, const char *text, json_t *parameters)
{
	json_t *root = json_object();

	if (parameters == NULL)
		parameters = json_object();
	if (root == NULL || (key != NULL && json_object_set_new(root, key,
						json_string(text)) < 0)) {
		json_decref(parameters);
		json_decref(root);
		return NULL;
	}
	if (json_object_set_new(root, "parameters", parameters) < 0) {
		json_decref(root);
		return NULL;
	}
	return root;
}

/* root with key true if it is wanted; takes root, which may be NULL. */
static json_t *
with_flag(json_t *root, const char *key, bool wanted)
{
	if (root == NULL || !wanted)
		return root;
	if (json_object_set_new(root, key, json_true()) == 0)
		return root;
	json_decref(root);
	return NULL;
}

char *
varlink_make_call(
    const char *method, json_t *parameters, unsigned flags, size_t *bytes)
{
	json_t *root = envelope("method", method, parameters);

	root = with_flag(root, "more", (flags & VARLINK_MORE) != 0);
	root = with_flag(root, "oneway", (flags & VARLINK_ONEWAY) != 0);
	root = with_flag(root, "upgrade", (flags & VARLINK_UPGRADE) != 0);
	return encode(root, bytes);
}

char *
varlink_make_reply(json_t *parameters, bool continues, size_t *bytes)
{
	json_t *root = envelope(NULL, NULL, parameters);

	return encode(with_flag(root, "continues", continues), bytes);
}

char *
varlink_make_error(const char *error, json_t *parameters, size_t *bytes)
{
	return encode(envelope("error", error, parameters), bytes);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* -1 stays for ever. */
static int64_t
until(int timeout_ms)
{
	return timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
}

/* 0 as soon as fd has one of events, a hang-up among them; -ETIMEDOUT. */
static int
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = deadline < 0 ? -1 : deadline - now_ms();
		int n;

		if (deadline >= 0 && left < 0)
			left = 0;
		if (left > INT_MAX)
			left = INT_MAX;
		n = poll(&poll_fd, 1, (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && left < INT_MAX)
			return -ETIMEDOUT;
	}
}

/* connect(2) to a Unix socket whose backlog is full waits as long as sending
 * may take (unix(7), socket(7): SO_SNDTIMEO), and says EAGAIN then. */
static int
connect_within(int fd, const struct sockaddr_un *address, int timeout_ms)
{
	int64_t deadline = until(timeout_ms);

	for (;;) {
		int64_t left = deadline < 0 ? 0 : deadline - now_ms();
		struct timeval limit;

		if (deadline >= 0 && left < 1)
			left = 1;
		limit.tv_sec = left / 1000;
		limit.tv_usec = left % 1000 * 1000;
		if (setsockopt(
			fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
			return -errno;
		if (connect(fd, (const struct sockaddr *)address,
			sizeof(*address)) == 0)
			return 0;
		if (errno == EAGAIN)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* A connected, non-blocking descriptor or -errno. */
static int
open_socket(const char *path, int timeout_ms)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	int error, fd;

	if (length == 0)
		return -ENOENT;
	if (length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, length + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	error = connect_within(fd, &address, timeout_ms);
	if (error == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		error = -errno;
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}

struct varlink_client *
varlink_connect(const char *path, int timeout_ms, int *error)
{
	struct varlink_client *client = calloc(1, sizeof(*client));

	if (client == NULL) {
		*error = -ENOMEM;
		return NULL;
	}
	client->in.limit = LIMIT_REPLY;
	client->fd = open_socket(path, timeout_ms);
	if (client->fd < 0) {
		*error = client->fd;
		free(client);
		return NULL;
	}
	return client;
}

void
varlink_close(struct varlink_client *client)
{
	if (client == NULL)
		return;
	close(client->fd);
	varlink_inbox_free(&client->in);
	free(client);
}

int
varlink_fd(const struct varlink_client *client)
{
	return client->fd;
}

static int
send_all(int fd, const char *text, size_t bytes, int64_t deadline)
{
	while (bytes > 0) {
		ssize_t n = send(fd, text, bytes, MSG_NOSIGNAL);

		if (n >= 0) {
			text += n;
			bytes -= (size_t)n;
			continue;
		}
		/* The daemon closed: it may have said why. */
		if (errno == EPIPE || errno == ECONNRESET)
			return 0;
		if (errno == EAGAIN) {
			int error = wait_for(fd, POLLOUT, deadline);

			if (error < 0)
				return error;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int
varlink_send(struct varlink_client *client, const char *method,
    json_t *parameters, unsigned flags, int timeout_ms)
{
	char name[256];
	size_t bytes;
	char *text;
	int error;

	if (strchr(method, '.') == NULL) {
		int length =
		    snprintf(name, sizeof(name), VARLINK_CONTROL ".%s", method);

		if (length < 0 || (size_t)length >= sizeof(name)) {
			json_decref(parameters);
			return -EINVAL;
		}
		method = name;
	}
	text = varlink_make_call(method, parameters, flags, &bytes);
	if (text == NULL)
		return -ENOMEM;
	error = send_all(client->fd, text, bytes, until(timeout_ms));
	free(text);
	return error;
}

/* Reads what is there, or waits for it: 0 or -errno. */
static int
receive_some(struct varlink_client *client, int64_t deadline)
{
	char chunk[CHUNK];

	for (;;) {
		ssize_t n = recv(client->fd, chunk, sizeof(chunk), 0);

		if (n > 0)
			return varlink_feed(&client->in, chunk, (size_t)n);
		if (n == 0)
			return -ECONNRESET;
		if (errno == EAGAIN) {
			int error = wait_for(client->fd, POLLIN, deadline);

			if (error < 0)
				return error;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
}

int
varlink_receive(
    struct varlink_client *client, struct varlink_reply *reply, int timeout_ms)
{
	int64_t deadline = until(timeout_ms);

	*reply = (struct varlink_reply){ 0 };
	for (;;) {
		size_t length;
		const char *text = varlink_take(&client->in, &length);
		int error;

		if (text != NULL)
			return varlink_parse_reply(text, length, reply);
		error = receive_some(client, deadline);
		if (error < 0)
			return error;
	}
}

int
varlink_ask(struct varlink_client *client, const char *method,
    json_t *parameters, struct varlink_reply *reply, int timeout_ms)
{
	int64_t deadline = until(timeout_ms);
	int error;

	*reply = (struct varlink_reply){ 0 };
	error = varlink_send(client, method, parameters, 0, timeout_ms);
	if (error < 0)
		return error;
	if (deadline >= 0) {
		int64_t left = deadline - now_ms();

		timeout_ms = left < 0 ? 0 : (int)left;
	}
	return varlink_receive(client, reply, timeout_ms);
}

const char *
varlink_error_name(const struct varlink_reply *reply)
{
	size_t front = strlen(VARLINK_CONTROL ".");

	if (reply->error != NULL &&
	    strncmp(reply->error, VARLINK_CONTROL ".", front) == 0)
		return reply->error + front;
	return reply->error;
}

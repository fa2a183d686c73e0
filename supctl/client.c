#include "supctl/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "supctl/change.h"
#include "supctl/pick.h"
#include "supctl/sockets.h"
#include "supctl/verbs.h"

/* Longer than any answer to a query may take. */
#define QUERY_MS 30000
#define CONNECT_MS 10000
/* How long a broken connection is worth being made anew: an engine that died
 * is back within a moment. */
#define AGAIN_MS 5000
#define PAUSE_MS 50

static struct varlink_client *
connect_one(struct sockets *sockets, size_t i, int limit_ms, int *error)
{
	struct varlink_client *link;

	if (!sockets_safe(sockets->path[i])) {
		*error = -EPERM;
		sockets->reason[i] = "its folder is not our own with mode 0700";
		return NULL;
	}
	link = varlink_connect(sockets->path[i], limit_ms, error);
	if (!link)
		sockets->reason[i] = strerror(-*error);
	return link;
}

static int
open_any(struct client *client, struct sockets *sockets, int *worst)
{
	int left = run_left_ms(client->run), error;
	int limit = left < 0 || left > CONNECT_MS ? CONNECT_MS : left;

	*worst = -ENOENT;
	for (size_t i = 0; i < sockets->count; i++) {
		client->link = connect_one(sockets, i, limit, &error);
		if (client->link) {
			client->socket = show_format("%s", sockets->path[i]);
			return 0;
		}
		/* One that is there but closed to us matters more than
		 * another that is not there. */
		if (error == -EACCES || error == -ETIMEDOUT)
			*worst = error;
	}
	return EXITS_NO_DAEMON;
}

static json_t *
tried(const struct sockets *sockets)
{
	json_t *list = show_need(json_array());

	for (size_t i = 0; i < sockets->count; i++) {
		json_t *path = json_string(sockets->path[i]);
		json_t *item = json_object();

		json_object_set_new(item, "socket", path ? path : json_null());
		json_object_set_new(item, "reason",
		    json_string(sockets->reason[i] ? sockets->reason[i] : ""));
		json_array_append_new(list, item);
	}
	return list;
}

static int
tell_no_daemon(struct client *client, const struct sockets *sockets, int worst)
{
	const char *first = "no supd answers";
	char *message, *longer;
	int code = EXITS_NO_DAEMON;
	json_t *extra = show_need(json_object());

	if (worst == -EACCES) {
		code = EXITS_DENIED;
		first = "not permitted: the socket is open to others only";
	}
	message = show_format("%s", first);
	for (size_t i = 0; i < sockets->count; i++) {
		longer =
		    show_format("%s\ntried %s: %s", message, sockets->path[i],
			sockets->reason[i] ? sockets->reason[i] : "no");
		free(message);
		message = longer;
	}
	longer = show_format(
	    worst == -EACCES
		? "%s\nAsk root, or the user whose supd it is: it lets in "
		  "whom control_users, control_groups and observe_users name."
		: "%s\nStart one with: supd -c conf.d\nOr name the socket of "
		  "one that runs: supctl -s SOCKET, or SUPD_SOCKET=SOCKET.",
	    message);
	free(message);
	json_object_set_new(extra, "tried", tried(sockets));
	return run_fail_with(client->run, code,
	    code == EXITS_DENIED ? "PermissionDenied" : "NoDaemon", longer,
	    extra);
}

int
client_open(struct client *client, struct run *run)
{
	struct sockets sockets;
	int worst, code;

	*client = (struct client){ .run = run };
	sockets_find(&sockets, run->options.socket);
	code = open_any(client, &sockets, &worst);
	if (code != 0)
		code = tell_no_daemon(client, &sockets, worst);
	sockets_free(&sockets);
	return code;
}

int
client_try(struct client *client, struct run *run)
{
	struct sockets sockets;
	int worst, code;

	*client = (struct client){ .run = run };
	sockets_find(&sockets, run->options.socket);
	code = open_any(client, &sockets, &worst);
	sockets_free(&sockets);
	return code;
}

static void
unlink_client(struct client *client)
{
	if (client->link)
		varlink_close(client->link);
	client->link = NULL;
}

void
client_close(struct client *client)
{
	unlink_client(client);
	free(client->socket);
	client->socket = NULL;
}

static void
nap(void)
{
	struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	nanosleep(&pause, NULL);
}

/* Connects to the same socket again; 0 or -errno. */
static int
reopen(struct client *client)
{
	int64_t until = run_now_ms() + AGAIN_MS;
	int error = -ETIMEDOUT;

	unlink_client(client);
	while (run_left_ms(client->run) != 0 && run_now_ms() < until) {
		client->link =
		    varlink_connect(client->socket, AGAIN_MS, &error);
		if (client->link)
			return 0;
		nap();
	}
	return error;
}

static int
limit_ms(const struct client *client, enum client_calls calls)
{
	int left = run_left_ms(client->run);

	if (calls == CLIENT_QUERY && (left < 0 || left > QUERY_MS))
		return QUERY_MS;
	return left;
}

static bool
broken(int error)
{
	return error == -ECONNRESET || error == -EPIPE || error == -ENOTCONN;
}

static int
tell_ended(struct client *client)
{
	if (run_left_ms(client->run) == 0)
		return client_late(client, "");
	return run_fail(client->run, EXITS_NO_DAEMON, "NoDaemon",
	    show_format("supd has ended; %s takes no connection any more",
		client->socket));
}

int
client_ask(struct client *client, enum client_calls calls, const char *method,
    json_t *parameters, json_t **answer)
{
	struct varlink_reply reply = { 0 };
	int64_t until = run_now_ms() + AGAIN_MS;
	int error;

	for (;;) {
		error = varlink_ask(client->link, method,
		    json_incref(parameters), &reply, limit_ms(client, calls));
		if (calls == CLIENT_ONCE || !broken(error))
			break;
		if (run_now_ms() > until)
			break;
		if (reopen(client) < 0) {
			json_decref(parameters);
			return tell_ended(client);
		}
		/* What takes its time may break more than once. */
		if (calls == CLIENT_AGAIN)
			until = run_now_ms() + AGAIN_MS;
		nap();
	}
	json_decref(parameters);
	return client_answer(client, method, error, &reply, answer);
}

int
client_late(struct client *client, const char *method)
{
	struct run *run = client->run;

	if (!(run->options.given & OPTION_TIMEOUT))
		return run_fail(run, EXITS_TIMEOUT, "Timeout",
		    show_format("supd did not answer %s within %d s\n"
				"It listens on %s; look at its own messages.",
			method, QUERY_MS / 1000, client->socket));
	if (strcmp(method, "Wait") == 0)
		return run_fail(run, EXITS_TIMEOUT, "Timeout",
		    show_format("not so within the --timeout"));
	return run_fail(run, EXITS_TIMEOUT, "Timeout",
	    show_format("the %s is not done within the --timeout\n"
			"The order stays in force; see: supctl status",
		run->options.verb->word));
}

static int
tell_broken(struct client *client, int error)
{
	return run_fail(client->run, EXITS_FAILED, "Disconnected",
	    show_format("the connection to %s broke: %s\n"
			"Whether the %s was done is not known; see: supctl "
			"status",
		client->socket, strerror(-error),
		client->run->options.verb->word));
}

static char *
no_node_words(const json_t *parameters)
{
	const char *name = pick_text(parameters, "name");
	const char *nearest = pick_text(parameters, "nearest");

	if (*nearest)
		return show_format(
		    "no node '%s'; did you mean '%s'?", name, nearest);
	return show_format("no node '%s'\nAll there are: supctl status", name);
}

static char *
denied_words(const json_t *parameters)
{
	const char *message = pick_text(parameters, "message");

	if (*message)
		return show_format("not permitted: %s", message);
	return show_format(
	    "not permitted\nRoot, supd's own user and those whom "
	    "control_users and control_groups name may do this.");
}

static int
tell_configuration(struct client *client, json_t *parameters)
{
	struct run *run = client->run;
	const json_t *list = pick_list(parameters, "diagnoses");

	if (!run->options.json)
		change_diagnoses(&run->err, list);
	return run_fail_with(run, EXITS_CONFIGURATION, "ConfigurationError",
	    show_format("the configuration has errors; nothing was changed"),
	    json_incref(parameters));
}

/* An error of the protocol; code and words for each that there is. */
static int
tell_refused(struct client *client, const char *method, const char *error,
    json_t *parameters)
{
	const char *said = pick_text(parameters, "message");
	int code = EXITS_FAILED;
	char *words;

	if (strcmp(error, "ConfigurationError") == 0)
		return tell_configuration(client, parameters);
	if (strcmp(error, "Timeout") == 0)
		return client_late(client, method);
	if (strcmp(error, "NoSuchNode") == 0) {
		code = EXITS_NO_NODE;
		words = no_node_words(parameters);
	} else if (strstr(error, "PermissionDenied")) {
		code = EXITS_DENIED;
		words = denied_words(parameters);
	} else if (strstr(error, "InvalidParameter")) {
		code = EXITS_USAGE;
		words = show_format("supd does not accept this value of '%s'",
		    pick_text(parameters, "parameter"));
	} else if (strcmp(error, "ShuttingDown") == 0) {
		words = show_format("supd is shutting down");
	} else if (strstr(error, "Method")) {
		words = show_format("this supd does not know %s: it is older "
				    "than supctl; see: supctl version",
		    method);
	} else {
		words = show_format("%s", *said ? said : error);
	}
	return run_fail_with(
	    client->run, code, error, words, json_incref(parameters));
}

int
client_answer(struct client *client, const char *method, int error,
    struct varlink_reply *reply, json_t **answer)
{
	const char *refused;
	int code = 0;

	*answer = NULL;
	if (error == -ETIMEDOUT)
		return client_late(client, method);
	if (error < 0)
		return tell_broken(client, error);
	refused = varlink_error_name(reply);
	if (refused)
		code = tell_refused(client, method, refused, reply->parameters);
	else
		*answer = json_incref(reply->parameters);
	varlink_reply_free(reply);
	return code;
}

int
client_send(struct client *client, const char *method, json_t *parameters,
    unsigned flags)
{
	int error = varlink_send(client->link, method, parameters, flags,
	    limit_ms(client, CLIENT_QUERY));

	if (error == -ETIMEDOUT)
		return client_late(client, method);
	return error < 0 ? tell_broken(client, error) : 0;
}

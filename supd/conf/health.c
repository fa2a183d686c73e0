#include "conf/health.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "conf/value.h"
#include "lib/str.h"

#define FAILURES_MAX 1000
#define HTTP_PORT "80"

void
health_begin(struct plan_health *health)
{
	health->interval_ms = 10 * 1000;
	health->timeout_ms = 5 * 1000;
	health->delay_ms = SPEC_INFINITE;
	health->failures = 3;
}

static bool
keep(struct making *m, struct plan_health *health, const void *address,
    size_t bytes)
{
	health->address = arena_take(m->arena, bytes);
	if (health->address == NULL)
		return false;
	memcpy(health->address, address, bytes);
	health->address_bytes = bytes;
	return true;
}

static bool
read_socket(struct making *m, struct plan_health *health, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return making_refuse(m, "a socket's path has at most %zu bytes",
		    sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	return keep(m, health, &address, sizeof(address));
}

#define ADDRESS_FORMS                                          \
	"an address is numeric (no name is looked up): PORT, " \
	"127.0.0.1:PORT, [::1]:PORT or localhost:PORT"

/* host: without brackets; six: it had some. */
static bool
read_inet(struct making *m, struct plan_health *health, const char *host,
    bool six, const char *port)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 other = { .sin6_family = AF_INET6 };
	uint64_t number;

	if (!str_number(port, 65535, &number) || number == 0)
		return making_refuse(m, "a port is a number from 1 to 65535");
	four.sin_port = other.sin6_port = htons((uint16_t)number);
	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (six ? inet_pton(AF_INET6, host, &other.sin6_addr) != 1
		: inet_pton(AF_INET, host, &four.sin_addr) != 1)
		return making_refuse(m, ADDRESS_FORMS);
	return six ? keep(m, health, &other, sizeof(other))
		   : keep(m, health, &four, sizeof(four));
}

/* text is taken apart. port: where it has none; NULL: it must have one. */
static bool
read_address(
    struct making *m, struct plan_health *health, char *text, const char *port)
{
	char *host = text, *end;
	bool six = text[0] == '[';

	if (six) {
		host = text + 1;
		end = strchr(host, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return making_refuse(m, ADDRESS_FORMS);
		*end++ = '\0';
	} else {
		end = text + strcspn(text, ":");
	}
	if (*end == ':') {
		*end = '\0';
		port = end + 1;
	}
	if (port == NULL)
		return making_refuse(m, ADDRESS_FORMS);
	return read_inet(m, health, host, six, port);
}

static bool
read_tcp(struct making *m, struct draft *draft, size_t offset)
{
	struct plan_health *health = &draft->node.health;
	char *text = arena_text(m->arena, m->text);
	uint64_t port;

	(void)offset;
	health->tcp = arena_text(m->arena, m->text);
	if (text == NULL || health->tcp == NULL)
		return false;
	if (text[0] == '/')
		return read_socket(m, health, text);
	if (str_number(text, UINT16_MAX, &port))
		return read_inet(m, health, "localhost", false, text);
	return read_address(m, health, text, NULL);
}

static bool
same_tcp(const struct draft *a, const struct draft *b, size_t offset)
{
	(void)offset;
	return value_same_text(a->node.health.tcp, b->node.health.tcp);
}
const struct form form_health_tcp = { read_tcp, same_tcp, true };

/* A request is a few lines: nothing in it may begin another. */
static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static bool
read_http(struct making *m, struct draft *draft, size_t offset)
{
	static const char scheme[] = "http://";
	struct plan_health *health = &draft->node.health;
	char *host, *path;

	(void)offset;
	if (!str_starts(m->text, scheme) || !is_plain(m->text))
		return making_refuse(
		    m, "it is http://ADDRESS[:PORT][/PATH], without blanks");
	health->http = arena_text(m->arena, m->text);
	host = arena_text(m->arena, m->text + sizeof(scheme) - 1);
	if (health->http == NULL || host == NULL)
		return false;
	path = strchr(host, '/');
	if (path != NULL)
		*path++ = '\0';
	health->request = arena_print(m->arena,
	    "GET /%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: supd\r\n"
	    "Accept: */*\r\nConnection: close\r\n\r\n",
	    path == NULL ? "" : path, host);
	return health->request != NULL &&
	       read_address(m, health, host, HTTP_PORT);
}

static bool
same_http(const struct draft *a, const struct draft *b, size_t offset)
{
	(void)offset;
	return value_same_text(a->node.health.http, b->node.health.http);
}
const struct form form_health_http = { read_http, same_http, true };

static bool
read_failures(struct making *m, struct draft *draft, size_t offset)
{
	uint64_t number;

	(void)offset;
	if (!str_number(m->text, FAILURES_MAX, &number) || number == 0)
		return making_refuse(
		    m, "it is a number from 1 to %d", FAILURES_MAX);
	draft->node.health.failures = (uint32_t)number;
	return true;
}

static bool
same_failures(const struct draft *a, const struct draft *b, size_t offset)
{
	(void)offset;
	return a->node.health.failures == b->node.health.failures;
}
const struct form form_health_failures = { read_failures, same_failures,
	false };

void
health_finish(
    struct making *m, struct draft *draft, struct item *const items[KEY_COUNT])
{
	static const struct {
		enum key_id key;
		enum record_probe probe;
	} kinds[] = {
		{ KEY_health_command, PROBE_COMMAND },
		{ KEY_health_tcp, PROBE_TCP },
		{ KEY_health_http, PROBE_HTTP },
	};
	struct plan_health *health = &draft->node.health;
	struct item *item;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		item = items[kinds[i].key];
		if (item == NULL || item->bad ||
		    (kinds[i].probe == PROBE_COMMAND &&
			health->command.count == 0))
			continue;
		m->item = item;
		if (health->probe != PROBE_WATCHDOG)
			making_refuse(m,
			    "only one of health_command, health_tcp and "
			    "health_http can be had");
		else if (draft->spec.type != TYPE_ONESHOT)
			health->probe = kinds[i].probe;
		else if (item->section->kind != SECTION_DEFAULTS)
			making_refuse(m,
			    "a oneshot is never ready before it ends, and "
			    "what is not ready is not probed");
	}
	draft->spec.health_failures =
	    health->probe == PROBE_WATCHDOG ? 0 : health->failures;
}

#include "ctl/admit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/interface.h"
#include "lib/str.h"
#include "lib/version.h"

struct method {
	const char *name;
	enum acl_right right;
};

#define METHOD_ROW(name, text, right) [CTL_##name] = { text, ACL_##right },
static const struct method methods[CTL_METHOD_COUNT] = { CTL_METHODS(
    METHOD_ROW) };

enum acl_right
admit_right(enum ctl_method method)
{
	return methods[method].right;
}

const char *
admit_text(enum ctl_method method)
{
	return methods[method].name;
}

char *
admit_error(const char *error, json_t *parameters, size_t *bytes)
{
	char name[128];

	if (strchr(error, '.') == NULL) {
		snprintf(name, sizeof(name), VARLINK_CONTROL ".%s", error);
		error = name;
	}
	return varlink_make_error(error, parameters, bytes);
}

/* text as JSON, cut to ADMIT_NAME; it is UTF-8, since it came from JSON. */
static json_t *
short_name(const char *text, size_t length)
{
	return json_stringn(text, str_fit(text, length, ADMIT_NAME));
}

static int
answer(struct admit_verdict *verdict, char *reply)
{
	verdict->reply = reply;
	return reply == NULL ? -ENOMEM : 0;
}

/* An error of org.varlink.service with its one parameter. */
static int
refuse(struct admit_verdict *verdict, const char *error, const char *key,
    const char *text, size_t length)
{
	json_t *parameters = json_pack("{s:o}", key, short_name(text, length));

	if (parameters == NULL)
		return -ENOMEM;
	return answer(verdict,
	    varlink_make_error(error, parameters, &verdict->reply_bytes));
}

static int
refuse_method(struct admit_verdict *verdict, const char *interface,
    const char *name, const struct varlink_call *call)
{
	const char *error = interface_declares(interface, name)
				? VARLINK_SERVICE ".MethodNotImplemented"
				: VARLINK_SERVICE ".MethodNotFound";

	return refuse(
	    verdict, error, "method", call->method, strlen(call->method));
}

static int
refuse_parameter(struct admit_verdict *verdict, const char *name)
{
	return refuse(verdict, VARLINK_SERVICE ".InvalidParameter", "parameter",
	    name, strlen(name));
}

static int
answer_object(struct admit_verdict *verdict, json_t *parameters)
{
	if (parameters == NULL)
		return -ENOMEM;
	return answer(verdict,
	    varlink_make_reply(parameters, false, &verdict->reply_bytes));
}

static int
describe(struct admit_verdict *verdict, const struct varlink_call *call)
{
	const char *name =
	    json_string_value(json_object_get(call->parameters, "interface"));
	const char *text;

	if (strcmp(name, VARLINK_CONTROL) == 0)
		text = interface_control();
	else if (strcmp(name, VARLINK_SERVICE) == 0)
		text = interface_service();
	else
		return refuse(verdict, VARLINK_SERVICE ".InterfaceNotFound",
		    "interface", name, strlen(name));
	return answer_object(verdict, json_pack("{s:s}", "description", text));
}

static int
admit_service(const struct varlink_call *call, const char *name,
    struct admit_verdict *verdict)
{
	char wrong[ADMIT_NAME + 1];

	if ((call->flags & VARLINK_UPGRADE) != 0 ||
	    !interface_declares(interface_service(), name))
		return refuse_method(verdict, interface_service(), name, call);
	if (!interface_fits(interface_service(), name, call->parameters, wrong,
		sizeof(wrong)))
		return refuse_parameter(verdict, wrong);
	if (strcmp(name, "GetInterfaceDescription") == 0)
		return describe(verdict, call);
	return answer_object(verdict,
	    json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "vendor", "supd",
		"product", "supd", "version", SUPD_VERSION, "url", "",
		"interfaces", VARLINK_SERVICE, VARLINK_CONTROL));
}

/* The one place where it is decided who may call what. */
static bool
authorise(enum ctl_method method, enum acl_right has, uid_t uid,
    struct admit_verdict *verdict)
{
	enum acl_right needs = methods[method].right;

	verdict->forbidden = !acl_may(has, needs);
	if (verdict->forbidden)
		acl_refusal(needs, uid, verdict->why, sizeof(verdict->why));
	return !verdict->forbidden;
}

static int
forbid(struct admit_verdict *verdict, enum ctl_method method)
{
	json_t *parameters = json_pack("{s:s, s:s}", "right",
	    acl_text(methods[method].right), "message", verdict->why);

	if (parameters == NULL)
		return -ENOMEM;
	return answer(verdict,
	    admit_error("PermissionDenied", parameters, &verdict->reply_bytes));
}

static int
admit_control(const struct varlink_call *call, const char *name,
    enum acl_right has, uid_t uid, struct admit_verdict *verdict)
{
	enum ctl_method method = 0;
	char wrong[ADMIT_NAME + 1];

	while (method < CTL_METHOD_COUNT &&
	       strcmp(methods[method].name, name) != 0)
		method++;
	if (method == CTL_METHOD_COUNT || (call->flags & VARLINK_UPGRADE) != 0)
		return refuse_method(verdict, interface_control(), name, call);
	if (!authorise(method, has, uid, verdict))
		return forbid(verdict, method);
	if (!interface_fits(interface_control(), name, call->parameters, wrong,
		sizeof(wrong)))
		return refuse_parameter(verdict, wrong);
	/* A look whose answer nobody wants is over here. */
	verdict->given = (call->flags & VARLINK_ONEWAY) == 0 ||
			 methods[method].right != ACL_OBSERVE;
	verdict->method = method;
	return 0;
}

int
admit(const struct varlink_call *call, enum acl_right has, uid_t uid,
    struct admit_verdict *verdict)
{
	size_t control = strlen(VARLINK_CONTROL ".");
	size_t service = strlen(VARLINK_SERVICE ".");
	const char *method = call->method;
	const char *dot = strrchr(method, '.');

	*verdict = (struct admit_verdict){ .method = CTL_METHOD_COUNT };
	if (strncmp(method, VARLINK_CONTROL ".", control) == 0)
		return admit_control(call, method + control, has, uid, verdict);
	if (strncmp(method, VARLINK_SERVICE ".", service) == 0)
		return admit_service(call, method + service, verdict);
	if (dot == NULL)
		return refuse_parameter(verdict, "method");
	return refuse(verdict, VARLINK_SERVICE ".InterfaceNotFound",
	    "interface", method, (size_t)(dot - method));
}

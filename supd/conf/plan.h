/*
 * plan: one generation of the configuration, ready to be run.
 *
 * conf_read() reads files and folders, conf_parse() the same from memory (the
 * snapshot that the guard keeps for the engine's successor). Either gives a
 * plan or the list of all that is wrong; there is no half of a plan.
 * A plan and all it points to lie in one arena and are constant until
 * plan_free().
 */
#ifndef SUPD_CONF_PLAN_H
#define SUPD_CONF_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/record.h"
#include "lib/log.h"
#include "os/launch.h"

/* Someone who may: a uid or a gid. */
struct plan_rule {
	bool everybody; /* observe_users = * */
	uid_t *users;
	size_t users_count;
	gid_t *groups;
	size_t groups_count;
};

struct plan_settings {
	char *socket;
	struct plan_rule control;
	struct plan_rule observe;
	char *log_dir;
	enum log_level log_level;
	enum log_format log_format;
	uint64_t shutdown_deadline_ms; /* SPEC_INFINITE: none */
	char *cgroup;
};

/* How a service's health is looked after; at most one of command, tcp and
 * http is there. */
struct plan_health {
	uint8_t probe; /* enum record_probe; PROBE_WATCHDOG: there is none */
	struct command command;
	char *tcp; /* as they are written */
	char *http;
	void *address; /* of tcp and http: a struct sockaddr of some sort */
	size_t address_bytes;
	char *request; /* of http: all that is sent */
	uint64_t interval_ms;
	uint64_t timeout_ms;
	uint64_t delay_ms; /* SPEC_INFINITE: as the interval */
	uint32_t failures;
};

/* What people and the protocol see of a node beside its spec. */
struct plan_node {
	char *path;        /* web/nginx; root's is "root" */
	char *description; /* "" if none */
	char *instance;    /* %i of a template's instance, else NULL */
	char *file;        /* where its section stands */
	unsigned line;
	/* What a service starts after, as it is written; its spec has the
	 * numbers. */
	char **after;
	size_t after_count;
	struct plan_health health;
	struct launch launch; /* of services */
};

struct plan {
	struct plan_settings settings;
	uint32_t count;          /* nodes, the root included */
	struct spec *specs;      /* preorder, see core/spec.h */
	struct plan_node *nodes; /* at the same numbers */
	/* The text that it was made of, for conf_parse(). */
	const char *snapshot;
	size_t snapshot_bytes;
	void *arena;
};

enum diagnosis_kind { DIAGNOSIS_ERROR, DIAGNOSIS_WARNING };

struct diagnosis {
	enum diagnosis_kind kind;
	char *file;    /* NULL: of no file */
	unsigned line; /* 0: of the file as a whole */
	char *text;
};

struct diagnoses {
	struct diagnosis *list;
	size_t count;
	size_t errors; /* those not listed (LIMIT_DIAGNOSES) included */
	size_t warnings;
};

/*
 * paths: files and folders (SPEC.md section 2); count 0: the default folder
 * for our user. Returns a plan, or NULL if there is any error. Warnings and
 * errors are added to *out, which starts zeroed and is freed by
 * diagnoses_free(). NULL with no errors listed: out of memory.
 */
struct plan *conf_read(char *const *paths, size_t count, struct diagnoses *out);
struct plan *conf_parse(
    const char *snapshot, size_t bytes, struct diagnoses *out);
void plan_free(struct plan *);
void diagnoses_free(struct diagnoses *);
/* "FILE:LINE: text", "FILE:LINE: warning: text"; malloc'd. */
char *diagnosis_line(const struct diagnosis *);

/*
 * The difference of two plans, by value. old_of and restart are of the form
 * that core_update() takes, count of the new plan; changes tells people.
 */
enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };

struct change {
	enum change_kind kind;
	uint32_t node; /* of the old plan for CHANGE_REMOVED, else the new */
	const char **keys; /* CHANGE_CHANGED: which keys, sorted */
	size_t keys_count;
	bool restart; /* the node must be restarted */
};

struct plan_diff {
	uint32_t *old_of;
	uint8_t *restart;
	struct change *changes;
	size_t changes_count;
	/* Keys of [supd] that differ; those that only a new start of supd can
	 * change (socket) are told in text by `fixed`. */
	const char **settings;
	size_t settings_count;
	bool fixed;
	void *arena;
};

struct plan_diff *plan_diff(const struct plan *from, const struct plan *to);
void plan_diff_free(struct plan_diff *);

/* NULL: no such node; name may be a name or a path. */
bool plan_find(const struct plan *, const char *name, uint32_t *node);

#endif

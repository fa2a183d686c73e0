#include "voice.h"

#include "lib/log.h"

struct saying {
	struct event *events;
	size_t count;
	uint32_t node;
	uint32_t ticket;
};

static struct event *
say(struct saying *s, enum event_kind kind)
{
	struct event *e = &s->events[s->count++];

	*e = (struct event){
		.kind = kind,
		.node = s->node,
		.ticket = s->ticket,
	};
	return e;
}

static void
say_times(struct saying *s, const struct notify_message *m)
{
	if (m->has_extend)
		say(s, EVENT_EXTEND)->delay_ms = m->extend_ms;
	if (m->has_watchdog)
		say(s, EVENT_WATCHDOG)->delay_ms = m->watchdog_ms;
	if (m->alive)
		say(s, EVENT_ALIVE);
}

static void
say_health(struct saying *s, const struct notify_message *m)
{
	struct event *e;

	if (!m->trigger)
		return;
	e = say(s, EVENT_HEALTH);
	e->probe = PROBE_WATCHDOG;
	e->outcome = OUTCOME_TRIGGER;
}

size_t
voice_events(const struct core *core, uint32_t node,
    const struct notify_message *m, struct event events[VOICE_EVENTS])
{
	const struct record *r = core_record(core, node);
	struct saying s = { .events = events, .node = node };

	s.ticket = r->ticket;
	if (m->reloading)
		say(&s, EVENT_RELOADING);
	/* How it becomes ready is the configuration's to say; once it is, READY
	 * ends a reload. */
	if (m->ready && (core_spec(core, node)->ready == READY_NOTIFY ||
			    r->state == STATE_RUNNING))
		say(&s, EVENT_READY);
	if (m->has_status)
		say(&s, EVENT_STATUS)->text = m->status;
	if (m->has_error)
		say(&s, EVENT_ERRNO)->number = m->error;
	say_times(&s, m);
	if (m->stopping)
		say(&s, EVENT_LEAVING);
	say_health(&s, m);
	if (m->main_pid > 0 && m->main_pid != r->pid)
		log_debug("%s: says that its main process is %d; for supd it "
			  "stays %d, which it started",
		    core_spec(core, node)->name, (int)m->main_pid, r->pid);
	return s.count;
}

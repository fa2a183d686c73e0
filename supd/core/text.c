#include "core/core.h"

/* The words of SPEC.md for the core's enumerations. */

#define TEXT_WORD(name, text) text,
#define TEXT_FUNCTION(function, type, list)                               \
	const char *function(type value)                                  \
	{                                                                 \
		static const char *const words[] = { list(TEXT_WORD) };   \
                                                                          \
		return (unsigned)value < sizeof(words) / sizeof(words[0]) \
			   ? words[value]                                 \
			   : "?";                                         \
	}

TEXT_FUNCTION(core_state_text, enum record_state, RECORD_STATES)
TEXT_FUNCTION(core_role_text, enum record_role, RECORD_ROLES)
TEXT_FUNCTION(core_step_text, enum step, STEPS)
TEXT_FUNCTION(core_note_text, enum note_kind, NOTE_KINDS)
TEXT_FUNCTION(core_probe_text, enum record_probe, RECORD_PROBES)
TEXT_FUNCTION(core_outcome_text, enum record_outcome, RECORD_OUTCOMES)
TEXT_FUNCTION(core_op_text, enum event_op, EVENT_OPS)
TEXT_FUNCTION(core_answer_text, enum answer, ANSWERS)
TEXT_FUNCTION(core_strategy_text, enum spec_strategy, SPEC_STRATEGIES)
TEXT_FUNCTION(core_restart_text, enum spec_restart, SPEC_RESTARTS)
TEXT_FUNCTION(core_type_text, enum spec_type, SPEC_TYPES)

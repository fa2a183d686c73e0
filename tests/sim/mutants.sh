#!/bin/sh
# mutants: shows that the simulation can fail. The core is copied, broken in
# one place, built and simulated, for each way of being wrong below; the first
# of them are those that supervisors are usually wrong in. A mutant that
# survives, or that does not apply any more, makes this fail.
#
#     tests/sim/mutants.sh [STEPS [NAME...]]
set -u
cd "$(dirname "$0")/../.."
steps=${1:-200000}
[ $# -gt 0 ] && shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
survivors=0
count=0

build()
{
	(cd "$dir/tree" && ${CC:-gcc} -std=c17 -D_GNU_SOURCE -O1 -w -I. -Isupd \
	    -include tests/sim/small.h -o "$dir/sim" tests/sim/*.c \
	    "$dir"/objects/*.c supd/core/*.c lib/must.c)
}

# mutant NAME FILE SED: what is wrong, where, and the breakage.
mutant()
{
	name=$1 file=supd/core/$2 script=$3
	if [ -n "$only" ] && ! echo " $only " | grep -q " $name "; then
		return
	fi
	count=$((count + 1))
	rm -rf "$dir/tree" && mkdir -p "$dir/tree/tests" "$dir/tree/supd"
	cp -r lib "$dir/tree/" && cp -r supd/core "$dir/tree/supd/"
	cp -r tests/sim "$dir/tree/tests/"
	sed -E -z -i "$script" "$dir/tree/$file"
	if cmp -s "$file" "$dir/tree/$file"; then
		echo "not ok $count - $name does not apply to $file"
		survivors=$((survivors + 1))
	elif ! build 2>"$dir/errors"; then
		echo "not ok $count - $name does not build"
		head -3 "$dir/errors"
		survivors=$((survivors + 1))
	elif timeout 300 "$dir/sim" --steps "$steps" --no-shrink \
	    >"$dir/out" 2>&1; then
		echo "not ok $count - $name survives $steps steps"
		survivors=$((survivors + 1))
	else
		echo "ok $count - $name:" \
		    "$(sed -n 's/^broken: //p' "$dir/out" | head -1)" \
		    "($(sed -nE 's/.* ([0-9]+) steps, .*/\1/p' "$dir/out" |
			tail -1) steps)"
	fi
}
only="$*"
mkdir -p "$dir/objects" && echo >"$dir/objects/none.c"

# What naive implementations get wrong, in the order in which they do.
mutant stops_in_start_order pass.c \
    's/l->stop_at : l->last;/l->stop_at : l->first;/
     s/(child = c->links\[child\])\.previous/\1.next/'
mutant one_too_many budget.c 's/if \(n >= spec->intensity\)/if (n > spec->intensity)/'
mutant one_too_few budget.c 's/if \(n >= spec->intensity\)/if (n + 1 >= spec->intensity)/'
mutant no_limit budget.c 's/if \(n >= spec->intensity\)\n\t\treturn false;//'
mutant temporary_siblings_restart pass.c 's/r->held \|\| r->gone \|\| temporary/r->held || r->gone/'
mutant permanent_may_end group.c 's/how == RESTART_TRANSIENT && death/how != RESTART_TEMPORARY \&\& death/'
mutant retry_not_counted pass.c 's/if \(!group_count\(c, child, r->cause\)\)\n\t\t\treturn;//'
mutant finished_stay_finished pass.c 's/r->held \|\| r->gone \|\| temporary/& || r->state == STATE_EXITED/'
mutant rest_takes_elders pass.c 's/first = c->specs\[parent\]\.strategy == STRATEGY_ONE_FOR_ALL/first = true/'
mutant count_survives_restart group.c 's/r->marks_count = 0;//g'
mutant giving_up_is_abnormal group.c 's/r->death = DEATH_NORMAL;\n\t\tif/r->death = DEATH_ABNORMAL;\n\t\tif/'
mutant retry_starts_one_only pass.c 's/(group_count\(c, child, r->cause\)\)\n\t\t\treturn;\n\t\tif \()/\1false \&\& /'
mutant failed_start_is_not_retried group.c 's/\(flags & FLAG_SOLO\) \| FLAG_RETRY/flags \& FLAG_SOLO/'
mutant left_running_at_the_limit group.c 's/pass_mark_stop\(c, child\);/(void)0;/'
mutant consumed_death_counts group.c 's/FLAG_TO_STOP \| FLAG_TOLD \| FLAG_UPDATE\)/FLAG_TOLD | FLAG_UPDATE)/'
mutant stop_keeps_the_retry ask.c 's/(r->rest = STATE_STOPPED;\n\t)pass_cancel\(c, node\);/\1/'
mutant stop_is_an_end group.c 's/FLAG_TO_STOP \| FLAG_TOLD \| FLAG_UPDATE\)/FLAG_TO_STOP | FLAG_UPDATE)/'
mutant manual_starts_count ask.c 's/else\n\t\tpass_mark_due\(c, node, FLAG_SOLO \| FLAG_MANUAL/else\n\t\tpass_mark_due(c, node, FLAG_SOLO | FLAG_RETRY/'
mutant manual_starts_are_retried group.c 's/if \(\(flags & FLAG_MANUAL\) != 0\)/if (false)/'
mutant stopped_are_left group.c 's/if \(!state_down\(c, child\) && !r->held &&[[:space:]]*r->rest == STATE_STOPPED &&/if (/'
mutant stale_results_count service.c 's/if \(state_record\(c, e->node\)->ticket == e->ticket\)//'

# Backoff.
mutant waits_one_failure_early budget.c 's/attempt - 2\)/attempt - 1)/'
mutant waits_longer_by_chance budget.c 's/return delay - /return delay + /'
mutant waiting_ages budget.c 's/waited = pending\(c, state_record\(c, child\)\) - m->pending_ms;/waited = 0;/'
mutant failures_always_begin_anew group.c 's/c->now_ms - r->ready_ms >= proof/true/'
mutant failures_never_begin_anew group.c 's/c->now_ms - r->ready_ms >= proof/false/'
mutant gives_up_late group.c 's/if \(budget_refuses_then\(/if (false \&\& budget_refuses_then(/'
mutant forgets_anothers_wait pass.c 's/r->next_try_ms > c->now_ms && r->next_try_ms > hold/false/'

# One service.
mutant started_beside_remains service.c 's/clean\(c, node, SERVICE_CLEANING, SPEC_INFINITE\);/down(c, node, 0);/g'
mutant killed_too_early service.c 's/SERVICE_STOPPING, in\(c, ms\)/SERVICE_STOPPING, in(c, ms \/ 2)/'
mutant never_killed service.c 's/SERVICE_STOPPING, in\(c, ms\)/SERVICE_STOPPING, SPEC_INFINITE/'
mutant never_too_late service.c 's/r->start_by_ms = in\(c, spec->start_timeout_ms\)/r->start_by_ms = SPEC_INFINITE/'
mutant no_post_stop service.c 's/if \(c->specs\[node\]\.post_stop && /if (false \&\& /'
mutant pre_start_does_not_matter service.c 's/e->end == END_CODE && e->number == 0/true/'
mutant hurry_is_not_heard service.c 's/return ms < c->image.hurry_ms \? ms : c->image.hurry_ms;/return ms;/'

# Groups, orders, ends.
mutant held_start_with_their_group pass.c 's/r->held \|\| r->gone \|\| temporary/r->gone || temporary/'
mutant starts_all_at_once pass.c 's/bool parallel = c->specs\[supervisor\]\.parallel/bool parallel = true/'
mutant on_limit_escalates group.c 's/spec->on_limit == ON_LIMIT_STOP &&/false \&\&/'
mutant any_is_all group.c 's/how == AUTO_SHUTDOWN_ALL &&/true \&\&/'
mutant no_bound group.c 's/n->delay_ms = c->specs\[node\]\.shutdown_ms;\n\tpass_kill_below\(c, node\);//'
mutant ready_too_soon pass.c 's/l->due == 0 && l->ending == 0/l->ending == 0/'
mutant youngest_death_first turn.c \
    's/heap\[up\] <= key/heap[up] >= key/; s/heap\[down \+ 1\] < heap\[down\]/heap[down + 1] > heap[down]/
     s/key <= heap\[down\]/key >= heap[down]/'

# The engine's death, and what it leaves.
mutant starts_not_ordered_again service.c 's/(SERVICE_POST_ORDERED:\n\t\t)turn_act\(c, ACTION_START, node\);/\1/'
mutant signals_not_sent_again service.c 's/(SERVICE_POST_KILLING:\n\t\t)send\(c, node, SPEC_SIGKILL\);/\1/'
mutant records_not_saved turn.c 's/if \(!l->dirty\)/if (!l->dirty \&\& node % 7 != 3)/'
mutant notes_not_saved save.c 's/part \* sizeof/(part - 1) * sizeof/'
mutant pending_time_forgotten turn.c 's/c->unsettled\[c->unsettled_count\+\+\] = node;/&\n\t\tc->unsettled_count -= l->dirty \&\& node % 5 == 2 \&\& c->unsettled_count > 3;/'

# Answers and causes.
mutant answered_twice ask.c 's/\*link = a->next;\n\t\ta->number = 0;/link = \&a->next;/'
mutant not_answered group.c 's/ask_answer\(c, child, OPS_UP, ANSWER_OK\);//'
mutant stops_without_cause service.c 's/turn_note\(c, NOTE_STOPPING, node, cause\)/turn_note(c, NOTE_STOPPING, node, 0)/'
mutant notes_with_holes turn.c 's/uint64_t seq = c->image.next_note\+\+;/uint64_t seq = c->image.next_note += 1 + (c->image.next_note % 97 == 0);/'

# An update.
mutant update_moves_all replan.c 's/if \(i->restart\[node\] && /if (/'
mutant update_keeps_the_removed replan.c 's/if \(!c->kept\[node\]\)\n/if (false)\n/'
mutant update_starts_nothing replan.c 's/r->flags = FLAG_DUE;/r->flags = 0;/g'

echo "1..$count"
[ $survivors -eq 0 ] || echo "# $survivors survive"
exit $((survivors != 0))

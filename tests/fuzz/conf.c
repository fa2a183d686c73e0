/*
 * A libFuzzer target for the configuration: any text gives a plan or errors.
 * A plan's snapshot gives an equal plan.
 *
 *   clang -fsanitize=fuzzer,address,undefined -g -O1 -D_GNU_SOURCE -I. -Isupd
 *       -o fuzz-conf tests/fuzz/conf.c supd/conf/[a-z]*.c
 *       lib/str.c lib/buf.c lib/duration.c lib/signame.c lib/must.c -linih
 *   ./fuzz-conf -max_len=4096 CORPUS conf.d
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "conf/plan.h"
#include "conf/sources.h"
#include "lib/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
compare(const struct plan *plan)
{
	struct diagnoses out = { 0 };
	struct plan *again =
	    conf_parse(plan->snapshot, plan->snapshot_bytes, &out);
	struct plan_diff *diff;

	must(again != NULL && out.errors == 0);
	diff = plan_diff(plan, again);
	must(diff != NULL);
	must(diff->changes_count == 0 && diff->settings_count == 0);
	plan_diff_free(diff);
	plan_free(again);
	diagnoses_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_open(16 << 20);
	struct sources sources = { .arena = arena };
	struct diagnoses out = { 0 };
	struct plan *plan = NULL;
	const char *snapshot;
	size_t bytes;

	must(arena != NULL);
	must(sources_add(&sources, SOURCE_CONF, "fuzz.conf", (const char *)data,
		 size, 0) != NULL);
	snapshot = sources_pack(&sources, &bytes);
	must(snapshot != NULL);
	plan = conf_parse(snapshot, bytes, &out);
	must((plan == NULL) == (out.errors > 0));
	/* What the reader gives inih, inih gives back. */
	for (size_t i = 0; i < out.count; i++)
		must(strstr(out.list[i].text, "inih") == NULL ||
		     memmem(data, size, "inih", 4) != NULL);
	if (plan != NULL)
		compare(plan);
	plan_free(plan);
	diagnoses_free(&out);
	arena_close(arena);
	return 0;
}

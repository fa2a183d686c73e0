/* The verb update. */
#include "supctl/change.h"
#include "supctl/client.h"
#include "supctl/pick.h"
#include "supctl/progress.h"
#include "supctl/verbs.h"

int
update_run(struct run *run)
{
	bool dry = run->options.given & OPTION_DRY_RUN;
	struct progress progress;
	struct client client;
	json_t *answer = NULL;
	int code = client_open(&client, run);

	if (code != 0)
		return code;
	progress_begin(&progress, run, NULL);
	code = progress_ask(&progress, &client, CLIENT_ONCE, "Update",
	    show_need(json_pack("{s:b}", "dry_run", dry)), &answer);
	progress_end(&progress);
	client_close(&client);
	if (code != 0)
		return code;
	if (run->options.json) {
		run_json(run, answer);
	} else {
		change_diagnoses(&run->err, pick_list(answer, "warnings"));
		if (!run->options.quiet)
			change_plan(&run->out, answer);
	}
	json_decref(answer);
	return EXITS_OK;
}

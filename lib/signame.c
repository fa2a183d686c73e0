#include "lib/signame.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/str.h"

static const struct name {
	const char *text;
	int signo;
} names[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT },
	{ "BUS", SIGBUS },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "USR1", SIGUSR1 },
	{ "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },
	{ "ALRM", SIGALRM },
	{ "TERM", SIGTERM },
	{ "STKFLT", SIGSTKFLT },
	{ "CHLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },
	{ "WINCH", SIGWINCH },
	{ "IO", SIGIO },
	{ "PWR", SIGPWR },
	{ "SYS", SIGSYS },
	/* Other names of the same: read, never written. */
	{ "IOT", SIGIOT },
	{ "CLD", SIGCHLD },
	{ "POLL", SIGPOLL },
};
#define NAMES (sizeof(names) / sizeof(names[0]))

/* RTMIN, RTMIN+N, RTMAX, RTMAX-N. */
static bool
parse_real_time(const char *text, int *signo)
{
	bool from_min = strncasecmp(text, "RTMIN", 5) == 0;
	uint64_t n = 0, max = (uint64_t)(SIGNAME_RTMAX - SIGNAME_RTMIN);

	if (!from_min && strncasecmp(text, "RTMAX", 5) != 0)
		return false;
	text += 5;
	if (*text != '\0' &&
	    (*text != (from_min ? '+' : '-') || !str_number(text + 1, max, &n)))
		return false;
	*signo = from_min ? SIGNAME_RTMIN + (int)n : SIGNAME_RTMAX - (int)n;
	return true;
}

bool
signame_parse_name(const char *text, int *signo)
{
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < NAMES; i++)
		if (strcasecmp(text, names[i].text) == 0) {
			*signo = names[i].signo;
			return true;
		}
	return parse_real_time(text, signo);
}

bool
signame_parse(const char *text, int *signo)
{
	uint64_t number;

	if (!str_number(text, (uint64_t)SIGNAME_RTMAX, &number))
		return signame_parse_name(text, signo);
	if (number == 0)
		return false;
	*signo = (int)number;
	return true;
}

char *
signame_text(int signo, char out[SIGNAME_TEXT])
{
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].signo == signo) {
			snprintf(out, SIGNAME_TEXT, "%s", names[i].text);
			return out;
		}
	if (signo == SIGNAME_RTMIN)
		snprintf(out, SIGNAME_TEXT, "RTMIN");
	else if (signo > SIGNAME_RTMIN && signo <= SIGNAME_RTMAX)
		snprintf(out, SIGNAME_TEXT, "RTMIN+%d", signo - SIGNAME_RTMIN);
	else
		snprintf(out, SIGNAME_TEXT, "%d", signo);
	return out;
}

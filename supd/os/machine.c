#include "os/machine.h"

#include <sys/reboot.h>
#include <unistd.h>

/* The one command of reboot(2) that does no harm; in the pid namespace of a
 * container it is refused as unknown, whatever one is allowed. */
bool
machine_is_ours(void)
{
	return reboot(RB_DISABLE_CAD) == 0;
}

_Noreturn void
machine_off(void)
{
	sync();
	(void)reboot(RB_POWER_OFF);
	(void)reboot(RB_HALT_SYSTEM);
	for (;;)
		(void)pause();
}

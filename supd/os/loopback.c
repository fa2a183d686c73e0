#include "os/loopback.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "os/raw.h"

RAW_CHILD long
loopback_raise(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	long result,
	    fd = raw_call3(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fd;
	request.ifr_flags = IFF_UP;
	result = raw_call3(SYS_ioctl, fd, SIOCSIFFLAGS, &request);
	(void)raw_call1(SYS_close, fd);
	return result;
}

# Fills a file system in memory, until more of it is swapped than there is
# memory to bring it back to.

. /tests/kit.sh

# field NAME: of /proc/meminfo, in kB.
field()
{
	sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/meminfo
}

much_is_swapped()
{
	least "kB swapped" "$(($(field SwapTotal) - $(field SwapFree)))" \
	    "$(field MemTotal)"
}

sh /tests/modules.sh
mkswap /dev/vda >/dev/null
swapon /dev/vda
mkdir /full
mount -t tmpfs -o size=320M tmpfs /full
dd if=/dev/zero of=/full/file bs=1M count=300 2>/dev/null
t "more is swapped than memory could hold" much_is_swapped
supctl shutdown

# The boots, and what is to come of them. supd is the init unless another is
# named. ASK and LAST are for the services of conf.d: what the one that came
# last does, and what the first one does when it is stopped, last of all.

# Limits need no init, only their controllers.
boot limits 'rdinit=/init panic=-1'
guest limits.sh

# Time.

boot clock 'ASK="sh /tests/clock.sh" -- -c /tests/clock.conf
	-c /etc/supd/conf.d' swift
guest clock.sh
t "a machine whose clock was set ends as any" in_order off

# Whole lives.

boot machine 'ASK="sh /tests/machine.sh" -- -c /tests/disk.conf
	-c /tests/writer.conf -c /tests/machine.conf -c /etc/supd/conf.d' disk
guest machine.sh
t "supctl shutdown --reboot stops in reverse order and reboots" in_order reboot
t "a disk that is in use in every way is clean afterwards" disk_is_clean
t "so is the file system in one of its files" inner_is_clean
t "what a service wrote last of all, unsynced, is whole" last_is_whole
t "nothing was in the way of all that" end_is_quiet

boot root 'rdinit=/tests/switch.sh panic=-1 ASK="sh /tests/root.sh"
	-- -c /tests/root.conf -c /tests/writer.conf -c /etc/supd/conf.d' disk
guest root.sh
t "with a root on a disk it ends in the same order" in_order off
t "a root that cannot be unmounted is made read-only" says "/ is read-only now"
t "such a root is clean afterwards" disk_is_clean
t "what a service wrote to it last of all is whole" last_is_whole

boot upgrade 'rdinit=/tests/switch.sh panic=-1 ASK="cp /sbin/supd /sbin/new;
	mv /sbin/new /sbin/supd; supctl shutdown"
	-- -c /tests/root.conf -c /tests/writer.conf -c /etc/supd/conf.d' disk
t "a root where supd was upgraded is made read-only, too" disk_is_settled
t "what a service wrote to it last of all is whole, too" last_is_whole

boot overlay 'rdinit=/tests/switch.sh panic=-1 OVER=yes ASK="supctl shutdown"
	-- -c /tests/writer.conf -c /etc/supd/conf.d' disk
t "what is below a root of layers is clean afterwards" disk_is_clean
t "what a service wrote to its upper layer last of all is whole" \
    last_is_whole /upper/last

boot loop 'ASK="losetup -f /disk/inner; supctl shutdown"
	-- -c /tests/disk.conf -c /tests/writer.conf -c /etc/supd/conf.d' disk
t "a disk with a loop device that nobody took away is clean afterwards" \
    disk_is_clean
t "so is what a service wrote to it last of all" last_is_whole

boot swap 'mem=160M ASK="sh /tests/swap.sh"' swap
guest swap.sh
t "what is in memory only goes before swap space does" end_is_quiet

boot core 'ASK="sh /tests/core.sh; supctl shutdown"' disk
t "what the kernel started by itself does not hold a disk" disk_is_clean
t "nor is it told of" end_is_quiet

boot command '-- sh /tests/command.sh' disk
guest command.sh
t "it is turned off when the command has ended, however it did" ends off
t "what the command left and mounted is gone before" disk_is_clean
t "what the command wrote is whole" last_is_whole

# Who may end it, and how.

boot shutdown 'ASK="supctl shutdown"'
t "supctl shutdown turns a machine off" in_order off

boot poweroff 'ASK="supctl shutdown --poweroff"'
t "supctl shutdown --poweroff turns it off" in_order off

boot halt 'ASK="supctl shutdown --halt"'
t "supctl shutdown --halt halts it" in_order halt

boot again 'ASK="supctl shutdown --halt"
	LAST="supctl shutdown --no-wait --reboot"'
t "what is said during a shutdown counts, not what was said before" \
    in_order reboot

boot engine 'ASK="supctl shutdown --reboot" LAST="sh /tests/kill_engine.sh"'
t "an engine that dies during the shutdown does not change its end" \
    in_order reboot
t "that engine was killed" says "was killed by signal 9"

boot engines 'ASK="supctl shutdown --reboot" LAST="sh /tests/kill_engine.sh 6"'
t "engines that are hopeless during the shutdown do not change its end" \
    ends reboot

boot init 'rdinit=/sbin/init splash ASK="supctl shutdown"'
t "called as init it leaves words of the command line alone" in_order off
t "and says so" says "'splash' is passed over"

boot keys
press "ask: exited"
t "ctrl-alt-del stops in reverse order and reboots" in_order reboot

boot TERM 'ASK="kill -TERM 1"'
t "TERM turns it off" in_order off

boot QUIT 'ASK="kill -QUIT 1"'
t "QUIT turns it off" in_order off

boot PWR 'ASK="kill -PWR 1"'
t "PWR turns it off" in_order off

# RTMIN is 34.
boot RTMIN+3 'ASK="kill -37 1"'
t "RTMIN+3 halts it" in_order halt

boot RTMIN+4 'ASK="kill -38 1"'
t "RTMIN+4 turns it off" in_order off

boot RTMIN+5 'ASK="kill -39 1"'
t "RTMIN+5 reboots it" in_order reboot

boot RTMIN+6 'ASK="kill -40 1"'
t "RTMIN+6 reboots it if no other kernel is loaded" in_order reboot

boot command-keys 'sh -c "trap true INT TERM; echo waiting; sleep infinity;
	while :; do sleep infinity; done"'
press waiting
t "ctrl-alt-del ends a command that does not want to, and reboots" ends reboot

boot fault 'ASK="sh /tests/fault.sh; supctl shutdown --reboot"'
t "an init that faults goes on, and ends as it is asked to" in_order reboot
t "it says that it did" says "the guard had a fault, signal 4"

# When nobody asked for it.

boot finished '-- -c /etc/supd/conf.d -c /tests/done.conf'
t "a root that is done turns it off" in_order off

boot panic 'LAST="echo \<1\>the last service >/dev/kmsg" panic=30
	-- -c /etc/supd/conf.d -c /tests/fails.conf' swift
t "a root that gives up reboots after panic=30 seconds" waits 30
t "all is stopped in reverse order before" in_order reboot
t "the reason is on the console" says "rebooting in 30 s, as panic=30 says"

boot at-once 'panic=-1 -- -c /etc/supd/conf.d -c /tests/fails.conf'
t "a root that gives up reboots at once with panic=-1" in_order reboot

boot stays '-- -c /tests/disk.conf -c /etc/supd/conf.d
	-c /tests/fails.conf' disk
press "Ctrl-alt-del reboots"
t "a machine that stays has its disk clean while it does" kept_disk_is_clean
t "without panic= it stays, until ctrl-alt-del reboots it" stays reboot

boot configuration '-- -c /tests/bad.conf'
press "Ctrl-alt-del reboots"
t "a bad configuration is told on the console, with its place" \
    says "/tests/bad.conf:2: "
t "a machine with a bad configuration stays until ctrl-alt-del" stays reboot

boot usage 'panic=-1 -- --nonsense'
t "a wrong option is told on the console" says nonsense
t "it ends as a bad configuration does" ends reboot

boot hopeless 'ASK="sh /tests/kill_engine.sh 6" panic=-1
	-- -c /tests/disk.conf -c /tests/writer.conf -c /etc/supd/conf.d' disk
t "an engine that is hopeless ends the machine as panic= says" ends reboot
t "all services are ended then, and it is told why" \
    says "too often: stopping all services"
t "the disk is clean even so" disk_is_clean
t "what a service wrote last of all is whole even so" last_is_whole

boot hangs 'ASK="fsfreeze --freeze /disk; supctl shutdown --reboot"
	-- -c /tests/disk.conf -c /etc/supd/conf.d' disk swift
t "a disk that hangs does not keep the machine from rebooting" ends reboot
t "it is told that it was left" says "unmounting has taken 60 s"

boot stuck 'ASK="fsfreeze --freeze /disk; supctl shutdown --reboot"
	-- -c /tests/disk.conf -c /tests/writer.conf -c /etc/supd/conf.d' disk swift
t "nor does a service that hangs with it and cannot be killed" ends reboot
t "it is told that it is stuck" says "writer: stuck"

boot stuck-before 'ASK="fsfreeze --freeze /disk; supctl stop --no-wait writer;
	until supctl history writer | grep SIGKILL; do sleep 1; done;
	supctl shutdown --reboot"
	-- -c /tests/disk.conf -c /tests/writer.conf -c /etc/supd/conf.d' disk swift
t "nor does one that was stuck before the shutdown began" ends reboot

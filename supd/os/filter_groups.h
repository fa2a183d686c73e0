/*
 * filter_groups: the groups of system calls of `syscall_filter`.
 *
 * FILTER_GROUPS(X) is X(name, calls, help) for each; among the calls of one
 * may stand groups that come before it. What libseccomp or the machine does
 * not know of them is passed over. supd.conf(5) lists the same.
 */
#ifndef SUPD_OS_FILTER_GROUPS_H
#define SUPD_OS_FILTER_GROUPS_H

/* clang-format off */
#define FILTER_GROUPS(X) \
X("@default", \
  "arch_prctl brk clock_getres clock_getres_time64 clock_gettime " \
  "clock_gettime64 clock_nanosleep clock_nanosleep_time64 execve exit " \
  "exit_group futex futex_time64 futex_waitv get_robust_list " \
  "get_thread_area getcpu getegid getegid32 geteuid geteuid32 getgid " \
  "getgid32 getgroups getgroups32 getpgid getpgrp getpid getppid getrandom " \
  "getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid " \
  "gettid gettimeofday getuid getuid32 madvise membarrier mmap mmap2 " \
  "mprotect mremap munmap nanosleep pause prlimit64 restart_syscall rseq " \
  "rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend " \
  "rt_sigtimedwait rt_sigtimedwait_time64 sched_getaffinity sched_yield " \
  "set_robust_list set_thread_area set_tid_address sigaltstack sigreturn " \
  "sysinfo time times ugetrlimit uname", \
  "what every program needs; part of every allow-list") \
X("@basic-io", \
  "_llseek close close_range dup dup2 dup3 lseek pread64 preadv preadv2 " \
  "pwrite64 pwritev pwritev2 read readv write writev", \
  "reading and writing of what is open") \
X("@io-event", \
  "_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old " \
  "epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 poll " \
  "ppoll ppoll_time64 pselect6 pselect6_time64 select", \
  "waiting for input and output") \
X("@file-system", \
  "access chdir chmod copy_file_range creat faccessat faccessat2 fadvise64 " \
  "fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fcntl fcntl64 " \
  "fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstat64 " \
  "fstatat64 fstatfs fstatfs64 ftruncate ftruncate64 futimesat getcwd " \
  "getdents getdents64 getxattr inotify_add_watch inotify_init " \
  "inotify_init1 inotify_rm_watch lgetxattr link linkat listxattr " \
  "llistxattr lremovexattr lsetxattr lstat lstat64 mkdir mkdirat mknod " \
  "mknodat newfstatat open openat openat2 readahead readlink readlinkat " \
  "removexattr rename renameat renameat2 rmdir sendfile sendfile64 setxattr " \
  "splice stat stat64 statfs statfs64 statx symlink symlinkat tee truncate " \
  "truncate64 umask unlink unlinkat utime utimensat utimensat_time64 " \
  "utimes vmsplice", \
  "files and folders") \
X("@sync", \
  "fdatasync fsync msync sync sync_file_range sync_file_range2 syncfs", \
  "writing files to their medium") \
X("@network-io", \
  "accept accept4 bind connect getpeername getsockname getsockopt listen " \
  "recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg " \
  "sendto setsockopt shutdown socket socketcall socketpair", \
  "sockets of all kinds") \
X("@process", \
  "clone clone3 execveat fork kill pidfd_open pidfd_send_signal prctl " \
  "rt_sigqueueinfo rt_tgsigqueueinfo setpgid setsid tgkill tkill vfork " \
  "wait4 waitid waitpid", \
  "processes, threads and signals to them") \
X("@timer", \
  "alarm getitimer setitimer signalfd signalfd4 timer_create timer_delete " \
  "timer_getoverrun timer_gettime timer_gettime64 timer_settime " \
  "timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 " \
  "timerfd_settime timerfd_settime64", \
  "timers, and signals by descriptor") \
X("@ipc", \
  "ipc memfd_create mq_getsetattr mq_notify mq_open mq_timedreceive " \
  "mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl " \
  "msgget msgrcv msgsnd pipe pipe2 semctl semget semop semtimedop " \
  "semtimedop_time64 shmat shmctl shmdt shmget", \
  "pipes, memory files, System V IPC and message queues") \
X("@resources", \
  "get_mempolicy getpriority ioprio_get ioprio_set mbind migrate_pages " \
  "move_pages sched_get_priority_max sched_get_priority_min sched_getattr " \
  "sched_getparam sched_getscheduler sched_rr_get_interval " \
  "sched_rr_get_interval_time64 sched_setaffinity sched_setattr " \
  "sched_setparam sched_setscheduler set_mempolicy set_mempolicy_home_node " \
  "setpriority setrlimit", \
  "limits, scheduling and placement of memory") \
X("@memlock", \
  "mincore mlock mlock2 mlockall munlock munlockall", \
  "locking of memory") \
X("@chown", \
  "chown chown32 fchown fchown32 fchownat lchown lchown32", \
  "owners of files") \
X("@setuid", \
  "setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups " \
  "setgroups32 setregid setregid32 setresgid setresgid32 setresuid " \
  "setresuid32 setreuid setreuid32 setuid setuid32", \
  "becoming another user") \
X("@mount", \
  "fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree " \
  "pivot_root umount umount2", \
  "mounts") \
X("@module", \
  "delete_module finit_module init_module", \
  "modules of the kernel") \
X("@reboot", \
  "kexec_file_load kexec_load reboot", \
  "restarting the machine") \
X("@swap", \
  "swapoff swapon", \
  "swap space") \
X("@clock", \
  "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 " \
  "settimeofday stime", \
  "setting the clock") \
X("@debug", \
  "kcmp lookup_dcookie perf_event_open pidfd_getfd process_vm_readv " \
  "process_vm_writev ptrace", \
  "looking into other processes") \
X("@keyring", \
  "add_key keyctl request_key", \
  "the kernel's keys") \
X("@io-uring", \
  "io_uring_enter io_uring_register io_uring_setup", \
  "io_uring, which does what other calls would") \
X("@privileged", \
  "@mount @module @reboot @swap @clock @setuid @chown acct bpf capset " \
  "chroot fanotify_init fanotify_mark ioperm iopl name_to_handle_at " \
  "nfsservctl open_by_handle_at quotactl quotactl_fd setdomainname " \
  "sethostname setns syslog unshare userfaultfd vhangup", \
  "what needs root, or opens parts of the kernel that few need") \
X("@system-service", \
  "@default @basic-io @io-event @file-system @sync @network-io @process " \
  "@timer @ipc @resources @memlock @chown @setuid capget capset " \
  "ioctl landlock_add_rule landlock_create_ruleset landlock_restrict_self " \
  "seccomp", \
  "what an ordinary daemon needs")
/* clang-format on */

#endif

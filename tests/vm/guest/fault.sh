# Lets the init fault, as by a mistake of its own: where it goes on is no
# instruction any more. A signal lets it go on.
until where=$(sed 's/.* //' /proc/1/syscall) && [ "$((where))" -ne 0 ]; do
	usleep 10000
done
printf '\017\013' |
    dd of=/proc/1/mem bs=1 seek="$((where))" conv=notrunc 2>/dev/null
kill -CHLD 1

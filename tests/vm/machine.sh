# The machine that run.sh boots: what it is made of, and how it is run.

ROOT=$VM/files
# For one boot; a good one takes a tenth of it where nothing else runs.
LIMIT_S=${LIMIT_S:-240}
# For a disk; what they need comes before them.
MODULES="virtio_pci virtio_blk loop overlay"

# The newest kernel with its modules, of those that are there: sets kernel, its
# version, and base, the folder that it was installed in.
kernel_find()
{
	while read -r kernel; do
		base=${kernel%/boot/*}
		version=${kernel##*/vmlinuz-}
		[ -e "$base/lib/modules/$version/modules.dep" ] && return
	done < <(find "$VM/kernel/boot" /boot -name 'vmlinuz-*-cloud-amd64' \
	    -readable 2>/dev/null | sort -rV)
	return 1
}

# The package that everyone calls linux-image-cloud-amd64 only names another.
kernel_fetch()
{
	local package

	package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
	    sed -n 's/^ *Depends: \(linux-image-.*-cloud-amd64\)$/\1/p' |
	    head -n 1)
	[ -n "$package" ] || return 1
	mkdir -p "$VM/kernel" || return 1
	(cd "$VM/kernel" && timeout 300 apt-get download -q "$package" &&
	    dpkg -x "$package"_*.deb . && rm -f "$package"_*.deb &&
	    depmod -b . "${package#linux-image-}") >"$VM/fetch.log" 2>&1
}

# Says in $lacking what it cannot be run without.
machine_lacks()
{
	local program

	lacking="the kernel is one for x86_64"
	[ "$(uname -m)" = x86_64 ] || return 0
	for program in qemu-system-x86_64 busybox cpio jq modprobe mkfs.ext4; do
		lacking="there is no $program"
		command -v "$program" >/dev/null || return 0
	done
	mkdir -p "$VM" || exit 1
	lacking="linux-image-cloud-amd64 cannot be had"
	kernel_find || { kernel_fetch && kernel_find; } || return 0
	return 1
}

# put FOLDER PROGRAM...: with the libraries that they name, at the same paths.
put()
{
	local folder=$ROOT/$1 program library

	for program in "${@:2}"; do
		cp -L "$program" "$folder/" || return 1
		for library in $(ldd "$program" | grep -o '/[^ ]*'); do
			[ -e "$ROOT$library" ] && continue
			mkdir -p "$ROOT${library%/*}" &&
			    cp -L "$library" "$ROOT$library" || return 1
		done
	done
}

put_busybox()
{
	local applet

	cp -L "$(command -v busybox)" "$ROOT/bin/busybox" || return 1
	for applet in $(busybox --list); do
		[ -e "$ROOT/bin/$applet" ] ||
		    ln -s busybox "$ROOT/bin/$applet" || return 1
	done
}

# In the order in which they are to be loaded, with those that they need.
modules()
{
	local module

	for module in $MODULES; do
		modprobe -d "$base" -S "$version" --show-depends "$module"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

# Their names begin with their place in that order.
put_modules()
{
	local path n=10

	while read -r path; do
		n=$((n + 1))
		cp "$path" "$ROOT/modules/$n-${path##*/}" || return 1
	done < <(modules)
	[ "$n" -gt 10 ]
}

# One tree of files, once for the machine's memory and once as a disk. There
# are none of the folders that supd is to make; and /dev/console is a folder,
# so that the kernel has none to give to its init.
machine_image()
{
	rm -rf "$ROOT"
	mkdir -p "$ROOT"/{bin,sbin,tmp,modules,dev/console,etc/supd/conf.d} &&
	    put sbin "$BUILD/bin/supd" && ln -s supd "$ROOT/sbin/init" &&
	    put bin "$BUILD/bin/supctl" "$(command -v jq)" &&
	    put_busybox && put_modules &&
	    echo 'root:x:0:0:root:/:/bin/sh' >"$ROOT/etc/passwd" &&
	    echo 'root:x:0:' >"$ROOT/etc/group" &&
	    install -m 644 tests/vm/guest/conf.d/* "$ROOT/etc/supd/conf.d" &&
	    install -D -m 755 -t "$ROOT/tests" tests/vm/guest/*.sh &&
	    install -m 644 -t "$ROOT/tests" tests/vm/guest/*.conf &&
	    cp "$ROOT/tests/init.sh" "$ROOT/init" &&
	    truncate -s 512K "$ROOT/inner" &&
	    mkfs.ext4 -q -O ^has_journal "$ROOT/inner" &&
	    (cd "$ROOT" && find . | cpio --quiet -o -H newc -R 0:0) |
	    gzip -1 >"$VM/initrd.gz" &&
	    rm -f "$VM/disk" && truncate -s 64M "$VM/disk" &&
	    mkfs.ext4 -q -d "$ROOT" "$VM/disk"
}

# machine_run PARAMETERS OPTIONS PRESS: boots it in the folder that we are in,
# and returns when it has ended. OPTIONS are words between blanks:
#   disk   it has one, /dev/vda: ext4, with all that its memory has
#   swap   it has one, /dev/vda: 400 MB with nothing on it
#   swift  its clock does not wait: where nothing is to be done within, no time
#          passes outside
# PRESS: what is on the console when ctrl-alt-del is to be pressed, or nothing.
machine_run()
{
	local program qemu append="console=ttyS0 quiet rdinit=/sbin/supd $1"

	program=(qemu-system-x86_64 -accel tcg -m 512 -nodefaults
		-no-user-config -display none -no-reboot -monitor stdio
		-serial file:console.log -serial file:tap.log
		-kernel "$kernel" -initrd "$VM/initrd.gz" -append "$append")
	case $2 in
	*' disk '*)
		cp --sparse=always "$VM/disk" disk
		program+=(-drive file=disk,format=raw,if=virtio)
		;;
	esac
	case $2 in
	*' swap '*)
		truncate -s 400M disk
		program+=(-drive file=disk,format=raw,if=virtio)
		;;
	esac
	case $2 in
	*' swift '*) program+=(-icount "shift=1,sleep=off") ;;
	esac
	touch console.log tap.log
	mkfifo monitor
	exec 3<>monitor
	timeout --foreground -k 5 "$LIMIT_S" "${program[@]}" \
	    <monitor >qemu.log 2>&1 3>&- &
	qemu=$!
	press_s=0
	while kill -0 "$qemu" 2>/dev/null; do
		machine_look "$3"
	done
	wait "$qemu"
	code=$?
	exec 3>&-
	[ "$code" -eq 0 ] ||
	    echo "qemu left with $code (124: after $LIMIT_S s)" >>qemu.log
	sed -i 's/\r//g' console.log tap.log
	# Without what was typed.
	sed -i 's/^(qemu) \(.*\x1b\[K\)*//' qemu.log
}

# A machine that was halted does not end by itself. Where keys are pressed, they
# are pressed again after a while, should there have been no keyboard yet.
machine_look()
{
	if grep -q 'reboot: System halted' console.log; then
		echo quit >&3
	elif [ -n "$1" ] && [ "$SECONDS" -ge "$press_s" ] &&
	    grep -qF "$1" console.log; then
		[ -e before_press.log ] || machine_keep
		echo "sendkey ctrl-alt-delete" >&3
		press_s=$((SECONDS + 10))
	fi
	sleep 0.1
}

# What it looks like before the first time. If it has a reason to stay, it is
# left alone for a moment, so that it may fail to.
machine_keep()
{
	sleep 1
	[ -e disk ] && cp --sparse=always disk before_press.disk
	cp console.log before_press.log
}

#!/bin/bash
# run.sh BUILD: what a machine needs that has all controllers of cgroup2.
#
# Boots Debian's cloud kernel in qemu with supd and guest.sh in its memory, and
# prints the TAP that comes out of its second serial port. It needs no rights,
# touches nothing outside BUILD/vm, and ends by itself. Where qemu or the
# kernel cannot be had, that is said as a test that is skipped.
set -u
cd "$(dirname "$0")/../.." || exit 1

BUILD=$(realpath "${1:-build}")
VM=$BUILD/vm
ROOT=$VM/root
# For the whole run, boot included; a good one takes a tenth of it.
LIMIT_S=${LIMIT_S:-240}

skip()
{
	echo 1..1
	echo "ok 1 - limits in a virtual machine # skip $*"
	exit 0
}

need()
{
	local name

	for name; do
		command -v "$name" >/dev/null || skip "there is no $name"
	done
}

# The newest of those that are there.
kernel_here()
{
	find "$VM/kernel/boot" /boot -name 'vmlinuz-*-cloud-amd64' -readable \
	    2>/dev/null | sort -V | tail -n 1
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
	    dpkg -x "$package"_*.deb . && rm -rf "$package"_*.deb lib) \
	    >"$VM/fetch.log" 2>&1
}

# Programs with the libraries that they name, at the same paths.
put()
{
	local program library

	for program; do
		cp -L "$program" "$ROOT/bin/" || return 1
		for library in $(ldd "$program" | grep -o '/[^ ]*'); do
			[ -e "$ROOT$library" ] && continue
			mkdir -p "$ROOT${library%/*}" &&
			    cp -L "$library" "$ROOT$library" || return 1
		done
	done
}

image()
{
	rm -rf "$ROOT"
	mkdir -p "$ROOT"/{bin,dev,proc,sys,run,tmp,etc/supd/conf.d} &&
	    put "$BUILD/bin/supd" "$BUILD/bin/supctl" "$(command -v jq)" &&
	    cp -L "$(command -v busybox)" "$ROOT/bin/busybox" &&
	    ln -s busybox "$ROOT/bin/sh" &&
	    echo 'root:x:0:0:root:/:/bin/sh' >"$ROOT/etc/passwd" &&
	    echo 'root:x:0:' >"$ROOT/etc/group" &&
	    install -m 755 tests/vm/init.sh "$ROOT/init" &&
	    install -m 755 tests/vm/guest.sh "$ROOT/bin/guest.sh" &&
	    install -m 644 tests/vm/guest.conf "$ROOT/etc/supd/conf.d" &&
	    (cd "$ROOT" && find . | cpio --quiet -o -H newc -R 0:0) |
	    gzip -1 >"$VM/initrd.gz"
}

boot()
{
	: >"$VM/console.log" >"$VM/tap.log"
	timeout -k 5 "$LIMIT_S" qemu-system-x86_64 -accel tcg \
	    -m 512 -nodefaults -no-user-config -display none -no-reboot \
	    -serial "file:$VM/console.log" -serial "file:$VM/tap.log" \
	    -kernel "$1" -initrd "$VM/initrd.gz" \
	    -append "console=ttyS0 quiet panic=-1" \
	    </dev/null >"$VM/qemu.log" 2>&1
}

[ "$(uname -m)" = x86_64 ] || skip "the kernel is one for x86_64"
need qemu-system-x86_64 busybox cpio jq
mkdir -p "$VM" || exit 1
kernel=$(kernel_here)
if [ -z "$kernel" ]; then
	need apt-get apt-cache dpkg
	kernel_fetch || skip "linux-image-cloud-amd64 cannot be had"
	kernel=$(kernel_here)
	[ -n "$kernel" ] || skip "linux-image-cloud-amd64 has no kernel"
fi
image || exit 1
boot "$kernel"
code=$?
tr -d '\r' <"$VM/tap.log"
[ "$code" -ne 0 ] && echo "# qemu left with $code (124: after $LIMIT_S s)"
if [ "$code" -ne 0 ] || ! grep -q '^# done' "$VM/tap.log" ||
    grep -q '^not ok' "$VM/tap.log"; then
	echo "# what the machine said ($(basename "$kernel")):"
	tail -n 40 "$VM/qemu.log" "$VM/console.log" | tr -d '\r' |
	    sed 's/^/#   /'
fi
grep -q '^# done' "$VM/tap.log"

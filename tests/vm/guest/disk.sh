# Mounts the disk at /disk, and all that makes it hard to unmount: swap space
# in one of its files, a file system in another, something mounted upon it, at
# a name with a blank too, one of its folders seen elsewhere, and what was there
# before it and was moved onto it.
set -e
sh /tests/modules.sh
mkdir -p /disk /seen /nest
# Nothing can be moved out of what is shared.
mount -t tmpfs tmpfs /nest
mount --make-private /nest
mkdir /nest/before
mount -t tmpfs tmpfs /nest/before
mount -t ext4 /dev/vda /disk
dd if=/dev/zero of=/disk/swap bs=64k count=16 2>/dev/null
chmod 600 /disk/swap
mkswap /disk/swap >/dev/null
swapon /disk/swap
mkdir /disk/above "/disk/a blank" /disk/folder /disk/deep /disk/moved
mount -t tmpfs tmpfs /disk/above
mkdir /disk/above/deeper
mount -t tmpfs tmpfs /disk/above/deeper
mount -t tmpfs tmpfs "/disk/a blank"
mount --bind /disk/folder /seen
mount --move /nest/before /disk/moved
umount /nest
mount -o loop /disk/inner /disk/deep
: >/disk/deep/file

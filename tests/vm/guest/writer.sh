# On TERM it writes to the disk, and lets nobody wait for it to be written out.
# Where the root is the disk, there is no /disk.
disk=/disk
[ -d $disk ] || disk=
trap 'seq 20000 >"$disk/last"; exit 0' TERM
while :; do
	sleep infinity &
	wait $!
done

# Those that a disk needs, in their order.
for module in /modules/*; do
	insmod "$module" || exit 1
done
until [ -e "${1:-/dev/vda}" ]; do
	usleep 10000
done

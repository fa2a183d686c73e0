# Does what LAST says when it is told to stop; it is the last one that is.
trap 'eval "$LAST"; exit 0' TERM
while :; do
	sleep infinity &
	wait $!
done

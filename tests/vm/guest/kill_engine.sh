# kill_engine.sh [COUNT]: kills it, each time as soon as there is a new one.
n=${1:-1}
while [ "$n" -gt 0 ]; do
	pid=$(pidof supd-engine)
	kill -KILL $pid 2>/dev/null && n=$((n - 1))
	until [ -n "$(pidof supd-engine)" ] &&
	    [ "$(pidof supd-engine)" != "$pid" ]; do
		usleep 10000
	done
done

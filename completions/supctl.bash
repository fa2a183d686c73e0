# Completion of supctl for bash: eval "$(supctl completion bash)", or this file
# as supctl in the folder of bash-completion.

_supctl_names()
{
	"${words[0]}" "${_supctl_socket[@]}" --json status 2>/dev/null |
	    grep -o '"name": *"[^"\\]*"' | sed 's/.*"\([^"]*\)"$/\1/'
}

_supctl()
{
	local cur prev verb= i
	local verbs="status tree start stop restart reload signal reset update
	    check events history why wait is-ready shutdown version completion
	    help"
	local general="-s --socket --json --no-color -q --quiet -h --help"
	local special= words=("${COMP_WORDS[@]}") _supctl_socket=()

	cur=${COMP_WORDS[COMP_CWORD]}
	prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | --socket)
			_supctl_socket=(-s "${COMP_WORDS[i + 1]}")
			((i++))
			;;
		--timeout | --since | --for | -n)
			((i++))
			;;
		-*) ;;
		*)
			verb=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	case $prev in
	-s | --socket)
		COMPREPLY=($(compgen -f -- "$cur"))
		return
		;;
	--for)
		COMPREPLY=($(compgen -W "ready stopped exited" -- "$cur"))
		return
		;;
	--timeout | --since | -n)
		return
		;;
	esac
	case $verb in
	status) special="--watch" ;;
	start | stop | restart) special="--no-wait --timeout" ;;
	shutdown)
		special="--poweroff --reboot --halt --no-wait --timeout"
		;;
	update) special="--dry-run --timeout" ;;
	events) special="-f --follow --since" ;;
	history) special="-n" ;;
	wait) special="--for --timeout" ;;
	is-ready) special="-v --verbose" ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$general $special" -- "$cur"))
		return
	fi
	case $verb in
	"") COMPREPLY=($(compgen -W "$verbs" -- "$cur")) ;;
	help) COMPREPLY=($(compgen -W "$verbs" -- "$cur")) ;;
	completion) COMPREPLY=($(compgen -W "bash zsh" -- "$cur")) ;;
	check) COMPREPLY=($(compgen -f -- "$cur")) ;;
	signal)
		if ((i == COMP_CWORD - 1)); then
			COMPREPLY=($(compgen -A signal -- "$cur")
			    $(compgen -W "HUP INT QUIT KILL USR1 USR2 TERM
				CONT STOP" -- "$cur"))
		else
			COMPREPLY=($(compgen -W "$(_supctl_names)" -- "$cur"))
		fi
		;;
	status | tree | start | stop | restart | reload | reset | events | \
	    history | why | wait | is-ready)
		COMPREPLY=($(compgen -W "$(_supctl_names)" -- "$cur"))
		;;
	esac
}

complete -F _supctl supctl

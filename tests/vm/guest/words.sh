# How a test says what it found, within a machine and outside of it.

note()
{
	echo "$*" | sed 's/^/# /'
}

# is WHAT IS WANTED
is()
{
	[ "$2" = "$3" ] && return 0
	note "$1 is '$2', not '$3'"
	return 1
}

# has TEXT PART
has()
{
	case $1 in
	*"$2"*) return 0 ;;
	esac
	note "'$2' is not in: $1"
	return 1
}

# lacks TEXT PART
lacks()
{
	case $1 in
	*"$2"*) ;;
	*) return 0 ;;
	esac
	note "'$2' is in: $1"
	return 1
}

# least WHAT NUMBER BOUND, most WHAT NUMBER BOUND: of whole numbers.
least()
{
	[ "$2" -ge "$3" ] && return 0
	note "$1 is '$2', less than $3"
	return 1
}

most()
{
	[ "$2" -le "$3" ] && return 0
	note "$1 is '$2', more than $3"
	return 1
}

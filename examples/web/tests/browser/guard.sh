# Runs a program until standard input ends, and then ends it with all that it has started. The test
# holds the other end, which the system closes however the test ends: no browser outlives it.
#
# guard.sh DIRECTORY PROGRAM ARGUMENTS..; the directory is the program's, and is removed.
directory=$1
shift
setsid "$@" </dev/null &
group=$!
# What is typed at the terminal is for the test. Its output is to end when the program does.
trap '' HUP INT TERM
exec >/dev/null
read -r _
kill -s KILL -- "-$group"
wait
# Processes of the browser that were nobody's children are gone a little later.
left=500
while [ "$left" -gt 0 ] && kill -s 0 -- "-$group" 2>/dev/null; do
  sleep 0.01
  left=$((left - 1))
done
rm -rf "$directory"

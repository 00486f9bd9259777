# One unit test under valgrind. usage: valgrind_one.sh NAME, with BUILD and LOGS in the environment
name=$1
valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite --child-silent-after-fork=yes \
	"$BUILD/release/tests/unit/$name" >"$LOGS/valgrind-$name.log" 2>&1
status=$?
if [ $status -eq 0 ] || [ $status -eq 77 ]; then
	echo "$name" >"$LOGS/valgrind-$name.good"
else
	echo "$name" >"$LOGS/valgrind-$name.bad"
	echo "failed under valgrind: $name (status $status)"
	tail -n 30 "$LOGS/valgrind-$name.log"
fi
exit 0

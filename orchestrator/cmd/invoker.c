#include "cmd/invoker.h"

#include "approvals/people.h"
#include "base/banned.h"

#include <unistd.h>

const char *invoker_name(void)
{
	static char name[PERSON_USER_SIZE];

	people_user_name(getuid(), name);
	return name;
}

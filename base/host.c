#include "base/host.h"

#include <stdbool.h>
#include <unistd.h>

const char *host_name(void)
{
	static char name[256];
	static bool is_known;
	if (!is_known && gethostname(name, sizeof name - 1) < 0)
		name[0] = '\0';
	is_known = true;
	return name;
}

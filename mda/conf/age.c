#include "mda/conf/age.h"

bool age_read(struct str text, size_t *seconds)
{
	static const struct {
		char unit;
		unsigned seconds;
	} units[] = {{'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}, {'y', 366 * 86400}};
	unsigned long long v = 0;
	size_t unit = 0;
	char last = text.n ? ascii_lower(text.p[text.n - 1]) : '0';
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].unit == last)
			unit = units[i].seconds;
	if (unit)
		text.n--;
	if ((text.n || unit) && !str_number(text, 10000, &v))
		return false;
	*seconds = (size_t)v * unit;
	return unit || v == 0;
}

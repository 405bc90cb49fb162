#include "mda/conf/retention.h"

#include "mda/conf/age.h"

bool retention_read(struct str entry, struct retention *r, const char **why)
{
	struct str text = str_trim(entry);
	size_t blank = str_rfind(text, ' ');
	struct str age = str_slice(text, blank + 1, text.n);
	*why = "an entry is a folder and a time, such as \"Trash 30d\"";
	if (blank >= text.n || age.n == 0)
		return false;
	*r = (struct retention){.folder = str_trim(str_slice(text, 0, blank))};
	r->below = r->folder.n > 2 && str_iends(r->folder, STR_LIT("/*"));
	if (r->below)
		r->folder.n -= 2;
	if (str_find(r->folder, '*') < r->folder.n) {
		*why = "a star is allowed only after the last slash of a folder's name";
		return false;
	}
	return age.p[age.n - 1] != '0' && age_read(age, &r->seconds);
}

#include "mda/reindex.h"

#include "mda/base/io.h"

#include <unistd.h>

enum { OUTPUT_CHUNK = 64 * 1024 };

int reindex_print(struct buf *to, struct err *err)
{
	int r = io_write(STDOUT_FILENO, buf_str(to), "the result", err);
	buf_clear(to);
	return r;
}

int reindex_print_some(struct buf *to, struct err *err)
{
	return to->n < OUTPUT_CHUNK ? 0 : reindex_print(to, err);
}

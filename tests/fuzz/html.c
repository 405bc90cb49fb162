/* HTML as text: in linear time, and never longer than what character references can produce. */
#include "base/html.h"

#include "base/utf8.h"
#include "tests/fuzz/fuzz.h"

static const char *const words[] = {"<", ">", "<!--", "-->", "<script>", "</script>", "<style>",
	"</style>", "<p>", "<br/>", "<a href=\"", "\"", "'", "&", "&amp;", "&#x41;", "&#65;",
	"&nbsp;", "&lt", ";", "<td>", "<textarea>", "<![CDATA[", "]]>", "<title>", "</", NULL};

static void run(struct str input, struct arena *mem)
{
	struct str text = html_text(input, mem);
	FUZZ_CHECK(text.n <= 2 * input.n + 2);
	if (utf8_valid(input))
		FUZZ_CHECK(utf8_valid(text));
}

static void seeds(struct arena *mem)
{
	for (size_t i = 0; words[i]; i++)
		fuzz_seed(fuzz_repeat(mem, str_of(words[i]), 300));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 4000};

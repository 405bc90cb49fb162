#include "mda/page/page.h"

#include "base/printable.h"
#include "page_assets.h"

void page_text(struct buf *to, struct str text)
{
	while (text.n) {
		const struct str c = printable_next(&text);
		if (c.n != 1)
			buf_add(to, c);
		else if (*c.p == '<')
			buf_text(to, "&lt;");
		else if (*c.p == '>')
			buf_text(to, "&gt;");
		else if (*c.p == '&')
			buf_text(to, "&amp;");
		else if (*c.p == '"')
			buf_text(to, "&quot;");
		else if (*c.p == '\'')
			buf_text(to, "&#39;");
		else
			buf_byte(to, *c.p);
	}
}

void page_lines(struct buf *to, struct str text)
{
	while (text.n) {
		size_t n = str_find(text, '\n');
		page_text(to, str_slice(text, 0, n));
		buf_byte(to, '\n');
		text = str_slice(text, n + 1, text.n);
	}
}

static void begin_element(struct buf *to, const char *tag, const char *class)
{
	buf_fmt(to, *class ? "<%s class=\"%s\">" : "<%s>", tag, class);
}

void page_element(struct buf *to, const char *tag, const char *class, struct str text)
{
	begin_element(to, tag, class);
	buf_text(to, "<bdi>");
	page_text(to, text);
	buf_fmt(to, "</bdi></%s>", tag);
}

void page_number(struct buf *to, const char *tag, const char *class, unsigned long long number)
{
	begin_element(to, tag, class);
	buf_fmt(to, "%llu</%s>", number, tag);
}

void page_begin(struct buf *to, const char *title, struct str lead)
{
	buf_text(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
	buf_fmt(to, "style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'\">\n",
		style_hash, script_hash);
	buf_text(to, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		     "<meta name=\"referrer\" content=\"no-referrer\">\n"
		     "<meta name=\"color-scheme\" content=\"light dark\">\n");
	buf_fmt(to, "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n", title, style);
	buf_fmt(to, "<header>\n<h1>%s</h1>\n", title);
	if (lead.n)
		page_element(to, "p", "lead", lead);
	buf_text(to, "\n</header>\n<main>\n");
}

void page_end(struct buf *to)
{
	buf_fmt(to, "</main>\n<script>%s</script>\n</body>\n</html>\n", script);
}

void page_begin_table(struct buf *to, const char *caption, const char *const *columns)
{
	/* The frame scrolls, not the page; so it can have the focus (WCAG 2.1.1). */
	buf_fmt(to,
		"<section class=\"table\">\n<h2>%s</h2>\n"
		"<div class=\"frame\" role=\"region\" aria-label=\"%s\" tabindex=\"0\">\n"
		"<table role=\"table\">\n<thead role=\"rowgroup\"><tr role=\"row\">",
		caption, caption);
	for (; *columns; columns++)
		if (**columns == '#')
			buf_fmt(to, "<th role=\"columnheader\" scope=\"col\" class=\"n\">%s</th>",
				*columns + 1);
		else
			buf_fmt(to, "<th role=\"columnheader\" scope=\"col\">%s</th>", *columns);
	buf_text(to, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
}

void page_end_table(struct buf *to)
{
	buf_text(to, "</tbody>\n</table>\n</div>\n</section>\n");
}

/*
 * Finds the next byte of mda.conf that matters, sixteen bytes at a time: a configuration may have
 * megabytes of sections that a delivery does not need.
 */
#ifndef MDA_CONF_CONF_SCAN_H
#define MDA_CONF_CONF_SCAN_H

/*
 * The first byte of [P, END) that can open or close something in a section: a quote, a brace, the
 * start of a comment or of a variable, which is one of " ' # / $ { }. END when there is none.
 */
const char *conf_scan_section(const char *p, const char *end);

/* The first QUOTE, backslash or dollar sign of [P, END). END when there is none. */
const char *conf_scan_string(const char *p, const char *end, char quote);

#endif

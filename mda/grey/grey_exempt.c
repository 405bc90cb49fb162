#include "mda/grey/grey_exempt.h"

#include "base/address.h"
#include "base/path.h"
#include "base/io.h"
#include "base/str_list.h"
#include "filters/lists/list_text.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { LARGEST = 16 << 20 };

struct grey_exempt {
	struct peer_networks networks;
	struct str_list names; /* lower case; may have wildcards */
	struct wild *recipients;
	size_t recipient_count;
	struct arena *mem;
	struct str path; /* of the file that is being read */
	void (*tell)(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
};

/* ---- clients ---- */

static bool is_name(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!ascii_isalnum(word.p[i]) && str_find(STR_LIT("-_.*?"), word.p[i]) == 5)
			return false;
	return word.n > 0;
}

/* "192.0.2" is 192.0.2.0/24, as in postgrey's list. */
static struct str whole_network(struct str word, struct arena *mem)
{
	size_t dots = 0;
	for (size_t i = 0; i < word.n; i++) {
		dots += word.p[i] == '.';
		if (word.p[i] != '.' && !ascii_isdigit(word.p[i]))
			return word;
	}
	if (word.n && word.p[word.n - 1] == '.')
		word.n--, dots--;
	if (dots > 2 || word.n == 0)
		return word;
	static const char *const zeros[] = {".0.0.0", ".0.0", ".0"};
	return arena_fmt(mem, STR_FMT "%s/%zu", STR_ARGS(word), zeros[dots], 8 * (dots + 1));
}

static bool add_network(struct grey_exempt *e, struct str word)
{
	struct str one = whole_network(word, e->mem);
	const struct str_list list = {.items = &one, .count = 1};
	struct peer_networks n;
	if (str_ieq(one, STR_LIT("unix")) || str_ieq(one, STR_LIT("tls")) ||
		peer_networks_read(&list, "", e->mem, &n, NULL) < 0)
		return false;
	peer_networks_add(&e->networks, &n, e->mem);
	return true;
}

static void take_client(struct grey_exempt *e, struct str line, unsigned number)
{
	struct str word;
	line = str_slice(line, 0, str_find(line, '#'));
	while (str_word(&line, &word)) {
		if (add_network(e, word))
			continue;
		if (is_name(word))
			str_list_add(&e->names, arena_lower(e->mem, word), e->mem);
		else
			e->tell(STR_FMT ":%u: this is neither an address, a network nor a name",
				STR_ARGS(e->path), number);
	}
}

static int read_clients(struct grey_exempt *e, struct err *err)
{
	struct buf text = {0};
	unsigned number = 0;
	int fd = path_open_file(e->path.p, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_system(err, errno, "cannot open %s", e->path.p);
	int r = io_read_all(fd, LARGEST, &text, e->path.p, err);
	close(fd); /* nothing was written */
	struct str rest = buf_str(&text), line;
	while (r == 0 && str_line(&rest, &line))
		take_client(e, line, ++number);
	buf_free(&text);
	return r;
}

/* "example.org" is the name and all below it. */
static bool name_matches(struct str pattern, struct str name)
{
	if (wild_match(pattern, name))
		return true;
	return name.n > pattern.n && name.p[name.n - pattern.n - 1] == '.' &&
	       str_eq(pattern, str_slice(name, name.n - pattern.n, name.n));
}

bool grey_exempt_client(const struct grey_exempt *e, const struct peer *client, struct str name)
{
	char lower[256];
	if (peer_is_in(client, &e->networks))
		return true;
	if (name.n > sizeof lower || str_ieq(name, STR_LIT("unknown")))
		return false;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = ascii_lower(name.p[i]);
	for (size_t i = 0; i < e->names.count; i++)
		if (name_matches(e->names.items[i], (struct str){lower, name.n}))
			return true;
	return false;
}

/* ---- recipients ---- */

static void take_recipient(void *context, const struct list_line *line)
{
	struct grey_exempt *e = context;
	if (!line->wild) {
		e->tell(STR_FMT ":%u: %s", STR_ARGS(e->path), line->line, line->wrong);
		return;
	}
	struct wild *w = ARENA_PUSH(e->mem, e->recipients, e->recipient_count);
	*w = *line->wild;
	w->local = arena_str(e->mem, w->local);
	w->domain = arena_str(e->mem, w->domain);
}

static bool recipient_matches(const struct grey_exempt *e, struct str key)
{
	for (size_t i = 0; i < e->recipient_count; i++)
		if (wild_matches(&e->recipients[i], key))
			return true;
	return false;
}

bool grey_exempt_recipient(const struct grey_exempt *e, struct str recipient, struct str delimiters)
{
	if (e->recipient_count == 0)
		return false;
	struct arena *mem = arena_new();
	struct address a = address_parse_envelope(recipient, mem);
	struct str user, detail;
	bool found = recipient_matches(e, address_key(&a, mem));
	address_split_detail(a.local, delimiters, &user, &detail);
	a.local = user;
	if (!found && !a.invalid)
		found = recipient_matches(e, address_key(&a, mem));
	arena_free(mem);
	return found;
}

struct grey_exempt *grey_exempt_read(struct str clients, struct str recipients, struct arena *mem,
	void (*tell)(const char *fmt, ...), struct err *err)
{
	struct grey_exempt *e = arena_alloc(mem, sizeof *e);
	*e = (struct grey_exempt){.mem = mem, .tell = tell, .path = clients};
	if (clients.n && read_clients(e, err) < 0)
		return NULL;
	e->path = recipients;
	if (recipients.n &&
		list_text_walk(recipients, list_text_today(), take_recipient, e, err) < 0)
		return NULL;
	return e;
}

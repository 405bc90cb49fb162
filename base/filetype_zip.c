#include "base/filetype.h"

#include "base/limits.h"
#include "base/str_list.h"

#include <dlfcn.h>
#include <string.h>
#include <zip.h>

/* libzip, loaded for the first archive. */
static struct {
	bool tried, there;
	zip_source_t *(*source)(const void *p, zip_uint64_t n, int owned, zip_error_t *error);
	void (*source_free)(zip_source_t *source);
	zip_t *(*open)(zip_source_t *source, int flags, zip_error_t *error);
	void (*discard)(zip_t *archive);
	zip_int64_t (*count)(zip_t *archive, zip_flags_t flags);
	const char *(*name)(zip_t *archive, zip_uint64_t i, zip_flags_t flags);
} zip;

static void load(void)
{
	void *library = dlopen("libzip.so.4", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	zip.tried = true;
	if (!library)
		library = dlopen("libzip.so.5", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!library)
		return;
	*(void **)&zip.source = dlsym(library, "zip_source_buffer_create");
	*(void **)&zip.source_free = dlsym(library, "zip_source_free");
	*(void **)&zip.open = dlsym(library, "zip_open_from_source");
	*(void **)&zip.discard = dlsym(library, "zip_discard");
	*(void **)&zip.count = dlsym(library, "zip_get_num_entries");
	*(void **)&zip.name = dlsym(library, "zip_get_name");
	zip.there =
		zip.source && zip.source_free && zip.open && zip.discard && zip.count && zip.name;
}

static void read_names(zip_t *archive, size_t limit, struct arena *mem, struct str_list *names)
{
	zip_int64_t n = zip.count(archive, 0);
	for (zip_int64_t i = 0; i < n && names->count < limit; i++) {
		const char *name = zip.name(archive, (zip_uint64_t)i, ZIP_FL_ENC_GUESS);
		if (name)
			str_list_add(names, arena_str(mem, str_of(name)), mem);
	}
}

/* False when libzip cannot read it or is missing. */
static bool with_archive(struct str data, void (*use)(zip_t *archive, void *context), void *context)
{
	if (!zip.tried)
		load();
	zip_source_t *source = zip.there ? zip.source(data.p, data.n, 0, NULL) : NULL;
	zip_t *archive = source ? zip.open(source, ZIP_RDONLY, NULL) : NULL;
	if (source && !archive)
		zip.source_free(source);
	if (!archive)
		return false;
	if (use)
		use(archive, context);
	zip.discard(archive);
	return true;
}

struct asked {
	size_t limit;
	struct arena *mem;
	struct str_list *names;
};

static void read_asked_names(zip_t *archive, void *context)
{
	const struct asked *a = context;
	read_names(archive, a->limit, a->mem, a->names);
}

bool filetype_zip_names(struct str data, size_t limit, struct arena *mem, struct str_list *names)
{
	struct asked a = {limit, mem, names};
	return with_archive(data, read_asked_names, &a);
}

/* ---- by its signatures ---- */

/*
 * The records of a file and of its directory entry: where the length of the name is, and the name.
 */
static const struct record {
	char signature[4];
	size_t length, name;
} records[] = {
	{{'P', 'K', 3, 4}, 26, 30},
	{{'P', 'K', 1, 2}, 28, 46},
};

/* The signature of an encrypted directory (APPNOTE 4.3.11), which does not show what is in it. */
static const char hidden[4] = {'P', 'K', 6, 8};

static bool starts_with(struct str s, const char *signature)
{
	return s.n >= 4 && memcmp(s.p, signature, 4) == 0;
}

static size_t get16(struct str s, size_t at)
{
	return at + 2 <= s.n ? (unsigned char)s.p[at] | (size_t)(unsigned char)s.p[at + 1] << 8 : 0;
}

/* The name in the record at the start of S; empty when there is no record. */
static struct str name_at(struct str s)
{
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		const struct record *r = &records[i];
		if (starts_with(s, r->signature))
			return str_slice(s, r->name, r->name + get16(s, r->length));
	}
	return STR_EMPTY;
}

const char *filetype_zip_all_names(
	struct str data, size_t limit, struct arena *mem, struct str_list *names)
{
	bool is_zip = starts_with(data, records[0].signature),
	     is_readable = with_archive(data, NULL, NULL);
	const char *why = is_zip && !is_readable ? "a zip archive that cannot be read" : NULL;
	if (!is_zip && !is_readable)
		return NULL;
	for (struct str s = data; s.n; s = str_slice(s, 1, s.n)) {
		s = str_slice(s, str_find(s, 'P'), s.n);
		struct str name = name_at(s);
		if (starts_with(s, hidden))
			why = "a zip archive whose directory is encrypted";
		if (name.n == 0)
			continue;
		if (str_find(name, '\0') < name.n)
			why = "a zip archive with a NUL in a name";
		/*
		 * No system has such names. Also, records that overlap could turn few bytes into
		 * many names.
		 */
		if (name.n > LIMIT_ATTACHMENT_NAME)
			return "a zip archive with a name that is too long";
		if (names->count == limit)
			return "a zip archive with too many names";
		str_list_add(names, name, mem);
	}
	return why;
}

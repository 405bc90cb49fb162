#include "mda/base/filetype.h"

#include <dlfcn.h>
#include <zip.h>

/* libzip, loaded when the first archive is looked into. */
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
			*(struct str *)ARENA_PUSH(mem, names->items, names->count) =
				arena_str(mem, str_of(name));
	}
}

bool filetype_zip_names(struct str data, size_t limit, struct arena *mem, struct str_list *names)
{
	if (!zip.tried)
		load();
	zip_source_t *source = zip.there ? zip.source(data.p, data.n, 0, NULL) : NULL;
	zip_t *archive = source ? zip.open(source, ZIP_RDONLY, NULL) : NULL;
	if (source && !archive)
		zip.source_free(source);
	if (!archive)
		return false;
	read_names(archive, limit, mem, names);
	zip.discard(archive);
	return true;
}

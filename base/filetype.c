#include "base/filetype.h"

#include <dlfcn.h>
#include <magic.h>
#include <stdlib.h>
#include <string.h>

static bool is_listed(const char *words, struct str name)
{
	struct str rest = str_of(words), word;
	while (str_word(&rest, &word))
		if (str_ieq(word, name))
			return true;
	return false;
}

/* ---- libmagic ---- */

/* Opened once, because reading its database costs more than many questions. */
static struct {
	bool tried;
	magic_t cookie;
	const char *(*buffer)(magic_t cookie, const void *p, size_t n);
	const char *why;
} magic;

static void *open_library(const char *const *names, size_t count)
{
	void *library = NULL;
	for (size_t i = 0; i < count && !library; i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	return library;
}

static void close_magic(void)
{
	void (*close)(magic_t cookie);
	static const char *const names[] = {"libmagic.so.1"};
	void *library = open_library(names, 1);
	*(void **)&close = library ? dlsym(library, "magic_close") : NULL;
	if (close && magic.cookie)
		close(magic.cookie);
}

static void open_magic(void)
{
	static const char *const names[] = {"libmagic.so.1"};
	magic_t (*open)(int flags);
	int (*load)(magic_t cookie, const char *path);
	void *library = open_library(names, 1);
	magic.tried = true;
	magic.why = "libmagic cannot be loaded";
	if (!library)
		return;
	*(void **)&open = dlsym(library, "magic_open");
	*(void **)&load = dlsym(library, "magic_load");
	*(void **)&magic.buffer = dlsym(library, "magic_buffer");
	if (!open || !load || !magic.buffer)
		return;
	magic.cookie = open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR);
	if (!magic.cookie)
		return;
	magic.why = NULL;
	if (load(magic.cookie, NULL) != 0)
		magic.why = "libmagic's database cannot be read";
	if (atexit(close_magic) != 0)
		magic.why = "libmagic cannot be used";
}

/*
 * Newer versions of libmagic use other names for some types: rules must not depend on its version.
 */
static struct str usual_name(struct str type)
{
	static const struct {
		const char *name, *usual;
	} names[] = {
		{"application/vnd.microsoft.portable-executable", "application/x-dosexec"},
		{"application/x-gzip", "application/gzip"},
		{"image/x-ms-bmp", "image/bmp"},
		{"audio/vnd.wave", "audio/x-wav"},
		{"application/vnd.rar", "application/x-rar"},
		{"application/x-pem-file", "text/plain"},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq(type, str_of(names[i].name)))
			return str_of(names[i].usual);
	return type;
}

/* ---- zip archives ---- */

static bool starts_with_any(struct str name, const char *words)
{
	struct str rest = str_of(words), word;
	while (str_word(&rest, &word))
		if (str_istarts(name, word))
			return true;
	return false;
}

/*
 * Takes the name of the next file off *REST, from the header before the file. False when there is
 * no more.
 */
static bool next_zip_name(struct str *rest, struct str *name)
{
	enum { HEADER = 30, LENGTH_AT = 26 };
	static const char mark[] = {'P', 'K', 3, 4};
	const char *at = memmem(rest->p, rest->n, mark, sizeof mark);
	struct str header = at ? str_slice(*rest, (size_t)(at - rest->p), rest->n) : STR_EMPTY;
	if (header.n < HEADER)
		return false;
	const unsigned char *length = (const unsigned char *)header.p + LENGTH_AT;
	*name = str_slice(header, HEADER, HEADER + length[0] + 256u * length[1]);
	*rest = str_slice(header, HEADER + name->n, header.n);
	return true;
}

/*
 * Some versions of libmagic do not recognise an archive in memory. What begins like a zip archive
 * is one. An office document is recognised by its first file and by a directory that only its kind
 * has.
 */
static struct str zip_type(struct str data)
{
	static const struct {
		const char *directory, *type;
	} kinds[] = {
		{"word/",
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"ppt/", "application/"
			 "vnd.openxmlformats-officedocument.presentationml.presentation"},
	};
	struct str name;
	bool is_office =
		next_zip_name(&data, &name) &&
		starts_with_any(name, "[Content_Types].xml _rels/.rels docProps/ customXml/");
	while (is_office && next_zip_name(&data, &name))
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
			if (str_istarts(name, str_of(kinds[i].directory)))
				return str_of(kinds[i].type);
	return STR_LIT("application/zip");
}

/*
 * Types that libmagic gives to an archive that it did not look into, or of which it saw only the
 * first file.
 */
static bool is_vague(struct str type)
{
	static const char office[] = "application/vnd.openxmlformats-officedocument.";
	return is_listed("application/octet-stream application/zip", type) ||
	       str_istarts(type, str_of(office));
}

static bool begins_as_zip(struct str data)
{
	return str_starts(data, STR_LIT("PK\3\4"));
}

struct str filetype_of(struct str data, struct arena *mem, const char **why)
{
	/* The type of a file shows at its beginning. libmagic itself would look at 7 MB. */
	enum { LOOKED_AT = 1 << 20 };
	if (!magic.tried)
		open_magic();
	*why = magic.why;
	if (magic.why)
		return STR_EMPTY;
	struct str near = str_slice(data, 0, LOOKED_AT);
	const char *type = magic.buffer(magic.cookie, near.p, near.n);
	if (!type)
		*why = "libmagic cannot tell";
	struct str usual = usual_name(str_of(type));
	if (begins_as_zip(near) && is_vague(usual))
		usual = zip_type(near);
	return arena_str(mem, usual);
}

/* ---- declarations that disagree ---- */

/*
 * What libmagic calls files with these endings; several types where it is not sure. Separated by
 * blanks.
 */
static const struct {
	const char *ends, *types;
} endings[] = {
	{".pdf", "application/pdf"},
	{".jpg", "image/jpeg"},
	{".jpeg", "image/jpeg"},
	{".png", "image/png"},
	{".gif", "image/gif"},
	{".webp", "image/webp"},
	{".bmp", "image/bmp"},
	{".tif", "image/tiff"},
	{".tiff", "image/tiff"},
	{".zip", "application/zip"},
	{".gz", "application/gzip"},
	{".7z", "application/x-7z-compressed"},
	{".rar", "application/x-rar"},
	{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document "
		  "application/zip application/octet-stream application/CDFV2 "
		  "application/encrypted"},
	{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet "
		  "application/zip application/octet-stream application/CDFV2 "
		  "application/encrypted"},
	{".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation "
		  "application/zip application/octet-stream application/CDFV2 "
		  "application/encrypted"},
	{".doc", "application/msword application/CDFV2 application/x-ole-storage text/rtf "
		 "application/vnd.ms-office"},
	{".xls", "application/vnd.ms-excel application/CDFV2 application/x-ole-storage "
		 "application/vnd.ms-office"},
	{".ppt", "application/vnd.ms-powerpoint application/CDFV2 application/x-ole-storage "
		 "application/vnd.ms-office"},
	{".odt", "application/vnd.oasis.opendocument.text application/zip"},
	{".ods", "application/vnd.oasis.opendocument.spreadsheet application/zip"},
	{".mp3", "audio/mpeg application/octet-stream"},
	{".wav", "audio/x-wav"},
	{".mp4", "video/mp4 video/quicktime video/x-m4v"},
	{".exe", "application/x-dosexec"},
};

/* Other names for the same type. */
static const struct {
	const char *declared, *types;
} synonyms[] = {
	{"image/jpg", "image/jpeg"},
	{"image/pjpeg", "image/jpeg"},
	{"image/x-png", "image/png"},
	{"application/x-pdf", "application/pdf"},
	{"application/x-zip-compressed", "application/zip"},
	{"application/x-zip", "application/zip"},
	{"application/x-msdownload", "application/x-dosexec"},
	{"application/vnd.microsoft.portable-executable", "application/x-dosexec"},
	{"audio/mp3", "audio/mpeg"},
	{"audio/wav", "audio/x-wav"},
	{"application/x-rar-compressed", "application/x-rar"},
};

/* Types that libmagic recognises with certainty. */
static bool is_certain(struct str type)
{
	static const char known[] =
		"application/pdf image/jpeg image/png image/gif image/webp image/tiff "
		"application/zip application/gzip application/x-7z-compressed application/x-rar "
		"application/x-dosexec "
		"application/x-executable application/x-pie-executable application/x-sharedlib "
		"application/x-mach-binary application/java-archive application/x-java-applet "
		"application/x-ms-shortcut application/vnd.ms-cab-compressed "
		"application/x-iso9660-image text/x-shellscript text/x-msdos-batch video/mp4";
	return is_listed(known, type);
}

static bool name_disagrees(struct str type, struct str filename)
{
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (str_iends(filename, str_of(endings[i].ends)))
			return !is_listed(endings[i].types, type);
	/* Programs have their own endings. */
	return str_ieq(type, STR_LIT("application/x-dosexec")) && filename.n > 0 &&
	       !str_iends(filename, STR_LIT(".dll")) && !str_iends(filename, STR_LIT(".scr")) &&
	       !str_iends(filename, STR_LIT(".com")) && !str_iends(filename, STR_LIT(".sys"));
}

/*
 * The declared type is certain too, and different. A container such as a zip archive may be
 * declared as what it contains.
 */
static bool declaration_disagrees(struct str type, struct str declared)
{
	if (str_ieq(declared, type) || !is_certain(type))
		return false;
	for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
		if (str_ieq(declared, str_of(synonyms[i].declared)))
			return !is_listed(synonyms[i].types, type);
	if (is_listed("application/zip application/gzip", type))
		return is_certain(declared) || str_istarts(declared, STR_LIT("image/")) ||
		       str_istarts(declared, STR_LIT("text/"));
	return true;
}

static bool says_nothing(struct str type)
{
	return type.n == 0 ||
	       is_listed("application/octet-stream application/x-empty inode/x-empty "
			 "application/binary application/force-download application/download",
		       type);
}

bool filetype_disagrees(struct str type, struct str declared, struct str filename)
{
	if (says_nothing(type))
		return false;
	if (filename.n && name_disagrees(type, filename))
		return true;
	return !says_nothing(declared) && declaration_disagrees(type, declared);
}

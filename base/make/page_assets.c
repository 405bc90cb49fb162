/*
 * Runs when mda is built: page_assets STYLE SCRIPT prints the two files as C, with their hashes, by
 * which the policy of a page allows them and nothing else (Content Security Policy level 3).
 */
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { MOST = 65536 };

static void print_text(const char *name, const uint8_t *bytes, size_t n)
{
	printf("static const char %s[] =\n\t\"", name);
	for (size_t i = 0; i < n; i++)
		if (bytes[i] == '\n')
			fputs("\\n\"\n\t\"", stdout);
		else if (bytes[i] == '"' || bytes[i] == '\\')
			printf("\\%c", bytes[i]);
		else
			putchar(bytes[i]);
	puts("\";");
}

static void print_hash(const char *name, const uint8_t *bytes, size_t n)
{
	struct sha256_ctx sha;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char text[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
	sha256_init(&sha);
	sha256_update(&sha, n, bytes);
	sha256_digest(&sha, sizeof digest, digest);
	base64_encode_raw(text, sizeof digest, digest);
	printf("static const char %s_hash[] = \"sha256-%s\";\n", name, text);
}

static bool print_file(const char *name, const char *path)
{
	static uint8_t bytes[MOST];
	FILE *file = fopen(path, "rb");
	size_t n = file ? fread(bytes, 1, MOST, file) : 0;
	bool read = file && !ferror(file) && n > 0 && n < MOST;
	if (file && fclose(file) != 0)
		read = false;
	if (!read) {
		fprintf(stderr, "cannot read %s, or it is too large\n", path);
		return false;
	}
	print_text(name, bytes, n);
	print_hash(name, bytes, n);
	return true;
}

int main(int argc, char **argv)
{
	bool done = argc == 3 && print_file("style", argv[1]) && print_file("script", argv[2]);
	return done && fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}

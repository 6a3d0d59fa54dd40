/*
 * replay.c - runs a fuzz target over files: the corpus as a regression test, without libFuzzer.
 *
 * usage: replay_NAME FILE|DIRECTORY...
 * Small inputs are also given cut off after each of their bytes: parsers break at the end of what
 * they have.  Each run gets memory of exactly its size, so that sanitizers see an overrun.
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

#define FILE_MAX      (1 << 20)
#define CUT_UP_TO     2048
#define PATH_SIZE_MAX 4096

static void
run(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	FUZZ_ASSERT(copy != NULL);
	memcpy(copy, bytes, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int
replay_file(const char *path)
{
	static uint8_t bytes[FILE_MAX];
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!f) {
		perror(path);
		return -1;
	}
	size = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	run(bytes, size);
	for (size_t n = 0; size <= CUT_UP_TO && n < size; n++)
		run(bytes, n);
	return 1;
}

/* How many files were replayed; -1 on error. */
static int
replay_dir(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	if (!d) {
		perror(path);
		return -1;
	}
	for (const struct dirent *de; n >= 0 && (de = readdir(d));) {
		char file[PATH_SIZE_MAX];

		if (de->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, de->d_name);
		n = replay_file(file) < 0 ? -1 : n + 1;
	}
	closedir(d);
	return n;
}

int
main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		int n;

		if (stat(argv[i], &st) < 0) {
			perror(argv[i]);
			return 1;
		}
		n = S_ISDIR(st.st_mode) ? replay_dir(argv[i]) : replay_file(argv[i]);
		if (n < 0)
			return 1;
		total += n;
	}
	printf("%d files replayed\n", total);
	return total > 0 ? 0 : 1; /* an empty corpus tests nothing */
}

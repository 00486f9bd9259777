/* make-manual FOLDER: writes FOLDER/man1/reeve.1, a page for each command, and the completions
 * FOLDER/reeve (bash) and FOLDER/_reeve (zsh). */
#include "base/banned.h"
#include "base/buf.h"
#include "cmd/command.h"
#include "cmd/command_table.h"
#include "cmd/manual/bash.h"
#include "cmd/manual/man.h"
#include "cmd/manual/zsh.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static FILE *open_in(const char *folder, const char *name, const char *suffix)
{
	CLEANUP_BUF struct buf path = BUF_INIT(4096);

	buf_add_format(&path, "%s/%s%s", folder, name, suffix);
	FILE *out = buf_ok(&path) ? fopen(path.data, "we") : NULL;
	if (out == NULL) {
		fprintf(stderr, "make-manual: %s/%s can't be written: %s\n", folder, name, strerror(errno));
		exit(1);
	}
	return out;
}

static void close_written(FILE *out)
{
	if (fclose(out) != 0) {
		fprintf(stderr, "make-manual: a page can't be written: %s\n", strerror(errno));
		exit(1);
	}
}

static void write_pages(const char *folder)
{
	FILE *out = open_in(folder, "man1/reeve", ".1");

	manual_write_overview(out);
	close_written(out);
	for (const struct command *const *command = commands; *command != NULL; command++) {
		CLEANUP_BUF struct buf name = BUF_INIT(64);

		buf_add_format(&name, "man1/reeve-%s", (*command)->name);
		out = open_in(folder, name.data, ".1");
		manual_write_command(out, *command);
		close_written(out);
	}
}

int main(int argc, char **argv)
{
	CLEANUP_BUF struct buf pages = BUF_INIT(4096);

	if (argc != 2) {
		fprintf(stderr, "usage: make-manual FOLDER\n");
		return 1;
	}
	buf_add_format(&pages, "%s/man1", argv[1]);
	(void)mkdir(argv[1], 0755);
	(void)mkdir(pages.data, 0755);
	write_pages(argv[1]);
	FILE *out = open_in(argv[1], "reeve", "");
	manual_write_bash(out);
	close_written(out);
	out = open_in(argv[1], "_reeve", "");
	manual_write_zsh(out);
	close_written(out);
	return 0;
}

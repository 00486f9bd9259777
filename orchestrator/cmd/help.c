#include "cmd/help.h"

#include "base/banned.h"
#include "cmd/command_table.h"
#include "cmd/option_table.h"
#include "cmd/terminal.h"

#define OPTION_COLUMNS 22
#define COMMAND_COLUMNS 14

static void indent_to(FILE *out, size_t columns)
{
	fprintf(out, "%*s", (int)columns, "");
}

/* Prints text from the current column on, wrapped at the terminal's width; each further line, and
 * the first line of each further paragraph, begins at column `indent`. The text is ASCII. */
static void print_wrapped(FILE *out, const char *text, size_t indent)
{
	size_t width = terminal_width(out), column = indent;

	for (const char *word = text; *word != '\0';) {
		size_t length = strcspn(word, " \n");

		if (column > indent && column + 1 + length > width) {
			fputc('\n', out);
			indent_to(out, indent);
			column = indent;
		}
		if (column > indent) {
			fputc(' ', out);
			column++;
		}
		fwrite(word, 1, length, out);
		column += length;
		word += length;
		if (*word == '\n') {
			fputc('\n', out);
			indent_to(out, indent);
			column = indent;
		}
		word += *word != '\0';
	}
	fputc('\n', out);
}

static void print_options(FILE *out, unsigned sets)
{
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];
		char left[40];

		if (!option_is_taken(row, sets))
			continue;
		snprintf(left, sizeof left, "--%s%s%s", row->name, row->argument != NULL ? " " : "",
			row->argument != NULL ? row->argument : "");
		fprintf(out, "  %-*s ", OPTION_COLUMNS - 3, left);
		print_wrapped(out, row->help, OPTION_COLUMNS);
	}
}

void help_print(FILE *out)
{
	fputs("reeve keeps the accounts of an AWS organization on their security baseline.\n\n"
		  "usage: reeve [--config FILE] [--state DIR] COMMAND [OPTION...]\n\ncommands:\n",
		out);
	for (const struct command *const *command = commands; *command != NULL; command++) {
		fprintf(out, "  %-*s", COMMAND_COLUMNS - 2, (*command)->name);
		print_wrapped(out, (*command)->summary, COMMAND_COLUMNS);
	}
	fputs("\noptions of every command:\n", out);
	print_options(out, OPTIONS_BASIC);
	fputs("\n`reeve COMMAND --help` says more. Exit status: 0 all is well, 2 drift remains, 3 "
		  "something is unknown, 1 a fault.\n",
		out);
}

void help_print_command(FILE *out, const struct command *command)
{
	fprintf(out, "usage: reeve %s %s%s[OPTION...]\n\n", command->name, command->arguments,
		command->arguments[0] != '\0' ? " " : "");
	print_wrapped(out, command->description, 0);
	fputs("\noptions:\n", out);
	print_options(out, command->options);
}

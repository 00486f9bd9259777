/* The completion of zsh, in the form that _arguments reads. */
#include "cmd/manual/zsh.h"

#include "base/banned.h"
#include "cmd/command_table.h"
#include "cmd/manual/manual.h"
#include "cmd/manual/operands.h"
#include "cmd/option_table.h"

/* Writes text within single quotes, escaping the brackets and colons that mean something to
 * _arguments. */
static void write_escaped(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else if (strchr("[]:\\`", *text) != NULL)
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static void write_words(FILE *out, const char *words)
{
	fputc('(', out);
	for (; *words != '\0'; words++)
		fputc(*words == '|' ? ' ' : *words, out);
	fputc(')', out);
}

static void write_baselines(FILE *out)
{
	fputc('(', out);
	manual_write_baselines(out);
	fputc(')', out);
}

static void write_option(FILE *out, const struct option_row *row)
{
	fprintf(out, " \\\n\t\t\t'*--%s[", row->name);
	write_escaped(out, row->help);
	fputc(']', out);
	if (row->argument != NULL) {
		fprintf(out, ":%s:", row->value == VALUE_WORDS ? row->name : row->argument);
		if (row->value == VALUE_FILE)
			fputs("_files", out);
		else if (row->value == VALUE_FOLDER)
			fputs("_files -/", out);
		else if (row->value == VALUE_BASELINE)
			write_baselines(out);
		else if (row->value == VALUE_WORDS)
			write_words(out, row->argument);
	}
	fputc('\'', out);
}

static void write_options(FILE *out, unsigned sets)
{
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_is_taken(&option_rows[i], sets))
			write_option(out, &option_rows[i]);
}

static void write_command(FILE *out, const struct command *command)
{
	struct manual_operands operands;

	fprintf(out, "\t\t%s)\n\t\t\t_arguments", command->name);
	write_options(out, command->options);
	manual_operands(command, &operands);
	if (operands.count > 0 || command == &command_baselines) {
		fputs(" \\\n\t\t\t'1:operand:", out);
		if (command == &command_baselines) {
			write_baselines(out);
		} else {
			fputc('(', out);
			for (size_t i = 0; i < operands.count; i++)
				fprintf(out, "%s%s", i > 0 ? " " : "", operands.words[i]);
			fputc(')', out);
		}
		fputc('\'', out);
	}
	if (operands.file)
		fputs(" \\\n\t\t\t'*:file:_files'", out);
	fputs(" ;;\n", out);
}

void manual_write_zsh(FILE *out)
{
	fputs("#compdef reeve\n# Completion of reeve for zsh. Made from the table of commands.\n"
		  "_reeve() {\n\tlocal curcontext=$curcontext state line\n\ttypeset -A opt_args\n"
		  "\tlocal -a commands\n\tcommands=(\n",
		out);
	for (const struct command *const *command = commands; *command != NULL; command++) {
		fprintf(out, "\t\t'%s:", (*command)->name);
		write_escaped(out, (*command)->summary);
		fputs("'\n", out);
	}
	fputs("\t)\n\t_arguments -C", out);
	write_options(out, OPTIONS_BASIC);
	fputs(" \\\n\t\t\t'1:command:->command' '*::argument:->argument'\n"
		  "\tcase $state in\n\tcommand) _describe -t commands 'reeve command' commands ;;\n"
		  "\targument)\n\t\tcase $line[1] in\n",
		out);
	for (const struct command *const *command = commands; *command != NULL; command++)
		write_command(out, *command);
	fputs("\t\tesac ;;\n\tesac\n}\n_reeve \"$@\"\n", out);
}

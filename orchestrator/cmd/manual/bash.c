/* The completion of bash: one function, which needs nothing but bash. */
#include "cmd/manual/bash.h"

#include "base/banned.h"
#include "cmd/command_table.h"
#include "cmd/manual/manual.h"
#include "cmd/manual/operands.h"
#include "cmd/option_table.h"

/* The loop goes over the words before the current one: it finds the command, counts its operands,
 * and skips the values of options. Bash splits "--config=FILE" at the "=". */
static const char head[] =
	"# Completion of reeve for bash. Made from the table of commands.\n"
	"_reeve() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal command='' operands=0 files='' words='' i\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ $cur == = ]]; then\n"
	"\t\tcur=''\n"
	"\telif [[ $prev == = && $COMP_CWORD -gt 1 ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
	"\tfi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tcase ${COMP_WORDS[i]} in\n";

static const char tail[] =
	"\tif [[ $files == folders ]]; then\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n"
	"\telif [[ $files == files ]]; then\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\"; compgen -f -- \"$cur\")\n"
	"\telse\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	"\tfi\n"
	"}\n"
	"complete -F _reeve reeve\n";

static void write_options_with_values(FILE *out)
{
	const char *before = "\t\t";

	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_rows[i].argument != NULL) {
			fprintf(out, "%s--%s", before, option_rows[i].name);
			before = "|";
		}
	fputs(")\n"
		  "\t\t\t[[ ${COMP_WORDS[i+1]} == = ]] && ((i++))\n"
		  "\t\t\t((i++)) ;;\n"
		  "\t\t-?*) ;;\n"
		  "\t\t*)\n"
		  "\t\t\tif [[ -z $command ]]; then command=${COMP_WORDS[i]}; else ((operands++)); fi ;;\n"
		  "\t\tesac\n"
		  "\tdone\n",
		out);
}

/* Writes the words or files that complete the value of an option. */
static void write_value(FILE *out, const struct option_row *row)
{
	fprintf(out, "\t--%s) ", row->name);
	switch (row->value) {
	case VALUE_FILE:
		fputs("files=files", out);
		break;
	case VALUE_FOLDER:
		fputs("files=folders", out);
		break;
	case VALUE_BASELINE:
		fputs("words='", out);
		manual_write_baselines(out);
		fputc('\'', out);
		break;
	case VALUE_WORDS:
		fputs("words='", out);
		for (const char *c = row->argument; *c != '\0'; c++)
			fputc(*c == '|' ? ' ' : *c, out);
		fputc('\'', out);
		break;
	case VALUE_TEXT:
		fputs(":", out);
		break;
	}
	fputs(" ;;\n", out);
}

static void write_options_of(FILE *out, unsigned sets)
{
	fputs("words='", out);
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_is_taken(&option_rows[i], sets))
			fprintf(out, "--%s ", option_rows[i].name);
	fputc('\'', out);
}

static void write_operands_of(FILE *out, const struct command *command)
{
	struct manual_operands operands;

	manual_operands(command, &operands);
	fputs("((operands == 0)) && words='", out);
	for (size_t i = 0; i < operands.count; i++)
		fprintf(out, "%s%s", i > 0 ? " " : "", operands.words[i]);
	if (command == &command_baselines)
		manual_write_baselines(out);
	fprintf(out, "'%s", operands.file ? "; files=files" : "");
}

void manual_write_bash(FILE *out)
{
	fputs(head, out);
	write_options_with_values(out);
	fputs("\tcase $prev in\n", out);
	for (size_t i = 0; i < OPTION_ROWS; i++)
		if (option_rows[i].argument != NULL)
			write_value(out, &option_rows[i]);
	fputs("\t*)\n\t\tcase $command:$cur in\n\t\t:-*) ", out);
	write_options_of(out, OPTIONS_BASIC);
	fputs(" ;;\n\t\t:*) words='", out);
	for (const struct command *const *command = commands; *command != NULL; command++)
		fprintf(out, "%s%s", (*command)->name, command[1] != NULL ? " " : "");
	fputs("' ;;\n", out);
	for (const struct command *const *command = commands; *command != NULL; command++) {
		fprintf(out, "\t\t%s:-*) ", (*command)->name);
		write_options_of(out, (*command)->options);
		fprintf(out, " ;;\n\t\t%s:*) ", (*command)->name);
		write_operands_of(out, *command);
		fputs(" ;;\n", out);
	}
	fputs("\t\tesac ;;\n\tesac\n", out);
	fputs(tail, out);
}

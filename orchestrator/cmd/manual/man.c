/* The man pages, in the man(7) macros of groff. */
#include "cmd/manual/man.h"

#include "base/banned.h"
#include "cmd/command_table.h"
#include "cmd/option_table.h"

#include <ctype.h>
#include <stdint.h>

#define TEXT_COLUMNS 60

/* Writes one character so that groff prints it as it is. */
static void write_character(FILE *out, char c)
{
	switch (c) {
	case '\\':
		fputs("\\e", out);
		break;
	case '-': /* a bare "-" becomes a hyphen, which can't be pasted into a shell */
		fputs("\\-", out);
		break;
	case '\'':
		fputs("\\(aq", out);
		break;
	case '"':
		fputs("\\(dq", out);
		break;
	case '~':
		fputs("\\(ti", out);
		break;
	case '^':
		fputs("\\(ha", out);
		break;
	default:
		fputc(c, out);
	}
}

/* Writes `length` bytes of text in lines of some 70 bytes. Commands, which stand between
 * backquotes, are printed in bold. groff takes a line that begins with "." for a request. */
static void write_text(FILE *out, const char *text, size_t length)
{
	bool command = false;
	size_t column = 0;

	for (size_t i = 0; i < length; i++, column++) {
		if (column == 0 && text[i] == '.')
			fputs("\\&", out);
		if (text[i] == '`') {
			command = !command;
			fputs(command ? "\\fB" : "\\fP", out);
		} else if (text[i] == ' ' && column >= TEXT_COLUMNS && !command) {
			fputc('\n', out);
			column = SIZE_MAX; /* 0 at the next character */
		} else {
			write_character(out, text[i]);
		}
	}
	fputc('\n', out);
}

static void write_string(FILE *out, const char *text)
{
	write_text(out, text, strlen(text));
}

static void write_title(FILE *out, const char *name, const char *summary)
{
	fputs(".\\\" Made from the table of commands: change that, not this file.\n", out);
	fprintf(out, ".TH %s 1 \"\" \"reeve " REEVE_VERSION "\" \"User Commands\"\n.SH NAME\n", name);
	for (const char *c = name; *c != '\0'; c++)
		write_character(out, (char)tolower((unsigned char)*c));
	fputs(" \\- ", out);
	write_string(out, summary);
}

/* Returns the length of the "word" or "word, word ARGUMENT" before the colon that a paragraph
 * begins with, or 0 where it begins with none. */
static size_t item_length(const char *paragraph)
{
	size_t length = strspn(paragraph, "abcdefghijklmnopqrstuvwxyz-, ID");

	return islower((unsigned char)paragraph[0]) && length < 24 && paragraph[length] == ':' ? length
																						   : 0;
}

static void write_paragraphs(FILE *out, const char *text)
{
	bool after_item = false;

	while (*text != '\0') {
		size_t length = strcspn(text, "\n"), item = item_length(text);

		if (item > 0) {
			fputs(".TP\n.B ", out);
			write_text(out, text, item);
			write_text(out, text + item + 2, length - item - 2);
		} else {
			fputs(after_item ? ".PP\n" : "", out);
			write_text(out, text, length);
		}
		after_item = true;
		text += length + (text[length] == '\n');
	}
}

static void write_options(FILE *out, unsigned sets)
{
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		if (!option_is_taken(row, sets))
			continue;
		fprintf(out, ".TP\n\\fB\\-\\-%s\\fP%s%s%s\n", row->name,
			row->argument != NULL ? " \\fI" : "", row->argument != NULL ? row->argument : "",
			row->argument != NULL ? "\\fP" : "");
		write_string(out, row->help);
	}
}

static void write_other_pages(FILE *out, const struct command *self)
{
	fputs(".SH SEE ALSO\n", out);
	if (self != NULL)
		fputs(".BR reeve (1)\n", out);
	else
		for (const struct command *const *command = commands; *command != NULL; command++)
			fprintf(out, ".BR reeve\\-%s (1)%s\n", (*command)->name, command[1] != NULL ? "," : "");
}

void manual_write_overview(FILE *out)
{
	write_title(out, "REEVE",
		"keep the accounts of an AWS organization on their security baseline");
	fputs(".SH SYNOPSIS\n.B reeve\n[\\fB\\-\\-config\\fP \\fIFILE\\fP] [\\fB\\-\\-state\\fP "
		  "\\fIDIR\\fP] \\fICOMMAND\\fP [\\fIOPTION\\fP...]\n.SH DESCRIPTION\n",
		out);
	write_string(out,
		"Walks an AWS organization, enters each member account by a least-privilege role, compares "
		"what it finds in every region with the desired state, and remediates the drift: at once "
		"where that is safe, after a person's approval where it is not, by a report where it must "
		"not act.");
	fputs(".PP\n", out);
	write_string(out, "Each command has a page of its own, and `reeve COMMAND --help`.");
	fputs(".SH COMMANDS\n", out);
	for (const struct command *const *command = commands; *command != NULL; command++) {
		fprintf(out, ".TP\n.B %s\n", (*command)->name);
		write_string(out, (*command)->summary);
	}
	fputs(".SH OPTIONS\n", out);
	write_options(out, OPTIONS_BASIC);
	fputs(".SH EXIT STATUS\n.TP\n.B 0\nEvery cell is compliant, remediated, exempt or not "
		  "applicable.\n"
		  ".TP\n.B 1\nThe usage or the configuration is wrong, or a fault stopped the run.\n"
		  ".TP\n.B 2\nDrift remains, or something was halted, refused or not verified.\n.TP\n.B 3\n"
		  "Something could not be observed. This status takes precedence over 2.\n",
		out);
	fputs(".SH ENVIRONMENT\n", out);
	write_string(out,
		"Credentials, region and endpoints are found where AWS's own tools find them: AWS_PROFILE, "
		"AWS_REGION, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_ENDPOINT_URL, AWS_CA_BUNDLE "
		"and so on. NO_COLOR turns colours off; XDG_STATE_HOME moves the default state folder.");
	fputs(".SH FILES\n.TP\n.I ./reeve.json\n.TQ\n.I /etc/reeve/reeve.json\n", out);
	write_string(out, "The configuration; `reeve config schema` prints its JSON Schema.");
	fputs(".TP\n.I /var/lib/reeve\n", out);
	write_string(out, "The state folder of root and of the systemd unit.");
	write_other_pages(out, NULL);
}

void manual_write_command(FILE *out, const struct command *command)
{
	char name[64];

	snprintf(name, sizeof name, "REEVE-%s", command->name);
	for (char *c = name; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	write_title(out, name, command->summary);
	fprintf(out, ".SH SYNOPSIS\n.B reeve %s\n", command->name);
	if (command->arguments[0] != '\0')
		write_string(out, command->arguments);
	fputs("[\\fIOPTION\\fP...]\n.SH DESCRIPTION\n", out);
	write_paragraphs(out, command->description);
	fputs(".SH OPTIONS\n", out);
	write_options(out, command->options);
	write_other_pages(out, command);
}

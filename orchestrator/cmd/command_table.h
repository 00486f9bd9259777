/* The table of commands, made from cmd/commands.def. */
#ifndef REEVE_CMD_COMMAND_TABLE_H
#define REEVE_CMD_COMMAND_TABLE_H

#include "cmd/command.h"

extern const struct command *const commands[]; /* in the order of commands.def; NULL at the end */

#endif

/* The completion of zsh, in the form that _arguments reads. */
#ifndef REEVE_CMD_MANUAL_ZSH_H
#define REEVE_CMD_MANUAL_ZSH_H

#include <stdio.h>

void manual_write_zsh(FILE *out);

#endif

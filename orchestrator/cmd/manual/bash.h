/* The completion of bash. */
#ifndef REEVE_CMD_MANUAL_BASH_H
#define REEVE_CMD_MANUAL_BASH_H

#include <stdio.h>

void manual_write_bash(FILE *out);

#endif

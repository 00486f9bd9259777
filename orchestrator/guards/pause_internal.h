/* What pause.c, which watches the file, and pause_file.c, which reads and replaces it, share. */
#ifndef REEVE_GUARDS_PAUSE_INTERNAL_H
#define REEVE_GUARDS_PAUSE_INTERNAL_H

#include "guards/pause.h"

#include <sys/stat.h>

#define PAUSE_RESUMED "resumed"

#endif

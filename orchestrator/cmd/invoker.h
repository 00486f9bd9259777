/* The name of the system user who runs this process, as commands record it. */
#ifndef REEVE_CMD_INVOKER_H
#define REEVE_CMD_INVOKER_H

/* Returns the user's name, or e.g. "uid:1000" where the system has no name for the user. The text
 * is static. No configuration is read, so that the kill switch doesn't depend on one. */
const char *invoker_name(void);

#endif

/* Who runs this process, for what is recorded of commands. */
#ifndef REEVE_CMD_CLI_INVOKER_H
#define REEVE_CMD_CLI_INVOKER_H

/* The name of the system user who started it, or "uid:1000"; static. Needs no configuration, so
 * that the kill switch does not depend on one. */
const char *invoker_name(void);

#endif

/* The system user who runs this process, as commands record it. */
#ifndef REEVE_CMD_INVOKER_H
#define REEVE_CMD_INVOKER_H

/* The user's name, or "uid:1000" where the system has no name; a static text. It needs no
 * configuration, so that the kill switch doesn't depend on one. */
const char *invoker_name(void);

#endif

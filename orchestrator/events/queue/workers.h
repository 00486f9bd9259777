#ifndef REEVE_EVENTS_QUEUE_WORKERS_H
#define REEVE_EVENTS_QUEUE_WORKERS_H

#include "base/compiler.h"

MAY_YIELD void queue_work(void *worker); /* body of a fiber */

#endif

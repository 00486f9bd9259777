#ifndef REEVE_EVENTS_QUEUE_RECEIVE_H
#define REEVE_EVENTS_QUEUE_RECEIVE_H

#include "base/compiler.h"

MAY_YIELD void queue_receive(void *receiver); /* body of a fiber */

#endif

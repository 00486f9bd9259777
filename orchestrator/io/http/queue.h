/* Decides which transfer goes on which connection, and when one is made for it. */
#ifndef REEVE_IO_HTTP_QUEUE_H
#define REEVE_IO_HTTP_QUEUE_H

struct http_client;
struct http_transfer;

void http_queue_init(struct http_client *client);
void http_queue_release(struct http_client *client);
void http_queue_submit(struct http_transfer *transfer);
/* Ends a transfer early, wherever it is, and wakes its fiber. A task of the loop. */
void http_queue_abandon(void *transfer);

#endif

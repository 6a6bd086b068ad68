/*
 * A bounded queue of pointers between threads (pthread).
 *
 * Push blocks while it is full, pop while it is empty. Closing wakes everybody: pop then delivers
 * what is left and ends, push refuses. Any number of threads may push and pop.
 */
#ifndef IGD_BASE_QUEUE_H
#define IGD_BASE_QUEUE_H

#include "base/attributes.h"

typedef struct igd_queue igd_queue;

igd_queue *igd_queue_new(size_t capacity);
void igd_queue_free(igd_queue *queue); /* items that are left are not freed; NULL is fine */

/* False when the queue is closed; the item is then still the caller's. */
bool igd_queue_push(igd_queue *queue, void *item);

/* NULL when the queue is closed and empty. */
void *igd_queue_pop(igd_queue *queue);

void igd_queue_close(igd_queue *queue);

#endif

/*
 * A bounded queue: a ring of pointers under one mutex. Whole batches travel through it, so that the
 * lock is taken rarely and nothing cleverer is needed.
 */
#include "base/queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"

struct igd_queue {
    pthread_mutex_t mutex;
    pthread_cond_t not_full;
    pthread_cond_t not_empty;
    size_t capacity;
    size_t first;
    size_t len;
    bool closed;
    void *items[];
};

igd_queue *igd_queue_new(size_t capacity)
{
    if (capacity == 0)
        capacity = 1;
    size_t most = (SIZE_MAX - sizeof(igd_queue)) / sizeof(void *);
    size_t bytes = capacity > most ? SIZE_MAX : sizeof(igd_queue) + capacity * sizeof(void *);
    igd_queue *queue = igd_xmalloc(bytes);
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->not_full, NULL);
    pthread_cond_init(&queue->not_empty, NULL);
    queue->capacity = capacity;
    queue->first = 0;
    queue->len = 0;
    queue->closed = false;
    return queue;
}

void igd_queue_free(igd_queue *queue)
{
    if (!queue)
        return;
    pthread_cond_destroy(&queue->not_empty);
    pthread_cond_destroy(&queue->not_full);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
}

bool igd_queue_push(igd_queue *queue, void *item)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->len == queue->capacity && !queue->closed)
        pthread_cond_wait(&queue->not_full, &queue->mutex);
    bool open = !queue->closed;
    if (open) {
        queue->items[(queue->first + queue->len) % queue->capacity] = item;
        queue->len++;
        pthread_cond_signal(&queue->not_empty);
    }
    pthread_mutex_unlock(&queue->mutex);
    return open;
}

void *igd_queue_pop(igd_queue *queue)
{
    void *item = NULL;
    pthread_mutex_lock(&queue->mutex);
    while (queue->len == 0 && !queue->closed)
        pthread_cond_wait(&queue->not_empty, &queue->mutex);
    if (queue->len > 0) {
        item = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->len--;
        pthread_cond_signal(&queue->not_full);
    }
    pthread_mutex_unlock(&queue->mutex);
    return item;
}

void igd_queue_close(igd_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    pthread_cond_broadcast(&queue->not_full);
    pthread_cond_broadcast(&queue->not_empty);
    pthread_mutex_unlock(&queue->mutex);
}

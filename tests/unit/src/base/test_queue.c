/*
 * Queues: order, closing with and without items left, and several threads on both ends.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include "base/queue.h"
#include "cmocka.h"

enum { PRODUCERS = 3, CONSUMERS = 4, ITEMS = 20000 };

static void first_in_first_out(void **state)
{
    (void)state;
    int items[3];
    igd_queue *queue = igd_queue_new(2);
    for (int round = 0; round < 5; round++) { /* around the ring */
        assert_true(igd_queue_push(queue, &items[0]));
        assert_true(igd_queue_push(queue, &items[1]));
        assert_ptr_equal(igd_queue_pop(queue), &items[0]);
        assert_true(igd_queue_push(queue, &items[2]));
        assert_ptr_equal(igd_queue_pop(queue), &items[1]);
        assert_ptr_equal(igd_queue_pop(queue), &items[2]);
    }
    igd_queue_free(queue);
    igd_queue_free(NULL);
}

static void closed_delivers_what_is_left(void **state)
{
    (void)state;
    int item;
    igd_queue *queue = igd_queue_new(0); /* room for one all the same */
    assert_true(igd_queue_push(queue, &item));
    igd_queue_close(queue);
    igd_queue_close(queue);
    assert_false(igd_queue_push(queue, &item));
    assert_ptr_equal(igd_queue_pop(queue), &item);
    assert_null(igd_queue_pop(queue));
    assert_null(igd_queue_pop(queue));
    igd_queue_free(queue);
}

typedef struct worker {
    igd_queue *queue;
    pthread_t thread;
    unsigned char *items; /* of a producer: the items that it pushes */
    size_t done;
} worker;

static void *produce(void *argument)
{
    worker *self = argument;
    while (self->done < ITEMS && igd_queue_push(self->queue, &self->items[self->done]))
        self->done++;
    return NULL;
}

/* Each item is written by the one thread that got it: a second one would show up as 2. */
static void *consume(void *argument)
{
    worker *self = argument;
    unsigned char *item;
    while ((item = igd_queue_pop(self->queue))) {
        (*item)++;
        self->done++;
    }
    return NULL;
}

static void every_item_arrives_once(void **state)
{
    (void)state;
    static unsigned char items[PRODUCERS * ITEMS];
    igd_queue *queue = igd_queue_new(7);
    worker producers[PRODUCERS], consumers[CONSUMERS];
    for (size_t n = 0; n < CONSUMERS; n++) {
        consumers[n] = (worker){.queue = queue};
        assert_int_equal(pthread_create(&consumers[n].thread, NULL, consume, &consumers[n]), 0);
    }
    for (size_t n = 0; n < PRODUCERS; n++) {
        producers[n] = (worker){.queue = queue, .items = items + n * ITEMS};
        assert_int_equal(pthread_create(&producers[n].thread, NULL, produce, &producers[n]), 0);
    }
    for (size_t n = 0; n < PRODUCERS; n++) {
        pthread_join(producers[n].thread, NULL);
        assert_int_equal(producers[n].done, ITEMS);
    }
    igd_queue_close(queue);
    size_t total = 0;
    for (size_t n = 0; n < CONSUMERS; n++) {
        pthread_join(consumers[n].thread, NULL);
        total += consumers[n].done;
    }
    assert_int_equal(total, PRODUCERS * ITEMS);
    for (size_t n = 0; n < PRODUCERS * ITEMS; n++)
        assert_int_equal(items[n], 1);
    igd_queue_free(queue);
}

static void closing_wakes_blocked_threads(void **state)
{
    (void)state;
    static unsigned char items[ITEMS];
    for (int round = 0; round < 50; round++) {
        igd_queue *full = igd_queue_new(1), *empty = igd_queue_new(1);
        worker producer = {.queue = full, .items = items};
        worker consumer = {.queue = empty};
        assert_int_equal(pthread_create(&producer.thread, NULL, produce, &producer), 0);
        assert_int_equal(pthread_create(&consumer.thread, NULL, consume, &consumer), 0);
        igd_queue_close(full);
        igd_queue_close(empty);
        pthread_join(producer.thread, NULL);
        pthread_join(consumer.thread, NULL);
        assert_true(producer.done <= 1);
        assert_int_equal(consumer.done, 0);
        igd_queue_free(full);
        igd_queue_free(empty);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_first_out),
        cmocka_unit_test(closed_delivers_what_is_left),
        cmocka_unit_test(every_item_arrives_once),
        cmocka_unit_test(closing_wakes_blocked_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

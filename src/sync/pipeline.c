/*
 * Threads and queues of the pipeline. Every batch sits in a cell that says whether it has been
 * worked on; the cells travel through three bounded queues: empty, to work on, in order.
 */
#include "sync/pipeline.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/queue.h"

typedef struct cell {
    void *batch;
    bool done; /* under the pipeline's mutex */
} cell;

struct igd_pipeline {
    const igd_pipeline_ops *ops;
    void *payload;
    igd_queue *empty, *todo, *order;
    pthread_mutex_t mutex;
    pthread_cond_t worked;
    cell *cells;
    size_t cell_count;
    cell *filling; /* the cell behind the batch that fill has taken */
    igd_error fill_error;
};

int igd_stop_check(const volatile int *stop, igd_error *err)
{
    int number = stop ? *stop : 0;
    if (number == 0)
        return IGD_OK;
    if (number == SIGTERM)
        return igd_fail(err, IGD_E_TERMINATED, "terminated");
    return igd_fail(err, IGD_E_INTERRUPTED, "interrupted");
}

void *igd_pipeline_take(igd_pipeline *pipeline)
{
    pipeline->filling = igd_queue_pop(pipeline->empty);
    return pipeline->filling ? pipeline->filling->batch : NULL;
}

void igd_pipeline_put(igd_pipeline *pipeline, void *batch)
{
    cell *full = pipeline->filling;
    if (full->batch != batch)
        abort(); /* fill handed on what it did not take */
    full->done = false;
    pipeline->filling = NULL;
    /* Refused only when the run is being ended: nobody waits for the batch then. */
    if (igd_queue_push(pipeline->order, full))
        (void)!igd_queue_push(pipeline->todo, full);
}

static void *fill_main(void *payload)
{
    igd_pipeline *pipeline = payload;
    int code = pipeline->ops->fill(pipeline, pipeline->payload, &pipeline->fill_error);
    if (code == IGD_OK)
        pipeline->fill_error.code = IGD_E_OK;
    igd_queue_close(pipeline->todo);
    igd_queue_close(pipeline->order);
    return NULL;
}

static void *work_main(void *payload)
{
    igd_pipeline *pipeline = payload;
    for (cell *full; (full = igd_queue_pop(pipeline->todo));) {
        pipeline->ops->work(full->batch, pipeline->payload);
        pthread_mutex_lock(&pipeline->mutex);
        full->done = true;
        pthread_cond_signal(&pipeline->worked);
        pthread_mutex_unlock(&pipeline->mutex);
    }
    return NULL;
}

static void wait_until_worked(igd_pipeline *pipeline, const cell *full)
{
    pthread_mutex_lock(&pipeline->mutex);
    while (!full->done)
        pthread_cond_wait(&pipeline->worked, &pipeline->mutex);
    pthread_mutex_unlock(&pipeline->mutex);
}

static int deliver_all(igd_pipeline *pipeline, const volatile int *stop, igd_error *err)
{
    for (cell *full; (full = igd_queue_pop(pipeline->order));) {
        wait_until_worked(pipeline, full);
        int code = igd_stop_check(stop, err);
        if (code == IGD_OK)
            code = pipeline->ops->deliver(full->batch, pipeline->payload, err);
        if (code != IGD_OK)
            return code;
        pipeline->ops->batch_clear(full->batch);
        (void)!igd_queue_push(pipeline->empty, full);
    }
    return IGD_OK;
}

static void make_cells(igd_pipeline *pipeline, size_t count)
{
    pipeline->cell_count = count;
    pipeline->cells = igd_xmalloc(count * sizeof(*pipeline->cells));
    pipeline->empty = igd_queue_new(count);
    pipeline->todo = igd_queue_new(count);
    pipeline->order = igd_queue_new(count);
    for (size_t n = 0; n < count; n++) {
        pipeline->cells[n] = (cell){.batch = pipeline->ops->batch_new(pipeline->payload)};
        (void)!igd_queue_push(pipeline->empty, &pipeline->cells[n]);
    }
}

static void free_cells(igd_pipeline *pipeline)
{
    for (size_t n = 0; n < pipeline->cell_count; n++) {
        pipeline->ops->batch_clear(pipeline->cells[n].batch);
        pipeline->ops->batch_free(pipeline->cells[n].batch);
    }
    free(pipeline->cells);
    igd_queue_free(pipeline->empty);
    igd_queue_free(pipeline->todo);
    igd_queue_free(pipeline->order);
}

/* Signals are the main thread's business: whoever waits in a database call gets them there. */
static int start_thread(pthread_t *thread, void *(*run)(void *), igd_pipeline *pipeline)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(thread, NULL, run, pipeline);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

int igd_pipeline_run(const igd_pipeline_ops *ops, void *payload, size_t workers,
                     const volatile int *stop, igd_error *err)
{
    igd_pipeline pipeline = {.ops = ops, .payload = payload};
    pthread_t filler, *threads = igd_xmalloc((workers + 1) * sizeof(*threads));
    size_t started = 0;
    int code = IGD_OK;

    pthread_mutex_init(&pipeline.mutex, NULL);
    pthread_cond_init(&pipeline.worked, NULL);
    make_cells(&pipeline, 4 + 2 * workers);
    while (started < workers && start_thread(&threads[started], work_main, &pipeline) == 0)
        started++;
    bool filling = started > 0 && start_thread(&filler, fill_main, &pipeline) == 0;
    if (filling)
        code = deliver_all(&pipeline, stop, err);
    else
        code = igd_fail(err, IGD_E_IO, "cannot start a thread");

    /* Wakes everybody; after a normal end all queues are empty already. */
    igd_queue_close(pipeline.empty);
    igd_queue_close(pipeline.todo);
    igd_queue_close(pipeline.order);
    if (filling)
        pthread_join(filler, NULL);
    for (size_t n = 0; n < started; n++)
        pthread_join(threads[n], NULL);
    if (code == IGD_OK && filling && pipeline.fill_error.code != IGD_E_OK) {
        *err = pipeline.fill_error;
        code = (int)err->code;
    }
    free_cells(&pipeline);
    pthread_cond_destroy(&pipeline.worked);
    pthread_mutex_destroy(&pipeline.mutex);
    free(threads);
    return code;
}

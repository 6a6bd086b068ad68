/*
 * Progress, rationed by a monotonic clock.
 */
#include "sync/meter.h"

#include <time.h>

#define REPORT_EVERY_MS 100

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void report(igd_meter *meter)
{
    meter->reported_ms = now_ms();
    meter->callback(&meter->now, meter->payload);
}

void igd_meter_phase(igd_meter *meter, const char *phase, uint64_t total)
{
    meter->now = (igd_progress){.phase = phase, .total = total};
    if (meter->callback)
        report(meter);
}

void igd_meter_files(igd_meter *meter, const char *phase, uint64_t total_files)
{
    meter->now = (igd_progress){.phase = phase, .total_files = total_files};
    if (meter->callback)
        report(meter);
}

void igd_meter_add(igd_meter *meter, uint64_t records)
{
    igd_meter_read(meter, records, 0);
}

void igd_meter_read(igd_meter *meter, uint64_t records, uint64_t files)
{
    meter->now.done += records;
    meter->now.files += files;
    if (meter->callback && now_ms() - meter->reported_ms >= REPORT_EVERY_MS)
        report(meter);
}
